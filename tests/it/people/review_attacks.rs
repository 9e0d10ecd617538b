//! What an agent can put on a screen, tried on `review`: the real binary on a terminal, a server elsewhere, and the same
//! vectors that the prompt of `serve` is shown. Nothing of them speaks with Holdpoint's voice, moves what is asked for,
//! types for the person, or is sent.

use std::process::Command;

use super::seat::Seat;
use super::terminal::detached;
use crate::binary::{BINARY, Server};
use crate::house::House;
use crate::person::post;
use crate::plan::Plan;
use crate::prompt::vectors::{self, Vector};
use crate::prompt::{EARLY, QUESTION, REFLOWED};
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

const SCREEN: (u16, u16) = (60, 80);

fn sent(server: &Server, tape: &Tape, vector: &Vector) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(vector.on_the_wire(&tape.authority(), ""));
    wire
}

fn posted(server: &Server, tape: &Tape, path: &str, body: &str) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, path, "Content-Type: text/plain\r\n", body));
    wire
}

/// Sits down before what waits, and reads to the question.
fn asked(server: &Server, size: (u16, u16)) -> Seat {
    server.held();
    let seat = Seat::at(server, &["review"], size);
    seat.wait_for(QUESTION);
    seat
}

/// Nothing was typed back and nothing was decided; a no ends it, and the agent has it.
fn refuse(seat: &mut Seat, server: &Server, mut wire: Wire) {
    assert_eq!(seat.screen().answered(), 0, "the terminal was asked something");
    seat.screen().assert_only_own_sequences();
    assert_eq!(server.holds("held").len(), 1);
    seat.type_line("no not this");
    seat.wait_for("was refused; nothing of it was sent");
    seat.wait_for("nothing more waits");
    assert!(seat.ended().success());
    // In the tongue of its dialect.
    assert_eq!(wire.reply().code(), "denied");
}

/// CASES AP-01 to AP-08: whatever kind of body, its text acts on no terminal and stays behind the bar.
#[test]
fn no_kind_of_body_lets_a_text_out_of_its_box_in_review() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    for vector in vectors::kinds() {
        let wire = sent(&server, &tape, &vector);
        let mut seat = asked(&server, SCREEN);
        vectors::assert_in_its_box(vector.fields[0].1, &seat.text());
        refuse(&mut seat, &server, wire);
    }
    tape.assert_empty("refused");
}

/// CASES AP-01, AP-03, AP-04: every place of a request that an agent may fill: target, field, operation, body.
#[test]
fn no_place_of_a_request_makes_the_terminal_of_review_act_or_type() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let call = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": vectors::queries()}).to_string();
    let places = [
        Vector::post(&[("content-type", "text/plain")], vectors::queries()),
        Vector::post(&[("content-type", "application/json")], call),
        Vector::post(&[("user-agent", "\u{9b}2J\u{9d}0;t\u{9c} bot"), ("x-note", "\u{202e}\u{200b}")], "one"),
        Vector {
            target: "/posts?q=%1b%5B2J%07%C2%9B6n&next=%0Aend+of+the+request",
            ..Vector::post(&[], "one")
        },
    ];
    for vector in places {
        let wire = sent(&server, &tape, &vector);
        let mut seat = asked(&server, SCREEN);
        let text = seat.text();
        let ends = text.lines().filter(|line| *line == "end of the request").count();
        assert_eq!(ends, 1, "{text}");
        refuse(&mut seat, &server, wire);
    }
}

/// CASES AP-07: a host that reads like another is shown as it is sent, as it reads, and with its letters' numbers.
#[test]
fn a_host_in_another_script_does_not_pass_for_its_twin_in_review() {
    let house = House::new();
    let mut review = Command::new(BINARY);
    let url = format!("http://{}", house.running().admin().expect("the admin listener is on"));
    review.args(["review", "--server", &url]).current_dir(house.dir()).env("LC_ALL", "C.UTF-8");
    let token = std::fs::read_to_string(house.dir().join("state/admin.token")).expect("made on first start");
    review.env("HOLDPOINT_TOKEN", token.trim());
    for (vector, is_twin) in [(Vector::twin(), true), (Vector::post(&[], "one"), false)] {
        let mut wire = house.open();
        wire.send(vector.on_the_wire(vector.host, ""));
        house.held();
        let seat = Seat::before(&review, SCREEN);
        seat.wait_for(QUESTION);
        let text = seat.text();
        assert!(text.contains(vector.host), "{text}");
        assert_eq!((text.contains("reads as"), text.contains("beyond ASCII")), (is_twin, is_twin), "{text}");
        seat.type_line("no");
        wire.reply().assert_problem("refused", 403, "denied");
    }
    house.close(&[]);
}

/// CASES AP-12, AP-22, AP-29: what the agent says of itself stands behind the bar, below what was found.
#[test]
fn what_an_agent_says_of_itself_is_quoted_and_comes_last_in_review() {
    let server = Server::start(&Plan::new().agent("triage-bot", "t"));
    let tape = Tape::plain();
    let (vector, claims) = vectors::claims();
    let mut wire = Wire::open(server.proxy());
    // triage-bot:t
    wire.send(vector.on_the_wire(&tape.authority(), "Proxy-Authorization: Basic dHJpYWdlLWJvdDp0\r\n"));
    let mut seat = asked(&server, SCREEN);
    let text = seat.text();
    let found = text.find("  agent    triage-bot at 127.0.0.1").expect("who it is");
    for claim in claims {
        let line = text.lines().find(|line| line.contains(claim)).expect(claim);
        assert!(line.starts_with('│'), "{line}");
        assert!(found < text.find(claim).expect("seen above"), "{claim}");
    }
    assert!(text.contains("! advisory this agent runs as Holdpoint's own user or as root"), "{text}");
    refuse(&mut seat, &server, wire);
}

/// CASES AP-10: five thousand blanks before the danger, and ten thousand lines around it, on a screen of 24 lines. A yes is
/// not enough; the digits of what was shown are, and what arrives has that digest.
#[test]
fn a_danger_far_down_is_on_the_screen_of_review_and_a_yes_is_not_enough() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = posted(&server, &tape, "/a", &vectors::blanks());
    let hold = server.held();
    let seat = asked(&server, (24, 80));
    let text = seat.text().replace("\n│+", "");
    assert!(text.contains("rm -rf /") && text.contains("bytes of this line not shown"), "{text}");
    seat.type_line("yes");
    seat.wait_for_times(QUESTION, 2);
    assert_eq!(server.held().id, hold.id);
    seat.type_line(&hold.digest[7..19]);
    seat.wait_for("was released; the service answered 200");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(crate::oracle::digest(&tape, &tape.mutations()[0]), hold.digest);

    let lines = format!("first line\n{}DROP EVERYTHING", "nothing to see here\n".repeat(10_000));
    let mut wire = posted(&server, &tape, "/b", &lines);
    let hold = server.held();
    let seat = asked(&server, (24, 80));
    let text = seat.text();
    assert!(text.contains("first line") && text.contains("│ DROP EVERYTHING\nend of the request"), "{text}");
    assert!(text.contains("bytes not shown"), "{text}");
    seat.type_line("yes");
    seat.wait_for_times(QUESTION, 2);
    seat.type_line("more");
    seat.wait_for("Enter goes on, q stops --");
    seat.type_line("q");
    seat.wait_for_times(QUESTION, 3);
    seat.type_line("yes");
    seat.wait_for_times(QUESTION, 4);
    assert_eq!(server.held().id, hold.id, "it was not seen to its end");
    assert_eq!(tape.mutations().len(), 1);
    seat.type_line("no");
    wire.reply().assert_problem("refused", 403, "denied");
}

/// CASES AP-11, AP-36: figures and doubled keys are the request's own.
#[test]
fn figures_are_shown_as_they_are_sent_in_review() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let (vector, figures) = vectors::figures();
    let wire = sent(&server, &tape, &vector);
    let mut seat = asked(&server, SCREEN);
    for figure in figures {
        assert!(seat.text().contains(figure), "{figure}: {}", seat.text());
    }
    refuse(&mut seat, &server, wire);
    let twice = r#"{"amount":1e400,"amount":-0,"k":"\u0041\/"}"#;
    let wire = sent(&server, &tape, &Vector::post(&[("content-type", "application/json")], twice));
    let mut seat = asked(&server, SCREEN);
    let text = seat.text();
    assert_eq!(text.matches("\"amount\"").count(), 2, "a doubled key is hidden:\n{text}");
    assert!(text.contains("1e400") && text.contains("-0") && text.contains(r"\u0041"), "{text}");
    refuse(&mut seat, &server, wire);
}

/// CASES AP-25: a terminal that knows no sequences gets none, and one that may not know UTF-8 gets ASCII.
#[test]
fn a_dumb_terminal_gets_no_sequence_from_review_and_one_without_utf_8_gets_ascii() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let wire =
        sent(&server, &tape, &Vector::post(&[], "naïve \x1b[2J Û and a text that is long enough to be one"));
    server.held();
    let mut seat = Seat::with(&server, &["review"], SCREEN, &[("TERM", "dumb"), ("LC_ALL", "C")]);
    seat.wait_for(QUESTION);
    let bytes = seat.screen().bytes();
    assert!(bytes.is_ascii() && !bytes.contains(&0x1b));
    assert!(seat.text().contains(r"na\u{ef}ve"), "{}", seat.text());
    refuse(&mut seat, &server, wire);
}

/// CASES AP-04, AP-24: what was typed before the question, pasted, sent by the terminal itself, or ends with the input, is
/// no answer.
#[test]
fn type_ahead_pastes_and_reports_release_nothing_in_review() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let wire = posted(&server, &tape, "/a", "careful");
    server.held();
    let mut seat = Seat::at(&server, &["review"], SCREEN);
    seat.wait_for("end of the request");
    seat.type_line("yes");
    seat.wait_for(QUESTION);
    assert!(seat.text().contains(EARLY), "{}", seat.text());
    let typed: [(&str, &str); 5] = [
        ("\x1b[24;80Ryes\n", "ignored: that had control characters"),
        ("\x1b[200~yes\x1b[201~\n", "ignored: that had control characters"),
        ("yes\nyes\nyes\n", "ignored: more than one line came at once"),
        ("yes\x04", "ignored: that did not end with Enter"),
        ("yes, sure\n", "nothing done: type yes"),
    ];
    for (times, (keys, remark)) in typed.into_iter().enumerate() {
        let before = seat.count(remark);
        seat.type_raw(keys.as_bytes());
        seat.wait_for_times(remark, before + 1);
        seat.wait_for_times(QUESTION, times + 2);
    }
    tape.assert_empty("nobody said yes");
    refuse(&mut seat, &server, wire);
}

/// CASES AP-25: the window is closed, or the input ends, in the middle of a word.
#[test]
fn a_window_that_closes_releases_nothing_in_review() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = posted(&server, &tape, "/a", "careful");
    let mut seat = asked(&server, SCREEN);
    seat.close_window("yes");
    assert!(!seat.ended().success());
    let mut seat = asked(&server, SCREEN);
    seat.type_raw(b"\x04");
    seat.wait_for("was not released; it stays held");
    assert_eq!(server.held().state, "held");
    seat.close_window("y");
    seat.ended();
    assert_eq!(server.holds("held").len(), 1);
    tape.assert_empty("nobody said yes");
}

/// CASES AP-25: where there is no terminal nobody is asked, whatever comes in.
#[test]
fn review_without_a_terminal_refuses_to_start() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = posted(&server, &tape, "/a", "careful");
    server.held();
    let mut review = server.command(&["review"]);
    let ended = detached(&mut review).stdout(std::process::Stdio::null()).status().expect("it runs");
    assert_eq!(ended.code(), Some(2));
    assert_eq!(server.holds("held").len(), 1);
}

/// CASES AP-12, AP-25: a storm of resizes decides nothing, and what was laid out for another width is not what a yes is for.
#[test]
fn a_storm_of_resizes_decides_nothing_in_review() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = posted(&server, &tape, "/a", &"a text of an agent that is to be wrapped, ".repeat(4));
    let seat = asked(&server, SCREEN);
    for columns in 40..120 {
        seat.resize(50, columns);
    }
    seat.type_line("yes");
    seat.wait_for(REFLOWED);
    tape.assert_empty("it was laid out for another width");
    let questions = seat.count(QUESTION);
    // Whichever width was the last one that was seen, it settles.
    seat.wait_until("the question again", |shown| {
        shown.count(QUESTION) > questions || shown.text().trim_end().ends_with(QUESTION)
    });
    wait::until_true("the release", || {
        seat.type_line("yes");
        std::thread::park_timeout(std::time::Duration::from_millis(500));
        !tape.mutations().is_empty()
    });
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
}

/// CASES HI-19, HI-29: holds come in all the time; what is released is what is asked for.
#[test]
fn holds_that_come_in_do_not_move_what_review_asks_for() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = posted(&server, &tape, "/first", "the first");
    let hold = server.held();
    let seat = asked(&server, SCREEN);
    let mut others = Vec::new();
    for (number, key) in ["y", "e", "s"].into_iter().enumerate() {
        others.push(posted(&server, &tape, &format!("/another/{number}"), "another"));
        wait::until_true("it is held", || server.holds("held").len() == number + 2);
        seat.type_raw(key.as_bytes());
    }
    seat.type_raw(b"\n");
    seat.wait_for(&format!("{} was released", hold.code));
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    assert_eq!(crate::oracle::digest(&tape, &tape.mutations()[0]), hold.digest);
    assert_eq!(server.holds("held").len(), 3);
}

/// CASES AP-28: many of a kind and one that is different: it is asked about alone, and first.
#[test]
fn the_one_that_differs_is_asked_about_alone_and_first_in_review() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wires = Vec::new();
    for number in 0..6 {
        let role = if number == 4 { "admin" } else { "user" };
        let body = format!("{{\"title\":\"answer {number}\",\"role\":\"{role}\"}}");
        let mut wire = Wire::open(server.proxy());
        wire.send(post(&tape, "/posts", "Content-Type: application/json\r\n", &body));
        wires.push(wire);
        wait::until_true("it is held", || server.holds("held").len() == number + 1);
    }
    let odd = server.holds("held").remove(4);
    let seat = asked(&server, SCREEN);
    assert!(seat.text().contains(&format!("Release {}: write", odd.code)), "{}", seat.text());
    seat.type_line("no not with that role");
    seat.wait_for("Release these 5 requests, each as it is listed");
    wires[4].reply().assert_problem("the odd one", 403, "denied");
    tape.assert_empty("nothing else was decided");
}
