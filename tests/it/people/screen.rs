//! The command line and a terminal: what an agent wrote stays text, and only a person's own deliberate word
//! releases (CASES AP-01, 02, 04, 06, 08, 10, 11, 22, 24, 25, 26).

use std::io::Write;
use std::process::Stdio;

use super::terminal::{Typing, assert_tame, detached, on_terminal};
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

fn held(server: &Server, tape: &Tape, body: &str) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, "/a", "Content-Type: text/plain\r\n", body));
    wire
}

/// CASES AP-01, 02, 03, 04, 06, 08: none of these acts, and each is seen.
#[test]
fn what_an_agent_wrote_does_not_act_on_the_terminal() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let bodies = [
        ("erase", "\x1b[2J\x1b[H approved"),
        ("colour", "\x1b[31mred"),
        ("clipboard", "\x1b]52;c;ZXZpbA==\x07"),
        ("link", "\x1b]8;;http://evil.example\x1b\\safe\x1b]8;;\x1b\\"),
        ("title", "\x1b]0;title\x07"),
        ("reports", "\x1b[6n\x1b[c\x1bP$qm\x1b\\\x05"),
        ("8-bit controls", "\u{9b}2J\u{9d}52;c;x\u{9c}"),
        ("a carriage return", "deny\rapprove"),
        ("a backspace", "evil\x08\x08\x08\x08good"),
        ("direction", "\u{202e}txt.exe\u{202c}\u{2066}x\u{2069}"),
        ("invisible", "a\u{200b}b\u{feff}c\u{e0041}d\u{2060}"),
    ];
    for (case, body) in bodies {
        let wire = held(&server, &tape, body);
        let hold = server.held();
        assert_tame(case, &server.says(&["show", &hold.id]));
        assert_tame(case, &server.says(&["ls"]));
        for arguments in [
            vec!["show", &hold.id],
            vec!["show", &hold.id, "--raw"],
            vec!["show", &hold.id, "--body"],
            vec!["ls"],
        ] {
            let (_, screen) = on_terminal(&server, &arguments, Typing::Nothing);
            assert_tame(&format!("{case} on a terminal, {arguments:?}"), &screen);
        }
        let shown = String::from_utf8(server.says(&["show", &hold.id])).expect("text");
        assert!(
            shown.contains('\\') || shown.contains("not text"),
            "{case}: what is hidden is not seen:\n{shown}"
        );
        // Into a file go the bytes themselves.
        assert_eq!(server.says(&["show", &hold.id, "--body"]), body.as_bytes(), "{case}");
        server.deny(&hold, "no");
        drop(wire);
    }
    tape.assert_empty("denied");
}

/// CASES AP-10: what comes last is seen as well as what comes first, and what is not shown is counted.
#[test]
fn a_payload_behind_ten_thousand_lines_is_seen() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let body = format!("first line\n{}DROP EVERYTHING", "nothing to see here\n".repeat(10_000));
    let _wire = held(&server, &tape, &body);
    let hold = server.held();
    let shown = String::from_utf8(server.says(&["show", &hold.id])).expect("text");
    assert!(shown.contains("first line") && shown.contains("DROP EVERYTHING"), "{shown}");
    assert!(shown.contains("not shown"), "{shown}");
    assert!(shown.lines().count() < 2000);
    assert_eq!(server.says(&["show", &hold.id, "--body"]), body.as_bytes());
    // One long line hides nothing either.
    server.deny(&hold, "no");
    let _wire = held(&server, &tape, &format!("begin{}END OF LINE", " ".repeat(200_000)));
    let shown = String::from_utf8(server.says(&["show", &server.held().id])).expect("text");
    let shown = shown.replace("\n│+", "");
    assert!(shown.contains("begin") && shown.contains("END OF LINE"), "{shown}");
    tape.assert_empty("undecided");
}

/// CASES AP-11: the screen shows the source, not another spelling of it; the raw bytes have the approved digest.
#[test]
fn the_preview_is_the_source() {
    let mut server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let body = r#"{"amount":123456789012345678901234567890,"amount":1e400,"x":-0,"k":"\u0041\/"}"#;
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/pay", "Content-Type: application/json\r\n", body));
    let hold = server.held();
    let shown = String::from_utf8(server.says(&["show", &hold.id])).expect("text");
    for source in ["123456789012345678901234567890", "1e400", "-0", r#"\u0041"#] {
        assert!(shown.contains(source), "{source} is not shown:\n{shown}");
    }
    assert_eq!(shown.matches("\"amount\"").count(), 2, "a doubled key is hidden:\n{shown}");
    let raw = server.raw(&hold);
    assert!(raw.ends_with(body.as_bytes()));
    server.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations()[0].raw(), raw);
    assert_eq!(crate::oracle::digest(&tape, &tape.mutations()[0]), hold.digest);
    assert!(server.terminate());
    let revealed = server.records().iter().filter(|record| record["event"] == "revealed").count();
    assert_eq!(revealed, 1, "a look at the unmasked bytes is on record");
    server.check(&[&tape]);
}

/// CASES AP-22: on every screen.
#[test]
fn that_an_agent_could_approve_is_on_every_screen() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = held(&server, &tape, "mine");
    let hold = server.held();
    for arguments in [vec!["show", hold.id.as_str()], vec!["ls"]] {
        let shown = String::from_utf8(server.says(&arguments)).expect("text").to_lowercase();
        assert!(
            shown.contains("advisory") || shown.contains("keep it from approving"),
            "{arguments:?}:\n{shown}"
        );
    }
}

/// CASES AP-25, 26: without a terminal and without a digest nothing is approved, however often one says yes.
#[test]
fn without_a_terminal_a_digest_is_needed() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = held(&server, &tape, "yes");
    let hold = server.held();
    let mut yes = server.command(&["approve", &hold.id]);
    let mut child = detached(&mut yes).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it runs");
    let _ = child.stdin.take().expect("its input").write_all(&b"yes\n".repeat(1000));
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
    for wrong in [
        format!("{}@{}", hold.id, "0".repeat(64)),
        format!("{}@{}", hold.id, &hold.digest[7..18]),
        format!("{}@", hold.id),
    ] {
        assert!(
            !detached(&mut server.command(&["approve", &wrong])).status().expect("it runs").success(),
            "{wrong}"
        );
    }
    assert_eq!(server.held().id, hold.id);
    tape.assert_empty("nobody has decided");
    // The near miss: twelve digits of the right digest, and the code.
    server.says(&["approve", &format!("{}@{}", hold.code, &hold.digest[7..19])]);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
}

/// CASES AP-04, 24: what was typed before the question, pasted, or typed by the terminal itself is no answer.
#[test]
fn type_ahead_and_reports_release_nothing() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = held(&server, &tape, "careful");
    let hold = server.held();
    for typing in [
        Typing::Ahead(b"yes\ny\nyes\n"),
        Typing::Ahead(b"yes"),
        Typing::Again(b"\x1b[24;80Ryes\n"),
        Typing::Again(b"\x1b[200~yes\x1b[201~\n"),
        Typing::Again(b"\n"),
        Typing::Again(b"y\n"),
        Typing::Again(b"no\n"),
        Typing::Again(b"\x04"),
    ] {
        let (released, screen) = on_terminal(&server, &["approve", &hold.id], typing);
        assert!(!released, "{typing:?} released it: {}", String::from_utf8_lossy(&screen));
        assert_eq!(server.held().id, hold.id, "{typing:?}");
    }
    tape.assert_empty("type-ahead");
}

/// The near miss: a person who reads the question and types the word releases it.
#[test]
fn a_deliberate_yes_releases() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = held(&server, &tape, "careful");
    let (released, screen) = on_terminal(&server, &["approve", &server.held().id], Typing::Again(b"yes\n"));
    assert!(released, "{}", String::from_utf8_lossy(&screen));
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
}
