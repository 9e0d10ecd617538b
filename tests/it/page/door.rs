//! Who gets to see a page, and which forms count (CASES AP-14, 17, 18, 19, 20).

use super::{Visitor, token};
use crate::house::House;
use crate::tape::Tape;

#[test]
fn only_a_token_opens_the_page_and_the_cookie_is_not_the_token() {
    let house = House::new();
    let address = house.running().admin().expect("the admin listener is on");
    let nobody = Visitor::of(address);
    for path in ["/", "/holds/K7QF", "/?q=x"] {
        let reply = nobody.get(path);
        let to = reply.head.text("location").unwrap_or_default();
        assert!(reply.status == 303 && to.starts_with("/login"), "{path}: {reply:?}");
    }
    assert_eq!(nobody.get("/login").status, 200);
    for wrong in ["", "wrong", "%00", &token(house.dir())[1..]] {
        let reply = nobody.post("/login", &format!("token={wrong}"));
        assert_eq!(reply.status, 403, "{wrong}");
        assert!(reply.head.text("set-cookie").is_none(), "{wrong}");
    }
    let reply = nobody.post("/login", &format!("token={}", token(house.dir())));
    let cookie = reply.head.text("set-cookie").expect("a cookie");
    for wanted in ["__Host-holdpoint=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    assert!(!cookie.contains(&token(house.dir())) && !cookie.contains("Domain"), "{cookie}");
    let visitor = Visitor::logged_in(address, house.dir());
    assert_eq!(visitor.get("/").status, 200);
    assert_eq!(visitor.get("/login").status, 303);
    let forged = Visitor { cookie: format!("__Host-holdpoint={}", "0".repeat(64)), ..Visitor::of(address) };
    assert_eq!(forged.get("/").status, 303);
    let twice = format!("Cookie: {}; {}\r\n", visitor.cookie, visitor.cookie);
    assert_eq!(visitor.ask("GET", "/", &twice, "").status, 303);
    assert_eq!(visitor.post("/logout", "").status, 303);
    assert_eq!(visitor.get("/").status, 303, "it is worth nothing after the logout");
    house.close(&[]);
}

/// The cookie opens the page and its events, and nothing else of the API; a token opens no page.
#[test]
fn a_cookie_is_no_token_and_a_token_no_cookie() {
    let house = House::new();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    for path in ["/v1/holds", "/v1/agents", "/v1/freeze", "/v1/audit", "/v1/grants"] {
        assert_eq!(visitor.get(path).status, 401, "{path}");
    }
    let mut wire = crate::raw::Wire::open(address);
    wire.send(format!("GET /v1/events HTTP/1.1\r\nHost: {address}\r\n{}\r\n", visitor.cookie_field()));
    let head = crate::people::api::until(&mut wire, "\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/event-stream"), "{head}");
    for fields in [String::new(), "Cookie: __Host-holdpoint=x\r\n".to_owned()] {
        assert_eq!(visitor.ask("GET", "/v1/events", &fields, "").status, 401, "{fields}");
    }
    let bearer = format!("Authorization: Bearer {}\r\n", token(house.dir()));
    assert_eq!(visitor.ask("GET", "/", &bearer, "").status, 303);
    house.close(&[]);
}

#[test]
fn a_form_of_another_origin_decides_nothing() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "held");
    let hold = house.held();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let path = format!("/holds/{}", hold.id);
    let form = format!("digest={}&state=held&decision=approve&shown=whole", hold.digest);
    let (cookie, kind) = (visitor.cookie_field(), "Content-Type: application/x-www-form-urlencoded\r\n");
    let own = format!("Origin: http://{address}\r\n");
    for (case, fields, status) in [
        ("no origin", format!("{cookie}{kind}"), 403),
        ("another origin", format!("{cookie}{kind}Origin: http://evil.example\r\n"), 403),
        ("another port", format!("{cookie}{kind}Origin: http://127.0.0.1:1\r\n"), 403),
        ("a sandbox", format!("{cookie}{kind}Origin: null\r\n"), 403),
        ("another site", format!("{cookie}{kind}{own}Sec-Fetch-Site: cross-site\r\n"), 403),
        ("another port's page", format!("{cookie}{kind}{own}Sec-Fetch-Site: same-site\r\n"), 403),
        ("JSON", format!("{cookie}Content-Type: application/json\r\n{own}"), 400),
        ("no cookie", format!("{kind}{own}"), 303),
    ] {
        assert_eq!(visitor.ask("POST", &path, &fields, &form).status, status, "{case}");
        assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"), "{case}");
    }
    let foreign = Visitor { cookie: visitor.cookie.clone(), ..Visitor::of(address) };
    let host = foreign.ask("GET", "/", &format!("{cookie}Host: evil.example\r\n"), "");
    assert!(host.status == 403 || host.status == 400, "{host:?}");
    tape.assert_empty("forged forms");
    assert_eq!(visitor.post(&path, &form).status, 303);
    assert_eq!(wire.reply().status, 200);
    let decided = house.events("decided");
    assert_eq!((decided.len(), decided[0]["approver"].as_str()), (1, Some("admin")));
    house.close(&[&tape]);
}

/// What a browser is told with every answer of the page: nothing but its own script runs, nobody frames it, nobody
/// reads it (CASES AP-13, 19, 20).
#[test]
fn every_answer_is_hardened() {
    let house = House::new();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let nobody = Visitor::of(address);
    for (who, path) in [
        (&visitor, "/"),
        (&visitor, "/holds/ZZZZ"),
        (&nobody, "/"),
        (&nobody, "/login"),
        (&nobody, "/assets/page.js"),
        (&nobody, "/assets/page.css"),
        (&nobody, "/assets/icon.svg?n=3"),
        (&nobody, "/assets/nothing"),
    ] {
        let reply = who.get(path);
        let policy = reply.head.text("content-security-policy").unwrap_or_default();
        for wanted in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(wanted), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(reply.head.text("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        assert_eq!(reply.head.text("cache-control").as_deref(), Some("no-store"), "{path}");
        assert!(reply.head.values("access-control-allow-origin").is_empty(), "{path}");
    }
    // The API keeps its own.
    let policy = visitor.get("/healthz").head.text("content-security-policy").unwrap_or_default();
    assert!(policy.contains("sandbox"), "{policy}");
    house.close(&[]);
}

/// CASES AP-33: no browser reaches the socket, and no page is there.
#[test]
fn the_socket_has_no_page() {
    use std::io::{Read, Write};
    let house = House::new();
    for path in ["/", "/login", "/assets/page.js", "/holds/K7QF"] {
        let mut stream =
            std::os::unix::net::UnixStream::connect(house.running().socket()).expect("it listens");
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
            .expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        assert!(text.starts_with("HTTP/1.1 404"), "{path}: {text}");
    }
    house.close(&[]);
}
