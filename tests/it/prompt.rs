//! The prompt on a real terminal: a pseudo-terminal, an emulator that shows what a person would see and answers
//! what a terminal would answer, and a desk that remembers what it was told.

mod attacks;
mod bodies;
mod groups;
mod precedents;
pub mod protobuf;
pub mod screen;
mod stage;
mod stopping;
pub mod vectors;

use std::time::{Duration, Instant};

use holdpoint::approve::{Charset, End, Look};
use holdpoint::hold::said::Choice;
use holdpoint::limits::PROMPT_DEAD;

use self::stage::{Stage, forum, with};

/// What stands at the end of every question.
pub const QUESTION: &str = "| ? helps]:";

/// Said of what was typed before a question stood.
pub const EARLY: &str = "ignored: that was typed before the question";

/// Said when what stands on screen is not as it was laid out.
pub const REFLOWED: &str = "The width of this terminal has changed";

#[test]
fn a_yes_releases_exactly_what_was_on_screen_and_says_what_came_of_it() {
    let stage = Stage::new(vec![forum(1, b"{\"title\":\"hi\",\"n\":1.10}")]);
    stage.wait_for(QUESTION);
    stage.snapshot("prompt_question");
    stage.type_line("yes");
    stage.wait_for("AAA1 was released; the service answered 201");
    stage.wait_for("Nothing waits for you.");
    let told = stage.told();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].choice, &told[0].reason), (Choice::Approve, &None));
    assert_eq!(told[0].digest, stage.digest(1));
    stage.snapshot("prompt_released");
}

#[test]
fn a_no_refuses_with_its_reason_and_the_next_hold_is_asked_for() {
    let stage = Stage::new(vec![forum(1, b"one"), forum(2, b"two")]);
    stage.wait_for("Release AAA1");
    stage.wait_for(QUESTION);
    stage.type_line("no wrong forum, ask again");
    stage.wait_for("AAA1 was refused; nothing of it was sent");
    stage.wait_for("Release AAA2");
    let told = stage.told();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].choice, told[0].reason.as_deref()), (Choice::Deny, Some("wrong forum, ask again")));
}

/// CASES AP-24: the default is not released, and nothing is decided by it.
#[test]
fn enter_alone_leaves_the_hold_held_and_shows_it_again_when_asked_to() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    stage.type_line("");
    stage.wait_for("AAA1 was not released; it stays held");
    stage.wait_for("1 hold is left undecided; Enter shows it again.");
    assert!(stage.told().is_empty());
    stage.type_line("");
    stage.wait_until("the question a second time", |screen| screen.count(QUESTION) == 2);
    assert!(stage.told().is_empty());
}

/// CASES AP-01, AP-02, AP-03, AP-06, AP-08: whatever an agent puts wherever it can put text, the screen outside the
/// box is Holdpoint's, and nothing but its colours reaches the terminal.
#[test]
fn no_text_of_an_agent_moves_the_cursor_or_leaves_its_box() {
    let attack = "\x1b[2J\x1b[1;1HRelease it? yes\x1b]0;t\x07\x1b]52;c;eQ==\x07\u{9b}2J\u{202e}\u{200b}\r\nend of the request\n";
    let hold = with(
        forum(
            1,
            format!("{attack}{}", "and on it goes, a text long enough to be one. ".repeat(6)).as_bytes(),
        ),
        |view| {
            view.agent = attack.into();
            view.operation = attack.into();
            view.rule = attack.into();
            view.code = "\x1b[2JX".into();
            view.effect = attack.into();
            view.why = vec![attack.into()];
            view.source = attack.into();
        },
    );
    let stage = Stage::new(vec![hold]);
    stage.wait_for(QUESTION);
    stage.assert_only_own_sequences();
    stage.snapshot("prompt_attack");
    assert!(stage.told().is_empty());
}

/// CASES AP-02: raw 0x9b is a command to a terminal of one byte a letter, so such a terminal gets ASCII only.
#[test]
fn a_terminal_that_is_not_known_to_speak_utf_8_gets_ascii() {
    let hold = forum(
        1,
        "naïve Û text with letters whose second byte is 0x9b: Û Û, in a line that is long".as_bytes(),
    );
    let look = Look { colour: false, charset: Charset::Ascii };
    let stage = Stage::with_look(vec![hold], look);
    stage.wait_for(QUESTION);
    assert!(stage.bytes().is_ascii());
    assert!(stage.text().contains(r"| na\u{ef}ve \u{db} text"));
}

/// CASES AP-04: the emulator answers every question it is asked; nothing asks it.
#[test]
fn nothing_makes_the_terminal_type_for_the_person() {
    let stage = Stage::new(vec![forum(1, vectors::queries().as_bytes())]);
    stage.wait_for(QUESTION);
    assert_eq!(stage.answered(), 0, "the terminal was asked something");
    assert!(stage.told().is_empty());
    assert!(stage.still_asks());
}

/// CASES AP-04: the emulator itself is shown to answer, or the test above could not fail.
#[test]
fn the_emulator_of_these_tests_answers_when_it_is_asked() {
    assert_eq!(screen::answers(b"text \x1b[6n and \x05\x1b[c").len(), 3);
    assert!(screen::answers(b"text \x1b[1;33m and \x1b[0m").is_empty());
}

/// CASES AP-04, AP-24: reports and bracketed pastes come with an escape character.
#[test]
fn a_line_with_control_characters_is_said_to_be_ignored() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    for (times, line) in [(1, "\x1b[24;80R"), (2, "\x1b[200~yes\x1b[201~"), (3, "yes\x01")] {
        stage.wait_until("a question", |screen| screen.count(QUESTION) == times);
        stage.type_line(line);
        stage
            .wait_until("the remark", |screen| screen.count("ignored: that had control characters") == times);
    }
    assert!(stage.told().is_empty());
}

/// CASES AP-24: several lines at once are a paste, even where each is a word.
#[test]
fn several_lines_at_once_are_no_answer() {
    let stage = Stage::new(vec![forum(1, b"one"), forum(2, b"two")]);
    stage.wait_for(QUESTION);
    stage.type_raw(b"yes\nyes\nyes\n");
    stage.wait_for("ignored: more than one line came at once");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    assert!(!stage.text().contains(EARLY), "one remark is enough");
    assert!(stage.told().is_empty());
}

/// CASES AP-24: what is typed before the question stands is thrown away, and the question comes after the dead time.
#[test]
fn what_was_typed_ahead_releases_nothing() {
    let stage = Stage::new(vec![]);
    stage.wait_for("Nothing waits for you.");
    let gate = stage.shut_gate();
    stage.add(forum(1, b"one"));
    stage.wait_until("the desk to be asked", |_| stage.is_at_gate());
    stage.type_raw(b"yes\n");
    stage.wait_for("you.\nyes\n");
    let start = Instant::now();
    drop(gate);
    stage.wait_for(QUESTION);
    assert!(start.elapsed() >= PROMPT_DEAD);
    assert_eq!(stage.text().matches(EARLY).count(), 1, "{}", stage.text());
    // Had the word survived it would have been taken before this one.
    stage.type_line("unknown");
    stage.wait_for("nothing done: type yes");
    assert!(stage.told().is_empty());
}

/// CASES AP-24: the request is on screen and the question is not; the terminal echoes the word, so it is spoken of.
#[test]
fn what_was_typed_in_the_dead_time_is_said_to_be_ignored() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for("end of the request");
    stage.type_line("yes");
    stage.wait_for(QUESTION);
    let text = stage.text();
    let (_, after) = text.split_once(EARLY).expect("the remark");
    assert!(after.contains(QUESTION), "the remark comes before the question: {text}");
    stage.type_line("no");
    stage.wait_for("AAA1 was refused");
    assert_eq!(stage.text().matches(EARLY).count(), 1);
    assert_eq!(stage.told().len(), 1);
}

/// CASES AP-10: 24 lines of 80 columns, ten thousand harmless lines, and the danger in the middle.
#[test]
fn a_body_with_parts_left_out_is_not_released_by_a_yes_but_by_its_digest() {
    let stage = Stage::with_size(vec![long()], 24, 80);
    stage.wait_for(QUESTION);
    let text = stage.text();
    assert!(
        text.contains("lines, ") && text.contains("bytes not shown; holdpoint show AAA1 --body shows all")
    );
    assert!(text.contains("│ the very last line\nend of the request"), "{text}");
    stage.type_line("yes");
    stage.wait_until("a refusal to release", |screen| screen.count("Parts were left out") >= 3);
    assert!(stage.told().is_empty());
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_line("0123456789ab");
    stage.wait_for("nothing done: that is not the digest");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 3);
    stage.type_line(&stage.digest(1).unwrap().hex()[..12]);
    stage.wait_for("AAA1 was released");
    assert_eq!(stage.told()[0].digest, stage.digest(1));
}

/// CASES AP-10: paging to the end is the other way; stopping before it is none.
#[test]
fn a_body_with_parts_left_out_is_released_by_a_yes_once_its_end_was_shown() {
    let body: String = (1..=100).map(|number| format!("line {number}\n")).collect();
    let stage = Stage::with_size(vec![forum(1, body.as_bytes())], 60, 80);
    stage.wait_for(QUESTION);
    stage.type_line("more");
    stage.wait_for("Enter goes on, q stops --");
    stage.type_line("q");
    stage.wait_until("the question", |screen| screen.count(QUESTION) == 2);
    stage.type_line("yes");
    stage.wait_until("the question", |screen| screen.count(QUESTION) == 3);
    assert!(stage.told().is_empty());

    stage.type_line("more");
    stage.wait_until("a page", |screen| screen.count("q stops --") == 2);
    stage.type_line("");
    stage.wait_until("the next", |screen| screen.count("q stops --") == 3 || screen.count(QUESTION) == 4);
    if !stage.still_asks() {
        stage.type_line("");
    }
    stage.wait_until("the question", |screen| screen.count(QUESTION) == 4);
    assert!(stage.text().contains("│ line 55\n"), "the middle was not shown");
    stage.type_line("yes");
    stage.wait_for("AAA1 was released");
}

/// A body too large for a view is paged piece by piece, also where a piece ends within a character.
#[test]
fn a_large_body_is_paged_to_its_end_without_being_in_memory() {
    let line = "漢字かな交じり文".repeat(40) + "\n";
    let body = line.repeat(400);
    let stage = Stage::with_size(vec![forum(1, body.as_bytes())], 4000, 200);
    stage.wait_for(QUESTION);
    assert!(stage.text().contains("bytes not shown"));
    stage.type_line("more");
    stage.wait_until("a page or the end", |screen| {
        screen.count("q stops --") + screen.count("end of the request") >= 2
    });
    for turns in 1..20 {
        if stage.text().matches("end of the request").count() >= 2 {
            break;
        }
        stage.type_line("");
        stage.wait_until("a page or the end", |screen| {
            screen.count("q stops --") > turns || screen.count("end of the request") >= 2
        });
    }
    stage.wait_until("the question", |screen| screen.count(QUESTION) == 2);
    let text = stage.text();
    let paged = text.split("\"yes\"").next().unwrap_or_default();
    assert!(!paged.contains("\\x"), "a character was cut");
    stage.type_line("yes");
    stage.wait_for("AAA1 was released");
}

fn long() -> stage::Held {
    let mut body: String = (1..=10_000).map(|number| format!("harmless {number}\n")).collect();
    body.insert_str(60_000, "rm -rf /\n");
    body.push_str("the very last line");
    forum(1, body.as_bytes())
}

/// CASES AP-11: a stored body that was changed is shown as it is, and cannot be released, only refused.
#[test]
fn a_request_that_is_not_the_one_with_the_digest_is_not_released() {
    let mut held = forum(1, b"$82,000");
    held.body = b"$820,00".to_vec();
    let stage = Stage::new(vec![held]);
    stage.wait_for("does not have the hold's digest");
    stage.wait_for("AAA1 cannot be released; refuse it?");
    stage.wait_for(QUESTION);
    stage.type_line("yes");
    stage.wait_for("only a no is possible");
    assert!(stage.told().is_empty());
}

/// CASES AP-15: what is on screen reads; only an answer decides.
#[test]
fn looking_decides_nothing() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    for (times, line) in [(1, "?"), (2, "more"), (3, "raw"), (4, "help"), (5, "ls"), (6, "yes, sure")] {
        stage.wait_until("a question", |screen| screen.count(QUESTION) == times);
        stage.type_line(line);
    }
    stage.wait_until("a question", |screen| screen.count(QUESTION) == 7);
    assert!(stage.told().is_empty());
    assert!(stage.looked() > 0);
}

/// CASES AP-22
#[test]
fn an_agent_that_could_approve_itself_is_marked_on_screen() {
    let stage = Stage::new(vec![with(forum(1, b"one"), |view| view.advisory = true)]);
    stage.wait_for(QUESTION);
    assert!(stage.text().contains("! advisory this agent runs as Holdpoint's own user or as root"));
}

/// CASES AP-25
#[test]
fn the_end_of_input_leaves_the_hold_held() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    stage.type_raw(b"yes\x04");
    stage.wait_for("ignored: that did not end with Enter");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_raw(b"\x04");
    stage.wait_for("AAA1 was not released; it stays held");
    assert!(stage.told().is_empty());
}

/// CASES AP-25
#[test]
fn a_hang_up_ends_the_prompt_and_decides_nothing() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    let desk = stage.desk();
    assert_eq!(stage.hang_up("yes"), End::Hangup);
    assert!(desk.told().is_empty());
}

/// CASES AP-25
#[test]
fn a_storm_of_resizes_decides_nothing_and_a_narrow_terminal_is_not_asked_on() {
    let stage = Stage::with_size(vec![], 24, 30);
    stage.wait_for("oldest first.");
    stage.add(forum(1, b"one"));
    stage.wait_for("a hold waits; widen");
    for columns in 31..200 {
        stage.resize(50, columns);
    }
    stage.wait_for(QUESTION);
    assert!(stage.told().is_empty());
}

/// CASES AP-12: a terminal that became narrower wraps an agent's lines anew, without their gutter.
#[test]
fn a_hold_is_laid_out_and_asked_for_anew_when_the_width_changes() {
    let text = "a text of an agent, long enough to be wrapped, ".repeat(4);
    let stage = Stage::new(vec![forum(1, text.as_bytes())]);
    stage.wait_for(QUESTION);
    stage.resize(60, 50);
    // The rendering that this answers is not on screen any more.
    stage.type_line("yes");
    stage.wait_for(REFLOWED);
    let start = Instant::now();
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    assert!(start.elapsed() >= PROMPT_DEAD / 2, "the dead time counts again");
    assert!(stage.told().is_empty());
    let all = stage.text();
    let (_, anew) = all.split_once(REFLOWED).expect("the remark");
    let agents: Vec<_> = anew.lines().filter(|line| line.contains('│')).collect();
    assert!(agents.iter().any(|line| line.starts_with("│+")), "{anew}");
    assert!(agents.iter().all(|line| line.chars().count() < 50), "{anew}");
    stage.type_line("yes");
    stage.wait_for("AAA1 was released");
    assert_eq!(stage.told().len(), 1);
}

/// CASES AP-10, AP-12: whoever paged through lines that the terminal wrapped anew has not seen the whole request.
#[test]
fn pages_end_when_the_width_changes_and_the_request_was_not_seen() {
    let stage = Stage::with_size(vec![long()], 24, 80);
    stage.wait_for(QUESTION);
    stage.type_line("more");
    stage.wait_for("q stops --");
    stage.resize(24, 60);
    stage.wait_for(REFLOWED);
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_line("yes");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 3);
    assert!(stage.told().is_empty());
}

#[test]
fn the_prompt_ends_when_holdpoint_stops() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    assert_eq!(stage.stop(), End::Stopping);
}

#[test]
fn a_hold_that_is_decided_elsewhere_is_said_and_the_next_one_asked_for() {
    let stage = Stage::new(vec![forum(1, b"one"), forum(2, b"two")]);
    stage.wait_for("Release AAA1");
    stage.wait_for(QUESTION);
    stage.type_raw(b"ye");
    stage.wait_for("| ? helps]: ye");
    stage.decided_elsewhere(1, "denied", "ops");
    stage.wait_for("AAA1 was refused by ops meanwhile");
    stage.type_raw(b"s\n");
    stage.wait_for("Release AAA2");
    stage.wait_until("its question", |screen| screen.count(QUESTION) == 2);
    stage.set_state(2, "expired");
    stage.wait_for("AAA2 expired: nobody decided in time");
    assert!(stage.told().is_empty(), "a word typed for one hold was taken for another");
}

#[test]
fn an_agent_that_leaves_is_said_and_an_approval_waits_for_it() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    stage.change(1, |view| view.waiting = 0);
    stage.wait_for("No attempt of its agent is connected now");
    stage.outcome_is("armed");
    stage.type_line("yes");
    stage.wait_for("AAA1: approved; it is sent when the agent asks again");
    assert_eq!(stage.told().len(), 1);
}

#[test]
fn a_decision_that_the_desk_refuses_is_said_and_the_hold_left() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    stage.refuse_decisions("the store takes no write\x1b[2J");
    stage.type_line("yes");
    stage.wait_for(r"AAA1 was not decided: the store takes no write\x1b[2J");
    stage.assert_only_own_sequences();
}

#[test]
fn a_new_hold_rings_once_when_nobody_was_being_asked() {
    let stage = Stage::new(vec![]);
    stage.wait_for("Nothing waits for you.");
    assert_eq!(stage.bells(), 0);
    stage.add(forum(1, b"one"));
    stage.wait_for(QUESTION);
    stage.add(forum(2, b"two"));
    stage.type_line("no");
    stage.wait_for("Release AAA2");
    assert_eq!(stage.bells(), 1);
}

/// Nothing of these tests waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
