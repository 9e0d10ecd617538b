//! The admin API over its port: no page, no link and no agent decides (CASES AP-15, 17, 18, 22).

use serde_json::json;

use crate::house::House;
use crate::raw::Wire;
use crate::reply::Reply;
use crate::tape::Tape;

struct Admin {
    address: std::net::SocketAddr,
    token: String,
}

impl Admin {
    fn of(house: &House) -> Self {
        let token =
            std::fs::read_to_string(house.dir().join("state/admin.token")).expect("made on first start");
        let address = house.running().admin().expect("the admin listener is on");
        Self { address, token: token.trim().to_owned() }
    }

    /// One request with exactly these fields besides `Host`.
    fn ask(&self, method: &str, path: &str, host: &str, fields: &str, body: &str) -> Reply {
        let mut wire = Wire::open(self.address);
        wire.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        wire.reply()
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &self.address.to_string(), &self.bearer(), "")
    }
}

/// CASES AP-17, 18: only the listener's own names, only its own origin, only with the token.
#[test]
fn a_foreign_host_origin_or_stranger_is_turned_away() {
    let house = House::new();
    let admin = Admin::of(&house);
    let port = admin.address.port();
    let own = admin.address.to_string();
    assert_eq!(admin.get("/v1/holds").status, 200);
    assert_eq!(admin.ask("GET", "/v1/holds", &format!("localhost:{port}"), &admin.bearer(), "").status, 200);
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port - 1),
        format!("127.0.0.2:{port}"),
    ] {
        for path in ["/v1/holds", "/metrics", "/", "/healthz"] {
            assert_eq!(admin.ask("GET", path, &host, &admin.bearer(), "").status, 403, "{host} {path}");
        }
    }
    for fields in ["Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        let reply = admin.ask("GET", "/v1/holds", &own, &format!("{}{fields}", admin.bearer()), "");
        assert_eq!(reply.status, 403, "{fields}");
        assert!(reply.head.values("access-control-allow-origin").is_empty());
    }
    for fields in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic YTpi\r\n"] {
        assert_eq!(admin.ask("GET", "/v1/holds", &own, fields, "").status, 401, "{fields}");
    }
    house.close(&[]);
}

/// CASES AP-15: a crawler that has the token follows every link, and changes nothing.
#[test]
fn no_get_decides() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "crawled");
    let hold = house.held();
    let admin = Admin::of(&house);
    let decision = format!("decision=approve&digest={}&_method=POST", hold.digest);
    for path in [
        "/".to_owned(),
        "/healthz".to_owned(),
        "/readyz".to_owned(),
        "/metrics".to_owned(),
        "/v1".to_owned(),
        "/v1/holds".to_owned(),
        format!("/v1/holds/{}", hold.id),
        format!("/v1/holds/{}", hold.code),
        format!("/v1/holds/{}/body", hold.id),
        format!("/v1/holds/{}/raw", hold.id),
        format!("/v1/holds/{}/decision", hold.id),
        format!("/v1/holds/{}/decision?{decision}", hold.id),
        format!("/v1/holds/{}/approve", hold.id),
        format!("/v1/decisions?id={}&{decision}", hold.id),
        "/v1/grants".to_owned(),
        "/v1/freeze".to_owned(),
    ] {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let mut wire = Wire::open(admin.address);
            let fields = format!(
                "{}X-HTTP-Method-Override: POST\r\nContent-Type: application/json\r\n",
                admin.bearer()
            );
            wire.send(format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", admin.address));
            let reply = if method == "HEAD" { wire.head_reply() } else { wire.reply() };
            assert!(reply.status < 500, "{method} {path}: {reply:?}");
        }
    }
    assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"));
    assert!(house.events("decided").is_empty());
    tape.assert_empty("a crawl");
    house.deny(&hold, "done");
    wire.reply().assert_problem("crawled", 403, "denied");
    house.close(&[&tape]);
}

/// CASES AP-14: a decision is JSON with a token and a digest; what a form or a page could send is not.
#[test]
fn a_decision_is_json_with_a_digest() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "decided by the API");
    let hold = house.held();
    let admin = Admin::of(&house);
    let own = admin.address.to_string();
    let path = format!("/v1/holds/{}/decision", hold.id);
    let body = json!({"decision": "approve", "digest": hold.digest}).to_string();
    let json_type = "Content-Type: application/json\r\n";
    let other = json!({"decision": "approve", "digest": format!("sha256:{}", "0".repeat(64))}).to_string();
    let blind = json!({"decision": "approve"}).to_string();
    let wide = json!({"decision": "approve", "digest": hold.digest, "everything": true}).to_string();
    for (case, fields, body, status) in [
        ("no token", json_type.to_owned(), &body, 401),
        ("a form", format!("{}Content-Type: text/plain\r\n", admin.bearer()), &body, 400),
        (
            "another origin",
            format!("{}{json_type}Origin: http://evil.example\r\n", admin.bearer()),
            &body,
            403,
        ),
        ("another digest", format!("{}{json_type}", admin.bearer()), &other, 412),
        ("no digest", format!("{}{json_type}", admin.bearer()), &blind, 412),
        ("an unknown member", format!("{}{json_type}", admin.bearer()), &wide, 400),
    ] {
        let reply = admin.ask("POST", &path, &own, &fields, body);
        assert_eq!(reply.status, status, "{case}: {reply:?}");
        assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"), "{case}");
    }
    tape.assert_empty("undecided");
    let reply = admin.ask("POST", &path, &own, &format!("{}{json_type}", admin.bearer()), &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(wire.reply().status, 200);
    let decided = house.events("decided");
    assert_eq!((decided.len(), decided[0]["approver"].as_str()), (1, Some("admin")));
    house.close(&[&tape]);
}

/// CASES AP-22: an agent on this machine, of Holdpoint's own user, could approve: every hold of it says so. Through the
/// proxy it cannot even look (DE-06).
#[test]
fn an_agent_that_could_approve_is_marked() {
    let house = House::new();
    let tape = Tape::plain();
    let _wire = house.post(&tape, "/a", "mine");
    let hold = house.held();
    assert!(hold.advisory, "the agent is this very process, of the same user");
    let admin = Admin::of(&house);
    let listed = admin.get("/v1/holds").text();
    assert!(listed.contains("\"advisory\":true"), "{listed}");
    house.close(&[&tape]);
}

/// CASES OV-14, SPEC section 10: what needs no token names nobody.
#[test]
fn the_open_pages_name_no_host_path_or_agent() {
    let house = House::new();
    let tape = Tape::plain();
    let _wire = house.post(&tape, "/secret-path", "secret-body");
    house.held();
    let admin = Admin::of(&house);
    for path in ["/healthz", "/readyz", "/metrics"] {
        let reply = admin.ask("GET", path, &admin.address.to_string(), "", "");
        assert_eq!(reply.status, 200, "{path}");
        for secret in ["secret-path", "secret-body", "anonymous", &tape.authority()] {
            assert!(!reply.text().contains(secret), "{path} names {secret}:\n{}", reply.text());
        }
    }
    house.close(&[&tape]);
}
