//! Read or mutating: whatever could be a mutation is not a read (CASES 1.D).

use crate::door::Door;
use crate::house::House;
use crate::plan::Plan;
use crate::tape::Tape;

/// Each of these is held; nothing is sent.
fn held(cases: &[&str]) {
    let house = House::new();
    let tape = Tape::plain();
    for case in cases {
        let mut wire = house.open();
        wire.send(Door::Explicit.fill(format!("{case}\r\n\r\n").as_bytes(), &tape));
        let hold = house.held();
        assert_ne!(hold.effect, "read", "{case}: {hold:?}");
        assert!(!hold.why.is_empty(), "{case}");
        tape.assert_empty(case);
        house.deny(&hold, "no");
        let reply = if case.starts_with("HEAD") { wire.head_reply() } else { wire.reply() };
        assert_eq!((reply.status, reply.code().as_str()), (403, "denied"), "{case}");
    }
    house.close(&[&tape]);
}

/// Each of these is a read and passes.
fn passes(cases: &[&str]) {
    let house = House::new();
    let tape = Tape::plain();
    for (number, case) in cases.iter().enumerate() {
        let mut wire = house.open();
        wire.send(Door::Explicit.fill(format!("{case}\r\n\r\n").as_bytes(), &tape));
        let reply = if case.starts_with("HEAD") { wire.head_reply() } else { wire.reply() };
        assert_eq!(reply.status, 200, "{case}: {reply:?}");
        assert_eq!(tape.requests().len(), number + 1, "{case}");
    }
    assert!(house.holds().is_empty());
    house.close(&[&tape]);
}

/// CASES CL-01: a field that changes the method makes a read no read.
#[test]
fn a_method_override_in_a_field_is_held() {
    held(&[
        "GET {T}/a HTTP/1.1\r\nHost: {H}\r\nX-HTTP-Method-Override: DELETE",
        "GET {T}/a HTTP/1.1\r\nHost: {H}\r\nx-http-method-override: delete",
        "GET {T}/a HTTP/1.1\r\nHost: {H}\r\nX-HTTP-Method: PUT",
        "GET {T}/a HTTP/1.1\r\nHost: {H}\r\nX-Method-Override: POST",
        "GET {T}/a HTTP/1.1\r\nHost: {H}\r\nX-HTTP-Method-Override: FROBNICATE",
        "HEAD {T}/a HTTP/1.1\r\nHost: {H}\r\nX-HTTP-Method-Override: DELETE",
        "POST {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\nX-HTTP-Method-Override: GET",
    ]);
}

/// CASES CL-01: and on a mutation the method that it becomes is what is judged and shown.
#[test]
fn an_override_on_a_post_is_shown() {
    let house = House::new();
    let tape = Tape::plain();
    let _wire = house.post_with(&tape, "/users/7", "X-HTTP-Method-Override: DELETE\r\n", "");
    let hold = house.held();
    assert_eq!(hold.effect, "delete", "{hold:?}");
    assert!(hold.why.iter().any(|why| why.contains("DELETE")), "{:?}", hold.why);
    house.close(&[&tape]);
}

/// CASES CL-02: nor does a query decide otherwise than the person sees.
#[test]
fn a_method_override_in_the_query_is_held() {
    held(&[
        "GET {T}/a?_method=DELETE HTTP/1.1\r\nHost: {H}",
        "GET {T}/a?x=1&_METHOD=put HTTP/1.1\r\nHost: {H}",
        "GET {T}/a?%5fmethod=DELETE HTTP/1.1\r\nHost: {H}",
        "GET {T}/a?$method=DELETE HTTP/1.1\r\nHost: {H}",
    ]);
}

/// CASES CL-05, 06: only the listed methods are reads.
#[test]
fn what_is_not_listed_as_a_read_is_held() {
    let methods = [
        "PROPFIND", "SEARCH", "QUERY", "REPORT", "PURGE", "LIST", "MKCOL", "COPY", "MOVE", "LOCK", "PATCH",
        "PUT", "DELETE", "ACL", "LINK", "NOTIFY",
    ];
    let cases: Vec<String> =
        methods.iter().map(|method| format!("{method} {{T}}/a HTTP/1.1\r\nHost: {{H}}")).collect();
    held(&cases.iter().map(String::as_str).collect::<Vec<_>>());
}

/// The near misses: safe methods without a body, also with words that only look like an override.
#[test]
fn plain_reads_pass() {
    passes(&[
        "GET {T}/a HTTP/1.1\r\nHost: {H}",
        "HEAD {T}/a HTTP/1.1\r\nHost: {H}",
        "OPTIONS {T}/a HTTP/1.1\r\nHost: {H}",
        "GET {T}/_method=DELETE HTTP/1.1\r\nHost: {H}",
        "GET {T}/a?q=_method HTTP/1.1\r\nHost: {H}",
        "GET {T}/a HTTP/1.1\r\nHost: {H}\r\nX-Note: X-HTTP-Method-Override: DELETE",
    ]);
}

/// SPEC section 6: `safe_methods = "hold"` trusts no method.
#[test]
fn without_trust_a_get_is_held_too() {
    let house = House::with(Plan::new().set("defaults", "safe_methods", "\"hold\""));
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
    let hold = house.held();
    tape.assert_empty("an undeclared GET");
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    drop(house);
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn writes_allowed() -> House {
    House::with(Plan::new().rule("name = \"writes\"\neffect = [\"write\"]\nverdict = \"allow\""))
}

/// CASES CL-42: the verdict comes after the whole body: what its last bytes say counts.
#[test]
fn the_end_of_a_slow_body_decides() {
    let house = writes_allowed();
    let tape = Tape::plain();
    let body = format!("{}_method=DELETE", "padding=1&".repeat(1000));
    let message = crate::person::post(&tape, "/form", FORM, &body);
    let (first, last) = message.split_at(message.len() - 10);
    let mut wire = house.open();
    wire.send(first);
    // A read behind it, on another connection, shows that the first part was there to be looked at.
    let mut other = house.open();
    other.send(Door::Explicit.fill(crate::door::SENTINEL, &tape));
    assert_eq!(other.reply().status, 200);
    assert!(tape.mutations().is_empty() && house.holds().is_empty());
    wire.send(last);
    let hold = house.held();
    assert_eq!(hold.effect, "delete", "{hold:?}");
    assert!(tape.mutations().is_empty());
    house.close(&[&tape]);
}

/// CASES CL-42, the near miss: the same form without its last word is a write, and passes by the rule.
#[test]
fn the_same_body_without_its_end_passes_by_the_rule() {
    let house = writes_allowed();
    let tape = Tape::plain();
    let mut wire = house.post_with(&tape, "/form", FORM, &"padding=1&".repeat(100));
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    house.close(&[&tape]);
}

/// CASES CL-41: what is too large to look into is no mere write, and surely no read.
#[test]
fn a_form_too_large_to_look_into_is_held() {
    let house = writes_allowed();
    let tape = Tape::plain();
    let _wire =
        house.post_with(&tape, "/form", FORM, &format!("{}_method=DELETE", "padding=1&".repeat(300_000)));
    let hold = house.held();
    assert_ne!(hold.effect, "write", "{hold:?}");
    tape.assert_empty("a large form");
    house.close(&[&tape]);
}
