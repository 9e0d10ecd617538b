//! Agents: each posts on a connection of its own and waits.

use std::net::SocketAddr;

use crate::house::House;
use crate::wire::Wire;

/// A hold, as an approver must name it.
pub struct Held {
    /// Its id.
    pub id: String,
    /// Its digest.
    pub digest: String,
    /// The path that was asked for.
    pub path: String,
    /// The number of the agent, the last segment of the path.
    pub number: usize,
}

/// Connects agents that have asked for nothing yet.
pub async fn connect(house: &House, count: usize) -> Vec<Wire> {
    let mut agents = Vec::with_capacity(count);
    for _ in 0..count {
        agents.push(Wire::open(house.proxy).await);
    }
    agents
}

/// Each posts a body of this size to a path of its own, `/PREFIX/NUMBER`.
pub async fn post(agents: &mut [Wire], upstream: SocketAddr, prefix: &str, size: usize) {
    let filler = "x".repeat(size);
    for (number, agent) in agents.iter_mut().enumerate() {
        let path = format!("/{prefix}/{number}");
        let head = format!(
            "POST http://{upstream}{path} HTTP/1.1\r\nHost: {upstream}\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n"
        );
        agent.send(&[head.as_bytes(), filler.as_bytes()].concat()).await;
    }
}

/// All holds whose path begins with this prefix, page by page.
pub async fn held(house: &House, prefix: &str) -> Vec<Held> {
    let mut people = house.people().await;
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/holds?state=held&limit=500&after={after}");
        let (status, page) = people.ask("GET", &path, "").await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&page));
        let page: serde_json::Value = serde_json::from_slice(&page).expect("JSON");
        let holds = page["holds"].as_array().expect("a list").clone();
        let Some(last) = holds.last() else { return all };
        after = last["id"].as_str().expect("an id").to_owned();
        let text = |hold: &serde_json::Value, name: &str| hold[name].as_str().unwrap_or_default().to_owned();
        for hold in &holds {
            let url = text(hold, "url");
            let path = url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
            if path.starts_with(&format!("/{prefix}/")) {
                let number =
                    path.rsplit('/').next().and_then(|number| number.parse().ok()).expect("a number");
                all.push(Held { id: text(hold, "id"), digest: text(hold, "digest"), path, number });
            }
        }
    }
}

/// Approves one hold; true when the desk took it.
pub async fn approve(people: &mut Wire, hold: &Held) -> bool {
    let body = format!("{{\"decision\":\"approve\",\"digest\":\"{}\"}}", hold.digest);
    people.ask("POST", &format!("/v1/holds/{}/decision", hold.id), &body).await.0 == 200
}
