//! A freeze is told to everybody who is there: the breaker's on the prompt of `serve`, on `/v1/events` and to whoever a
//! `[[notify]]` names; and the thaw after it (SPEC section 7, "everyone is told").

use serde_json::Value;

use crate::binary::Server;
use crate::people::api::{request, until};
use crate::people::notify::{Hook, json};
use crate::people::seat::Seat;
use crate::person::post;
use crate::raw::Wire;
use crate::reply::Reply;
use crate::tape::Tape;
use crate::wait;

fn send(server: &Server, tape: &Tape, body: &str) -> Reply {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, "/mail", "", body));
    wire.reply()
}

/// The next happening of this name.
fn next(events: &mut Wire, what: &str) -> Value {
    loop {
        let told = until(events, "\n\n");
        if told.contains(&format!("event: {what}\n")) {
            let data = told.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
            return serde_json::from_str(data).expect("JSON");
        }
    }
}

/// An agent that a rule lets pass goes over its limit: the one mutation too many is not sent, and within moments the
/// terminal, the listeners and the webhook know who, why and by whom, and later that it was taken back.
#[test]
fn the_breaker_s_freeze_is_told_on_the_prompt_in_the_events_and_to_the_webhook() {
    let hook = Hook::answering(&["500 Not now"]);
    let plan = hook
        .plan("events = [\"frozen\", \"thawed\"]\nlink = \"https://approve.example\"")
        .rule("name = \"may\"\nhost = [\"127.0.0.1:*\"]\nverdict = \"allow\"")
        .set("breaker", "mutations", "2");
    let server = Server::prepare(&plan);
    let seat = Seat::at(&server, &["serve"], (40, 120));
    wait::until_true("holdpoint to listen", || server.dir().join("state/proxy.addr").exists());
    seat.wait_for("Nothing waits for you.");
    let mut events = Wire::open(server.admin());
    events.send(request(&server, "GET", "/v1/events", ""));
    until(&mut events, ": listening\n\n");
    let tape = Tape::plain();
    for number in 0..2 {
        assert_eq!(send(&server, &tape, &format!("mail {number}")).status, 200);
    }
    assert_eq!(seat.screen().bells(), 0);
    send(&server, &tape, "one mail too many").assert_problem("over the limit", 503, "frozen");
    assert_eq!(tape.mutations().len(), 2);

    let reason = "more than 2 mutations within 1 min ([breaker])";
    let event = next(&mut events, "frozen");
    let of_event = &event["freeze"];
    assert_eq!(
        (&of_event["agent"], &of_event["by"], &of_event["reason"]),
        (&"anonymous".into(), &"breaker".into(), &reason.into())
    );
    seat.wait_for("! FROZEN: agent anonymous, by breaker");
    seat.wait_for(reason);
    wait::until_true("the bell", || seat.screen().bells() == 1);
    // It was not taken the first time: at least once means until it is.
    let heard = hook.heard(2);
    for request in &heard {
        let note = json(request);
        assert_eq!((&note["event"], &note["id"]), (&"frozen".into(), &json(&heard[0])["id"]));
        assert_eq!(note["freeze"]["agent"], "anonymous");
        assert_eq!((&note["freeze"]["by"], &note["freeze"]["reason"]), (&"breaker".into(), &reason.into()));
    }

    // A freeze by a person is told in the same way, and names the person.
    server.says(&["freeze", "--reason", "look at it first"]);
    let event = next(&mut events, "frozen");
    assert_eq!(
        (&event["freeze"]["agent"], &event["freeze"]["reason"]),
        (&Value::Null, &"look at it first".into())
    );
    assert_ne!(event["freeze"]["by"], "breaker");
    seat.wait_for("! FROZEN: all agents, by ");
    server.says(&["thaw"]);
    assert_eq!(next(&mut events, "thawed")["freeze"]["agent"], Value::Null);
    send(&server, &tape, "still").assert_problem("the agent's own freeze stands", 503, "frozen");
    seat.type_line("thaw agent anonymous");
    seat.wait_for("no longer frozen: agent anonymous");
    assert_eq!(next(&mut events, "thawed")["freeze"]["agent"], "anonymous");
    let notes: Vec<Value> = hook.heard(5).iter().map(|request| json(request)).collect();
    let told: Vec<_> =
        notes[2..].iter().map(|note| (note["event"].clone(), note["freeze"]["agent"].clone())).collect();
    assert_eq!(
        told,
        [
            ("frozen".into(), Value::Null),
            ("thawed".into(), Value::Null),
            ("thawed".into(), "anonymous".into()),
        ]
    );
    assert_eq!(send(&server, &tape, "and on").status, 200);
    assert_eq!(tape.mutations().len(), 3);
}
