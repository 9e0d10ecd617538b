//! The whole admin API, walked along its own document: every route of `/openapi.json` is asked of the real binary, and
//! its status, its content type and its JSON are what the document says (SPEC section 10).

use serde_json::{Value, json};

use super::schema::faults;
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::reply::Reply;
use crate::tape::Tape;

struct Api<'a> {
    server: &'a Server,
    document: Value,
}

impl<'a> Api<'a> {
    fn of(server: &'a Server) -> Self {
        let document = serde_json::from_slice(&ask(server, "GET", "/openapi.json", "").body).expect("JSON");
        Self { server, document }
    }

    /// Asks, and checks the answer against the document.
    fn ask(&self, method: &str, route: &str, path: &str, body: &Value) -> Reply {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let reply = ask(self.server, method, path, &text);
        let case = format!("{method} {path}: {}", reply.text());
        let operation = &self.document["paths"][route][method.to_ascii_lowercase()];
        let documented = &operation["responses"][reply.status.to_string()];
        assert!(documented.is_object(), "{} is not documented: {case}", reply.status);
        let kind = reply.head.text("content-type").unwrap_or_default();
        let Some(contents) = documented["content"].as_object() else {
            assert!(reply.body.is_empty(), "{case}");
            return reply;
        };
        let content = contents.get(&kind).unwrap_or_else(|| panic!("{kind} is not documented: {case}"));
        if let Some(schema) = content.get("schema") {
            let value: Value = serde_json::from_slice(&reply.body).expect("JSON");
            assert_eq!(faults(&self.document, schema, &value, "answer"), Vec::<String>::new(), "{case}");
        }
        if let Some(schema) = operation["requestBody"]["content"]["application/json"].get("schema")
            && reply.status == 200
        {
            assert_eq!(faults(&self.document, schema, body, "asked"), Vec::<String>::new(), "{case}");
        }
        reply
    }

    fn get(&self, route: &str, path: &str) -> Value {
        let reply = self.ask("GET", route, path, &Value::Null);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        serde_json::from_slice(&reply.body).unwrap_or_default()
    }
}

fn ask(server: &Server, method: &str, path: &str, body: &str) -> Reply {
    let mut wire = Wire::open(server.admin());
    wire.send(request(server, method, path, body));
    wire.reply()
}

pub fn request(server: &Server, method: &str, path: &str, body: &str) -> String {
    let token = std::fs::read_to_string(server.dir().join("state/admin.token")).expect("made on first start");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        server.admin(),
        token.trim(),
        body.len()
    )
}

/// What comes, up to and with this text.
pub fn until(wire: &mut Wire, end: &str) -> String {
    loop {
        let text = String::from_utf8_lossy(wire.pending()).into_owned();
        if let Some(at) = text.find(end) {
            wire.take(at + end.len());
            return text[..at + end.len()].to_owned();
        }
        assert!(wire.read_more().expect("it goes on"), "it ended: {text}");
    }
}

#[test]
fn every_route_answers_as_the_document_says() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wires: Vec<Wire> = Vec::new();
    for number in 0..3 {
        let mut wire = Wire::open(server.proxy());
        wire.send(post(&tape, &format!("/posts/{number}"), "", "{\"a\":1}"));
        wires.push(wire);
        crate::wait::until("the hold", || (server.holds("held").len() == number + 1).then_some(()));
    }
    let api = Api::of(&server);
    let holds = server.holds("held");
    let id = &holds[0].id;
    let mut walked = 0;
    let paths = api.document["paths"].as_object().expect("paths").clone();
    for (route, operations) in &paths {
        for method in operations.as_object().expect("operations").keys() {
            walked += 1;
            let path = route.replace("{id}", id);
            match (method.as_str(), route.as_str()) {
                // Looked at below: it has no end.
                ("get", "/v1/events") => {}
                (
                    "get",
                    "/v1/holds/{id}/body" | "/v1/holds/{id}/raw" | "/healthz" | "/readyz" | "/metrics",
                ) => {
                    assert_eq!(api.ask("GET", route, &path, &Value::Null).status, 200, "{route}");
                }
                ("get", _) => drop(api.ask("GET", route, &path, &Value::Null)),
                // What does something is asked for nothing that is there, with nothing said, and with too much said.
                (method, _) => {
                    let method = method.to_ascii_uppercase();
                    let nowhere = route.replace("{id}", "ZZZZ");
                    for body in [Value::Null, json!({}), json!({ "everything": true }), json!([1])] {
                        if method == "DELETE" || (route == "/v1/freeze" && body == json!({})) {
                            continue;
                        }
                        let reply = api.ask(&method, route, &nowhere, &body);
                        assert_eq!(reply.status, 400, "{method} {route} {body}: {}", reply.text());
                    }
                }
            }
            // A query that nobody knows is refused wherever a query is known.
            let has_query = operations[method]["parameters"]
                .as_array()
                .is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "query"));
            if has_query {
                let reply =
                    api.ask(&method.to_ascii_uppercase(), route, &format!("{path}?colour=red"), &Value::Null);
                assert_eq!(reply.status, 400, "{route}: {}", reply.text());
            }
        }
    }
    assert!(walked > 20, "{walked}");
    assert_eq!(server.holds("held").len(), 3, "nothing was decided by a walk");

    let page = api.get("/v1/holds", "/v1/holds?state=held&limit=2");
    assert_eq!(page["holds"].as_array().map(Vec::len), Some(2));
    let approve = json!({ "decision": "approve", "digest": holds[0].digest, "reason": "seen" });
    let one = "/v1/holds/{id}/decision";
    assert_eq!(api.ask("POST", one, &format!("/v1/holds/{id}/decision"), &approve).status, 200);
    let conflict = json!({ "decision": "deny" });
    crate::wait::until("the release", || (tape.mutations().len() == 1).then_some(()));
    assert_eq!(api.ask("POST", one, &format!("/v1/holds/{id}/decision"), &conflict).status, 409);
    let batch = json!({ "decisions": [
        { "id": holds[1].id, "decision": "approve", "digest": holds[1].digest },
        { "id": holds[2].code, "decision": "deny", "reason": "no" },
    ] });
    assert_eq!(api.ask("POST", "/v1/decisions", "/v1/decisions", &batch).status, 200);
    let records = api.get("/v1/audit", "/v1/audit?event=decided");
    assert_eq!(records["records"].as_array().map(Vec::len), Some(3));
    let replies: Vec<u16> = wires.iter_mut().map(|wire| wire.reply().status).collect();
    assert_eq!(replies, [200, 200, 403]);
}

#[test]
fn a_freeze_is_put_seen_and_taken_back() {
    let server = Server::start(&Plan::new());
    let api = Api::of(&server);
    let put = |body: Value| api.ask("PUT", "/v1/freeze", "/v1/freeze", &body);
    assert_eq!(put(json!({ "agent": "" })).status, 400);
    assert_eq!(put(json!({ "reason": "x".repeat(2001) })).status, 400);
    assert_eq!(put(json!({ "reason": "the inbox empties itself" })).status, 200);
    let freezes = api.get("/v1/freeze", "/v1/freeze");
    assert_eq!(freezes["freezes"][0]["reason"], "the inbox empties itself");
    assert_eq!(
        (freezes["freezes"][0]["agent"].is_null(), &freezes["freezes"][0]["by"]),
        (true, &json!("admin"))
    );
    assert_eq!(api.ask("DELETE", "/v1/freeze", "/v1/freeze?agent=bot", &Value::Null).status, 404);
    // A thaw may name the freeze that was seen, and is of no other.
    let at = freezes["freezes"][0]["at"].as_str().unwrap_or_default();
    for (seen, status) in [
        ("by=ana".to_owned(), 409),
        ("at=2026-01-01T00:00:00.000Z".to_owned(), 409),
        (format!("by=ana&at={at}"), 409),
        (format!("by=admin&by=admin&at={at}"), 400),
        (format!("by=admin&at={at}"), 200),
        (format!("by=admin&at={at}"), 404),
    ] {
        let reply = api.ask("DELETE", "/v1/freeze", &format!("/v1/freeze?{seen}"), &Value::Null);
        assert_eq!(reply.status, status, "{seen}: {}", reply.text());
    }
    assert_eq!(put(json!({})).status, 200);
    assert_eq!(api.ask("DELETE", "/v1/freeze", "/v1/freeze", &Value::Null).status, 200);
    assert_eq!(api.get("/v1/freeze", "/v1/freeze"), json!({ "freezes": [] }));

    // And from the command line.
    let said = String::from_utf8(server.says(&["freeze", "--reason", "again"])).expect("text");
    assert!(said.starts_with("all agents are frozen since ") && said.ends_with(": again\n"), "{said}");
    assert_eq!(server.says(&["thaw"]), b"all agents are no longer frozen\n");
    assert_eq!(server.cli(&["thaw"]).status.code(), Some(1));
    let listed: Value = serde_json::from_slice(&server.says(&["grants", "ls", "--json"])).expect("JSON");
    assert_eq!(listed, json!({ "grants": [] }));
}

/// What happens is told to who listens, and to who comes back what it has missed.
#[test]
fn events_come_as_they_happen_and_again_to_who_comes_back() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let api = Api::of(&server);
    let listen = |fields: &str| {
        let mut wire = Wire::open(server.admin());
        let request = request(&server, "GET", "/v1/events", "");
        wire.send(request.replacen("\r\n", &format!("\r\n{fields}"), 1));
        wire
    };
    let mut wire = listen("");
    assert!(until(&mut wire, ": listening\n\n").contains("text/event-stream"));
    let mut agent = Wire::open(server.proxy());
    agent.send(post(&tape, "/posts", "", "{\"a\":1}"));
    let told = until(&mut wire, "}\n\n");
    let hold = server.held();
    let data = told.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    let happening: Value = serde_json::from_str(data).expect("JSON");
    let schema =
        &api.document["paths"]["/v1/events"]["get"]["responses"]["200"]["content"]["text/event-stream"];
    assert_eq!(faults(&api.document, &schema["schema"], &happening, "event"), Vec::<String>::new());
    assert_eq!((&happening["what"], &happening["hold"]["id"]), (&json!("held"), &json!(hold.id)));
    let last = told.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
    drop(wire);
    server.deny(&hold, "no");
    let mut wire = listen(&format!("Last-Event-ID: {last}\r\n"));
    let told = until(&mut wire, "}\n\n");
    assert!(told.contains("event: decided") && !told.contains("event: lost"), "{told}");
    let mut wire = listen("Last-Event-ID: 00000000-7\r\n");
    assert!(until(&mut wire, "data: {}\n\n").contains("event: lost"));
    assert_eq!(agent.reply().status, 403);
}

/// One that listens to `/v1/events` and does not read: nobody waits for it, what is kept for it is bounded, and when it reads
/// again it is told that it lost some.
#[test]
fn a_listener_that_does_not_read_keeps_nobody_waiting_and_is_told_that_it_lost_some() {
    let server = Server::start(&Plan::new());
    let mut slow = Wire::open(server.admin());
    slow.send(request(&server, "GET", "/v1/events", ""));
    until(&mut slow, ": listening\n\n");
    let mut quick = Wire::open(server.admin());
    quick.send(request(&server, "GET", "/v1/events", ""));
    until(&mut quick, ": listening\n\n");
    // Far more than the buffers of two sockets and of the server take: each freeze is told with its reason.
    let before = server.memory_kib("VmRSS");
    let reason = "r".repeat(1900);
    let started = std::time::Instant::now();
    for number in 0..2500 {
        let body = json!({ "agent": "nobody", "reason": format!("{number} {reason}") }).to_string();
        assert_eq!(ask(&server, "PUT", "/v1/freeze", &body).status, 200);
        assert_eq!(ask(&server, "DELETE", "/v1/freeze?agent=nobody", "").status, 200);
        until(&mut quick, "event: frozen\n");
        until(&mut quick, "event: thawed\n");
    }
    println!("2,500 freezes and thaws in {:?}, beside one who does not read", started.elapsed());
    let grown = server.memory_kib("VmRSS").saturating_sub(before);
    println!("{grown} KiB more");
    assert!(grown < 64 * 1024, "{grown} KiB were kept for it");
    until(&mut slow, "event: lost\n");
}
