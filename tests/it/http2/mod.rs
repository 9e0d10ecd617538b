//! HTTP/2 towards the agent: what h2 and hyper let through and a proxy must not (CASES 1.B).

mod blocks;
mod tunnels;

use crate::h2raw::Outcome;
use crate::house::House;

type Fields<'a> = Vec<(&'a [u8], &'a [u8])>;

fn plain<'a>(method: &'a str, authority: &'a str, path: &'a str) -> Fields<'a> {
    vec![
        (b":method", method.as_bytes()),
        (b":scheme", b"https"),
        (b":authority", authority.as_bytes()),
        (b":path", path.as_bytes()),
    ]
}

/// Sends each block on a connection of its own: an error of any kind, no hold, nothing on the tape.
fn rejected(cases: &[(&str, Fields<'_>)]) -> Vec<Outcome> {
    let house = House::new();
    let tape = house.tls_tape();
    let mut outcomes = Vec::new();
    for (case, fields) in cases {
        let mut frames = house.secure_h2(&tape);
        let authority = tape.authority();
        let block: Fields<'_> = fields
            .iter()
            .map(|(name, value)| (*name, if *value == b"{H}" { authority.as_bytes() } else { *value }))
            .collect();
        frames.headers(1, &block, true);
        let outcome = frames.outcome(1);
        let refused = outcome.status.is_some_and(|status| (400..600).contains(&status));
        assert!(refused || outcome.reset.is_some() || frames.closed, "{case}: {outcome:?}");
        tape.assert_empty(case);
        outcomes.push(outcome);
    }
    assert!(house.holds().is_empty());
    house.close(&[]);
    outcomes
}

/// A block that is good but for what replaces or follows it.
fn but<'a>(replaced: &[(&'a [u8], &'a [u8])], added: &[(&'a [u8], &'a [u8])]) -> Fields<'a> {
    let mut fields: Fields<'a> =
        vec![(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"{H}"), (b":path", b"/a")];
    for (name, value) in replaced {
        for field in fields.iter_mut().filter(|(found, _)| found == name) {
            field.1 = value;
        }
    }
    fields.extend_from_slice(added);
    fields
}

/// A read passes, a mutation waits, and what arrives is what was shown, in HTTP/1.1.
#[test]
fn a_mutation_over_http_2_waits_and_arrives_as_it_was_shown() {
    let house = House::new();
    let tape = house.tls_tape();
    let mut frames = house.secure_h2(&tape);
    let authority = tape.authority();
    frames.headers(1, &plain("GET", &authority, "/read"), true);
    assert_eq!(frames.outcome(1).status, Some(200));
    let mut fields = plain("POST", &authority, "/posts?draft=1");
    fields.extend([(&b"cookie"[..], &b"a=1"[..]), (b"x-note", b"hello"), (b"cookie", b"b=2")]);
    frames.headers(3, &fields, false);
    frames.data(3, b"{\"title\":1}");
    let hold = house.held();
    assert_eq!((hold.http_version.as_str(), hold.body_bytes), ("HTTP/2", 11));
    let raw = house.raw(&hold);
    house.approve(&hold);
    assert_eq!(frames.outcome(3).status, Some(200));
    let sent = &tape.mutations()[0];
    assert_eq!(sent.raw(), raw);
    assert_eq!(sent.head.text("cookie").as_deref(), Some("a=1; b=2"));
    house.close(&[&tape]);
}

/// CASES PR-09: a length that is not the length.
#[test]
fn a_body_that_is_not_as_long_as_it_says_is_never_held() {
    let house = House::new();
    let tape = house.tls_tape();
    for length in [b"4", b"6"] {
        let mut frames = house.secure_h2(&tape);
        let authority = tape.authority();
        let mut fields = plain("POST", &authority, "/a");
        fields.push((b"content-length", length));
        frames.headers(1, &fields, false);
        frames.data(1, b"hello");
        let outcome = frames.outcome(1);
        assert!(outcome.reset.is_some() || frames.closed || outcome.status == Some(400), "{outcome:?}");
    }
    assert!(house.holds().is_empty());
    tape.assert_empty("wrong lengths");
    house.close(&[&tape]);
}
