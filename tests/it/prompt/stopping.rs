//! Freezes, notes and grants at the prompt.

use holdpoint::hold::Scope;

use super::QUESTION;
use super::stage::{Stage, forum, with};

#[test]
fn a_freeze_is_told_with_who_and_what_waits_behind_it_and_the_breaker_s_rings() {
    let stage = Stage::new(vec![]);
    stage.wait_for("Nothing waits for you.");
    assert_eq!(stage.bells(), 0);
    stage.frozen(Some("triage-bot"), Some("20 mutations within 1m"), "breaker");
    stage.wait_for(
        "! FROZEN: agent triage-bot, by breaker since 2026-11-21T00:04:00.000Z: 20 mutations within 1m",
    );
    stage.wait_for("0 holds wait behind it; `thaw agent triage-bot` takes it back");
    assert_eq!(stage.bells(), 1);
    stage.type_line("thaw agent triage-bot");
    stage.wait_for("no longer frozen: agent triage-bot");
}

#[test]
fn a_person_freezes_in_the_middle_of_a_question_and_goes_on() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    stage.type_line("freeze the inbox empties itself");
    stage.wait_for("! FROZEN: all agents, by ada");
    stage.wait_for("1 hold waits behind it; `thaw` takes it back");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_line("thaw");
    stage.wait_for("no longer frozen: all agents");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 3);
    assert!(stage.told().is_empty());
    assert!(stage.bells() <= 1);
}

/// CASES HI-21: never from the first screen, and only where the rule lets it be given.
#[test]
fn a_grant_is_given_only_by_who_has_asked_what_it_is() {
    let stage = Stage::new(vec![with(forum(1, b"one"), |view| view.grantable = Some(Scope::Route))]);
    stage.wait_for(QUESTION);
    assert!(!stage.text().contains("grant"));
    stage.type_line("grant 15m 20 route");
    stage.wait_for("nothing done: ? says what a grant is");
    assert!(stage.told().is_empty());
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_line("?");
    stage.wait_for("grant 15m 20 route");
    stage.wait_for("Anything else does nothing.");
    let lines = stage.text();
    let at = |words: &str| lines.find(words).expect("it was said");
    assert!(at("operation: same operation") < at("Anything else does nothing."), "{lines}");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 3);
    stage.type_line("grant 15m 20 route");
    stage.wait_for("AAA1 was released");
    let grant = stage.told()[0].grant.expect("it was asked for");
    assert_eq!((grant.ttl.as_secs(), grant.uses, grant.scope), (900, 20, Scope::Route));
    assert_eq!(stage.told()[0].digest, stage.digest(1));
}

#[test]
fn a_note_goes_on_record_with_a_yes() {
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    stage.type_line("note agreed with Ana");
    stage.wait_for("the note goes on record with your yes");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_line("yes");
    stage.wait_for("AAA1 was released");
    assert_eq!(stage.told()[0].reason.as_deref(), Some("agreed with Ana"));
}
