//! Fields that two readers would not read alike: repeated ones, ones that a hop is told to drop, ones that speak
//! in Holdpoint's name (CASES FR-32, 33, 35, HI-38).

use crate::door::{Door, MALFORMED, refused};
use crate::house::House;
use crate::tape::Tape;

/// CASES FR-33: what policy reads must stand once.
#[test]
fn a_doubled_singleton_is_refused() {
    refused(
        MALFORMED,
        &[
            ("authorization", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nAuthorization: a\r\nauthorization: b\r\n\r\n"),
            (
                "content-type",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 2\r\nContent-Type: text/plain\r\nContent-Type: application/json\r\n\r\nhi",
            ),
            (
                "content-encoding",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\nContent-Encoding: identity\r\n\r\nhi",
            ),
            (
                "method override",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\nX-HTTP-Method-Override: GET\r\nX-HTTP-Method-Override: DELETE\r\n\r\n",
            ),
            (
                "idempotency key",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\nIdempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n",
            ),
        ],
    );
}

/// CASES FR-33, the near miss: lists may stand on several lines, and arrive value by value.
#[test]
fn a_list_on_two_lines_arrives_on_two_lines() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(
        Door::Explicit
            .fill(b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nAccept: a/b\r\nX-One: 1\r\nAccept: c/d\r\n\r\n", &tape),
    );
    assert_eq!(wire.reply().status, 200);
    let values =
        tape.requests()[0].head.values("accept").iter().map(|value| value.to_vec()).collect::<Vec<_>>();
    assert_eq!(values, [b"a/b".to_vec(), b"c/d".to_vec()]);
    house.close(&[&tape]);
}

/// CASES FR-32: `Connection` cannot make a hop drop or keep another field.
#[test]
fn connection_names_only_what_is_its_own() {
    refused(
        MALFORMED,
        &[
            ("host", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: host\r\n\r\n"),
            ("authorization", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: close, authorization\r\n\r\n"),
            (
                "content-length",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: content-length\r\nContent-Length: 2\r\n\r\nhi",
            ),
            ("anything", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nConnection: x-forwarded-for\r\n\r\n"),
        ],
    );
}

/// CASES HI-38: only Holdpoint speaks in its own name.
#[test]
fn an_agent_cannot_speak_as_holdpoint() {
    refused(
        MALFORMED,
        &[
            (
                "holdpoint-hold",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\nHoldpoint-Hold: 1\r\n\r\n",
            ),
            ("holdpoint-approved", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nholdpoint-approved: yes\r\n\r\n"),
            ("x-holdpoint", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nX-Holdpoint-Bypass: 1\r\n\r\n"),
        ],
    );
}
