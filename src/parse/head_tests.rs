//! Heads as hyper gives them, of both versions: what is refused, and what the rest becomes.

use http::Request;
use proptest::prelude::*;

use super::*;

const PSEUDONYM: &str = "holdpoint-1";

fn tunnel(scheme: Scheme, port: u16) -> Door {
    Door::Tunnel { host: Host::parse("a.example").unwrap(), port, scheme }
}

fn tls() -> Door {
    tunnel(Scheme::Https, 443)
}

fn parts(method: &str, version: Version, uri: &str, fields: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).version(version).uri(uri);
    for (name, value) in fields {
        request = request.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.body(()).unwrap().into_parts().0
}

/// HTTP/1.1, with the target as it stood on the wire.
fn one(method: &str, target: &str, fields: &[(&str, &str)], door: &Door) -> Result<Received, Refusal> {
    let parts = parts(method, Version::HTTP_11, target, fields);
    let raw = RawHead {
        method: Bytes::copy_from_slice(method.as_bytes()),
        target: Bytes::copy_from_slice(target.as_bytes()),
        version: Version::HTTP_11,
    };
    receive(&parts, Some(&raw), door, PSEUDONYM, false)
}

/// HTTP/2, on a stream that has ended.
fn two(method: &str, uri: &str, fields: &[(&str, &str)], door: &Door) -> Result<Received, Refusal> {
    receive(&parts(method, Version::HTTP_2, uri, fields), None, door, PSEUDONYM, true)
}

fn code(result: Result<Received, Refusal>) -> Code {
    result.map(|received| received.head().clone()).unwrap_err().code
}

fn lines(head: &Head) -> String {
    String::from_utf8(head.http1()).unwrap()
}

#[test]
fn fields_are_lower_case_grouped_and_in_their_final_order() {
    let fields = [
        ("Accept", "a"),
        ("Cookie", "k=1"),
        ("Host", "A.example"),
        ("Via", "1.0 other"),
        ("X-One", "1"),
        ("Connection", "keep-alive, te"),
        ("Proxy-Connection", "keep-alive"),
        ("Proxy-Authorization", "Basic eA=="),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Expect", "100-continue"),
        ("ACCEPT", "b"),
        ("Cookie", "l=2"),
        ("Content-Length", "3"),
        ("X-Two", "2"),
    ];
    let received = one("POST", "http://a.example/p?q", &fields, &Door::Explicit).unwrap();
    assert!(received.expects_continue());
    let rest = "host: a.example\r\naccept: a\r\naccept: b\r\ncookie: k=1; l=2\r\nx-one: 1\r\nx-two: 2\r\n";
    let via = "via: 1.0 other\r\nvia: 1.1 holdpoint-1\r\n";
    assert_eq!(lines(received.head()), format!("POST /p?q HTTP/1.1\r\n{rest}{via}\r\n"));
    let whole = format!("POST /p?q HTTP/1.1\r\n{rest}content-length: 3\r\n{via}\r\n");
    assert_eq!(lines(&received.streaming()), whole);
    let frozen = received.freeze(Body::memory(Bytes::from_static(b"abc")));
    assert_eq!(lines(frozen.head()), whole);
}

#[test]
fn content_length_is_there_for_a_body_or_for_a_method_that_has_one() {
    let length = |method: &str, body: &'static str| {
        let received = one(method, "/", &[("Host", "a.example")], &tls()).unwrap();
        let streamed = received.streaming().text("content-length").map(str::to_owned);
        let frozen = received.freeze(Body::memory(Bytes::from_static(body.as_bytes())));
        (streamed, frozen.head().text("content-length").map(str::to_owned))
    };
    let zero = Some("0".to_owned());
    for method in ["POST", "PUT", "PATCH"] {
        assert_eq!(length(method, ""), (zero.clone(), zero.clone()));
    }
    for method in ["GET", "DELETE", "FROBNICATE"] {
        assert_eq!(length(method, ""), (None, None));
    }
    assert_eq!(length("DELETE", "abc"), (None, Some("3".to_owned())));
    let chunked = [("Host", "a.example"), ("Transfer-Encoding", "chunked")];
    let received = one("POST", "/", &chunked, &tls()).unwrap();
    assert_eq!(received.framing(), Framing::Unknown);
    assert_eq!(received.streaming().text("content-length"), None);
    assert_eq!(received.streaming().text("transfer-encoding"), None);
}

/// SPEC section 7: the frozen request does not depend on the version.
#[test]
fn both_versions_freeze_to_the_same_request() {
    let one = one(
        "POST",
        "/p?q",
        &[("Host", "a.example:443"), ("Cookie", "k=1; l=2"), ("Transfer-Encoding", "chunked"), ("X-A", "b")],
        &tls(),
    );
    let fields = [("cookie", "k=1"), ("cookie", "l=2"), ("x-a", "b"), ("te", "trailers")];
    let two = two("POST", "https://a.example/p?q", &fields, &tls());
    let body = || Body::memory(Bytes::from_static(b"abc"));
    assert_eq!(one.unwrap().freeze(body()).digest(), two.unwrap().freeze(body()).digest());
}

#[test]
fn each_door_takes_its_own_form_of_target() {
    let host = [("Host", "a.example")];
    assert!(one("GET", "http://a.example/", &host, &Door::Explicit).is_ok());
    assert!(one("GET", "https://a.example/", &host, &Door::Explicit).is_ok());
    assert!(one("GET", "/", &host, &tls()).is_ok());
    assert_eq!(code(one("GET", "/", &host, &Door::Explicit)), Code::Malformed);
    assert_eq!(code(one("GET", "https://a.example/", &host, &tls())), Code::Malformed);
    assert_eq!(code(one("GET", "http://a.example/", &host, &tls())), Code::Malformed);
    assert_eq!(code(two("GET", "https://a.example/", &[], &Door::Explicit)), Code::Malformed);
    for door in [Door::Explicit, tls()] {
        assert_eq!(code(one("CONNECT", "a.example:443", &host, &door)), Code::Malformed);
    }
}

/// CASES FR-19, DE-01: the host canonical, the port effective.
#[test]
fn host_is_the_destination_or_the_request_is_refused() {
    let ask =
        |host: &str, door: &Door| one("GET", "/", &[("Host", host)], door).map_err(|refusal| refusal.code);
    for (host, door) in [
        ("A.Example", tls()),
        ("a.example:443", tls()),
        ("a.example", tunnel(Scheme::Http, 80)),
        ("a.example:8443", tunnel(Scheme::Https, 8443)),
    ] {
        assert!(ask(host, &door).is_ok(), "{host}");
    }
    for (host, door) in [
        ("b.example", tls()),
        ("a.example:80", tls()),
        ("a.example", tunnel(Scheme::Https, 8443)),
        ("a.example:443", tunnel(Scheme::Http, 80)),
        ("a.example.evil", tls()),
    ] {
        assert_eq!(ask(host, &door).unwrap_err(), Code::TargetMismatch, "{host}");
    }
}

/// What hyper says and what stood on the wire must be the same.
#[test]
fn a_request_that_two_readers_read_differently_is_refused() {
    let parts = parts("GET", Version::HTTP_11, "/a", &[("host", "a.example")]);
    let raw = |method: &'static str, target: &'static str, version| RawHead {
        method: Bytes::from_static(method.as_bytes()),
        target: Bytes::from_static(target.as_bytes()),
        version,
    };
    let ask = |raw: Option<RawHead>| {
        receive(&parts, raw.as_ref(), &tls(), PSEUDONYM, true).map(drop).map_err(|refusal| refusal.code)
    };
    assert_eq!(ask(Some(raw("GET", "/a", Version::HTTP_11))), Ok(()));
    for other in [
        None,
        Some(raw("GET", "/a#b", Version::HTTP_11)),
        Some(raw("GET", "/", Version::HTTP_11)),
        Some(raw("GET", "", Version::HTTP_11)),
        Some(raw("POST", "/a", Version::HTTP_11)),
        Some(raw("GET", "/a", Version::HTTP_10)),
    ] {
        assert_eq!(ask(other), Err(Code::Malformed));
    }
}

/// CASES PR-01, PR-02, PR-03.
#[test]
fn a_stream_names_the_tunnels_host_port_and_scheme() {
    assert!(two("GET", "https://a.example/", &[], &tls()).is_ok());
    assert!(two("GET", "https://A.example:443/", &[("host", "a.example")], &tls()).is_ok());
    assert!(two("GET", "http://a.example/", &[], &tunnel(Scheme::Http, 80)).is_ok());
    assert_eq!(code(two("GET", "https://a.example/", &[("host", "evil")], &tls())), Code::TargetMismatch);
    assert_eq!(code(two("GET", "https://evil/", &[("host", "a.example")], &tls())), Code::TargetMismatch);
    assert_eq!(code(two("GET", "https://a.example:8443/", &[], &tls())), Code::TargetMismatch);
    assert_eq!(
        code(two("GET", "https://a.example/", &[], &tunnel(Scheme::Https, 8443))),
        Code::TargetMismatch
    );
    assert_eq!(code(two("GET", "/", &[("host", "a.example")], &tls())), Code::Malformed);
    assert_eq!(code(two("GET", "/", &[], &tls())), Code::Malformed);
    assert_eq!(code(two("GET", "http://a.example/", &[], &tls())), Code::Malformed);
    assert_eq!(code(two("GET", "ftp://a.example/", &[], &tls())), Code::Malformed);
    assert_eq!(code(two("GET", "https://good@a.example/", &[], &tls())), Code::Malformed);
    let hosts = [("host", "a.example"), ("host", "a.example")];
    assert_eq!(code(two("GET", "https://a.example/", &hosts, &tls())), Code::Malformed);
}

/// CASES PR-05, PR-07, PR-10, PR-11, FR-25, FR-36.
#[test]
fn a_stream_keeps_the_rules_of_every_request() {
    let ask = |method: &str, path: &str, fields: &[(&str, &str)]| {
        two(method, &format!("https://a.example{path}"), fields, &tls())
            .map(drop)
            .map_err(|refusal| refusal.code)
    };
    assert_eq!(ask("GET", "/x?y", &[("x-a", "b")]), Ok(()));
    assert_eq!(ask("GET", "//evil/x", &[]), Err(Code::Malformed));
    assert_eq!(ask("GET", "/\\x", &[]), Err(Code::Malformed));
    assert_eq!(ask("GET", "/\u{e9}", &[]), Err(Code::Malformed));
    assert_eq!(ask("get", "/", &[]), Err(Code::Malformed));
    assert_eq!(ask("TRACE", "/", &[]), Err(Code::NotSupported));
    assert_eq!(ask("GET", &format!("/{}", "x".repeat(limits::TARGET_BYTES_MAX)), &[]), Err(Code::UriTooLong));
    let long = "y".repeat(limits::HEAD_BYTES_MAX);
    assert_eq!(ask("GET", "/", &[("x-a", &long)]), Err(Code::HeadersTooLarge));
    assert_eq!(ask("GET", "/", &vec![("x-a", "y"); limits::FIELDS_MAX + 1]), Err(Code::HeadersTooLarge));
    assert_eq!(ask("GET", "/", &vec![("cookie", "y=z"); limits::FIELDS_MAX + 1]), Ok(()));
    for field in [
        ("x-a", " b"),
        ("x-a", "b "),
        ("x-a", "b\t"),
        ("x_a", "b"),
        ("connection", "close"),
        ("proxy-connection", "close"),
        ("keep-alive", "5"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "x"),
        ("te", "gzip"),
        ("holdpoint-hold", "1"),
        ("content-length", "05"),
        ("content-length", "5, 5"),
        ("content-length", "5"),
    ] {
        assert_eq!(ask("POST", "/", &[field]), Err(Code::Malformed), "{field:?}");
    }
    assert_eq!(ask("POST", "/", &[("expect", "x")]), Err(Code::ExpectationFailed));
    let authorizations = [("authorization", "a"), ("authorization", "b")];
    assert_eq!(ask("POST", "/", &authorizations), Err(Code::Malformed));

    let star = http::uri::Builder::new().scheme("https").authority("a.example").path_and_query("*").build();
    let star = parts("OPTIONS", Version::HTTP_2, &star.unwrap().to_string(), &[]);
    assert_eq!(code(receive(&star, None, &tls(), PSEUDONYM, true)), Code::Malformed);
    let connect = parts("CONNECT", Version::HTTP_2, "a.example:22", &[]);
    assert_eq!(code(receive(&connect, None, &tls(), PSEUDONYM, false)), Code::Malformed);
    let mut websocket = parts("CONNECT", Version::HTTP_2, "https://a.example/", &[]);
    websocket.extensions.insert(hyper::ext::Protocol::from_static("websocket"));
    assert_eq!(code(receive(&websocket, None, &tls(), PSEUDONYM, false)), Code::NotSupported);
}

#[test]
fn the_end_of_a_streams_body_is_known_by_its_length_or_by_its_end() {
    let framing = |fields: &[(&str, &str)], ended| {
        let parts = parts("POST", Version::HTTP_2, "https://a.example/", fields);
        receive(&parts, None, &tls(), PSEUDONYM, ended)
            .map(|received| (received.framing(), received.has_body()))
    };
    assert_eq!(framing(&[], true), Ok((Framing::None, false)));
    assert_eq!(framing(&[], false), Ok((Framing::Unknown, true)));
    assert_eq!(framing(&[("content-length", "3")], false), Ok((Framing::Length(3), true)));
    assert_eq!(framing(&[("content-length", "0")], true), Ok((Framing::Length(0), false)));
}

/// RFC 9110 section 7.6.3.
#[test]
fn a_request_that_comes_back_is_a_loop() {
    for via in
        ["1.1 holdpoint-1", "1.0 a, 1.1 HOLDPOINT-1 (x)", "1.1 a (holdpoint-1)", "HTTP/2 holdpoint-1,1.1 b"]
    {
        assert_eq!(
            code(one("GET", "/", &[("Host", "a.example"), ("Via", via)], &tls())),
            Code::Loop,
            "{via}"
        );
    }
    for via in ["1.1 holdpoint-10", "1.1 a-holdpoint-1", "1.1 holdpoint"] {
        assert!(one("GET", "/", &[("Host", "a.example"), ("Via", via)], &tls()).is_ok(), "{via}");
    }
}

#[test]
fn a_refusal_carries_what_is_known_and_never_the_query() {
    let refusal = one("POST", "http://a.example:8/p?secret", &[("Host", "b")], &Door::Explicit).unwrap_err();
    assert_eq!(refusal.method.as_deref(), Some("POST"));
    assert_eq!((refusal.host, refusal.port), (Host::parse("a.example").ok(), Some(8)));
    assert_eq!(refusal.path.as_deref(), Some("/p"));
}

proptest! {
    /// Whatever the fields: the frozen head has one `host` first, `via` last, at most one `content-length`, names in
    /// lower case, and the values of one name together, in the order in which they came.
    #[test]
    fn the_canonical_order_holds_for_any_fields(
        fields in prop::collection::vec(("(X-A|x-b|Accept|VIA|Cookie|x-C)", "[a-z]{1,3}"), 0..12),
        body in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut sent: Vec<(&str, &str)> = vec![("Host", "a.example"), ("Transfer-Encoding", "chunked")];
        sent.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let frozen = one("POST", "/", &sent, &tls()).unwrap().freeze(Body::memory(Bytes::from(body.clone())));
        let head = frozen.head();
        prop_assert_eq!(&head.fields[0].0, "host");
        prop_assert_eq!(head.fields.last().unwrap(), &("via".to_owned(), Bytes::from("1.1 holdpoint-1")));
        let length = body.len().to_string();
        prop_assert_eq!(head.text("content-length"), Some(length.as_str()));
        let mut names: Vec<&String> = head.fields.iter().map(|(name, _)| name).collect();
        names.dedup();
        let groups = names.len();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), groups);
        for name in ["x-a", "x-b", "x-c", "accept"] {
            let want: Vec<&[u8]> =
                fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_bytes()).collect();
            let have: Vec<&[u8]> = head.values(name).map(|value| &value[..]).collect();
            prop_assert_eq!(want, have);
        }
    }
}
