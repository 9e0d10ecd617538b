//! Grants on the wire: each like request is a hold of its own with a record of its own, and the near misses wait for a
//! person (CASES HI-21, HI-22). What is compared in them is told by the tests of the desk.

use holdpoint::hold::Scope;
use holdpoint::hold::said::{Choice, DecisionError};

use crate::house::House;
use crate::person::decision;
use crate::plan::Plan;
use crate::tape::Tape;

#[test]
fn like_requests_pass_as_often_as_was_granted_and_every_one_is_on_record() {
    let house = House::new();
    let tape = Tape::plain();
    let mut first = house.post(&tape, "/posts?draft=1", "one");
    let grant = house.grant(&house.held(), Scope::Route, 2);
    assert_eq!(first.reply().status, 200);
    assert_eq!(grant.covers, format!("POST {}", tape.url("/posts")));
    // The answers are new requests' answers, and the query may differ.
    for (path, body) in [("/posts?draft=2", "two"), ("/posts", "three")] {
        assert_eq!(house.post(&tape, path, body).reply().status, 200);
    }
    let _third = house.post(&tape, "/posts", "four");
    let held = house.held();
    assert_eq!(held.grant, None);
    assert_eq!(tape.mutations().len(), 3);
    let used = house.wait(house.running().desk().grants()).remove(0);
    assert_eq!((used.state.as_str(), used.used), ("used_up", 2));
    let by_grant = house.holds_in("done").into_iter().filter(|hold| hold.grant.is_some()).count();
    assert_eq!((by_grant, house.events("granted").len(), house.events("sending").len()), (2, 1, 3));
    house.close(&[&tape]);
}

#[test]
fn another_agent_host_port_method_path_or_effect_waits_for_a_person() {
    let house = House::with(Plan::new().agent("one", "1").agent("two", "2"));
    let (tape, other) = (Tape::plain(), Tape::plain());
    let send = |tape: &Tape, token: &str, method: &str, host: &str, path: &str| {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(token);
        let mut wire = house.open();
        wire.send(format!(
            "{method} http://{host}:{port}{path} HTTP/1.1\r\nHost: {host}:{port}\r\nProxy-Authorization: Basic {basic}\r\n\
             Content-Length: 2\r\n\r\nhi",
            port = tape.port()
        ));
        wire
    };
    let mut first = send(&tape, "one:1", "POST", "127.0.0.1", "/posts");
    house.grant(&house.held(), Scope::Operation, 100);
    assert_eq!(first.reply().status, 200);
    let misses = [
        send(&tape, "two:2", "POST", "127.0.0.1", "/posts"),
        send(&other, "one:1", "POST", "127.0.0.1", "/posts"),
        send(&tape, "one:1", "POST", "also.example", "/posts"),
        send(&tape, "one:1", "PUT", "127.0.0.1", "/posts"),
        send(&tape, "one:1", "POST", "127.0.0.1", "/posts/1"),
        send(&tape, "one:1", "POST", "127.0.0.1", "/posts/../posts"),
        send(&tape, "one:1", "POST", "127.0.0.1", "/posts?action=edit"),
    ];
    let held = house.held_count(misses.len());
    assert!(held.iter().all(|hold| hold.grant.is_none()));
    assert_eq!((tape.mutations().len(), other.mutations().len()), (1, 0));
    assert_eq!(
        send(&tape, "one:1", "POST", "127.0.0.1", "/posts").reply().status,
        200,
        "and the same passes"
    );
    house.close(&[&tape, &other]);
}

#[test]
fn a_rule_that_grants_nothing_is_kept_to_and_one_that_denies_now_stands_above_a_grant() {
    let grantless = "name = \"each\"\npath = [\"/each\"]\nverdict = \"hold\"\ngrantable = false";
    let house = House::with(Plan::new().rule(grantless));
    let tape = Tape::plain();
    let _each = house.post(&tape, "/each", "x");
    let hold = house.held();
    assert_eq!(hold.grantable, None);
    let ask =
        holdpoint::hold::GrantAsk { ttl: std::time::Duration::from_secs(60), uses: 1, scope: Scope::Exact };
    let mut yes = decision(&hold, Choice::Approve, "ada");
    yes.grant = Some(ask);
    let refused = house.decide(vec![yes]).expect_err("the rule says no");
    assert!(matches!(&refused, DecisionError::NoGrant(_, why) if why.contains("`each`")), "{refused:?}");
    assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"));
    house.deny(&hold, "no");
    let mut free = house.post(&tape, "/free", "x");
    house.grant(&house.held(), Scope::Route, 10);
    assert_eq!(free.reply().status, 200);
    assert_eq!(house.post(&tape, "/free", "y").reply().status, 200);
    // The operator changes the rules; the grant is not asked any more.
    let denying =
        Plan::new().rule("name = \"closed\"\npath = [\"/free\"]\nverdict = \"deny\"").text(house.dir());
    let config = holdpoint::config::Config::parse("test.toml", &denying).expect("it is a config");
    house.running().gate().rules.store(std::sync::Arc::new(holdpoint::serve::rules_of(&config)));
    house.post(&tape, "/free", "z").reply().assert_problem("denied now", 403, "forbidden");
    assert_eq!(tape.mutations().len(), 2);
    house.close(&[&tape]);
}

#[test]
fn a_freeze_and_a_revocation_stop_a_grant_at_once() {
    let house = House::new();
    let tape = Tape::plain();
    let mut first = house.post(&tape, "/a", "one");
    let grant = house.grant(&house.held(), Scope::Route, 10);
    assert_eq!(first.reply().status, 200);
    house.freeze(Some("anonymous"));
    let mut second = house.post(&tape, "/a", "two");
    let hold = house.held();
    assert!(hold.frozen && hold.grant.is_none(), "no use is lost to a freeze");
    house.thaw(Some("anonymous"));
    assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"), "it came while frozen");
    house.approve(&hold);
    assert_eq!(second.reply().status, 200);
    assert_eq!(house.post(&tape, "/a", "three").reply().status, 200);
    house
        .wait(house.running().desk().revoke(&grant.id, &holdpoint::hold::Who::named("bob")))
        .expect("it is live");
    let _fourth = house.post(&tape, "/a", "four");
    house.held();
    assert_eq!((tape.mutations().len(), house.events("revoked").len()), (3, 1));
    house.close(&[&tape]);
}
