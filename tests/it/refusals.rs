//! What the agent is told: every refusal is a documented error that says what to do next (SPEC section 8), and an
//! upstream's own answer passes as it is.

use base64::Engine;

use crate::door::Door;
use crate::house::House;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Answer, Tape};

/// An agent that is not known gets 407, on a connection that stays open; with its token it gets in.
#[test]
fn an_unknown_agent_is_asked_who_it_is() {
    let house = House::with(Plan::new().agent("bot", "s3cret"));
    let tape = house.tls_tape();
    let authority = tape.authority();
    let token = |token: &str| base64::engine::general_purpose::STANDARD.encode(format!("bot:{token}"));
    let mut wire = house.open();
    wire.send(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
    let reply = wire.reply();
    reply.assert_problem("nobody", 407, "proxy_auth");
    assert!(reply.head.text("proxy-authenticate").is_some_and(|scheme| scheme.starts_with("Basic ")));
    let connect = |token: String| {
        format!(
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Basic {token}\r\n\r\n"
        )
    };
    wire.send(connect(token("wrong")));
    assert_eq!(wire.reply().status, 407);
    wire.send(connect(token("s3cret")));
    let mut wire = wire.connected().secured("127.0.0.1", crate::pki::client(&house.ca(), &[])).expect("TLS");
    wire.send(format!("POST /a HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 2\r\n\r\nhi"));
    let hold = house.held();
    assert_eq!(hold.agent, "bot");
    assert!(hold.headers.iter().all(|(name, _)| name != "proxy-authorization"));
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert!(tape.requests()[0].head.values("proxy-authorization").is_empty());
    house.close(&[&tape]);
}

/// Python speaks HTTP/1.0 to a proxy.
#[test]
fn a_connect_in_http_1_0_opens_a_tunnel() {
    let house = House::new();
    let tape = house.tls_tape();
    let mut wire = house.open();
    wire.send(format!("CONNECT {} HTTP/1.0\r\n\r\n", tape.authority()));
    let mut wire = wire.connected().secured("127.0.0.1", crate::pki::client(&house.ca(), &[])).expect("TLS");
    wire.send(format!("GET /a HTTP/1.1\r\nHost: {}\r\n\r\n", tape.authority()));
    assert_eq!(wire.reply().status, 200);
    house.close(&[&tape]);
}

/// A rule that denies is named, and so is the key that would let an unknown host in.
#[test]
fn a_denial_by_the_config_names_what_decided() {
    let tape = Tape::plain();
    let rule = format!(
        "name = \"no deletes here\"\nhost = [\"{}\"]\nmethod = [\"DELETE\"]\nverdict = \"deny\"",
        tape.authority()
    );
    let house = House::with(Plan::new().set("defaults", "unknown_host", "\"deny\"").rule(&rule));
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"DELETE {T}/a HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
    let reply = wire.reply();
    reply.assert_problem("a rule", 403, "forbidden");
    assert_eq!(reply.member("rule"), "no deletes here");
    assert_eq!(reply.head.text("x-should-retry").as_deref(), Some("false"));
    let mut wire = house.open();
    wire.send("GET http://unknown.example/ HTTP/1.1\r\nHost: unknown.example\r\n\r\n");
    let reply = wire.reply();
    reply.assert_problem("an unknown host", 403, "destination_blocked");
    assert!(reply.member("detail").as_str().is_some_and(|detail| detail.contains("unknown_host")));
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
    assert_eq!(wire.reply().status, 200);
    house.close(&[&tape]);
}

/// CASES AP-34: an error repeats nothing of what was sent.
#[test]
fn an_error_echoes_nothing() {
    let house = House::new();
    let canary = "<script>canary</script>";
    for request in [
        format!("GET /{canary} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET http://127.0.0.1:1/?q={canary} HTTP/1.1\r\nHost: evil.example\r\nX: {canary}\r\n\r\n"),
        format!("{canary} / HTTP/1.1\r\n\r\n"),
    ] {
        let mut wire = house.open();
        wire.send(&request);
        let all = wire.until_close("an error");
        assert!(!String::from_utf8_lossy(&all).contains("canary"), "{}", String::from_utf8_lossy(&all));
    }
    house.close(&[]);
}

/// CASES PR-22: an upstream's answer passes, but for what is this hop's own and what leads around the proxy.
#[test]
fn an_answer_passes_without_its_hop_s_own_fields() {
    let house = House::new();
    let tape = Tape::plain();
    tape.answer(|_| {
        let fields = [
            ("alt-svc", "h3=\":443\""),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-authenticate", "Basic realm=\"upstream\""),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("x-kept", "yes"),
        ];
        Answer::status(418, &fields, b"short and stout")
    });
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
    let reply = wire.reply();
    assert_eq!((reply.status, reply.text().as_str()), (418, "short and stout"));
    for gone in ["alt-svc", "x-hop", "keep-alive", "proxy-authenticate", "holdpoint-code"] {
        assert!(reply.head.values(gone).is_empty(), "{gone} passed: {reply:?}");
    }
    assert_eq!(reply.head.values("set-cookie").len(), 2);
    assert_eq!(reply.head.text("x-kept").as_deref(), Some("yes"));
    house.close(&[&tape]);
}

/// CASES OV-01: a head that never ends is answered, and the connection closed.
#[test]
fn a_head_that_dribbles_is_timed_out() {
    let house = House::new();
    let mut wire = house.open();
    wire.send("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.");
    wire.reply().assert_problem("half a head", 408, "request_timeout");
    assert!(wire.until_close("half a head").is_empty());
    house.close(&[]);
}

/// CASES PR-35, AP-33: each request on one connection is decided alone, and the proxy serves no page of its own.
#[test]
fn a_kept_connection_carries_no_permission_over() {
    let house = House::new();
    let (one, two) = (Tape::plain(), Tape::plain());
    let mut wire = house.open();
    for tape in [&one, &two, &one] {
        wire.send(Door::Explicit.fill(b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\n\r\n", tape));
        assert_eq!(wire.reply().status, 200);
    }
    wire.send(Door::Explicit.fill(b"DELETE {T}/a HTTP/1.1\r\nHost: {H}\r\n\r\n", &two));
    house.deny(&house.held(), "no");
    wire.reply().assert_problem("after three reads", 403, "denied");
    assert_eq!((one.requests().len(), two.requests().len()), (2, 1));
    let mut wire: Wire = house.open();
    wire.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    wire.reply().assert_problem("a page of its own", 400, "malformed");
    house.close(&[&one, &two]);
}
