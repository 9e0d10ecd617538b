//! Looking, releasing, refusing, in a word.

use super::{Console, agent, held};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;

#[test]
fn a_hold_appears_is_looked_at_and_released_by_a_word() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut console = Console::at(&server);
    console.wait("nothing waits");
    let mut wire = agent(&server, &tape, "/posts", "the body of it");
    console.wait("POST /posts");
    let hold = server.held();
    console.keys("\r");
    console.read();
    console.wait("the body of it");
    console.wait("end of the request");
    tape.assert_empty("nobody has decided");
    console.keys("a");
    console.wait(&hold.digest[..19]);
    console.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
    console.wait(&format!("{} was released; the service answered 200", hold.code));
    // It says so where it stood.
    console.wait("done");
    console.keys("q");
    assert!(console.seat.ended().success());
    let bytes = console.seat.screen().bytes();
    assert!(bytes.ends_with(b"\x1b[?2004l\x1b[?1049l\x1b[?25h"), "the terminal is not as it was");
    assert_eq!(console.seat.screen().answered(), 0, "the terminal was asked something");
    let records = server.records();
    let decided = records.iter().find(|record| record["event"] == "decided").expect("it is on record");
    assert_eq!(decided["digest"].as_str(), Some(hold.digest.as_str()));
    server.check(&[&tape]);
}

#[test]
fn a_refusal_tells_the_agent_why() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "no");
    held(&server, 1);
    let console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("d");
    console.answer("Why? The agent is told.", "not on a Friday");
    let reply = wire.reply();
    assert_eq!(reply.status, 403);
    assert!(String::from_utf8_lossy(&reply.body).contains("not on a Friday"));
    console.wait("was refused; nothing of it was sent");
    tape.assert_empty("refused");
}

#[test]
fn marked_holds_are_released_as_one_and_no_other() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut first = agent(&server, &tape, "/a", "one");
    held(&server, 1);
    let mut second = agent(&server, &tape, "/b", "two");
    held(&server, 2);
    let _third = agent(&server, &tape, "/c", "three");
    held(&server, 3);
    let console = Console::at(&server);
    console.wait("POST /c");
    console.keys(" ");
    console.wait("1 marked");
    console.keys(" ");
    console.wait("2 marked");
    console.keys("b");
    console.wait("2 holds to be decided as one");
    console.read();
    console.keys("a");
    console.answer("Type all to release exactly these 2", "all");
    assert_eq!((first.reply().status, second.reply().status), (200, 200));
    console.wait("2 requests released");
    assert_eq!(tape.mutations().len(), 2);
    held(&server, 1);
}

/// The second of two people is told who was first, and has nothing left to answer.
#[test]
fn another_approver_is_faster() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "once");
    held(&server, 1);
    let hold = server.held();
    let console = Console::at(&server);
    console.keys("\r");
    console.read();
    console.keys("a");
    console.wait("Type yes to release it");
    console.keys("ye");
    console.wait("> ye");
    server.approve(&hold);
    console.wait("nothing was decided here");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
}
