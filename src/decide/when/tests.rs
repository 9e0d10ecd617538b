//! What expressions may say, what they see, and that they fail on the strict side in bounded work.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::agent::Agent;
use crate::classify::{Effect, Finding};
use crate::origin::{Origin, Scheme, split_authority};
use crate::snapshot::{Body, Head};

const JSON: &str = "application/json";

fn agent() -> Agent {
    Agent { name: "bot".into(), source: IpAddr::V4(Ipv4Addr::LOCALHOST), advisory: false }
}

fn head(fields: &[(&str, &str)]) -> Head {
    let (host, port) = split_authority("a.example:8443").unwrap();
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes()));
    Head {
        method: "PUT".into(),
        origin: Origin::new(Scheme::Https, host, port),
        target: "/users/7?dry=1&dry=2&q=a%20b".into(),
        fields: fields.iter().map(own).collect(),
    }
}

fn finding() -> Finding {
    Finding {
        effect: Effect::Permission,
        dialect: "http",
        operation: "PUT /users/7".into(),
        why: Vec::new(),
        declared: None,
    }
}

fn when(text: &str) -> When {
    When::compile(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

fn outcome_with(text: &str, head: &Head, content: Content<'_>) -> Outcome {
    let (agent, finding) = (agent(), finding());
    let facts = Facts::new(&agent, head, Some(&finding), content);
    when(text).holds(&facts, "PUT", b"/users/7")
}

/// For a request with this JSON.
fn outcome(text: &str, body: &str) -> Outcome {
    let body = Body::memory(Bytes::copy_from_slice(body.as_bytes()));
    outcome_with(text, &head(&[("content-type", JSON), ("x-a", "1"), ("x-a", "2")]), Content::Whole(&body))
}

#[test]
fn an_expression_sees_the_request() {
    for yes in [
        r#"request.method == "PUT" && body.role == "admin""#,
        r#"request.scheme == "https" && request.host == "a.example" && request.port == 8443"#,
        r#"request.path.startsWith("/users/") && !request.path.endsWith("8")"#,
        r#"request.query["dry"] == ["1", "2"] && request.query.q[0] == "a b""#,
        r#"request.headers["x-a"] == ["1", "2"] && "content-type" in request.headers"#,
        r#"request.effect == "permission" && request.dialect == "http" && request.agent == "bot""#,
        r#"request.operation.contains("/users")"#,
        r#"body.tags.exists(tag, tag == "x") && body.tags.all(tag, size(tag) == 1)"#,
        r#"body.n == 7 && body.n < 7.5 && body.big > 9000000000 && body.half == 0.5"#,
        r#"has(body.role) && !has(body.other) && body.none == null && body.yes"#,
        r#"body.people.exists(p, p.roles.exists(r, r == "owner"))"#,
        r#"body.tags.exists_one(tag, tag == "x") && (body.n > 1 ? true : false)"#,
        r#"body["role"] in ["admin", "owner"]"#,
        "true",
    ] {
        let body = r#"{"role":"admin","tags":["x","y"],"n":7,"big":18446744073709551615,"half":0.5,"none":null,
            "yes":true,"people":[{"roles":[]},{"roles":["owner"]}]}"#;
        assert_eq!(outcome(yes, body), Outcome::True, "{yes}");
        assert_eq!(outcome(&format!("!({yes})"), body), Outcome::False, "{yes}");
    }
}

#[test]
fn what_is_not_there_or_not_of_its_type_fails_and_is_not_false() {
    for (text, failure) in [
        ("body.other == 1", Failure::Missing),
        (r#"request.query["x"] == ["1"]"#, Failure::Missing),
        ("body.list[3] == 1", Failure::Missing),
        ("body.role.x == 1", Failure::Mismatch),
        ("body.role > 1", Failure::Mismatch),
        ("body.role", Failure::NotBoolean),
        ("body.n / 0 == 1", Failure::Mismatch),
        ("body.list.exists(x, x.y)", Failure::Mismatch),
        ("!body.role", Failure::Mismatch),
        ("body.role && true", Failure::Mismatch),
    ] {
        let body = r#"{"role":"a","n":1,"list":[1]}"#;
        assert_eq!(outcome(text, body), Outcome::Failed(failure), "{text}");
    }
}

/// What decides the answer without it needs no body: `&&` and `||` look at both sides before they fail.
#[test]
fn a_side_that_fails_does_not_matter_where_the_other_decides() {
    assert_eq!(outcome(r#"request.method == "GET" && body.other"#, "{}"), Outcome::False);
    assert_eq!(outcome(r#"body.other || request.method == "PUT""#, "{}"), Outcome::True);
    assert_eq!(outcome(r#"request.method == "PUT" && body.other"#, "{}"), Outcome::Failed(Failure::Missing));
}

/// CASES CL-24 to CL-29, CL-35: each beside a neighbour that is read.
#[test]
fn only_json_that_every_reader_reads_alike_has_a_body() {
    let with = |kind: &str, coding: &str, body: &[u8]| {
        let body = Body::memory(Bytes::copy_from_slice(body));
        let head = head(&[("content-type", kind), ("content-encoding", coding)]);
        outcome_with("body.role == \"user\"", &head, Content::Whole(&body))
    };
    let plain = br#"{"role":"user"}"#;
    for kind in [JSON, "application/json; charset=UTF-8", "Application/Scim+JSON", "text/json"] {
        assert_eq!(with(kind, "identity", plain), Outcome::True, "{kind}");
    }
    for kind in ["text/plain", "application/jsonp", "application/json; charset=utf-16", ""] {
        assert_eq!(with(kind, "identity", plain), Outcome::Failed(Failure::NotJson), "{kind}");
    }
    assert_eq!(with(JSON, "gzip", plain), Outcome::Failed(Failure::Encoded));
    for (body, failure) in [
        (&br#"{"role":"user","role":"admin"}"#[..], Failure::Unclear),
        (br#"{"role":"user","ro\u006ce":"admin"}"#, Failure::Unclear),
        (br#"{"role":"user","Role":"admin"}"#, Failure::Unclear),
        (br#"{"role":"user","a":{"b":1,"B":2}}"#, Failure::Unclear),
        (br#"{"role":"user","role\u0000":1}"#, Failure::Unclear),
        (br#"{"role":"user"} {}"#, Failure::Unclear),
        (br#"{"role":"user",}"#, Failure::Unclear),
        (b"\xef\xbb\xbf{\"role\":\"user\"}", Failure::Unclear),
        (b"{\"role\":\"user\",\"a\":\"\xff\"}", Failure::Unclear),
        (br#"{"role":"user","n":NaN}"#, Failure::Unclear),
        (br#"{"role":"user","n":1e400}"#, Failure::Number),
        (br#"{"role":"user","n":18446744073709551616}"#, Failure::Number),
    ] {
        assert_eq!(
            with(JSON, "identity", body),
            Outcome::Failed(failure),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let two = head(&[("content-type", JSON), ("content-type", JSON)]);
    let body = Body::memory(Bytes::from_static(plain));
    assert_eq!(
        outcome_with("has(body.role)", &two, Content::Whole(&body)),
        Outcome::Failed(Failure::NotJson)
    );
}

#[test]
fn a_request_without_content_has_null_for_a_body() {
    let head = head(&[]);
    for content in [Content::None, Content::Whole(&Body::empty())] {
        assert_eq!(outcome_with("body == null", &head, content), Outcome::True);
        assert_eq!(outcome_with("body != null && body.role == 1", &head, content), Outcome::False);
        assert_eq!(outcome_with("body.role == 1", &head, content), Outcome::Failed(Failure::Mismatch));
    }
}

#[test]
fn what_is_not_known_yet_is_asked_for_only_where_it_is_used() {
    let (agent, head, finding) = (agent(), head(&[]), finding());
    let by_head = Facts::new(&agent, &head, None, Content::Announced);
    let found = Facts::new(&agent, &head, Some(&finding), Content::Announced);
    let holds = |facts: &Facts<'_>, text: &str| when(text).holds(facts, "PUT", b"/");
    assert_eq!(holds(&by_head, "request.port == 8443"), Outcome::True);
    assert_eq!(holds(&by_head, "request.effect == 'read'"), Outcome::NeedsMore);
    assert_eq!(holds(&found, "request.effect == 'read'"), Outcome::False);
    assert_eq!(holds(&found, "request.effect == 'read' && body == null"), Outcome::NeedsMore);
}

#[test]
fn what_could_only_fail_is_an_error_of_the_config_with_its_place() {
    for (text, at, word) in [
        ("", None, ""),
        ("request.method ==", Some(17), ""),
        ("request.method == \"PUT", None, ""),
        ("request.verb == 'a'", Some(7), "no `verb`"),
        ("request == body", Some(0), "one of its fields"),
        ("has(request.x)", Some(3), "no `x`"),
        ("foo.bar == 1", Some(0), "no `foo`"),
        ("true && size(x) > 1", Some(13), "no `x`"),
        ("body.s.matches('a')", Some(14), "no function `matches`"),
        ("eval(body)", Some(4), "no function `eval`"),
        ("body.a.map(x, x) == [1]", Some(10), "`map` and `filter`"),
        ("size(body.a.filter(x, x > 1)) > 1", Some(18), "`map` and `filter`"),
        ("body.a.all(request, true)", None, "means something already"),
        ("[1, 2]", Some(0), "neither true nor false"),
        ("'yes'", Some(0), "neither true nor false"),
        ("google.Struct{a: 1} == 1", None, ""),
        ("body.?a == 1", None, ""),
        ("body.a.exists(a, a.exists(b, b.exists(c, c.exists(d, d))))", None, "loops"),
        ("@budget()", Some(0), ""),
        ("__budget__() || @result", None, ""),
    ] {
        let fault = When::compile(text).expect_err(text);
        assert!(fault.what.contains(word), "{text}: {fault:?}");
        assert!(!fault.what.contains('\n') && fault.what.len() < 300, "{text}: {fault:?}");
        if at.is_some() {
            assert_eq!(fault.at, at, "{text}: {fault:?}");
        }
    }
    let long = format!("{}true", "true || ".repeat(limits::WHEN_BYTES_MAX / 8));
    assert!(When::compile(&long).unwrap_err().what.contains("at most"));
}

/// Each of these has grown past any stack or memory in some parser.
#[test]
fn a_deep_or_long_expression_is_refused_or_evaluated_within_a_small_stack() {
    let deep =
        |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    let mut taken = 0;
    for (open, close) in [
        ("(", ")"),
        ("!(", ")"),
        ("true ? true : (", ")"),
        ("[", "][0]"),
        ("true && (", " || false)"),
        ("!", ""),
    ] {
        for times in [8, 20, 24, 40, 90, 120, 400] {
            let text = deep(open, close, times);
            let compiled = When::compile(&text);
            if times >= 120 && !matches!(open, "!" | "(") {
                assert!(compiled.is_err(), "{open} {times}");
            }
            let Ok(when) = compiled else { continue };
            taken += 1;
            let small = std::thread::Builder::new().stack_size(1024 * 1024);
            let done = small.spawn(move || {
                let (agent, head) = (agent(), head(&[]));
                when.holds(&Facts::new(&agent, &head, None, Content::None), "GET", b"/")
            });
            assert!(
                matches!(done.unwrap().join().unwrap(), Outcome::True | Outcome::False),
                "{open} {times}"
            );
        }
    }
    assert!(taken > 8, "{taken}");
    for text in
        ["a.".repeat(1000), "-".repeat(2000), "a[".repeat(700), "true&&".repeat(340), "{".repeat(2000)]
    {
        assert!(When::compile(&text).is_err());
    }
    let wide = format!("{}true", "true && ".repeat(250));
    assert_eq!(outcome(&wide, "{}"), Outcome::True);
}

#[test]
fn work_is_bounded_whatever_the_body_holds() {
    let list = |count: usize| format!("{{\"a\":[{}]}}", vec!["1"; count].join(","));
    let fails =
        |text: &str, body: &str, failure| assert_eq!(outcome(text, body), Outcome::Failed(failure), "{text}");
    let each = "body.a.all(x, body.a.all(y, x == y))";
    assert_eq!(outcome(each, &list(90)), Outcome::True);
    fails(each, &list(200), Failure::TooMuch);
    fails("body.a.exists(x, body.a.exists(y, y == 2) || x == 2)", &list(2000), Failure::TooMuch);
    assert_eq!(outcome("body.a.all(x, x == 1)", &list(limits::WHEN_VALUES_MAX - 2)), Outcome::True);
    fails("body.a.all(x, x == 1)", &list(limits::WHEN_VALUES_MAX), Failure::TooMuch);
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(limits::WHEN_BODY_MAX));
    fails("size(body.a) > 1", &long, Failure::BodyTooLarge);
    fails("body.a", &format!("{}{}", "[".repeat(1000), "]".repeat(1000)), Failure::Unclear);
    let started = std::time::Instant::now();
    let pair = format!("{{\"a\":[{0}],\"b\":[{0}]}}", vec!["1"; limits::WHEN_VALUES_MAX / 2 - 2].join(","));
    assert_eq!(outcome("body.a.exists(x, 2 in body.b)", &pair), Outcome::False);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Why something failed is put on record, so it must not repeat what the agent sent.
#[test]
fn a_failure_holds_none_of_the_agents_words() {
    for text in ["body.a > 1", "body[body.a] == 1", "int(body.a) == 1", "body.a.b", "body.a + 1 == 2"] {
        let Outcome::Failed(failure) = outcome(text, r#"{"a":"s3cret"}"#) else { panic!("{text}") };
        assert!(!failure.to_string().contains("s3cret"), "{failure}");
    }
}
