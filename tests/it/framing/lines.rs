//! Lines of a head: control bytes, folding, odd names and methods, and what is too long (CASES FR-15 to 36).

use crate::door::{Door, MALFORMED, NOT_SUPPORTED, refused, refused_at};
use crate::house::House;
use crate::tape::Tape;

/// CASES FR-15: every control byte, in the target, a name and a value.
#[test]
fn control_bytes_in_the_head_are_refused() {
    let mut messages = Vec::new();
    for byte in (0..0x20).chain([0x7f]) {
        if byte == b'\t' || byte == b'\n' {
            continue;
        }
        messages.push((
            format!("{byte:#x} in the target"),
            [b"GET {T}/a", &[byte][..], b"b HTTP/1.1\r\nHost: {H}\r\n\r\n"].concat(),
        ));
        messages.push((
            format!("{byte:#x} in a name"),
            [b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx", &[byte][..], b"y: z\r\n\r\n"].concat(),
        ));
        messages.push((
            format!("{byte:#x} in a value"),
            [b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx: y", &[byte][..], b"z\r\n\r\n"].concat(),
        ));
    }
    let cases: Vec<(&str, &[u8])> =
        messages.iter().map(|(name, message)| (name.as_str(), message.as_slice())).collect();
    refused_at(&[Door::Explicit, Door::Secure], MALFORMED, &cases);
}

/// CASES FR-16, 17, 26, 35: lines that are no fields, and request lines that are none.
#[test]
fn broken_lines_are_refused() {
    refused(
        MALFORMED,
        &[
            ("folded", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx: y\r\n z\r\n\r\n"),
            ("folded with a tab", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx: y\r\n\tz\r\n\r\n"),
            ("blank before the first field", b"GET {T}/ HTTP/1.1\r\n Host: {H}\r\n\r\n"),
            ("blank before the colon", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx : y\r\n\r\n"),
            ("no colon", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nnothing\r\n\r\n"),
            ("no name", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\n: y\r\n\r\n"),
            ("a high byte in a name", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx\x85: y\r\n\r\n"),
            ("an underscore in a name", b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent_Length: 5\r\n\r\n"),
            ("LF for CRLF", b"GET {T}/ HTTP/1.1\nHost: {H}\n\n"),
            ("one LF for CRLF", b"GET {T}/ HTTP/1.1\r\nHost: {H}\nx: y\r\n\r\n"),
            ("two blanks", b"GET  {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a tab", b"GET\t{T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("a blank at the end", b"GET {T}/ HTTP/1.1 \r\nHost: {H}\r\n\r\n"),
            ("HTTP/1.2", b"GET {T}/ HTTP/1.2\r\nHost: {H}\r\n\r\n"),
            ("HTTP/0.9", b"GET {T}/\r\n\r\n"),
            ("http/1.1", b"GET {T}/ http/1.1\r\nHost: {H}\r\n\r\n"),
        ],
    );
}

/// CASES FR-25: methods are case-sensitive, and a variant of a known one is nobody's.
#[test]
fn a_known_method_in_another_case_is_refused() {
    refused(
        MALFORMED,
        &[
            ("get", b"get {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("Get", b"Get {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("pOST", b"pOST {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("no token", b"G=T {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
            ("G[ET]", b"G[ET] {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n"),
        ],
    );
}

/// CASES FR-25: an unknown method is no read, also where it begins like one.
#[test]
fn an_unknown_method_is_held() {
    let house = House::new();
    let tape = Tape::plain();
    for method in ["GETX", "FROBNICATE", "M-SEARCH", "GE"] {
        let mut wire = house.open();
        wire.send(
            Door::Explicit.fill(format!("{method} {{T}}/ HTTP/1.1\r\nHost: {{H}}\r\n\r\n").as_bytes(), &tape),
        );
        let hold = house.held();
        assert_eq!((hold.method.as_str(), hold.effect.as_str()), (method, "unknown"));
        tape.assert_empty(method);
        house.deny(&hold, "no");
        wire.reply().assert_problem(method, 403, "denied");
    }
    house.close(&[&tape]);
}

/// CASES FR-36: limits are answered with their own codes, in fixed memory.
#[test]
fn what_is_too_long_is_said_to_be_too_long() {
    let long_target = [b"GET {T}/".as_slice(), &[b'a'; 20_000], b" HTTP/1.1\r\nHost: {H}\r\n\r\n"].concat();
    refused(&[(414, "uri_too_long")], &[("target", &long_target)]);
    let long_field =
        [b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nx: ".as_slice(), &[b'a'; 100_000], b"\r\n\r\n"].concat();
    let fields: Vec<u8> = (0..200).flat_map(|number| format!("x{number}: y\r\n").into_bytes()).collect();
    let many = [b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\n".as_slice(), &fields, b"\r\n"].concat();
    refused(&[(431, "headers_too_large")], &[("one field", &long_field), ("many fields", &many)]);
    let method = [&[b'M'; 100], b" {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n".as_slice()].concat();
    refused(NOT_SUPPORTED, &[("method", &method)]);
}
