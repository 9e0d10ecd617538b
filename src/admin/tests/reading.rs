//! What is shown: holds, pages, polls, bytes, renderings.

use serde_json::json;

use super::*;
use crate::hold::HoldView;

#[tokio::test]
async fn a_hold_is_found_by_its_id_and_its_code_with_its_secrets_masked() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    for name in [&view.id, &view.code] {
        let answer = desked.get(&format!("/v1/holds/{name}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(serde_json::from_value::<HoldView>(answer.json()).unwrap(), view);
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary-secret"));
    }
    assert_eq!(desked.get("/v1/holds/ZZZZ").await.problem(), (404, "not_found".into()));
    assert_eq!(desked.get("/v1/holds/..%2f..%2fetc").await.problem(), (404, "not_found".into()));
    assert_eq!(desked.get("/v1/holds/%ff").await.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn raw_is_the_request_itself_and_on_record_before_it_is_shown() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let body = desked.get(&format!("/v1/holds/{}/body", view.code)).await;
    assert_eq!(&body.body[..], b"{\"text\":\"hello\"}");
    assert_eq!(body.headers["content-type"], "application/octet-stream");
    assert!(!desked.events().contains(&"revealed".to_owned()));
    let raw = desked.get(&format!("/v1/holds/{}/raw", view.code)).await;
    let expected = "POST /posts HTTP/1.1\r\nhost: forum.example\r\nauthorization: Bearer canary-secret\r\n\
                    content-length: 16\r\n\r\n{\"text\":\"hello\"}";
    assert_eq!(String::from_utf8_lossy(&raw.body), expected);
    assert_eq!(raw.headers["content-length"], expected.len().to_string());
    assert_eq!(desked.events().last().map(String::as_str), Some("revealed"));
}

#[tokio::test]
async fn a_rendering_names_the_digest_of_what_it_shows_and_no_secret() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let answer = desked.get(&format!("/v1/holds/{}/rendering?width=80&ascii=true", view.code)).await;
    let page = answer.json();
    assert_eq!(page["digest"], view.digest);
    assert_eq!(page["elided"], false);
    let text = String::from_utf8_lossy(&answer.body);
    assert!(text.contains("POST /posts HTTP/1.1") && !text.contains("canary-secret"), "{text}");
    for query in ["width=1001", "width=-1", "width=x", "colour=1"] {
        let answer = desked.get(&format!("/v1/holds/{}/rendering?{query}", view.code)).await;
        assert_eq!(answer.problem().0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_long_poll_answers_when_something_is_there() {
    let desked = Desked::new().await;
    let empty = desked.get("/v1/holds").await;
    assert_eq!(empty.json(), json!({ "holds": [] }));
    let (polled, held) = tokio::join!(desked.get("/v1/holds?wait=60s&state=held"), desked.hold("/posts"));
    assert_eq!(polled.json()["holds"][0]["id"], held.1.id);

    let etag = polled.headers["etag"].to_str().unwrap().to_owned();
    let known_list = |wait: &str| {
        known("GET", &format!("/v1/holds?state=held&wait={wait}")).header("if-none-match", &etag)
    };
    let same = desked.send(tcp(), known_list("0s"), "").await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    let said = json!({ "decision": "deny", "reason": "no" });
    let (polled, _) =
        tokio::join!(desked.send(tcp(), known_list("60s"), ""), desked.decide(&held.1.id, said));
    assert_eq!(polled.json(), json!({ "holds": [] }));
}

#[tokio::test]
async fn a_long_poll_ends_with_the_server() {
    let desked = Desked::new().await;
    let stop = async {
        tokio::task::yield_now().await;
        desked.stop.send_replace(true);
    };
    let (answer, ()) = tokio::join!(desked.get("/v1/holds?wait=60s"), stop);
    assert_eq!(answer.json(), json!({ "holds": [] }));
}

#[tokio::test]
async fn a_listing_is_filtered_and_paged() {
    let desked = Desked::new().await;
    let (_one, first) = desked.hold("/posts/1").await;
    let (_two, second) = desked.hold("/posts/2").await;
    let ids = async |query: &str| {
        let holds = desked.get(&format!("/v1/holds?{query}")).await.json()["holds"].clone();
        holds
            .as_array()
            .unwrap()
            .iter()
            .map(|hold| hold["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [first.id.clone(), second.id.clone()]);
    assert_eq!(ids("limit=1").await, [&*first.id]);
    assert_eq!(ids(&format!("limit=1&after={}", first.id)).await, [&*second.id]);
    assert_eq!(ids("state=held&agent=alice&wait=").await.len(), 2);
    assert_eq!(ids("agent=bob").await, Vec::<String>::new());
    assert_eq!(ids("state=denied").await, Vec::<String>::new());
    for query in ["state=pending", "limit=0", "after=K7QF", "wait=2m", "colour=red", "state=held&state=done"]
    {
        assert_eq!(desked.get(&format!("/v1/holds?{query}")).await.problem().0, 400, "{query}");
    }
}

/// A slow reader of the JSON must not find what an agent wrote acting on a terminal (CASES AP-37).
#[tokio::test]
async fn every_json_answer_is_printable_ascii() {
    let desked = Desked::new().await;
    let mut new = request("/posts");
    new.finding.operation = "POST \u{1b}[2J\u{9b}\u{202e}é".into();
    let _waiting = desked.desk.arrive(new).await.unwrap();
    let answer = desked.get("/v1/holds").await;
    assert!(answer.body.iter().all(|byte| matches!(byte, b' '..=b'~')));
    assert_eq!(answer.json()["holds"][0]["operation"], "POST \u{1b}[2J\u{9b}\u{202e}é");
}
