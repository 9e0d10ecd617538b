//! Clients that ask again by themselves, each in its own way: on a 503, or when they have waited long enough. There is
//! one hold, one decision and one arrival, whichever attempt was waiting.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::agent::{Agent, PATIENCE};
use super::{python, script, through_house, tools};
use crate::binary::Server;
use crate::house::House;
use crate::plan::Plan;
use crate::tape::{Answer, Tape};
use crate::wait;

/// A service that says what an SDK wants to hear.
fn service() -> Tape {
    let tape = Tape::plain();
    tape.answer(|_| {
        let answer =
            json!({"id": "made-1", "type": "message", "role": "assistant", "model": "m", "content": []});
        Answer::status(200, &[("content-type", "application/json")], answer.to_string().as_bytes())
    });
    tape
}

fn agent<'a>(server: &'a Server, how: &str, tape: &Tape, timeout: u32) -> Option<Agent<'a>> {
    let tools = tools()?;
    let mut command = match how {
        "fetch" => Command::new(tools.join("node/node_modules/node/bin/node")),
        _ => python(&tools, "retry_client.py"),
    };
    match how {
        "fetch" => command.arg(script("fetch_loop.mjs")).arg(tape.url("/fetch")),
        _ => command.arg(how).arg(tape.url(&format!("/{how}"))).arg(timeout.to_string()),
    };
    Some(Agent::start(server, command))
}

/// The hold at its third attempt, which waits.
fn insists(agent: &Agent<'_>) -> holdpoint::hold::HoldView {
    wait::within(PATIENCE, "a third attempt", || agent.waiting().into_iter().find(|hold| hold.attempts >= 3))
}

#[test]
fn a_client_that_comes_back_on_a_503_is_answered_by_one_arrival() {
    for how in ["requests", "urllib3", "openai", "anthropic", "fetch"] {
        let server = Server::start(&Plan::new().hold("wait", "\"1s\""));
        let tape = service();
        let Some(mut agent) = agent(&server, how, &tape, 120) else { return };
        let hold = insists(&agent);
        tape.assert_empty(how);
        server.approve(&hold);
        let got = agent.says();
        assert_eq!(got["status"], 200, "{how}: {got}");
        assert!(got["text"].as_str().is_some_and(|text| text.contains("made-1")), "{how}: {got}");
        agent.ends().succeeded();
        assert_eq!(tape.mutations().len(), 1, "{how}");
        let done = server.holds("done");
        assert_eq!((done.len(), &done[0].id), (1, &hold.id), "{how}: one hold");
        println!("{how}: {} attempts", done[0].attempts);
        server.check(&[&tape]);
    }
}

/// What peers get wrong: a client that gives up and asks again stacks up requests, and everything is approved.
#[test]
fn a_client_that_times_out_and_asks_again_is_one_hold_and_one_arrival_when_everything_is_approved() {
    for how in ["requests", "urllib3", "openai", "anthropic"] {
        let server = Server::start(&Plan::new().hold("keepalive", "\"off\""));
        let tape = service();
        let Some(mut agent) = agent(&server, how, &tape, 1) else { return };
        insists(&agent);
        let held = server.holds("held");
        assert_eq!(held.len(), 1, "{how}: {held:?}");
        held.iter().for_each(|hold| server.approve(hold));
        let got = agent.says();
        assert_eq!(got["status"], 200, "{how}: {got}");
        agent.ends().succeeded();
        assert_eq!(tape.mutations().len(), 1, "{how}");
        assert_eq!(server.holds("done").len(), 1, "{how}");
        server.check(&[&tape]);
    }
}

/// A refusal is not asked again, however many retries the client has, and the reason reaches whoever reads its error.
#[test]
fn a_denial_is_an_exception_with_the_reason_and_no_second_attempt() {
    for (how, error) in [("openai", "PermissionDeniedError"), ("anthropic", "PermissionDeniedError")] {
        let server = Server::start(&Plan::new());
        let tape = service();
        let Some(mut agent) = agent(&server, how, &tape, 120) else { return };
        server.deny(&agent.held(), "not on a Friday");
        let got = agent.says();
        assert_eq!((&got["error"], &got["status"]), (&json!(error), &json!(403)), "{how}: {got}");
        assert!(got["text"].as_str().is_some_and(|text| text.contains("not on a Friday")), "{how}: {got}");
        agent.ends().succeeded();
        assert_eq!(server.holds("denied").iter().map(|hold| hold.attempts).collect::<Vec<_>>(), [1], "{how}");
        tape.assert_empty(how);
    }
}

/// P3: an SDK would send a 502 again. `x-should-retry: false` tells it not to.
#[test]
fn an_unknown_outcome_is_not_asked_again() {
    for how in ["openai", "anthropic"] {
        let server = Server::start(&Plan::new());
        let tape = service();
        tape.answer(|_| Answer::close());
        let Some(mut agent) = agent(&server, how, &tape, 120) else { return };
        server.approve(&agent.held());
        let got = agent.says();
        assert_eq!(
            (&got["status"], &got["error"]),
            (&json!(502), &json!("InternalServerError")),
            "{how}: {got}"
        );
        agent.ends().succeeded();
        assert_eq!(tape.mutations().len(), 1, "{how}");
        let holds = server.holds("outcome_unknown");
        assert_eq!(holds.iter().map(|hold| hold.attempts).collect::<Vec<_>>(), [1], "{how}");
        server.check(&[&tape]);
    }
}

/// SPEC section 7: boto3 gets its ticket, and asks again six minutes later, with another date and another signature.
/// These are sent with what was approved, and are good: the service can check them.
#[test]
fn a_call_of_boto3_that_comes_back_later_is_sent_with_its_new_signature() {
    let Some(tools) = tools() else { return };
    let house = House::timeless(Plan::new());
    let tape = Tape::plain();
    tape.answer(|_| Answer::status(200, &[], b""));
    let mut command = python(&tools, "boto_later.py");
    command.arg(tape.url(""));
    through_house(&mut command, &house);
    let mut agent = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts");
    let (mut told, said) = (agent.stdin.take().expect("a pipe"), agent.stdout.take().expect("a pipe"));
    let mut said = BufReader::new(said).lines().map_while(Result::ok);
    let mut says = || serde_json::from_str::<Value>(&said.next().expect("a line")).expect("JSON");

    told.write_all(b"0\n").expect("it listens");
    let hold = wait::within(PATIENCE, "a hold", || house.holds_in("held").pop());
    house.clock.advance(Duration::from_secs(51));
    assert_eq!(says(), json!({"status": 503, "code": "held"}));
    house.clock.advance(Duration::from_secs(309));
    told.write_all(b"360\n").expect("it listens");
    let again = wait::within(PATIENCE, "the second call at its hold", || {
        house.find(&hold.id).filter(|hold| hold.waiting == 1)
    });
    assert_eq!((again.attempts, &again.digest), (2, &hold.digest));
    let why = again.why.last().expect("a reason");
    assert!(why.contains("`authorization` and `x-amz-date`"), "{why}");
    house.approve(&again);
    assert_eq!(says(), json!({"status": 200}));
    drop(told);
    assert!(agent.wait().expect("it ends").success());

    let [sent] = &tape.mutations()[..] else { panic!("it arrives once") };
    let date = |head: &[u8]| {
        let text = String::from_utf8_lossy(head);
        let line = text.lines().find_map(|line| line.strip_prefix("x-amz-date: ")).expect("a date");
        jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", line).expect("a date of AWS's")
    };
    let later = date(&sent.raw_head).duration_since(date(&house.raw(&hold))).as_secs();
    assert!((360..420).contains(&later), "the date is {later} s later");
    assert_eq!(signature::made_by(sent, "secret"), signature::of(sent), "the service takes it");
    let sending = house.events("sending").pop().expect("it is on record");
    assert_eq!(sending["differs"], json!(["authorization", "x-amz-date"]));
    assert_ne!(sending["sent_digest"], sending["digest"]);
    let records = house.shut();
    assert_eq!(records.iter().filter(|record| record["event"] == "sending").count(), 1);
    assert_eq!(
        crate::oracle::digest(&tape, sent),
        sending["sent_digest"],
        "what is on record is what arrived"
    );
}

/// AWS Signature Version 4 as a service checks it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
mod signature {
    use aws_lc_rs::hmac;
    use holdpoint::secret::{hex, sha256};

    use crate::tape::Request;

    /// The signature that a request has.
    pub fn of(request: &Request) -> String {
        part(request, "Signature=")
    }

    /// The one that it must have.
    pub fn made_by(request: &Request, secret: &str) -> String {
        let names = part(request, "SignedHeaders=");
        let fields: String = names
            .split(';')
            .map(|name| format!("{name}:{}\n", request.head.text(name).expect("a signed field").trim()))
            .collect();
        let content = request.head.text("x-amz-content-sha256").expect("S3 wants it");
        let canonical = format!("{}\n{}\n\n{fields}\n{names}\n{content}", request.method, request.target);
        let credential = part(request, "Credential=");
        let (_, scope) = credential.split_once('/').expect("a scope");
        let date = request.head.text("x-amz-date").expect("a date");
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
        let key = scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, word| mac(&key, word));
        hex(&mac(&key, &text))
    }

    fn part(request: &Request, name: &str) -> String {
        let text = request.head.text("authorization").expect("it is signed");
        let (_, rest) = text.split_once(name).expect("a part of the credential");
        rest.split(',').next().expect("its value").trim().to_owned()
    }

    fn mac(key: &[u8], text: &str) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    }
}
