//! The breaker on the wire: what rules let pass is counted, and stops at the limit (SPEC section 6, `[breaker]`).

use crate::house::House;
use crate::plan::Plan;
use crate::reply::Reply;
use crate::tape::Tape;

fn send(house: &House, tape: &Tape, method: &str, path: &str) -> Reply {
    let mut wire = house.open();
    let (url, authority) = (tape.url(path), tape.authority());
    wire.send(format!("{method} {url} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 0\r\n\r\n"));
    wire.reply()
}

#[test]
fn an_agent_that_a_rule_lets_pass_is_frozen_at_the_limit_and_starts_anew_when_it_is_thawed() {
    let plan = Plan::new()
        .rule("name = \"may\"\nhost = [\"127.0.0.1:*\"]\nverdict = \"allow\"")
        .set("breaker", "mutations", "3")
        .set("breaker", "deletes", "1");
    let mut house = House::with(plan.clone());
    let tape = Tape::plain();
    for number in 0..5 {
        assert_eq!(send(&house, &tape, "GET", &format!("/{number}")).status, 200, "a read does not count");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(send(&house, &tape, method, "/a").status, 200, "{method}");
    }
    let reply = send(&house, &tape, "POST", "/a");
    reply.assert_problem("one too many", 503, "frozen");
    assert!(reply.head.text("retry-after").is_some());
    assert_eq!(tape.mutations().len(), 3);
    let freezes = house.wait(house.running().desk().freezes());
    assert_eq!((freezes[0].agent.as_deref(), freezes[0].by.as_str()), (Some("anonymous"), "breaker"));
    let agents = house.wait(house.running().desk().agents());
    assert_eq!((agents[0].name.as_str(), agents[0].passed, agents[0].frozen), ("anonymous", 3, true));
    let records = house.events("frozen");
    assert_eq!(records[0]["limit"], "more than 3 mutations within 1 min ([breaker])");
    // It stays so through a restart, until a person says otherwise.
    house.restart(&plan);
    send(&house, &tape, "POST", "/a").assert_problem("after a restart", 503, "frozen");
    house.thaw(Some("anonymous"));
    assert_eq!(send(&house, &tape, "DELETE", "/a").status, 200);
    send(&house, &tape, "DELETE", "/a").assert_problem("one delete is the limit", 503, "frozen");
    assert_eq!(tape.mutations().len(), 4);
    house.close(&[&tape]);
}

#[test]
fn a_limit_of_zero_lets_none_pass_without_a_decision_and_people_s_decisions_still_count_for_nothing() {
    let plan = Plan::new()
        .rule("name = \"may\"\nhost = [\"127.0.0.1:*\"]\nmethod = [\"PUT\"]\nverdict = \"allow\"")
        .set("breaker", "mutations", "0");
    let house = House::with(plan);
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "approved");
    house.approve(&house.held());
    assert_eq!(wire.reply().status, 200);
    send(&house, &tape, "PUT", "/a").assert_problem("none", 503, "frozen");
    assert_eq!(tape.mutations().len(), 1);
    house.close(&[&tape]);
}
