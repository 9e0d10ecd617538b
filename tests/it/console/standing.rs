//! Freezes, lists, a server that goes and comes back, and a window that changes its size.

use super::{Console, agent, held};
use crate::binary::Server;
use crate::people::seat::Seat;
use crate::plan::Plan;
use crate::tape::Tape;

#[test]
fn a_freeze_stands_on_the_screen_until_it_is_thawed() {
    let server = Server::start(&Plan::new());
    let console = Console::at(&server);
    console.keys("F");
    console.answer("Why? (may be empty)", "stop");
    console.wait("! FROZEN, t thaws: all agents");
    console.keys("\t");
    console.wait("no grants");
    console.keys("\t");
    console.wait("LAST SEEN");
    console.keys("\t");
    console.wait("audit log, the newest first");
    console.wait("frozen");
    console.keys("\t");
    console.wait("nothing waits");
    console.keys("t");
    console.answer("Type thaw", "thaw");
    crate::wait::until_true("it is thawed", || !console.seat.contents().contains("! FROZEN"));
}

/// Nothing is decided while nobody answers, and nothing twice.
#[test]
fn a_lost_server_is_said_and_found_again() {
    let mut server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = agent(&server, &tape, "/posts", "still here");
    held(&server, 1);
    let console = Console::at(&server);
    console.keys("\r");
    console.read();
    console.keys("a");
    console.wait("Type yes to release it");
    server.kill();
    console.wait("NO CONNECTION");
    console.wait("nothing was decided");
    console.keys("a");
    console.wait("the server does not answer");
    server.run(None);
    server.ready();
    console.wait("connected again");
    assert_eq!(server.held().state, "held");
    console.keys("a");
    console.answer("Type yes to release it", "yes");
    console.wait("when the agent asks again");
    tape.assert_empty("its agent has gone");
    let decided = server.records().iter().filter(|record| record["event"] == "decided").count();
    assert_eq!(decided, 1);
}

#[test]
fn it_is_drawn_anew_when_the_window_changes_and_without_colours_where_nobody_wants_them() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = agent(&server, &tape, "/posts", &"long ".repeat(40));
    held(&server, 1);
    let mut command = server.command(&["console"]);
    command.env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    let mut console = Console { seat: Seat::before(&command, (24, 80)) };
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    console.seat.resize(40, 60);
    console.wait("end of the request");
    crate::wait::until_true("the last row", || console.seat.contents().lines().count() > 30);
    console.seat.resize(12, 41);
    console.wait("not displayed yet");
    console.seat.resize(5, 20);
    console.wait("this window is");
    console.seat.resize(24, 80);
    console.wait("lines 1 to 20");
    console.keys("\x03");
    assert!(console.seat.ended().success());
    let text = console.seat.screen().bytes();
    assert!(!text.windows(4).any(|window| window == b"\x1b[1m"), "colours that nobody wanted");
}

/// CASES AP-25
#[test]
fn without_a_terminal_there_is_no_console() {
    let server = Server::start(&Plan::new());
    let mut command = server.command(&["console"]);
    let status = crate::people::terminal::detached(&mut command).status().expect("it runs");
    assert_eq!(status.code(), Some(2));
}
