//! Refusals in the tongue of the dialect (SPEC section 8), on the whole way: what a client of each is told when a
//! person says no, when nobody has decided, and when the request was refused before anybody had read it.

use crate::door::Door;
use crate::house::House;
use crate::plan::Plan;
use crate::reply::Reply;
use crate::tape::Tape;

fn post(path: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {{T}}{path} HTTP/1.1\r\nHost: {{H}}\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// The same request, denied by a person in a house of its own.
fn denied(request: &[u8]) -> Reply {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(request, &tape));
    house.deny(&house.held(), "not <today>");
    let reply = wire.reply();
    assert_eq!(reply.code(), "denied", "{reply:?}");
    assert!(reply.hold().is_some() && tape.requests().is_empty());
    house.close(&[&tape]);
    reply
}

fn kind(reply: &Reply) -> String {
    reply.head.text("content-type").unwrap_or_default()
}

#[test]
fn a_denied_call_of_json_rpc_is_an_error_object_with_its_id() {
    let call = r#"{"jsonrpc":"2.0","id":"c-7","method":"users.delete","params":{"id":1}}"#;
    let reply = denied(&post("/rpc", "Content-Type: application/json\r\n", call));
    assert_eq!((reply.status, kind(&reply).as_str()), (403, "application/json"));
    assert_eq!((reply.member("id"), reply.member("jsonrpc")), ("c-7".into(), "2.0".into()));
    assert_eq!(reply.member("error")["data"]["reason"], "not <today>");
}

/// CASES AP-34: nothing but the id comes back.
#[test]
fn a_denied_call_repeats_nothing_but_its_id() {
    let call = r#"{"jsonrpc":"2.0","id":7,"method":"canary","params":["canary"]}"#;
    let reply = denied(&post("/canary?canary", "Content-Type: application/json\r\nX: canary\r\n", call));
    assert!(!format!("{reply:?}").contains("canary"), "{reply:?}");
    assert_eq!(reply.member("id"), 7);
}

#[test]
fn a_denied_mutation_of_graphql_is_an_error_with_a_code() {
    let fields = "Content-Type: application/json\r\nAccept: application/graphql-response+json\r\n";
    let reply = denied(&post("/graphql", fields, r#"{"query":"mutation { deleteUser(id: 1) { id } }"}"#));
    assert_eq!((reply.status, kind(&reply).as_str()), (403, "application/graphql-response+json"));
    assert_eq!(reply.member("errors")[0]["extensions"]["code"], "denied");
}

#[test]
fn a_denied_push_is_reported_ref_by_ref() {
    let object = "1".repeat(40);
    let line = format!("{object} {object} refs/heads/main\0report-status");
    let push = format!("{:04x}{line}0000PACK", line.len() + 4);
    let reply = denied(&post(
        "/r.git/git-receive-pack",
        "Content-Type: application/x-git-receive-pack-request\r\n",
        &push,
    ));
    assert_eq!((reply.status, kind(&reply).as_str()), (200, "application/x-git-receive-pack-result"));
    let text = reply.text();
    assert!(text.contains("ng refs/heads/main ") && text.contains("not <today>"), "{text}");
}

/// An SDK comes back for a `held` that it can read: 503, in XML where its service speaks XML.
#[test]
fn a_ticket_for_aws_is_in_the_shape_of_its_service() {
    let house = House::with(Plan::new().hold("wait", "\"1s\""));
    let tape = Tape::plain();
    let signed = "Authorization: AWS4-HMAC-SHA256 Credential=A/20250101/eu/iam/aws4_request, SignedHeaders=host, Signature=0\r\n";
    let fields = format!("{signed}Content-Type: application/x-www-form-urlencoded\r\n");
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(&post("/", &fields, "Action=CreateUser&Version=2010-05-08"), &tape));
    let reply = wire.reply();
    assert_eq!((reply.status, reply.code().as_str(), kind(&reply).as_str()), (503, "held", "text/xml"));
    assert_eq!(reply.head.text("retry-after").as_deref(), Some("1"));
    let hold = reply.hold().unwrap_or_default();
    let text = reply.text();
    assert!(text.contains("<Code>ServiceUnavailable</Code>"), "{text}");
    assert!(text.contains(&format!("<RequestId>{hold}</RequestId>")), "{text}");
    house.close(&[&tape]);
}

/// Before anything was read of its body, the head alone tells the tongue.
#[test]
fn what_is_refused_by_its_head_is_refused_in_its_tongue_too() {
    let house = House::with(Plan::new().hold("max_body", "\"1KiB\""));
    let tape = Tape::plain();
    let body = "x".repeat(2048);
    for (fields, wanted, text) in [
        (
            "Authorization: AWS4-HMAC-SHA256 Credential=A/20250101/eu/s3/aws4_request\r\n",
            "application/xml",
            "EntityTooLarge",
        ),
        (
            "X-Amz-Target: T.PutItem\r\n",
            "application/x-amz-json-1.1",
            "\"__type\":\"RequestEntityTooLargeException\"",
        ),
        ("Mcp-Session-Id: 1\r\n", "application/json", "\"id\":null"),
        ("", "application/problem+json", "urn:holdpoint:body_too_large"),
    ] {
        let mut wire = house.open();
        wire.send(Door::Explicit.fill(&post("/b/k", fields, &body), &tape));
        let reply = wire.reply();
        assert_eq!(
            (reply.status, reply.code().as_str(), kind(&reply).as_str()),
            (413, "body_too_large", wanted)
        );
        assert!(reply.text().contains(text), "{reply:?}");
    }
    house.close(&[&tape]);
}
