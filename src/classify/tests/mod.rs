//! What vectors (`vectors`) cannot say: panics, limits, what a judgement allocates, that the head's word stands, and that no change makes a
//! mutation a read (`changes`).

mod changes;
mod cost;
mod vectors;

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::origin::{Host, Origin, Scheme};
use crate::snapshot::Body;

fn head(method: &str, target: &str, fields: &[(&str, &str)]) -> Head {
    Head {
        method: method.into(),
        origin: Origin::new(Scheme::Http, Host::parse("a.example").unwrap(), None),
        target: target.into(),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes())))
            .collect(),
    }
}

/// CASES CL-22, CL-41: a recogniser that fails has not said `read`.
#[test]
fn a_recogniser_that_panics_makes_the_request_unknown() {
    fn panics(_: &Request<'_>) -> Said {
        panic!("a parser met what it did not expect");
    }
    let head = head("GET", "/", &[]);
    let request = Request { head: &head, content: Content::None };
    let effect =
        |recognisers: &[Recogniser]| Judgement::new(&head, ask(recognisers, &request)).finding(None).effect;
    assert_eq!(effect(&[("override", overrides::recognise), ("broken", panics)]), Effect::Unknown);
    assert_eq!(effect(&[]), Effect::Unknown, "silence is no proof either");
}

/// CASES CL-41: at the limit less one, at the limit, and one over it.
#[test]
fn a_form_is_looked_into_up_to_the_limit_and_unknown_above_it() {
    let effect = |len: usize| {
        let body = format!("a={}", "x".repeat(len - 2));
        let fields = [("content-type", "application/x-www-form-urlencoded")];
        let snapshot = Snapshot::freeze(head("POST", "/", &fields), Body::memory(body.into()));
        Classifier::default().whole(&snapshot).effect
    };
    assert_eq!(effect(limits::FORM_BYTES_MAX - 1), Effect::Write);
    assert_eq!(effect(limits::FORM_BYTES_MAX), Effect::Write);
    assert_eq!(effect(limits::FORM_BYTES_MAX + 1), Effect::Unknown);
}

#[test]
fn announced_content_that_turns_out_empty_is_none() {
    let head = head("GET", "/", &[]);
    assert_eq!(Classifier::default().by_head(&head, true), ByHead::NeedsBody);
    let whole = Classifier::default().whole(&Snapshot::freeze(head, Body::empty()));
    assert_eq!(whole.effect, Effect::Read);
}

/// Each name is compared with every pattern of its service.
#[test]
fn names_longer_than_are_looked_at_are_unclear() {
    let effect = |len: usize| {
        let hosts = vec![crate::pattern::HostPattern::parse("a.example").unwrap()];
        let mut service = Declaration::dialect("tools", hosts, Dialect::Jsonrpc);
        service.says("*", Effect::Read).unwrap();
        let fields = [("content-type", "application/json")];
        let body = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{}\"}}", "x".repeat(len));
        let snapshot = Snapshot::freeze(head("POST", "/", &fields), Body::memory(body.into()));
        Classifier::new(vec![service]).whole(&snapshot).effect
    };
    assert_eq!(effect(limits::OPERATION_NAMES_BYTES_MAX), Effect::Read);
    assert_eq!(effect(limits::OPERATION_NAMES_BYTES_MAX + 1), Effect::Unknown);
}

#[test]
fn a_long_label_is_cut_at_120_characters() {
    let long = head("GET", &format!("/{}?q", "a".repeat(300)), &[]);
    let label = Classifier::default().whole(&Snapshot::freeze(long, Body::empty())).operation;
    assert_eq!(label.chars().count(), 120);
    assert!(label.ends_with('…'));
    assert!(!label.contains('?'));
}

fn methods() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("GET".to_owned()),
        Just("HEAD".to_owned()),
        Just("POST".to_owned()),
        Just("PUT".to_owned()),
        Just("SEARCH".to_owned()),
        "[A-Za-z]{1,8}",
    ]
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let field = prop_oneof![
        Just(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())),
        Just(("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned())),
        Just(("content-type".to_owned(), "application/json".to_owned())),
        Just(("content-encoding".to_owned(), "gzip".to_owned())),
        Just(("x-http-method-override".to_owned(), "PUT".to_owned())),
        ("[a-z-]{1,12}", "[ -~]{0,20}"),
    ];
    proptest::collection::vec(field, 0..4)
}

proptest! {
    /// What the head settles, no body changes; and only three methods without content and override are reads.
    #[test]
    fn the_head_s_word_stands_whatever_the_body_says(
        method in methods(),
        target in "/[a-z]{0,4}(\\?[a-z_=&]{0,16}(_method=[a-zA-Z]{0,6})?)?",
        fields in fields(),
        body in prop_oneof![
            "[a-z_=&]{1,20}", Just("_method=DELETE".to_owned()), Just("--b--".to_owned()), Just("{}".to_owned())
        ],
        stored in any::<bool>(),
    ) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let head = head(&method, &target, &fields);
        let classifier = Classifier::default();
        let body = if stored {
            Body::file("f".into(), body.len() as u64, [0; 32], Arc::new(()))
        } else {
            Body::memory(body.into())
        };
        let by_head = classifier.by_head(&head, true);
        let without = classifier.by_head(&head, false);
        let whole = classifier.whole(&Snapshot::freeze(head.clone(), body));
        if let ByHead::Settled(finding) = by_head {
            prop_assert!(finding.effect.is_mutating());
            prop_assert_eq!(&finding, &whole);
        }
        prop_assert!(whole.effect.is_mutating(), "no request with content is a read: {:?}", whole);
        let ByHead::Settled(without) = without else {
            return Err(TestCaseError::fail("without content nothing is left to wait for"));
        };
        if without.effect == Effect::Read {
            prop_assert!(matches!(head.method.as_str(), "GET" | "HEAD" | "OPTIONS"));
            prop_assert!(overrides::in_head(&head).is_empty());
        }
    }

    /// No bytes make a recogniser panic, and none make a POST a read.
    #[test]
    fn no_bytes_are_a_read_or_a_panic(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        kind in prop_oneof![Just("application/x-www-form-urlencoded"), Just("multipart/form-data; boundary=b")],
    ) {
        let head = head("POST", "/", &[("content-type", kind)]);
        let whole = Classifier::default().whole(&Snapshot::freeze(head, Body::memory(body.into())));
        prop_assert!(whole.effect.is_mutating());
        prop_assert!(whole.why.iter().all(|why| !why.contains("failed")));
    }
}
