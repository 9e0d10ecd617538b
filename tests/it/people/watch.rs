//! `ls --watch` on a terminal: holds come and go on one screen, whatever its size, and nothing of an agent acts on it.

use holdpoint::approve::print::has_only_own_sequences;

use super::seat::Seat;
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::prompt::vectors::{self, Vector};
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

fn held(server: &Server, tape: &Tape, number: usize) -> (Wire, holdpoint::hold::HoldView) {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, &format!("/posts/{number}"), "", "a post"));
    let path = format!("/posts/{number}");
    let hold =
        wait::until("the hold", || server.holds("held").into_iter().find(|hold| hold.url.ends_with(&path)));
    (wire, hold)
}

/// The line of the screen that is about this hold, as it is now.
fn row(seat: &Seat, code: &str) -> Option<String> {
    seat.contents().lines().find(|line| line.starts_with(code)).map(str::to_owned)
}

/// Waits for what the screen is to show.
fn shows(seat: &Seat, what: &str, condition: impl Fn() -> bool) {
    wait::until(&format!("{what}, on\n{}", seat.contents()), || condition().then_some(()));
}

/// One line of the screen for each line that was drawn: nothing has wrapped, and the title is still there.
fn assert_laid_out(seat: &Seat, columns: usize) {
    let screen = seat.contents();
    assert!(screen.lines().next().is_some_and(|line| line.starts_with("CODE")), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= columns), "{screen}");
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("POST /")).collect();
    assert!(rows.iter().all(|line| line.get(4..6) == Some("  ")), "a row is on two lines:\n{screen}");
}

#[test]
fn holds_come_and_go_on_the_screen_of_a_watch() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut seat = Seat::at(&server, &["ls", "--watch", "--state", "held"], (24, 100));
    seat.wait_for("no holds");
    let (mut first, one) = held(&server, &tape, 1);
    shows(&seat, "the first", || row(&seat, &one.code).is_some_and(|row| row.contains("held")));
    let (mut second, two) = held(&server, &tape, 2);
    shows(&seat, "the second", || row(&seat, &two.code).is_some());
    assert!(row(&seat, &one.code).is_some(), "{}", seat.contents());
    assert_laid_out(&seat, 100);
    server.approve(&one);
    shows(&seat, "the first to go", || row(&seat, &one.code).is_none());
    assert!(row(&seat, &two.code).is_some(), "{}", seat.contents());
    server.deny(&two, "no");
    shows(&seat, "the second to go", || row(&seat, &two.code).is_none());
    assert_eq!((first.reply().status, second.reply().code()), (200, "denied".to_owned()));
    assert_eq!(tape.mutations().len(), 1);
    // It ends when the server does, and says so.
    let mut server = server;
    assert!(server.terminate());
    seat.wait_for("the server has ended");
    assert!(seat.ended().success());
}

/// A window that becomes small shows what it can, says that there is more, and keeps its title; one that becomes large
/// again shows all.
#[test]
fn a_watch_fits_its_window_and_says_when_there_is_more() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut agents: Vec<_> = (10..22).map(|number| held(&server, &tape, number)).collect();
    let seat = Seat::at(&server, &["ls", "--watch", "--state", "held"], (8, 60));
    seat.wait_for("--state and --agent narrow it down");
    let oldest = agents[0].1.code.clone();
    shows(&seat, "the oldest", || row(&seat, &oldest).is_some());
    assert_laid_out(&seat, 60);
    for (rows, columns) in [(6, 50), (7, 44), (30, 120)] {
        seat.resize(rows, columns);
        agents.push(held(&server, &tape, 10 + agents.len()));
        shows(&seat, "the oldest", || row(&seat, &oldest).is_some() && seat.contents().starts_with("CODE"));
    }
    shows(&seat, "all of them", || agents.iter().all(|(_, hold)| row(&seat, &hold.code).is_some()));
    assert_laid_out(&seat, 120);
    assert!(!seat.contents().contains("narrow it down"), "{}", seat.contents());
    tape.assert_empty("nobody has decided");
}

/// On a short terminal what waits for a person is shown before what is over.
#[test]
fn what_waits_is_on_a_short_screen_however_much_has_ended() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    for number in 10..22 {
        let (_wire, hold) = held(&server, &tape, number);
        server.deny(&hold, "no");
    }
    let (_wire, hold) = held(&server, &tape, 30);
    let seat = Seat::at(&server, &["ls", "--watch"], (6, 80));
    shows(&seat, "what waits", || row(&seat, &hold.code).is_some_and(|row| row.contains("held")));
    assert!(seat.contents().starts_with("CODE"), "{}", seat.contents());
    tape.assert_empty("denied and held");
}

/// CASES AP-01 to AP-08, AP-37: an operation of an agent's own choice stays in its cell.
#[test]
fn an_operation_cannot_act_on_the_screen_of_a_watch() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let seat = Seat::at(&server, &["ls", "--watch"], (24, 100));
    seat.wait_for("no holds");
    let evil = format!("{}\u{202e}\r\nK7QF  0s  held  ana  read", vectors::queries());
    let call = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": evil}).to_string();
    let vector = Vector::post(&[("content-type", "application/json")], call);
    let mut wire = Wire::open(server.proxy());
    wire.send(vector.on_the_wire(&tape.authority(), ""));
    let hold = server.held();
    shows(&seat, "it", || row(&seat, &hold.code).is_some());
    assert!(row(&seat, "K7QF").is_none(), "{}", seat.contents());
    let text = String::from_utf8(seat.screen().bytes()).expect("UTF-8").replace("\x1b[H\x1b[J", "");
    assert!(has_only_own_sequences(&text.replace("\r\n", "\n")), "{text:?}");
    assert_eq!(seat.screen().answered(), 0);
}
