//! Whose word counts, with the real binary: people with tokens, and one who is the very user that the agent runs as
//! (SPEC sections 6, 7, 10).

use std::fs;
use std::process::Output;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

fn plan() -> Plan {
    Plan::new()
        .approver("ana", "ana-token", "oncall")
        .approver("ben", "ben-token", "oncall")
        .approver("eve", "eve-token", "guests")
        .approver_by_user("me", &user(), "oncall")
}

fn user() -> String {
    holdpoint::admin::name_of(rustix::process::geteuid().as_raw())
}

const TWO: &str = "name = \"two of oncall\"\nmethod = [\"POST\"]\nverdict = \"hold\"\n\
                   approvers = { groups = [\"oncall\"], quorum = 2 }";

/// What somebody with this token says, by the command line.
fn says(server: &Server, token: &str, arguments: &[&str]) -> Output {
    server.command(arguments).env("HOLDPOINT_TOKEN", token).output().expect("the binary runs")
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn two_of_a_group_release_it_and_nobody_else_does() {
    let server = Server::start(&plan().rule(TWO));
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/a", "", "one"));
    let hold = server.held();
    assert_eq!((hold.approvals.needed, hold.approvals.groups.as_slice()), (2, &["oncall".to_owned()][..]));
    let exact = format!("{}@{}", hold.id, hold.digest);
    let approve = ["approve", exact.as_str()];
    let guest = error(&says(&server, "eve-token", &approve));
    assert!(guest.contains("members of `oncall`"), "{guest}");
    // The agent runs as this very user: whoever is known by it is the agent's own.
    let own = error(&server.cli(&approve));
    assert!(own.contains("the agent runs as your user"), "{own}");
    assert!(says(&server, "ana-token", &approve).status.success());
    assert!(
        says(&server, "ana-token", &approve).status.success(),
        "saying it again is fine, and counts once"
    );
    assert_eq!(server.held().approvals.given, ["ana"]);
    tape.assert_empty("one of two");
    assert!(says(&server, "ben-token", &approve).status.success());
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    let late = error(&says(&server, "eve-token", &["deny", &hold.id, "--reason", "no"]));
    assert!(late.contains("approved by ana and ben"), "{late}");
    server.check(&[&tape]);
}

/// Anybody who may decide may deny, at once.
#[test]
fn a_guest_denies_what_two_would_have_to_approve() {
    let server = Server::start(&plan().rule(TWO));
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/a", "", "one"));
    let hold = server.held();
    let exact = format!("{}@{}", hold.id, hold.digest);
    assert!(says(&server, "ana-token", &["approve", &exact]).status.success());
    assert!(says(&server, "eve-token", &["deny", &hold.id, "--reason", "not today"]).status.success());
    let reply = wire.reply();
    reply.assert_problem("a denial", 403, "denied");
    assert!(reply.text().contains("not today"));
    let late = error(&says(&server, "ben-token", &["approve", &exact]));
    assert!(late.contains("denied by eve"), "{late}");
    tape.assert_empty("denied");
    server.check(&[&tape]);
}

/// SPEC section 7: a rule change is looked at again before release, and can only make it stricter.
#[test]
fn a_reload_that_asks_for_two_sends_an_armed_hold_back() {
    let server = Server::start(&plan());
    let tape = Tape::plain();
    let wire = {
        let mut wire = Wire::open(server.proxy());
        wire.send(post(&tape, "/a", "", "one"));
        wire
    };
    let hold = server.held();
    drop(wire);
    wait::until_true("the agent to be seen gone", || {
        server.holds("held").iter().all(|hold| hold.waiting == 0)
    });
    let exact = format!("{}@{}", hold.id, hold.digest);
    assert!(says(&server, "eve-token", &["approve", &exact]).status.success());
    assert_eq!(server.holds("armed").len(), 1);
    fs::write(server.dir().join("holdpoint.toml"), plan().rule(TWO).text(server.dir())).expect("it is ours");
    server.signal(rustix::process::Signal::HUP);
    wait::until_true("the new rule", || server.log_text().contains("the config was read again"));
    let mut back = Wire::open(server.proxy());
    back.send(post(&tape, "/a", "", "one"));
    let again = server.held();
    assert_eq!(
        (again.id.as_str(), again.approvals.needed, again.approvals.given.len()),
        (hold.id.as_str(), 2, 0)
    );
    tape.assert_empty("sent back");
    for token in ["ana-token", "ben-token"] {
        assert!(says(&server, token, &["approve", &exact]).status.success());
    }
    assert_eq!(back.reply().status, 200);
    server.check(&[&tape]);
}

/// The first of two approvals is no more than an unused one.
#[test]
fn a_kill_after_the_first_of_two_approvals_voids_it() {
    let mut server = Server::start(&plan().rule(TWO));
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/a", "", "one"));
    let hold = server.held();
    let exact = format!("{}@{}", hold.id, hold.digest);
    assert!(says(&server, "ana-token", &["approve", &exact]).status.success());
    server.restart();
    drop(wire);
    assert_eq!(server.held().approvals.given.len(), 0);
    assert!(says(&server, "ben-token", &["approve", &exact]).status.success());
    assert_eq!(server.held().approvals.given, ["ben"]);
    tape.assert_empty("one of two");
    server.check(&[&tape]);
}
