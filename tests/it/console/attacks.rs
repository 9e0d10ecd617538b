//! What an agent sends does not act on the terminal or pass for another's, and what nobody typed decides nothing (CASES
//! AP-01 to AP-08, AP-24).

use std::process::Command;

use super::{Console, agent, held};
use crate::binary::{BINARY, Server};
use crate::house::House;
use crate::people::seat::Seat;
use crate::plan::Plan;
use crate::prompt::vectors::Vector;
use crate::tape::Tape;

/// CASES AP-01, 02, 03, 04, 06, 08
#[test]
fn what_an_agent_sends_does_not_act_and_makes_the_terminal_type_nothing() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let words = "words that are harmless ".repeat(20);
    let evil = "a\x1b[2J\x1b[6n\x1b[c\x05\x1bP$qm\x1b\\\u{9b}2J\x1b]52;c;eQ==\x07\u{202e}b\u{200b}c";
    let _wire = agent(&server, &tape, "/posts", &format!("{words}\n{evil}"));
    held(&server, 1);
    let mut console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    for seen in ["\\x1b[6n", "\\x05", "\\u{9b}2J", "\\u{202e}", "\\u{200b}", "end of the request"] {
        console.wait(seen);
    }
    console.keys("v");
    console.wait("held, raw");
    console.keys("q");
    console.wait("OPERATION AND HOST");
    console.keys("q");
    assert!(console.seat.ended().success());
    console.assert_tame("a post");
    tape.assert_empty("nobody has decided");
}

/// CASES AP-04, AP-24
#[test]
fn type_ahead_pastes_and_reports_release_nothing() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "careful");
    held(&server, 1);
    let console = Console::at(&server);
    console.wait("POST /posts");
    for burst in
        [&b"\raayes\r"[..], b"\x1b[200~\raayes\r\x1b[201~", b"\x1b[24;80R", b"\x1b[?62c", b"\x1b]lyes\x1b\\"]
    {
        console.seat.type_raw(burst);
        console.wait("ignored");
        console.keys("g");
        crate::wait::until_true("the next", || !console.seat.contents().contains("ignored"));
    }
    console.keys("\r");
    console.read();
    // Before the question has stood for a while, and all at once.
    console.keys("a");
    console.wait("Release");
    console.seat.type_raw(b"yes\r");
    console.wait("Type yes to release it");
    console.seat.type_raw(b"yes\r");
    console.wait("press Enter by itself");
    for noise in [&b"\x1b[24;80R"[..], b"\x1b[200~yes\r\x1b[201~", b"\x1b]lyes\x1b\\"] {
        console.seat.type_raw(noise);
        console.wait("ignored: a paste");
        console.keys("x");
        crate::wait::until_true("a key is heard", || !console.seat.contents().contains("ignored"));
    }
    assert_eq!(server.held().state, "held");
    tape.assert_empty("nobody has answered");
    // The near miss: a person types the word, and Enter.
    console.keys("\x1b");
    console.wait("nothing was decided");
    console.keys("a");
    console.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
}

/// CASES AP-07: a host that reads like another is shown as it is sent, as it reads, and with its letters' numbers.
#[test]
fn a_host_in_another_script_does_not_pass_for_its_twin_in_the_console() {
    let house = House::new();
    let url = format!("http://{}", house.running().admin().expect("the admin listener is on"));
    let token = std::fs::read_to_string(house.dir().join("state/admin.token")).expect("made on first start");
    let mut command = Command::new(BINARY);
    command.args(["console", "--server", &url]).current_dir(house.dir()).env("HOLDPOINT_TOKEN", token.trim());
    command.env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    let mut console = Console { seat: Seat::before(&command, (60, 160)) };
    for (vector, is_twin) in [(Vector::twin(), true), (Vector::post(&[], "one"), false)] {
        let mut wire = house.open();
        wire.send(vector.on_the_wire(vector.host, ""));
        house.held();
        console.wait("1 held");
        if !is_twin {
            console.keys("G");
            console.gone("denied");
        }
        assert!(console.rows().lines().any(|row| row.contains(vector.host)), "{}", console.rows());
        console.keys("\r");
        console.read();
        let text = console.rows();
        assert!(text.contains(vector.host), "{text}");
        assert_eq!((text.contains("reads as"), text.contains("beyond ASCII")), (is_twin, is_twin), "{text}");
        console.keys("a");
        console.wait("Esc leaves it held");
        let question = console.rows();
        let asked = question.rsplit_once("Release ").expect("a question").1.to_owned();
        assert!(asked.contains(vector.host), "{asked}");
        console.keys("\x1b");
        console.wait("nothing was decided");
        console.keys("d");
        console.answer("Why? The agent is told.", "no");
        wire.reply().assert_problem("refused", 403, "denied");
        console.wait("0 held");
    }
    console.quit();
    console.assert_tame("a host");
    house.close(&[]);
}
