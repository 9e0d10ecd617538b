//! `when` on the way: a condition in CEL over the head, the finding and the body decides, and what cannot be
//! evaluated is decided on the strict side (SPEC section 6).

use std::sync::Arc;

use holdpoint::config::Config;
use holdpoint::gate::Rules;

use crate::house::House;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

const JSON: &str = "Content-Type: application/json\r\n";

/// Posts of drafts pass; whoever would make an admin is refused.
fn drafts() -> House {
    House::with(
        Plan::new()
            .rule("name = \"no admins\"\npath = \"/users\"\nwhen = 'body.role == \"admin\"'\nverdict = \"deny\"")
            .rule("name = \"drafts\"\nmethod = \"POST\"\nwhen = 'body.draft == true'\nverdict = \"allow\""),
    )
}

#[test]
fn a_body_that_meets_the_condition_passes_and_another_is_held() {
    let house = drafts();
    let tape = Tape::plain();
    let mut wire = house.post_with(&tape, "/posts", JSON, r#"{"draft":true}"#);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    for (fields, body) in [
        (JSON, r#"{"draft":false}"#),
        (JSON, r#"{"draft":true,"draft":false}"#),
        (JSON, r#"{"draft":false,"Draft":true}"#),
        (JSON, "{}"),
        (JSON, ""),
        ("Content-Type: text/plain\r\n", r#"{"draft":true}"#),
        ("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", r#"{"draft":true}"#),
    ] {
        let mut wire = house.post_with(&tape, "/posts", fields, body);
        let hold = house.held();
        assert_eq!(hold.rule, "defaults.mutating", "{fields}{body}");
        house.deny(&hold, "no");
        assert_eq!(wire.reply().status, 403);
    }
    assert_eq!(tape.mutations().len(), 1);
    house.close(&[&tape]);
}

/// CASES CL-24: a second `role` that only the service would see.
#[test]
fn a_condition_of_a_denial_that_cannot_be_evaluated_denies() {
    let house = drafts();
    let tape = Tape::plain();
    for body in [r#"{"role":"admin"}"#, r#"{"role":"user","role":"admin"}"#, r#"{"role":"#, "{}"] {
        let mut wire = house.post_with(&tape, "/users", JSON, body);
        let reply = wire.reply();
        assert_eq!((reply.status, reply.code().as_str()), (403, "forbidden"), "{body}");
    }
    let _wire = house.post_with(&tape, "/users", JSON, r#"{"role":"user"}"#);
    assert_eq!(house.held().rule, "defaults.mutating");
    assert!(tape.mutations().is_empty());
    house.close(&[&tape]);
}

/// A hold says that its rule only matches because nobody could tell.
#[test]
fn a_hold_by_a_condition_that_failed_says_so() {
    let house = House::with(
        Plan::new().rule("name = \"gifts\"\nmethod = \"POST\"\nwhen = 'body.price == 0'\nverdict = \"hold\""),
    );
    let tape = Tape::plain();
    let _wire = house.post_with(&tape, "/orders", JSON, r#"{"cost":1}"#);
    let hold = house.held();
    assert_eq!(hold.rule, "gifts");
    assert!(
        hold.why.iter().any(|why| why.contains("`gifts`") && why.contains("cannot be evaluated")),
        "{hold:?}"
    );
    house.close(&[&tape]);
}

/// A large body is no way round a condition: it is not looked into, and so not allowed.
#[test]
fn a_body_too_large_to_look_into_meets_no_condition_that_allows() {
    let house = drafts();
    let tape = Tape::plain();
    let body = format!("{{\"draft\":true,\"text\":\"{}\"}}", "x".repeat(200_000));
    let _wire = house.post_with(&tape, "/posts", JSON, &body);
    assert_eq!(house.held().rule, "defaults.mutating");
    assert!(tape.mutations().is_empty());
    house.close(&[&tape]);
}

/// What needs no body is decided without waiting for it: the agent is refused before it has sent any.
#[test]
fn a_condition_on_the_head_decides_before_the_body() {
    let house =
        House::with(Plan::new().rule(
            "name = \"dry\"\nwhen = '\"dry\" in request.query && request.port > 0'\nverdict = \"deny\"",
        ));
    let tape = Tape::plain();
    let message = crate::person::post(&tape, "/a?dry=1", "", "0123456789");
    let mut wire = house.open();
    wire.send(&message[..message.len() - 10]);
    assert_eq!(wire.reply().code(), "forbidden");
    tape.assert_empty("a denied request");
    house.close(&[&tape]);
}

/// From now on these rules stand.
fn rules(house: &House, when: &str) {
    let text = format!("[[rule]]\nname = \"late\"\nwhen = '{when}'\nverdict = \"deny\"\n");
    let config = Config::parse("late.toml", &text).unwrap();
    let gate = house.running().gate();
    let old = gate.rules.load_full();
    gate.rules.store(Arc::new(Rules {
        classifier: config.classifier.clone(),
        policy: config.policy.clone(),
        agents: old.agents.clone(),
        body_bytes_max: old.body_bytes_max,
    }));
}

/// CASES HI-07: a condition that has come since the hold was made is looked at with the stored body.
#[test]
fn a_condition_that_has_come_since_stops_a_release_and_another_does_not() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post_with(&tape, "/users", JSON, r#"{"role":"admin"}"#);
    let hold = house.held();
    for when in [r#"body.role == "admin""#, "body.missing == 1", r#"request.effect == "write""#] {
        rules(&house, when);
        house.approve(&hold);
        wait::until("the hold to be back with the people", || {
            let now = house.holds().into_iter().find(|now| now.id == hold.id)?;
            (now.state == "held" && now.decisions.len() > hold.decisions.len()).then_some(())
        });
        assert!(tape.mutations().is_empty(), "{when}");
    }
    rules(&house, r#"body.role == "owner""#);
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    house.close(&[&tape]);
}
