//! The two incidents that Holdpoint is for: an agent that posts to a forum unasked, and one that deletes mails one by
//! one after it was told to ask first.

use holdpoint::hold::Scope;
use holdpoint::hold::said::Choice;

use crate::house::House;
use crate::person::decision;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

/// The agent reads a thread, and answers it without having been asked to. The post waits; a person sees what it says
/// and who would read it, and refuses; the forum never hears of it.
#[test]
fn an_agent_that_posts_unasked_is_stopped() {
    let house = House::new();
    let forum = house.tls_tape();
    let mut agent = house.secure(&forum);
    let authority = forum.authority();
    agent
        .send(format!("GET /t/4711.json HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer ops\r\n\r\n"));
    assert_eq!(agent.reply().status, 200);
    let body = r#"{"topic_id":4711,"raw":"You should just widen the access rule; it is safe."}"#;
    agent.send(format!(
        "POST /posts.json HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer ops\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let hold = house.held();
    assert_eq!((hold.method.as_str(), hold.url.as_str()), ("POST", forum.url("/posts.json").as_str()));
    assert!(String::from_utf8_lossy(&house.raw(&hold)).contains("widen the access rule"));
    assert!(forum.mutations().is_empty());
    house.deny(&hold, "nobody asked you to answer");
    let reply = agent.reply();
    reply.assert_problem("the post", 403, "denied");
    assert_eq!(reply.member("reason"), "nobody asked you to answer");
    assert!(forum.mutations().is_empty());
    house.close(&[&forum]);
}

/// The agent deletes 200 mails, one request each. Each is a hold of its own, none goes out, and one denial of exactly
/// this list answers all of them.
#[test]
fn an_agent_that_deletes_two_hundred_mails_is_stopped() {
    let house = House::new();
    let mail = Tape::plain();
    let mut agents: Vec<Wire> = (0..200)
        .map(|number| {
            let mut wire = house.open();
            wire.send(format!(
                "DELETE {} HTTP/1.1\r\nHost: {}\r\n\r\n",
                mail.url(&format!("/mail/{number}")),
                mail.authority()
            ));
            wire
        })
        .collect();
    let holds = house.held_count(200);
    assert!(holds.iter().all(|hold| hold.effect == "delete"));
    mail.assert_empty("two hundred deletions");
    let no = |hold| {
        let mut no = decision(hold, Choice::Deny, "ada");
        no.reason = Some("stop: you were told to ask first".into());
        no
    };
    // One more arrives while the person reads the list; the list does not grow by it (CASES HI-20).
    let mut late = house.open();
    late.send(format!("DELETE {} HTTP/1.1\r\nHost: {}\r\n\r\n", mail.url("/mail/late"), mail.authority()));
    house.held_count(201);
    let denied = house.decide(holds.iter().map(no).collect()).expect("one batch, taken whole");
    assert_eq!(denied.len(), 200);
    for (number, agent) in agents.iter_mut().enumerate() {
        let reply = agent.reply();
        reply.assert_problem(&format!("mail {number}"), 403, "denied");
        assert_eq!(reply.member("reason"), "stop: you were told to ask first");
    }
    let left = house.held();
    assert!(left.url.ends_with("/mail/late"));
    house.deny(&left, "this one too");
    late.reply().assert_problem("the late one", 403, "denied");
    mail.assert_empty("all denied");
    house.close(&[&mail]);
}

/// A person who has seen one deletion grants a hundred. The breaker stops the agent at the tenth all the same, and
/// everybody is told who was stopped, by what, and why.
#[test]
fn an_agent_that_may_delete_a_hundred_mails_is_stopped_at_the_tenth() {
    let plan = Plan::new().service(
        "name = \"mail\"\nhost = [\"127.0.0.1:*\"]\npath = [\"/rpc\"]\ndialect = \"jsonrpc\"\n\
         effects = { \"mail.delete\" = \"delete\" }",
    );
    let house = House::with(plan);
    let mail = Tape::plain();
    let delete = |number: usize| {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":{number},"method":"mail.delete","params":{{"id":{number}}}}}"#);
        house.post_with(&mail, "/rpc", "Content-Type: application/json\r\n", &body)
    };
    let mut first = delete(0);
    let shown = house.held();
    assert_eq!((shown.effect.as_str(), shown.operation.as_str()), ("delete", "JSON-RPC mail.delete"));
    house.grant(&shown, Scope::Operation, 100);
    assert_eq!(first.reply().status, 200);
    for number in 1..10 {
        assert_eq!(delete(number).reply().status, 200, "mail {number}");
    }
    let _eleventh = delete(10);
    let hold = house.held();
    assert!(hold.frozen && hold.grant.is_none(), "{hold:?}");
    let freezes = house.wait(house.running().desk().freezes());
    let [freeze] = freezes.as_slice() else { panic!("one freeze: {freezes:?}") };
    assert_eq!((freeze.agent.as_deref(), freeze.by.as_str()), (Some("anonymous"), "breaker"));
    assert_eq!(freeze.reason.as_deref(), Some("more than 10 deletes within 1 min ([breaker])"));
    assert_eq!(house.events("frozen").len(), 1);
    // The one that a person looked at, and the nine that nobody did.
    assert_eq!(mail.mutations().len(), 10);
    house.close(&[&mail]);
}
