//! Two people at two consoles, an agent that is frozen, and like requests in one list.

use super::{Console, agent, held};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;

/// Both stand before the question; one wins, and the other is told and has nothing left to answer.
#[test]
fn of_two_people_one_wins_and_the_other_is_told() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "once");
    held(&server, 1);
    let consoles = [Console::at(&server), Console::at(&server)];
    for console in &consoles {
        console.wait("POST /posts");
        console.keys("\r");
        console.read();
        console.keys("a");
        console.wait("Type yes to release it");
        console.keys("yes");
        console.wait("> yes");
    }
    let [first, second] = &consoles;
    first.keys("\r");
    second.wait("nothing was decided here");
    second.keys("\r");
    first.wait("was released; the service answered 200");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    let decided = server.records().iter().filter(|record| record["event"] == "decided").count();
    assert_eq!(decided, 1);
}

/// What is approved under a freeze is listed as that, and goes out once it is thawed.
#[test]
fn what_a_freeze_keeps_is_listed_as_approved_and_sent_after_the_thaw() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "frozen");
    held(&server, 1);
    let console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("f");
    console.wait("Freeze agent");
    console.answer("Why? (may be empty)", "too fast");
    console.wait("! FROZEN, t thaws: agent");
    console.keys("\r");
    console.read();
    console.keys("a");
    console.answer("Type yes to release it", "yes");
    console.wait("1 armed");
    console.wait("armed POST /posts");
    tape.assert_empty("a freeze is on");
    console.keys("t");
    console.wait("Thaw agent");
    console.answer("Type thaw", "thaw");
    assert_eq!(wire.reply().status, 200);
    console.gone("! FROZEN");
    console.gone("1 armed");
}

/// CASES AP-28, HI-19: what the marked ones differ in stands on the screen, and one that is not like them stands out.
#[test]
fn like_requests_are_compared_before_they_are_released_as_one() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wires = Vec::new();
    for number in 1..=4 {
        wires.push(agent(&server, &tape, "/posts", &format!("answer {number}")));
        held(&server, number);
    }
    let console = Console::sized(&server, (60, 100));
    console.wait("4 of one operation");
    for marked in 1..=3 {
        console.keys(" ");
        console.wait(&format!("{marked} marked"));
    }
    console.keys("b");
    console.wait("3 requests of one kind");
    console.wait("│ answer …");
    let holds = server.holds("held");
    for hold in &holds[..3] {
        console.wait(&format!("{} {}", hold.code, &hold.digest[7..19]));
    }
    console.read();
    console.keys("a");
    console.wait("Release exactly these 3:");
    console.answer("Type all to release exactly these 3", "all");
    for wire in &mut wires[..3] {
        assert_eq!(wire.reply().status, 200);
    }
    console.wait("3 requests released");
    assert_eq!(server.held().id, holds[3].id);
    let decided: Vec<_> =
        server.records().into_iter().filter(|record| record["event"] == "decided").collect();
    let digests: Vec<_> = decided.iter().filter_map(|record| record["digest"].as_str()).collect();
    assert_eq!(digests, holds[..3].iter().map(|hold| hold.digest.as_str()).collect::<Vec<_>>());
}
