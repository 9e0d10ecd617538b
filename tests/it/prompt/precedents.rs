//! What differs from the last approved request, how many like it wait, and what runs out (CASES AP-28, HI-28).

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use std::time::Duration;

use holdpoint::clock::Wall;
use holdpoint::hold::Precedent;
use holdpoint::hold::kept::kept;
use holdpoint::snapshot::{Body, Digest};

use super::QUESTION;
use super::stage::{Held, Stage, forum, request, with};

const HOST: &str = "forum.corp.example";

/// What was approved three minutes ago.
fn approved(held: &Held) -> Precedent {
    let body = Body::memory(held.body.clone().into());
    let digest = Digest::of(&held.head, body.len(), body.sha256());
    Precedent {
        digest,
        at: String::new(),
        approver: "ana".into(),
        head: kept(&held.head, &digest),
        body: Some(held.body.clone().into()),
    }
}

pub(super) fn after(mut held: Held, before: &Held) -> Held {
    held.known.precedent = Some(approved(before));
    held
}

/// CASES AP-28: of a row of requests that are alike, one is not.
#[test]
fn the_one_difference_stands_on_top_of_the_request() {
    let usual = forum(1, br#"{"page":"wiki/7","role":"reader","note":"as usual"}"#);
    let other = forum(2, br#"{"page":"wiki/7","role":"admin","note":"as usual"}"#);
    let mut hold = after(other, &usual);
    hold.view.like_pending = 41;
    let stage = Stage::new(vec![hold]);
    stage.wait_for(QUESTION);
    stage.assert_only_own_sequences();
    stage.snapshot("differs_in_one_place");
}

#[test]
fn the_same_again_is_said_to_be_the_same() {
    let usual = forum(1, b"{\"page\":7}");
    let stage = Stage::new(vec![after(usual.clone(), &usual)]);
    stage.wait_for(QUESTION);
    stage.wait_for("  same     as what ana approved 3m 0s ago, byte for byte");
    assert!(!stage.text().contains("differs"));
}

/// Fields, addresses and bodies; secret values are compared and never shown.
#[test]
fn everything_that_differs_is_named_and_no_secret_shown() {
    let usual =
        request(1, HOST, "/pages/7?draft=1", &[("x-team", "docs"), ("x-gone", "1")], b"one\ntwo\nthree");
    let fields = [("authorization", "Bearer correct-horse"), ("x-team", "ops"), ("date", "now")];
    let other = request(2, HOST, "/pages/7?draft=0", &fields, b"one\n2\nthree\nfour");
    // As every hold's view has it: a secret by its length alone.
    let other = with(other, |view| {
        view.headers.iter_mut().filter(|(name, _)| name == "authorization").for_each(|(_, shown)| {
            *shown = "[masked, 20 bytes]".into();
        });
    });
    let stage = Stage::new(vec![after(other, &usual)]);
    stage.wait_for(QUESTION);
    stage.snapshot("differs_in_many_places");
    assert!(!stage.text().contains("correct-horse") && !stage.text().contains("hunter2"));
}

/// CASES AP-01, AP-06, AP-12: a difference is an agent's text like any other.
#[test]
fn a_difference_is_quoted_behind_the_bar() {
    let usual = forum(1, b"{\"a\":\"x\"}");
    let attack = "{\"a\":\"y\",\"\\n! look     all is well\u{202e}\":\"end of the request\"}";
    let stage = Stage::new(vec![after(forum(2, attack.as_bytes()), &usual)]);
    stage.wait_for(QUESTION);
    stage.assert_only_own_sequences();
    for line in stage.text().lines().filter(|line| line.contains("all is well")) {
        assert!(line.contains('│'), "{line}");
    }
}

/// CASES HI-28: claimed by the request, not verified, and nothing of the credential is shown.
#[test]
fn what_runs_out_says_when() {
    let stage = Stage::new(vec![]);
    stage.wait_for("Nothing waits for you.");
    let seconds = stage.wall().0 / 1000;
    let soon = token(seconds + 251);
    let fields = [("authorization", soon.as_str()), ("x-stainless-timeout", "600")];
    stage.add(request(1, HOST, "/posts", &fields, b"one"));
    stage.wait_for(QUESTION);
    let text = stage.text();
    assert!(text.contains("  runs out its bearer token runs out at "), "{text}");
    let in_time = stage.text().replace("\n           ", "");
    assert!(in_time.contains(" UTC, in 4m 1"), "{text}");
    assert!(in_time.contains("it says so, nobody has verified it"), "{text}");
    assert!(text.contains("  patience its client says that it waits 10m 0s (x-stainless-timeout)"), "{text}");
    assert!(!text.contains(&soon[10..40]));
    stage.type_line("");
    stage.wait_for("it stays held");
    let signed = Wall(stage.wall().0 - Duration::from_secs(1000).as_millis() as i64).rfc3339();
    let compact: String = signed.chars().filter(|sign| !matches!(sign, '-' | ':')).collect();
    let compact = format!("{}Z", &compact[..15]);
    let fields = [("authorization", "AWS4-HMAC-SHA256 Credential=A"), ("x-amz-date", &compact)];
    stage.add(request(2, HOST, "/bucket", &fields, b"two"));
    stage.wait_until("the second question", |screen| screen.count(QUESTION) == 2);
    assert!(stage.text().contains("! ran out  its AWS signature ran out at "), "{}", stage.text());
}

fn token(seconds: i64) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"agent\",\"exp\":{seconds}}}"));
    format!("Bearer eyJhbGciOiJub25lIn0.{payload}.c2lnbmF0dXJl")
}
