//! HTTP/2 towards the agent: what h2 and hyper let through and a proxy must not (CASES 1.B).

use crate::door::{Door, NOT_SUPPORTED, SENTINEL, refused, refused_at};
use crate::h2raw::{ENABLE_CONNECT, Frames, Outcome};
use crate::house::House;
use crate::raw::Wire;
use crate::tape::Tape;

type Fields<'a> = Vec<(&'a [u8], &'a [u8])>;

fn plain<'a>(method: &'a str, authority: &'a str, path: &'a str) -> Fields<'a> {
    vec![
        (b":method", method.as_bytes()),
        (b":scheme", b"https"),
        (b":authority", authority.as_bytes()),
        (b":path", path.as_bytes()),
    ]
}

/// A read passes, a mutation waits, and what arrives is what was shown, in HTTP/1.1.
#[test]
fn a_mutation_over_http_2_waits_and_arrives_as_it_was_shown() {
    let house = House::new();
    let tape = house.tls_tape();
    let mut frames = house.secure_h2(&tape);
    let authority = tape.authority();
    frames.headers(1, &plain("GET", &authority, "/read"), true);
    assert_eq!(frames.outcome(1).status, Some(200));
    let mut fields = plain("POST", &authority, "/posts?draft=1");
    fields.extend([(&b"cookie"[..], &b"a=1"[..]), (b"x-note", b"hello"), (b"cookie", b"b=2")]);
    frames.headers(3, &fields, false);
    frames.data(3, b"{\"title\":1}");
    let hold = house.held();
    assert_eq!((hold.http_version.as_str(), hold.body_bytes), ("HTTP/2", 11));
    let raw = house.raw(&hold);
    house.approve(&hold);
    assert_eq!(frames.outcome(3).status, Some(200));
    let sent = &tape.mutations()[0];
    assert_eq!(sent.raw(), raw);
    assert_eq!(sent.head.text("cookie").as_deref(), Some("a=1; b=2"));
    house.close(&[&tape]);
}

/// Sends each block on a connection of its own: an error of any kind, no hold, nothing on the tape.
fn rejected(cases: &[(&str, Fields<'_>)]) -> Vec<Outcome> {
    let house = House::new();
    let tape = house.tls_tape();
    let mut outcomes = Vec::new();
    for (case, fields) in cases {
        let mut frames = house.secure_h2(&tape);
        let authority = tape.authority();
        let block: Fields<'_> = fields
            .iter()
            .map(|(name, value)| (*name, if *value == b"{H}" { authority.as_bytes() } else { *value }))
            .collect();
        frames.headers(1, &block, true);
        let outcome = frames.outcome(1);
        let refused = outcome.status.is_some_and(|status| (400..600).contains(&status));
        assert!(refused || outcome.reset.is_some() || frames.closed, "{case}: {outcome:?}");
        tape.assert_empty(case);
        outcomes.push(outcome);
    }
    assert!(house.holds().is_empty());
    house.close(&[]);
    outcomes
}

/// A block that is good but for what replaces or follows it.
fn but<'a>(replaced: &[(&'a [u8], &'a [u8])], added: &[(&'a [u8], &'a [u8])]) -> Fields<'a> {
    let mut fields: Fields<'a> =
        vec![(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"{H}"), (b":path", b"/a")];
    for (name, value) in replaced {
        for field in fields.iter_mut().filter(|(found, _)| found == name) {
            field.1 = value;
        }
    }
    fields.extend_from_slice(added);
    fields
}

/// CASES PR-01, 02: `:authority` says where it goes, `host` says the same or nothing.
#[test]
fn an_authority_that_is_not_the_destination_is_refused() {
    let without = |added: &[(&'static [u8], &'static [u8])]| {
        let mut fields: Fields<'static> =
            vec![(b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/a")];
        fields.extend_from_slice(added);
        fields
    };
    let outcomes = rejected(&[
        ("host differs", but(&[], &[(b"host", b"evil.example")])),
        ("authority differs", but(&[(b":authority", b"evil.example")], &[])),
        ("both differ alike", but(&[(b":authority", b"evil.example")], &[(b"host", b"evil.example")])),
        ("another port", but(&[(b":authority", b"127.0.0.1:1")], &[])),
        ("userinfo", but(&[(b":authority", b"good@evil.example")], &[])),
        ("neither", without(&[])),
        ("host alone", without(&[(b"host", b"evil.example")])),
    ]);
    for outcome in &outcomes[..4] {
        assert_eq!((outcome.status, outcome.code().as_str()), (Some(400), "target_mismatch"), "{outcome:?}");
    }
}

/// CASES PR-03: the scheme is the connection's own.
#[test]
fn another_scheme_is_refused() {
    rejected(&[
        ("http", but(&[(b":scheme", b"http")], &[])),
        ("ftp", but(&[(b":scheme", b"ftp")], &[])),
        ("HTTPS", but(&[(b":scheme", b"HTTPS")], &[])),
    ]);
}

/// CASES PR-05: a path is a path.
#[test]
fn odd_paths_are_refused() {
    rejected(&[
        ("asterisk", but(&[(b":path", b"*")], &[])),
        ("a second host", but(&[(b":path", b"//evil.example/x")], &[])),
        ("empty", but(&[(b":path", b"")], &[])),
        ("absolute", but(&[(b":path", b"https://evil.example/x")], &[])),
        ("no slash", but(&[(b":path", b"a")], &[])),
    ]);
}

/// CASES PR-06, 07: pinned, so that no newer library lets them through.
#[test]
fn malformed_header_blocks_are_refused() {
    rejected(&[
        ("a pseudo-header twice", but(&[], &[(b":path", b"/b")])),
        ("an unknown pseudo-header", but(&[], &[(b":evil", b"x")])),
        (
            "a late pseudo-header",
            vec![(b":method", b"GET"), (b":scheme", b"https"), (b"x", b"y"), (b":path", b"/a")],
        ),
        ("an upper-case name", but(&[], &[(b"X-Upper", b"y")])),
        ("connection", but(&[], &[(b"connection", b"close")])),
        ("transfer-encoding", but(&[], &[(b"transfer-encoding", b"chunked")])),
        ("te", but(&[], &[(b"te", b"gzip")])),
        ("upgrade", but(&[], &[(b"upgrade", b"h2c")])),
        ("CR LF in a value", but(&[], &[(b"x", b"a\r\nevil: 1")])),
        ("NUL in a value", but(&[], &[(b"x", b"a\0b")])),
        ("LF in a name", but(&[], &[(b"x\ny", b"z")])),
        ("a blank in the path", but(&[(b":path", b"/a HTTP/1.1\r\nevil: 1")], &[])),
        ("a blank in the method", but(&[(b":method", b"GET /b")], &[])),
        ("a blank before a value", but(&[], &[(b"x", b" y")])),
        ("a blank behind a value", but(&[], &[(b"x", b"y ")])),
        ("a tab behind a value", but(&[], &[(b"x", b"y\t")])),
        ("an underscore in a name", but(&[], &[(b"content_length", b"5")])),
        ("a lower-case method", but(&[(b":method", b"get")], &[])),
        ("Holdpoint's own name", but(&[], &[(b"holdpoint-approved", b"yes")])),
        ("a length that is not one", but(&[(b":method", b"POST")], &[(b"content-length", b"+5")])),
        ("a length without a body", but(&[(b":method", b"POST")], &[(b"content-length", b"5")])),
    ]);
}

/// CASES PR-09: a length that is not the length.
#[test]
fn a_body_that_is_not_as_long_as_it_says_is_never_held() {
    let house = House::new();
    let tape = house.tls_tape();
    for length in [b"4", b"6"] {
        let mut frames = house.secure_h2(&tape);
        let authority = tape.authority();
        let mut fields = plain("POST", &authority, "/a");
        fields.push((b"content-length", length));
        frames.headers(1, &fields, false);
        frames.data(1, b"hello");
        let outcome = frames.outcome(1);
        assert!(outcome.reset.is_some() || frames.closed || outcome.status == Some(400), "{outcome:?}");
    }
    assert!(house.holds().is_empty());
    tape.assert_empty("wrong lengths");
    house.close(&[&tape]);
}

/// CASES PR-10, 11: no tunnel inside a tunnel, plain or extended; the extension is not even offered.
#[test]
fn connect_inside_http_2_is_refused() {
    let house = House::new();
    let tape = house.tls_tape();
    let settings = house.secure_h2(&tape).settings();
    assert!(settings.iter().all(|(name, value)| *name != ENABLE_CONNECT || *value == 0), "{settings:?}");
    house.close(&[&tape]);
    let connect = [(&b":method"[..], &b"CONNECT"[..])];
    let outcomes = rejected(&[
        ("websocket", but(&connect, &[(b":protocol", b"websocket")])),
        ("connect-udp", but(&connect, &[(b":protocol", b"connect-udp")])),
        ("junk", but(&connect, &[(b":protocol", b"x")])),
        ("a protocol on GET", but(&[], &[(b":protocol", b"websocket")])),
        ("plain", vec![(b":method", b"CONNECT"), (b":authority", b"evil.example:22")]),
        ("plain, to the same place", vec![(b":method", b"CONNECT"), (b":authority", b"{H}")]),
    ]);
    assert!(outcomes.iter().all(|outcome| outcome.status != Some(200)));
}

/// CASES PR-12, 14: an upgrade is refused whole; what rides behind it goes nowhere.
#[test]
fn an_upgrade_is_refused_and_nothing_behind_it_is_read() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let h2c = [
        b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n".as_slice(),
        preface,
    ]
    .concat();
    // `HTTP2-Settings` in `Connection` is a field that a hop is told to drop: that alone may end it.
    refused(&[NOT_SUPPORTED, &[(400, "malformed")]].concat(), &[("h2c, as its RFC wants it", &h2c)]);
    refused(
        NOT_SUPPORTED,
        &[
            ("h2c", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
            (
                "a request behind it",
                b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nDELETE {T}/all HTTP/1.1\r\nHost: {H}\r\n\r\n",
            ),
            (
                "a websocket",
                b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            ),
            ("without Connection", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nUpgrade: h2c\r\n\r\n"),
            ("TRACE", b"TRACE {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
        ],
    );
}

/// CASES PR-13: prior knowledge is taken inside a tunnel only, and judged like any HTTP/2.
#[test]
fn http_2_by_prior_knowledge_is_taken_inside_a_tunnel_only() {
    let house = House::new();
    let tape = Tape::plain();
    let authority = tape.authority();
    let mut frames = Frames::start(Wire::tunnel(house.proxy(), &authority));
    let mut fields = plain("GET", &authority, "/read");
    fields[1].1 = b"http";
    frames.headers(1, &fields, true);
    assert_eq!(frames.outcome(1).status, Some(200));
    fields[0].1 = b"DELETE";
    frames.headers(3, &fields, true);
    let hold = house.held();
    house.deny(&hold, "no");
    assert_eq!((frames.outcome(3).status, frames.outcome(3).code()), (Some(403), "denied".to_owned()));
    fields[1].1 = b"https";
    frames.headers(5, &fields, true);
    assert_eq!(frames.outcome(5).status, Some(400));
    assert_eq!(tape.requests().len(), 1);
    house.close(&[&tape]);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    refused_at(&[Door::Explicit], &[(400, "malformed")], &[("on the proxy's own listener", preface)]);
}

/// CASES PR-13: nor after a request of HTTP/1.1.
#[test]
fn http_2_behind_a_request_of_http_1_is_refused() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = Wire::tunnel(house.proxy(), &tape.authority());
    wire.send(Door::Tunnel.fill(SENTINEL, &tape));
    assert_eq!(wire.reply().status, 200);
    wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    wire.reply().assert_problem("a late preface", 400, "malformed");
    assert!(wire.until_close("a late preface").is_empty());
    assert_eq!(tape.requests().len(), 1);
    house.close(&[&tape]);
}
