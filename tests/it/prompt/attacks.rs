//! What an agent can put on a screen, tried on a screen: nothing of it speaks with Holdpoint's voice, moves what is
//! asked for, or acts.

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use holdpoint::approve::{Charset, Look};

use super::QUESTION;
use super::stage::{Held, Stage, forum, request, with};
use super::vectors::{self, Vector};

fn held(vector: &Vector) -> Held {
    request(1, vector.host, vector.target, &vector.fields, &vector.body)
}

/// CASES AP-07: a host that reads like another is shown as it is sent, as it reads, and with its letters' numbers.
#[test]
fn a_host_in_another_script_does_not_pass_for_its_twin() {
    let stage = Stage::new(vec![held(&Vector::twin())]);
    stage.wait_for(QUESTION);
    stage.snapshot("attack_host");
    // The near miss: an ordinary host has no such lines.
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    assert!(!stage.text().contains("reads as") && !stage.text().contains("beyond ASCII"));
}

/// CASES AP-12, AP-29: what the agent says of itself and of its request stands behind the bar, below what was found.
#[test]
fn what_an_agent_says_of_itself_is_quoted_and_comes_last() {
    let (vector, claims) = vectors::claims();
    let stage = Stage::new(vec![held(&vector)]);
    stage.wait_for(QUESTION);
    let text = stage.text();
    for claim in claims {
        let line = text.lines().find(|line| line.contains(claim)).unwrap();
        assert!(line.starts_with('│'), "{line}");
        assert!(text.find("  agent    triage-bot at").unwrap() < text.find(claim).unwrap(), "{claim}");
    }
}

/// CASES AP-10: five thousand blanks before the danger, on a screen of 24 lines.
#[test]
fn blanks_do_not_push_the_danger_off_the_screen() {
    let stage = Stage::with_size(vec![forum(1, vectors::blanks().as_bytes())], 24, 80);
    stage.wait_for(QUESTION);
    let text = stage.text().replace("\n│+", "");
    assert!(text.contains("rm -rf /") && text.contains("bytes of this line not shown"), "{text}");
    stage.type_line("yes");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    assert!(stage.told().is_empty());
}

/// CASES AP-36: figures are the request's own.
#[test]
fn figures_are_shown_as_they_are_sent() {
    let (vector, figures) = vectors::figures();
    let stage = Stage::new(vec![held(&vector)]);
    stage.wait_for(QUESTION);
    for figure in figures {
        assert!(stage.text().contains(figure), "{figure}: {}", stage.text());
    }
}

/// CASES AP-25: a terminal that knows no sequences gets none, and is asked all the same.
#[test]
fn a_dumb_terminal_gets_no_sequence_at_all() {
    let stage = Stage::with_look(vec![forum(1, b"\x1b[2J")], Look { colour: false, charset: Charset::Utf8 });
    stage.wait_for(QUESTION);
    assert!(!stage.bytes().contains(&0x1b));
    stage.type_line("no");
    stage.wait_for("AAA1 was refused");
}

/// CASES HI-19, HI-29: holds come in all the time, of the same agent and code; what is released is what is asked for,
/// and the oldest is asked for first.
#[test]
fn holds_that_come_in_do_not_move_what_is_asked_for() {
    let stage = Stage::new(vec![forum(1, b"the first")]);
    stage.wait_for(QUESTION);
    for (number, key) in (2..).zip(["y", "e", "s"]) {
        stage.add(with(forum(number, b"another"), |view| view.code = "AAA1".into()));
        stage.type_raw(key.as_bytes());
        stage.wait_for(&format!("| ? helps]: {}", &"yes"[..number - 1]));
    }
    stage.add(forum(5, b"the last"));
    stage.type_raw(b"\n");
    stage.wait_for("AAA1 was released");
    assert_eq!(stage.told().len(), 1);
    assert_eq!(stage.told()[0].digest, stage.digest(1));
    stage.wait_until("the next", |screen| screen.count(QUESTION) == 2);
    // The one that differs from the others comes first, on its own.
    assert!(stage.text().contains("the last") && !stage.text().contains("another"), "{}", stage.text());
}

/// CASES AP-01 to AP-08: whatever kind of body, its text acts on no terminal and stays behind the bar.
#[test]
fn no_kind_of_body_lets_a_text_out_of_its_box() {
    for vector in vectors::kinds() {
        let stage = Stage::new(vec![held(&vector)]);
        stage.wait_for(QUESTION);
        stage.assert_only_own_sequences();
        vectors::assert_in_its_box(vector.fields[0].1, &stage.text());
        assert!(stage.told().is_empty());
    }
}
