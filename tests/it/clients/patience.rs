//! Signs of life with real clients: each one's read timeout is shorter than the hold, and every one of them gets its
//! answer; the one whose name nobody knows does not. The proxy's clock is moved while the clients' runs.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{agent, python, script, through_house, tools};
use crate::house::House;
use crate::plan::Plan;
use crate::tape::{Answer, Tape};
use crate::wait;

/// Read timeout of the clients, in seconds of their own clock.
const TIMEOUT: f64 = 2.0;
/// A sign comes every 4 s of the proxy's clock, which is this long of the clients'.
const BEAT: Duration = Duration::from_millis(200);

const PYTHON: [&str; 12] = [
    "requests",
    "urllib3",
    "urllib",
    "httpx",
    "httpx2",
    "aiohttp",
    "boto3",
    "openai",
    "openai-async",
    "anthropic",
    "anthropic-async",
    "unlisted",
];

#[test]
fn listed_clients_survive_a_hold_that_is_longer_than_their_read_timeout() {
    let Some(tools) = tools() else { return };
    let house = House::timeless(Plan::new().hold("wait", "\"5m\""));
    let tape = Tape::plain();
    // S3 takes an answer with a body for an error.
    tape.answer(|request| {
        let body: &[u8] = if request.method == "PUT" { b"" } else { br#"{"id":"file-1"}"# };
        Answer::status(200, &[("content-type", "application/json")], body)
    });
    let mut clients = python(&tools, "patient_client.py");
    clients.arg(tape.url("")).arg(TIMEOUT.to_string()).args(PYTHON);
    let mut fetch = Command::new(tools.join("node/node_modules/node/bin/node"));
    fetch.arg(script("fetch_patient.mjs")).arg(tape.url("/fetch"));
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-d", "x", "-w", "%{stderr}"]).arg(tape.url("/curl"));
    let children = [clients, fetch, curl].map(|mut command| {
        through_house(&mut command, &house);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the client starts")
    });

    let all = PYTHON.len() + 2;
    let mut beat = Instant::now();
    let mut complete = None;
    wait::within(agent::PATIENCE, "every client to wait for longer than its timeout", || {
        let holds = house.holds();
        if beat.elapsed() >= BEAT && !holds.is_empty() {
            house.clock.advance(Duration::from_secs(4));
            beat = Instant::now();
        }
        if holds.len() == all {
            complete.get_or_insert_with(Instant::now);
        }
        // The one that nobody knows has given up; and then some.
        let gone = holds.iter().filter(|hold| hold.waiting == 0).count();
        let enough = complete.is_some_and(|since| since.elapsed().as_secs_f64() > 1.5 * TIMEOUT);
        (gone > 0 && enough).then_some(())
    });
    let waiting: Vec<_> = house.holds_in("held").into_iter().filter(|hold| hold.waiting == 1).collect();
    for hold in &waiting {
        house.approve(hold);
    }

    let mut said = BTreeMap::new();
    for (number, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().expect("its output");
        if number == 2 {
            assert_eq!(output.stdout, br#"{"id":"file-1"}"#, "curl");
            continue;
        }
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            said.insert(line["name"].as_str().expect("a name").to_owned(), line);
        }
    }
    println!("{said:#?}");
    let unlisted = said.remove("unlisted").expect("it has ended");
    assert!(unlisted["error"].as_str().is_some_and(|text| text.contains("timed out")), "{unlisted}");
    assert_eq!(said.len(), all - 2);
    for (name, line) in &said {
        assert!(line["answer"] == 200 || line["answer"] == "file-1", "{name}: {line}");
        assert!(line["seconds"].as_f64().is_some_and(|seconds| seconds > TIMEOUT), "{name}: {line}");
    }
    assert_eq!(tape.mutations().len(), all - 1, "one arrival each, and none of the one that has gone");
    house.close(&[&tape]);
}
