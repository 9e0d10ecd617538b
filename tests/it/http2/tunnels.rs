//! Tunnels in tunnels, upgrades, and HTTP/2 where nobody expects it (CASES PR-10 to 14).

use super::{but, plain, rejected};
use crate::door::{Door, NOT_SUPPORTED, SENTINEL, refused, refused_at};
use crate::h2raw::{ENABLE_CONNECT, Frames};
use crate::h2tape::H2Tape;
use crate::house::House;
use crate::raw::Wire;
use crate::tape::Tape;

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
    let tape = H2Tape::clear();
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
    tape.check(house);
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
