//! Freezes, thaws and grants through a crash between the database and the log: whatever has changed is on record once the
//! next process has started (SPEC P4).

use serde_json::Value;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// Ready, and about to kill itself at this fail point.
fn doomed(point: &str) -> Server {
    let mut server = Server::prepare(&Plan::new());
    server.run(Some(point));
    server.ready();
    server
}

/// What is on record of these events: the event, and whether it is there again.
fn story(server: &Server, events: &[&str]) -> Vec<(String, bool)> {
    let told = |record: &Value| {
        let event = record["event"].as_str().filter(|event| events.contains(event))?;
        Some((event.to_owned(), record["again"] == true))
    };
    server.records().iter().filter_map(told).collect()
}

fn dies(server: &mut Server) {
    wait::until_true("the fail point", || server.dead());
    server.kill();
    server.run(None);
    server.ready();
}

const STOPS: [&str; 2] = ["frozen", "thawed"];

#[test]
fn a_thaw_that_a_crash_kept_from_the_record_is_there_after_the_restart_and_not_after_a_thaw_later() {
    let mut server = doomed("stopped.after_store:2");
    server.says(&["freeze", "--reason", "fire"]);
    assert!(!server.cli(&["thaw"]).status.success(), "it died before it could answer");
    dies(&mut server);
    let lost = [("frozen".to_owned(), false), ("thawed".to_owned(), true)];
    assert_eq!(story(&server, &STOPS), lost);
    // Once something else has happened, it is known to be on record.
    server.says(&["freeze"]);
    server.restart();
    let later = [("frozen".to_owned(), false), ("frozen".to_owned(), true)];
    assert_eq!(story(&server, &STOPS), [lost, later].concat());
    server.says(&["thaw"]);
    assert!(server.terminate());
    server.says(&["audit", "verify"]);
}

#[test]
fn a_freeze_that_a_crash_kept_from_the_record_is_there_after_the_restart() {
    let mut server = doomed("stopped.after_store");
    assert!(!server.cli(&["freeze"]).status.success(), "it died before it could answer");
    dies(&mut server);
    assert_eq!(story(&server, &STOPS), [("frozen".to_owned(), true)]);
    server.says(&["thaw"]);
    assert!(server.terminate());
}

#[test]
fn a_file_that_goes_while_nobody_looks_is_a_thaw_on_record_and_one_that_stays_is_none() {
    let mut server = Server::start(&Plan::new());
    let file = server.dir().join("state/freeze");
    std::fs::write(&file, "fire").expect("the directory is ours");
    wait::until_true("the freeze", || story(&server, &STOPS).len() == 1);
    server.restart();
    let there = [("frozen".to_owned(), false), ("frozen".to_owned(), true)];
    wait::until_true("its record", || story(&server, &STOPS) == there);
    server.kill();
    std::fs::remove_file(&file).expect("it is ours");
    server.run(None);
    server.ready();
    let records = server.records();
    let thawed = records.iter().find(|record| record["event"] == "thawed").expect("a thaw");
    assert_eq!((&thawed["by"], &thawed["frozen_by"]), (&"file".into(), &"file".into()));
    assert!(server.terminate());
}

#[test]
fn a_grant_and_its_end_are_on_record_after_a_crash_that_came_before_it() {
    let tape = Tape::plain();
    // The end: the person's word is what a restart says again, not a restart's own.
    let mut server = doomed("stopped.after_store");
    let grant = granted(&mut server, &tape).expect("it lives");
    assert!(!server.cli(&["grants", "revoke", &grant]).status.success(), "it died before it could answer");
    dies(&mut server);
    let records = server.records();
    let revoked: Vec<&Value> = records.iter().filter(|record| record["event"] == "revoked").collect();
    assert_eq!(revoked.len(), 1);
    assert_eq!((&revoked[0]["grant"], &revoked[0]["again"]), (&grant.as_str().into(), &true.into()));
    assert_ne!(revoked[0]["by"], "restart");
    assert!(server.terminate());
    // The beginning, of one that ends with the restart.
    let mut server = doomed("decided.after_store");
    assert_eq!(granted(&mut server, &tape), None);
    dies(&mut server);
    let told = story(&server, &["decided", "granted", "revoked"]);
    assert!(told.contains(&("granted".to_owned(), true)), "{told:?}");
    assert!(told.contains(&("revoked".to_owned(), false)), "{told:?}");
    let hold = server.held();
    server.deny(&hold, "enough");
    assert!(server.terminate());
}

/// A request is held and approved with a grant: the grant's id, where the process has lived to say so.
fn granted(server: &mut Server, tape: &Tape) -> Option<String> {
    let mut wire = Wire::try_open(server.proxy()).expect("it listens");
    wire.try_send(post(tape, "/a", "", "granted").as_bytes()).expect("it reads");
    let hold = server.held();
    let named = format!("{}@{}", hold.id, hold.digest);
    let grant = ["--grant", "15m", "--uses", "5", "--scope", "route"];
    let approved = server.cli(&[&["approve", &named], &grant[..]].concat());
    if !approved.status.success() {
        return None;
    }
    assert_eq!(wire.try_reply(false).ok().flatten().map(|reply| reply.status), Some(200));
    let grants: Value = serde_json::from_slice(&server.says(&["grants", "ls", "--json"])).expect("JSON");
    let list = grants["grants"].as_array().or(grants.as_array()).expect("a list");
    list[0]["id"].as_str().map(str::to_owned)
}
