//! What people mistype, and what is pressed too often: each is answered with a page that says what to do.

use super::{Visitor, token};
use crate::binary::Server;
use crate::house::House;
use crate::plan::Plan;
use crate::tape::Tape;

const HTML: &str = "text/html; charset=utf-8";

#[test]
fn a_path_that_is_none_is_a_page_for_people_and_json_for_programs() {
    let house = House::new();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    for path in ["/nowhere", "/holds", "/holds/x/y/z", "/favicon.ico"] {
        let reply = visitor.get(path);
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.head.text("content-type").as_deref(), Some(HTML), "{path}");
        assert!(reply.text().contains("There is no such page") && reply.text().contains("Log out"), "{path}");
        let policy = reply.head.text("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{policy}");
    }
    // Who is not logged in is not told which paths there are.
    assert_eq!(Visitor::of(address).get("/nowhere").status, 401);
    let forged = Visitor { cookie: "__Host-holdpoint=0".into(), ..Visitor::of(address) };
    assert_eq!(forged.get("/nowhere").status, 303);
    assert_eq!(visitor.get("/v1/nowhere").status, 401, "a cookie is nothing to the API");
    let bearer = format!("Authorization: Bearer {}\r\n", token(house.dir()));
    let reply = visitor.ask("GET", "/nowhere", &bearer, "");
    assert_eq!(
        (reply.status, reply.head.text("content-type").as_deref()),
        (404, Some("application/problem+json"))
    );
    house.close(&[]);
}

#[test]
fn a_logout_without_a_form_is_one_and_from_elsewhere_is_none() {
    let house = House::new();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let (cookie, own) = (visitor.cookie_field(), format!("Origin: http://{address}\r\n"));
    let foreign = format!("{cookie}Origin: http://evil.example\r\n");
    assert_eq!(visitor.ask("POST", "/logout", &foreign, "").status, 403);
    assert_eq!(visitor.get("/").status, 200);
    let reply = visitor.ask("POST", "/logout", &format!("{cookie}{own}"), "");
    assert_eq!((reply.status, reply.head.text("location").as_deref()), (303, Some("/login")));
    assert_eq!(visitor.get("/").status, 303);
    house.close(&[]);
}

#[test]
fn the_history_is_searched_by_words_and_names_the_events_that_there_are() {
    let (house, tape) = (House::new(), Tape::plain());
    let mut wire = house.post(&tape, "/posts/blue", "one");
    house.deny(&house.held(), "a Green reason");
    wire.reply().assert_problem("denied", 403, "denied");
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let found = |query: &str| visitor.get(&format!("/history?{query}")).text().matches("<li>").count();
    assert!(found("") > 3);
    assert_eq!(found("words=green+decided"), 1, "in any letter case, each of them");
    assert_eq!(found("words=POSTS/blue&event=held"), 1);
    for none in ["words=green+blue+yellow", "words=violet", "words=green&event=held"] {
        assert_eq!(found(none), 0, "{none}");
    }
    let unknown = visitor.get("/history?event=decide");
    assert_eq!(unknown.status, 400);
    assert!(unknown.text().contains("there are checkpoint, connection, decided"), "{}", unknown.text());
    assert!(visitor.get("/history?event=decided").text().contains("value=\"decided\" selected"));
    house.close(&[&tape]);
}

/// Nothing of what was marked is lost where it is too much.
#[test]
fn more_marks_than_a_page_takes_come_back_to_be_made_fewer() {
    let (house, tape) = (House::new(), Tape::plain());
    let mut wires: Vec<_> = (0..51).map(|at| house.post(&tape, &format!("/a/{at}"), "x")).collect();
    let holds = house.held_count(51);
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    assert!(visitor.get("/").text().contains("at most 50 at once"));
    let form = |count: usize| {
        let marks = holds.iter().take(count).map(|hold| format!("hold={}@{}", hold.id, hold.digest));
        marks.collect::<Vec<_>>().join("&")
    };
    let reply = visitor.post("/batch", &form(51));
    assert_eq!((reply.status, reply.text().matches(" checked").count()), (400, 51));
    assert_eq!(visitor.post("/batch", &form(50)).status, 200);
    let decide = format!("{}&decision=deny", form(51));
    assert_eq!(visitor.post("/batch/decide", &decide).status, 400);
    assert_eq!(house.holds_in("held").len(), 51);
    for hold in &holds {
        house.deny(hold, "done");
    }
    for wire in &mut wires {
        wire.reply().assert_problem("denied", 403, "denied");
    }
    house.close(&[&tape]);
}

/// A token that nobody has is on record as having come, not what it was; and it keeps no right one out.
#[test]
fn wrong_tokens_are_told_to_the_log_and_slow_no_right_one_down() {
    let server = Server::start(&Plan::new());
    let visitor = Visitor::of(server.admin());
    let wrong = "hunter2-hunter2";
    let api = format!("Authorization: Bearer {wrong}\r\n");
    for at in 0..10 {
        let status = match at % 2 {
            0 => visitor.ask("GET", "/v1/holds", &api, "").status,
            _ => visitor.post("/login", &format!("token={wrong}")).status,
        };
        assert_eq!(status, [401, 403][at % 2], "{at}");
    }
    // The next ones wait, and those who come with a right token meanwhile do not.
    std::thread::scope(|scope| {
        let late = scope.spawn(|| visitor.ask("GET", "/v1/holds", &api, "").status);
        Visitor::logged_in(server.admin(), server.dir());
        let right = format!("Authorization: Bearer {}\r\n", token(server.dir()));
        assert_eq!(visitor.ask("GET", "/v1/holds", &right, "").status, 200);
        assert_eq!(late.join().expect("an answer"), 401);
    });
    let log = server.log_text();
    let told: Vec<_> = log.lines().filter(|line| line.contains("wrong tokens came")).collect();
    assert!(told.len() == 1 && told[0].contains("127.0.0.1"), "{log}");
    assert!(!log.contains(wrong), "{log}");
}
