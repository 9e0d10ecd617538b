//! Runs `tests/vectors/classify/*.toml`, and what vectors cannot say: panics, limits, and that the head's word stands.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::origin::{Host, Origin, Scheme};
use crate::pattern::HostPattern;
use crate::secret::sha256;
use crate::snapshot::Body;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    request: String,
    effect: String,
    head: String,
    label: Option<String>,
    body: Option<String>,
    dialect: Option<String>,
    service: Option<Declared>,
}

/// `service = { dialect = "mcp", reads = ["get_*"] }` or `{ catalog = "etcd" }`: declared for the request's host.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    dialect: Option<String>,
    catalog: Option<String>,
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    effects: std::collections::BTreeMap<String, String>,
}

impl Declared {
    fn classifier(&self, head: &Head) -> Classifier {
        let host = vec![HostPattern::parse(&format!("{}:*", head.origin.host)).unwrap()];
        let mut declaration = match (&self.dialect, &self.catalog) {
            (Some(name), None) => {
                Declaration::dialect("here", host, Dialect::parse(name).expect("a dialect"))
            }
            (None, Some(name)) => Declaration::product("here", host, catalog::find(name).expect("a product")),
            _ => panic!("a dialect or a catalog"),
        };
        for name in &self.reads {
            declaration.says(name, Effect::Read).unwrap();
        }
        for (name, effect) in &self.effects {
            declaration.says(name, Effect::parse(effect).expect("an effect")).unwrap();
        }
        Classifier::new(vec![declaration])
    }
}

fn read(case: &Case) -> (Head, Body) {
    let request = case.request.strip_suffix('\n').expect("the closing quotes stand on a line of their own");
    let (lines, body) = request.split_once("\n\n").unwrap_or_else(|| (request.trim_end(), ""));
    let mut lines = lines.lines();
    let mut start = lines.next().expect("a request line").split(' ');
    let mut word = || start.next().expect("method, target, version").to_owned();
    let (method, target) = (word(), word());
    let fields: Vec<_> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").expect("a field");
            (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()))
        })
        .collect();
    let host = fields.iter().find(|(name, _)| name == "host").expect("a host");
    let host = Host::parse(std::str::from_utf8(&host.1).unwrap()).expect("a host");
    let head = Head { method, origin: Origin::new(Scheme::Https, host, None), target, fields };
    let body = match case.body.as_deref() {
        None => Body::memory(Bytes::copy_from_slice(body.as_bytes())),
        Some("lines") => Body::memory(body.replace('\n', "\r\n").into()),
        Some("padded") => Body::memory(format!("{body}{}", "x".repeat(limits::FORM_BYTES_MAX)).into()),
        Some("stored") => Body::file("body".into(), body.len() as u64, sha256(body.as_bytes()), Arc::new(())),
        Some(other) => panic!("body = {other:?} means nothing"),
    };
    (head, body)
}

#[test]
fn every_vector_is_judged_as_it_says() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/classify");
    let mut count = 0;
    let mut wrong = Vec::new();
    for file in std::fs::read_dir(dir).expect("the vectors") {
        let path = file.unwrap().path();
        let file: File = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in &file.case {
            count += 1;
            if let Err(error) = check(case) {
                wrong.push(format!("{}: {}: {error}", path.display(), case.why));
            }
        }
    }
    assert!(count > 30, "only {count} vectors were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(case: &Case) -> Result<(), String> {
    let (head, body) = read(case);
    let has_body = !body.is_empty();
    let classifier = match &case.service {
        Some(service) => service.classifier(&head),
        None => Classifier::default(),
    };
    let by_head = classifier.by_head(&head, has_body);
    let whole = classifier.whole(&Snapshot::freeze(head, body));
    if case.dialect.as_deref().is_some_and(|dialect| dialect != whole.dialect) {
        return Err(format!("the dialect is {}", whole.dialect));
    }
    if whole.effect.as_str() != case.effect {
        return Err(format!("{} and not {}; {:?}", whole.effect, case.effect, whole.why));
    }
    if case.label.as_ref().is_some_and(|label| *label != whole.operation) {
        return Err(format!("the label is {}", whole.operation));
    }
    match (&by_head, case.head.as_str()) {
        (ByHead::Settled(finding), "settled") if *finding == whole => Ok(()),
        (ByHead::NeedsBody, "needs body") => Ok(()),
        _ => Err(format!("the head says {by_head:?}, the whole says {whole:?}")),
    }
}

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
