//! The whole router in process, over a real desk and a real log: what gets in, what a decision does, and that
//! nothing else does anything.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body as Content;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::admin::door::Door;
use crate::admin::people::People;
use crate::admin::routes::{Office, router};
use crate::agent::Agent;
use crate::audit::{Audit, Lines, Next};
use crate::classify::{Effect, Finding};
use crate::clock::Clock;
use crate::config::{Approver, Hold, OnDisconnect};
use crate::decide::Terms;
use crate::hold::{Desk, HoldView, NewHold, Waiting};
use crate::limits;
use crate::origin::{Host, Origin, Scheme};
use crate::secret::{Masked, hex, sha256};
use crate::snapshot::{Body, Head, Snapshot};
use crate::store::Store;
use crate::store::spool::Spool;

const HOST: &str = "127.0.0.1:8081";
const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

struct Desked {
    dir: TempDir,
    desk: Desk,
    router: Router,
    stop: watch::Sender<bool>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and `code`.
    fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }
}

impl Desked {
    async fn new() -> Self {
        Self::with(People::anyone(&Masked::new(TOKEN.into()))).await
    }

    async fn with(people: People) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("holdpoint.db")).unwrap();
        let audit = Audit::open(&dir.path().join("audit"), Clock::system(), None).unwrap();
        let spool = Spool::open(&dir.path().join("spool"), 1 << 30).unwrap();
        let limits = hold_limits();
        let desk = Desk::open(store, spool, audit.clone(), Clock::system(), limits).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let office = Office {
            desk: desk.clone(),
            audit,
            people,
            metrics: Arc::new(|| "# EOF\n".into()),
            ready: Arc::new(|| Ok(())),
            stopping,
        };
        Self { dir, desk, router: router(Arc::new(office)), stop }
    }

    /// An agent's request that is held, and the hold as people see it.
    async fn hold(&self, path: &str) -> (Waiting, HoldView) {
        let waiting = self.desk.arrive(request(path)).await.unwrap();
        let view = self.desk.find(&waiting.hold().to_string()).await.unwrap();
        (waiting, view)
    }

    async fn send(&self, door: Door, request: http::request::Builder, body: impl Into<Content>) -> Answer {
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(Arc::new(door));
        let response = TowerToHyperService::new(self.router.clone()).call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    /// From the port, with the token.
    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(tcp(), known(method, path), body.to_owned()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    async fn decide(&self, id: &str, said: Value) -> Answer {
        self.ask("POST", &format!("/v1/holds/{id}/decision"), &said.to_string()).await
    }

    async fn state(&self, id: &str) -> String {
        self.desk.find(id).await.unwrap().state
    }

    /// The events on record, in order.
    fn events(&self) -> Vec<String> {
        let mut lines = Lines::of_log(&self.dir.path().join("audit")).unwrap();
        let mut events = Vec::new();
        while lines.advance().unwrap() == Next::Line {
            events.push(crate::audit::read_line(lines.bytes()).unwrap().event);
        }
        events
    }
}

fn hold_limits() -> Hold {
    Hold {
        wait: Duration::from_secs(50),
        timeout: Duration::from_secs(1800),
        armed: Duration::from_secs(900),
        remember: Duration::from_secs(600),
        max_pending: 100,
        max_pending_per_agent: 100,
        max_body: 1 << 26,
        max_spool: 1 << 30,
        on_disconnect: OnDisconnect::Arm,
        retry_ignores: vec![],
    }
}

fn request(path: &str) -> NewHold {
    let origin = Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None);
    let body = Bytes::from_static(b"{\"text\":\"hello\"}");
    let field = |name: &str, value: &str| (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()));
    let fields = vec![
        field("host", "forum.example"),
        field("authorization", "Bearer canary-secret"),
        field("content-length", "16"),
    ];
    let head = Head { method: "POST".into(), origin, target: path.into(), fields };
    let finding = Finding {
        effect: Effect::Write,
        dialect: "http",
        operation: format!("POST {path}"),
        why: vec!["POST writes".into()],
    };
    NewHold {
        snapshot: Snapshot::freeze(head, Body::memory(body)),
        agent: Agent { name: "alice".into(), source: "127.0.0.1".parse().unwrap(), advisory: false },
        finding,
        terms: Terms { rule: "defaults.mutating".into(), timeout: None },
        http_version: "HTTP/1.1",
    }
}

fn tcp() -> Door {
    Door::tcp(HOST.parse().unwrap())
}

fn socket(uid: u32, user: &str) -> Door {
    Door::Socket { uid, user: user.into() }
}

fn bare(method: &str, path: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    if method == "POST" { request.header("content-type", "application/json") } else { request }
}

fn known(method: &str, path: &str) -> http::request::Builder {
    bare(method, path).header("host", HOST).header("authorization", format!("Bearer {TOKEN}"))
}

/// Every route, of a hold that exists.
fn routes(id: &str) -> Vec<String> {
    let mut routes: Vec<String> =
        ["/", "/healthz", "/readyz", "/metrics", "/v1/holds", "/v1/decisions", "/v1/freeze", "/v1/audit"]
            .map(str::to_owned)
            .into();
    for part in ["", "/body", "/raw", "/rendering", "/decision"] {
        routes.push(format!("/v1/holds/{id}{part}"));
    }
    routes
}

/// CASES AP-17
#[tokio::test]
async fn no_route_answers_to_another_name() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    for path in routes(&view.id) {
        for (method, host) in [("GET", "evil.example:8081"), ("POST", "evil.example"), ("GET", "127.0.0.1")] {
            let request = bare(method, &path).header("host", host);
            let request = request.header("authorization", format!("Bearer {TOKEN}"));
            let answer = desked.send(tcp(), request, "{}").await;
            assert_eq!(answer.problem(), (403, "forbidden".into()), "{method} {path} {host}");
            assert_eq!(answer.headers["connection"], "close");
        }
    }
}

#[tokio::test]
async fn every_route_but_three_needs_a_person() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    for path in routes(&view.id) {
        let open = ["/healthz", "/readyz", "/metrics"].contains(&&*path);
        let answer = desked.send(tcp(), bare("GET", &path).header("host", HOST), "").await;
        if open {
            assert_eq!(answer.status, 200, "{path}");
        } else {
            assert_eq!(answer.problem(), (401, "unauthorized".into()), "{path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"holdpoint\"");
        }
        let nobody = desked.send(socket(65_534, "nobody"), bare("GET", &path), "").await;
        assert_eq!(nobody.status.as_u16(), if open { 200 } else { 403 }, "{path}");
    }
}

/// CASES AP-15: whatever follows links, prefetches, or tricks with methods, nothing is decided.
#[tokio::test]
async fn a_crawl_of_every_route_changes_nothing() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let mut changes = desked.desk.changes();
    changes.borrow_and_update();
    let before = desked.events();
    let said = json!({ "decision": "approve", "digest": view.digest }).to_string();
    for path in routes(&view.id) {
        let tricks = format!("{path}?decision=approve&digest={}&_method=POST&method=POST", view.digest);
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"] {
            for path in [&path, &tricks] {
                let request = known(method, path)
                    .header("content-type", "application/json")
                    .header("x-http-method-override", "POST")
                    .header("x-http-method", "POST")
                    .header("x-method-override", "POST");
                let answer = desked.send(tcp(), request, said.clone()).await;
                assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
                assert_eq!(answer.headers["x-content-type-options"], "nosniff");
                assert_eq!(answer.headers["cache-control"], "no-store");
            }
        }
    }
    assert!(!changes.has_changed().unwrap());
    assert_eq!(desked.desk.find(&view.id).await, Some(view));
    let after = desked.events();
    assert!(after[before.len()..].iter().all(|event| event == "revealed"), "{after:?}");
}

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
async fn an_approval_must_name_the_whole_digest() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let other = format!("sha256:{}", "0".repeat(64));
    for (said, status, code) in [
        (json!({ "decision": "approve" }), 412, "no_digest"),
        (json!({ "decision": "approve", "digest": null }), 412, "no_digest"),
        (json!({ "decision": "approve", "digest": other }), 412, "other_digest"),
        (json!({ "decision": "approve", "digest": view.digest[..19] }), 400, "bad_request"),
        (json!({ "decision": "approve", "digest": view.digest.to_uppercase() }), 400, "bad_request"),
        (json!({ "decision": "Approve", "digest": view.digest }), 400, "bad_request"),
        (json!({ "decision": "approve", "digest": view.digest, "force": true }), 400, "bad_request"),
        (
            json!({ "decision": "approve", "digest": view.digest, "grant": { "ttl": "15m" } }),
            400,
            "bad_request",
        ),
        (json!({ "decision": "approve", "digest": view.digest, "id": view.id }), 400, "bad_request"),
        (json!([{ "decision": "approve", "digest": view.digest }]), 400, "bad_request"),
        (json!("approve"), 400, "bad_request"),
    ] {
        let answer = desked.decide(&view.id, said.clone()).await;
        assert_eq!(answer.problem(), (status, code.into()), "{said}");
        assert_eq!(desked.state(&view.id).await, "held");
    }
    let twice = format!(r#"{{"decision":"deny","decision":"approve","digest":"{}"}}"#, view.digest);
    let path = format!("/v1/holds/{}/decision", view.id);
    assert_eq!(desked.ask("POST", &path, &twice).await.problem().0, 400);
    assert_eq!(desked.state(&view.id).await, "held");

    let answer = desked.decide(&view.code, json!({ "decision": "approve", "digest": view.digest })).await;
    assert_eq!(answer.status, 200);
    let decided: HoldView = serde_json::from_value(answer.json()).unwrap();
    assert_eq!(decided.decisions[0].approver, "admin");
    assert_eq!(decided.decisions[0].digest.as_deref(), Some(&*view.digest));
    let again = desked.decide(&view.id, json!({ "decision": "approve", "digest": view.digest })).await;
    assert_eq!(again.status, 200, "the same decision twice is fine");
}

#[tokio::test]
async fn a_denial_needs_no_digest_and_a_different_second_decision_is_a_conflict() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let answer = desked.decide(&view.id, json!({ "decision": "deny", "reason": "not there" })).await;
    assert_eq!((answer.status.as_u16(), answer.json()["state"].as_str()), (200, Some("denied")));
    let answer = desked.decide(&view.id, json!({ "decision": "approve", "digest": view.digest })).await;
    assert_eq!(answer.problem(), (409, "conflict".into()));
    assert_eq!(answer.json()["hold_id"], view.id);
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let desked = Desked::new().await;
    let (_one, first) = desked.hold("/posts/1").await;
    let (_two, second) = desked.hold("/posts/2").await;
    let deny = |id: &str| json!({ "id": id, "decision": "deny", "reason": "none of them" });
    let send = async |decisions: Value| {
        desked.ask("POST", "/v1/decisions", &json!({ "decisions": decisions }).to_string()).await
    };
    let approve = json!({ "id": second.id, "decision": "approve", "digest": first.digest });
    for (decisions, status) in [
        (json!([deny(&first.id), deny("ZZZZ")]), 404),
        (json!([deny(&first.id), approve]), 412),
        (json!([deny(&first.id), deny(&first.code)]), 400),
        (json!([]), 400),
    ] {
        assert_eq!(send(decisions.clone()).await.problem().0, status, "{decisions}");
        assert_eq!(desked.state(&first.id).await, "held");
    }
    let answer = send(json!([deny(&first.id), deny(&second.code)])).await;
    assert_eq!(answer.status, 200);
    let states: Vec<Value> =
        answer.json()["holds"].as_array().unwrap().iter().map(|hold| hold["state"].clone()).collect();
    assert_eq!(states, ["denied", "denied"]);
}

#[tokio::test]
async fn who_may_only_look_decides_nothing_and_sees_no_secret() {
    let hash = format!("sha256:{}", hex(&sha256(TOKEN.as_bytes())));
    let ops = Approver { name: "ops".into(), user: Some("deploy".into()), token_hash: Some(hash) };
    let desked = Desked::with(People::Named(vec![ops])).await;
    let (_waiting, view) = desked.hold("/posts").await;
    let (hold, guest) = (format!("/v1/holds/{}", view.id), || socket(1234, "guest"));
    assert_eq!(desked.send(guest(), bare("GET", &hold), "").await.status, 200);
    let raw = desked.send(guest(), bare("GET", &format!("{hold}/raw")), "").await;
    assert_eq!(raw.problem(), (403, "forbidden".into()));
    let said = json!({ "decision": "approve", "digest": view.digest }).to_string();
    let decision = format!("{hold}/decision");
    let answer = desked.send(guest(), bare("POST", &decision), said.clone()).await;
    assert_eq!(answer.problem(), (403, "forbidden".into()));
    assert_eq!(desked.state(&view.id).await, "held");
    let answer = desked.send(socket(1000, "deploy"), bare("POST", &decision), said).await;
    assert_eq!(answer.json()["decisions"][0]["approver"], "ops");
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
    assert_eq!(ids("limit=1").await, [first.id.clone()]);
    assert_eq!(ids(&format!("limit=1&after={}", first.id)).await, [second.id.clone()]);
    assert_eq!(ids("state=held&agent=alice&wait=").await.len(), 2);
    assert_eq!(ids("agent=bob").await, Vec::<String>::new());
    assert_eq!(ids("state=denied").await, Vec::<String>::new());
    for query in ["state=pending", "limit=0", "after=K7QF", "wait=2m", "colour=red", "state=held&state=done"]
    {
        assert_eq!(desked.get(&format!("/v1/holds?{query}")).await.problem().0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_body_at_the_limit_is_read_and_one_byte_more_is_refused() {
    let desked = Desked::new().await;
    let long = |length: usize| format!("{{{}", " ".repeat(length - 1));
    let answer = desked.ask("POST", "/v1/decisions", &long(limits::ADMIN_BODY_MAX)).await;
    assert_eq!(answer.problem(), (400, "bad_request".into()));
    let answer = desked.ask("POST", "/v1/decisions", &long(limits::ADMIN_BODY_MAX + 1)).await;
    assert_eq!(answer.problem(), (413, "body_too_large".into()));
}

#[tokio::test]
async fn a_reason_has_its_bound() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let said = |length: usize| json!({ "decision": "deny", "reason": "x".repeat(length) });
    assert_eq!(desked.decide(&view.id, said(limits::REASON_BYTES_MAX + 1)).await.problem().0, 400);
    assert_eq!(desked.decide(&view.id, said(limits::REASON_BYTES_MAX)).await.status, 200);
}

#[tokio::test]
async fn what_is_not_in_this_version_is_not_found_and_a_wrong_method_is_told() {
    let desked = Desked::new().await;
    for path in ["/v1/grants", "/v1/freeze", "/v1/events", "/openapi.json", "/", "/v1/holds/"] {
        assert_eq!(desked.get(path).await.problem(), (404, "not_found".into()), "{path}");
    }
    assert_eq!(desked.get("/v1/decisions").await.problem(), (405, "method_not_allowed".into()));
    assert_eq!(desked.ask("POST", "/v1/holds", "{}").await.problem(), (405, "method_not_allowed".into()));
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
