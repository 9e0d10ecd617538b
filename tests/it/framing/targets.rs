//! Targets and `Host`: one reading of where a request goes, in the bytes that were sent (CASES FR-18 to 24).

use crate::door::{Door, MALFORMED, SENTINEL, only_reply, refused, refused_at};
use crate::house::House;
use crate::tape::Tape;

const MISMATCH: &[(u16, &str)] = &[(400, "target_mismatch")];

/// CASES FR-18: one `Host`, and a plain one.
#[test]
fn a_missing_doubled_or_odd_host_is_refused() {
    refused(
        MALFORMED,
        &[
            ("none", b"GET {T}/ HTTP/1.1\r\n\r\n"),
            ("two that agree", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nHost: {H}\r\n\r\n"),
            ("two that differ", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nHost: evil.example\r\n\r\n"),
            ("a list", b"GET {T}/ HTTP/1.1\r\nHost: {H}, {H}\r\n\r\n"),
            ("userinfo", b"GET {T}/ HTTP/1.1\r\nHost: user@{H}\r\n\r\n"),
            ("empty", b"GET {T}/ HTTP/1.1\r\nHost:\r\n\r\n"),
            ("three parts", b"GET {T}/ HTTP/1.1\r\nHost: a:80:80\r\n\r\n"),
            ("a port too large", b"GET {T}/ HTTP/1.1\r\nHost: a.example:65536\r\n\r\n"),
            ("an empty port", b"GET {T}/ HTTP/1.1\r\nHost: a.example:\r\n\r\n"),
            ("a port with letters", b"GET {T}/ HTTP/1.1\r\nHost: a.example:80a\r\n\r\n"),
            ("a path", b"GET {T}/ HTTP/1.1\r\nHost: {H}/x\r\n\r\n"),
            ("a name in brackets", b"GET {T}/ HTTP/1.1\r\nHost: [example.com]\r\n\r\n"),
            ("an open bracket", b"GET {T}/ HTTP/1.1\r\nHost: [::1\r\n\r\n"),
            ("a zone", b"GET {T}/ HTTP/1.1\r\nHost: [fe80::1%lo]\r\n\r\n"),
        ],
    );
}

/// CASES FR-19: `Host` says what the target says, or nothing is sent.
#[test]
fn a_host_that_is_not_the_destination_is_refused() {
    refused(
        MISMATCH,
        &[
            ("another host", b"GET {T}/ HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
            (
                "another host, mutating",
                b"POST {T}/ HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\nhi",
            ),
            ("another port", b"GET {T}/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"),
            ("no port", b"GET {T}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        ],
    );
}

/// CASES FR-19: inside a tunnel only origin-form stands; on the proxy's own listener only absolute-form.
#[test]
fn each_door_has_its_own_form_of_target() {
    refused_at(
        &[Door::Tunnel, Door::Secure],
        MALFORMED,
        &[
            ("absolute-form", b"GET http://{H}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("absolute-form with TLS", b"GET https://{H}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("CONNECT", b"CONNECT {H} HTTP/1.1\r\nHost: {H}\r\n\r\n"),
        ],
    );
    refused_at(&[Door::Explicit], MALFORMED, &[("origin-form", b"GET / HTTP/1.1\r\nHost: {H}\r\n\r\n")]);
}

/// CASES FR-20, 21, 22, 24: no other form, no fragment, no userinfo, nothing outside plain ASCII.
#[test]
fn odd_targets_are_refused() {
    refused(
        MALFORMED,
        &[
            ("authority-form", b"GET evil.example:80 HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("asterisk", b"GET * HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a query alone", b"GET ?x HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("rootless", b"GET http:http://internal/admin HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("opaque", b"GET mailto:a@b HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("no slash", b"GET x HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("another scheme", b"GET ftp://{H}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a fragment", b"GET {T}/a#b HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a fragment alone", b"GET {T}/# HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a fragment on a mutation", b"POST {T}/a#b HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\n\r\n"),
            ("userinfo", b"GET http://user@{H}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a raw letter beyond ASCII", b"GET {T}/\xc3\xa9 HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a backslash", b"GET {T}/a\\b HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("an empty host", b"GET http://:80/ HTTP/1.1\r\nHost: :80\r\n\r\n"),
        ],
    );
}

/// CASES FR-21: what stands in the target arrives in the bytes that were sent.
#[test]
fn a_target_arrives_byte_for_byte() {
    let house = House::new();
    for door in Door::ALL {
        let tape = door.tape(&house);
        let mut wire = door.open(&house, &tape);
        let targets =
            ["/a/../b", "/%2e%2e/%2F?q=a+b&q=%20&;", "/;x=1", "/a//b", "/?", "/a%00", "/~!$&'()*,:@"];
        for (number, target) in targets.iter().enumerate() {
            wire.send(
                door.fill(format!("GET {{T}}{target} HTTP/1.1\r\nHost: {{H}}\r\n\r\n").as_bytes(), &tape),
            );
            assert_eq!(wire.reply().status, 200, "{target}");
            assert_eq!(tape.requests()[number].target, *target);
        }
    }
    house.close(&[]);
}

/// CASES FR-23: a CONNECT names a plain host and a port, or there is no tunnel.
#[test]
fn a_connect_to_no_plain_authority_is_refused() {
    let house = House::new();
    let odd = [
        "[example.com]:443",
        "[::1:443",
        "[fe80::1%25lo]:443",
        ":443",
        "a.example",
        "a.example:",
        "a.example:0",
        "a.example:65536",
        "a.example:443a",
        "user@a.example:443",
        "a.example:443/x",
        "a.example.:443",
        "a..example:443",
        "/",
        "http://a.example/",
    ];
    for authority in odd {
        let mut wire = house.open();
        wire.send(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
        wire.send(Door::Tunnel.fill(SENTINEL, &Tape::plain()));
        let reply = only_reply(&wire.until_close(authority), authority);
        assert_eq!((reply.status, reply.code().as_str()), (400, "malformed"), "{authority}: {reply:?}");
    }
    house.close(&[]);
}
