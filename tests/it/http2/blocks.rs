//! Header blocks: pseudo-headers that name two places, and fields that no message may have (CASES PR-01 to 07).

use super::{Fields, but, rejected};

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
