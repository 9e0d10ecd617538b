//! Requests as data: what they become, and what is refused as the proxy would refuse it.

use serde_json::json;

use super::*;
use crate::code::Code;

fn data(value: serde_json::Value) -> Data {
    serde_json::from_value(value).unwrap()
}

fn lines(value: serde_json::Value) -> String {
    String::from_utf8(data(value).freeze().unwrap().head().http1()).unwrap()
}

fn code(value: serde_json::Value) -> Code {
    data(value).freeze().unwrap_err().code
}

#[test]
fn a_request_as_data_is_frozen_as_the_proxy_freezes_it() {
    // As text: a JSON value in memory has its keys in order.
    let text = r#"{"id":"1","method":"POST","scheme":"http","host":"A.example:8080","path":"/x?y=1","headers":
        {"X-B":["1","2"],"Accept":" */* ","Connection":"keep-alive","x-b":"3"},"body":"abc"}"#;
    let data: Data = serde_json::from_str(text).unwrap();
    let head = String::from_utf8(data.freeze().unwrap().head().http1()).unwrap();
    let expected = "POST /x?y=1 HTTP/1.1\r\nhost: a.example:8080\r\nx-b: 1\r\nx-b: 2\r\nx-b: 3\r\naccept: */*\r\n\
                    content-length: 3\r\nvia: 1.1 holdpoint\r\n\r\n";
    assert_eq!(head, expected);
}

#[test]
fn what_may_be_left_out_has_its_usual_value() {
    let head =
        lines(json!({"method": "GET", "host": "a.example", "path": "/", "label": "read", "other": {}}));
    assert_eq!(head, "GET / HTTP/1.1\r\nhost: a.example\r\nvia: 1.1 holdpoint\r\n\r\n");
    let whole = json!({"method": "GET", "host": "a.example", "path": "/", "headers": null, "body": null});
    assert_eq!(data(whole).freeze().unwrap().head().origin.port, 443);
}

#[test]
fn base64_is_the_body_where_it_is_given() {
    let posted = |body: serde_json::Value, encoded: serde_json::Value| json!({"method": "POST", "host": "a.example", "path": "/", "body": body, "body_b64": encoded});
    let snapshot = data(posted(json!(null), json!("AP8="))).freeze().unwrap();
    assert_eq!(snapshot.body().bytes().unwrap().as_ref(), b"\0\xff");
    assert_eq!(code(posted(json!("x"), json!("AP8="))), Code::Malformed);
    for bad in ["AP8", "A", "*", "AP8=\n"] {
        assert!(serde_json::from_value::<Data>(posted(json!(null), json!(bad))).is_err(), "{bad}");
    }
}

/// Each beside a neighbour that is taken.
#[test]
fn what_the_proxy_refuses_is_refused() {
    let with = |key: &str, value: serde_json::Value| {
        let mut request =
            json!({"method": "POST", "scheme": "https", "host": "a.example", "path": "/x", "body": "abc"});
        request[key] = value;
        request
    };
    for (key, bad, expected, good) in [
        ("method", json!("post"), Code::Malformed, json!("PATCH")),
        ("method", json!("TRACE"), Code::NotSupported, json!("FROBNICATE")),
        ("method", json!("CONNECT"), Code::Malformed, json!("GET")),
        ("method", json!(""), Code::Malformed, json!("DELETE")),
        ("scheme", json!("HTTPS"), Code::Malformed, json!("http")),
        ("scheme", json!("ftp"), Code::Malformed, json!("https")),
        ("host", json!("127.1"), Code::Malformed, json!("127.0.0.1")),
        ("host", json!("u@a.example"), Code::Malformed, json!("a.example:1")),
        ("host", json!("a.example/x"), Code::Malformed, json!("[::1]:443")),
        ("path", json!("x"), Code::Malformed, json!("/x?")),
        ("path", json!("//x"), Code::Malformed, json!("/x//")),
        ("path", json!("*"), Code::Malformed, json!("/*")),
        ("path", json!("/a b"), Code::Malformed, json!("/a%20b")),
        ("path", json!("/é"), Code::Malformed, json!("/%C3%A9")),
        ("path", json!("/a#b"), Code::Malformed, json!("/a%23b")),
        ("path", json!(format!("/{}", "a".repeat(limits::TARGET_BYTES_MAX))), Code::UriTooLong, json!("/a")),
        ("headers", json!({"a_b": "1"}), Code::Malformed, json!({"a-b": "1"})),
        ("headers", json!({"a": "1\r\nb: 2"}), Code::Malformed, json!({"a": "1, b: 2"})),
        ("headers", json!({"host": "b.example"}), Code::TargetMismatch, json!({"Host": "A.example:443"})),
        ("headers", json!({"content-length": "4"}), Code::Malformed, json!({"Content-Length": "3"})),
        (
            "headers",
            json!({"content-type": ["a/b", "c/d"]}),
            Code::Malformed,
            json!({"accept": ["a/b", "c/d"]}),
        ),
        ("headers", json!({"upgrade": "websocket"}), Code::NotSupported, json!({"te": "trailers"})),
        ("headers", json!({"x-holdpoint-hold": "1"}), Code::Malformed, json!({"x-hold": "1"})),
    ] {
        assert_eq!(code(with(key, bad.clone())), expected, "{key} {bad}");
        assert!(data(with(key, good.clone())).freeze().is_ok(), "{key} {good}");
    }
}

#[test]
fn too_many_fields_are_refused_as_on_the_wire() {
    let request = |count: usize| {
        let headers: serde_json::Map<_, _> = (0..count).map(|n| (format!("x-{n}"), json!("1"))).collect();
        json!({"method": "GET", "host": "a.example", "path": "/", "headers": headers})
    };
    assert!(data(request(limits::FIELDS_MAX - 1)).freeze().is_ok(), "Host is one of them");
    assert_eq!(code(request(limits::FIELDS_MAX)), Code::HeadersTooLarge);
    assert_eq!(code(request(40_000)), Code::HeadersTooLarge);
}

#[test]
fn what_is_no_request_as_data_is_an_error() {
    for text in [
        "",
        "[]",
        r#"{"method":"GET","path":"/"}"#,
        r#"{"method":"GET","host":"a","path":"/","method":"POST"}"#,
        r#"{"method":"GET","host":"a","path":"/","headers":{"a":1}}"#,
        r#"{"method":"GET","host":"a","path":"/","headers":["a: 1"]}"#,
        r#"{"method":"GET","host":"a","path":"/","body":{}}"#,
        r#"{"id":{},"method":"GET","host":"a","path":"/"}"#,
        r#"{"method":"GET","host":"a","path":"/"} {}"#,
    ] {
        assert!(serde_json::from_str::<Data>(text).is_err(), "{text}");
    }
    let twice = r#"{"id":7,"method":"GET","host":"a.b","path":"/","headers":{"a":"1","a":"2"}}"#;
    let taken: Data = serde_json::from_str(twice).unwrap();
    assert_eq!(taken.headers.0.len(), 2);
    assert_eq!(taken.id, Some(Id::Number(7)));
}
