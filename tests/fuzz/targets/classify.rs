//! The whole classifier. The first byte chooses what is declared for the request's host; the rest is a request.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use holdpoint::classify::{ByHead, Classifier, Declaration, Dialect, Effect};
use holdpoint::limits;
use holdpoint::pattern::HostPattern;
use holdpoint::snapshot::{Body, Head, Snapshot};
use holdpoint_fuzz::request;
use libfuzzer_sys::fuzz_target;

/// Nothing but the catalog; then one for each dialect, all for the same host.
static CLASSIFIERS: LazyLock<Vec<Classifier>> = LazyLock::new(|| {
    let host = || vec![HostPattern::parse("a.example:*").expect("a pattern")];
    let declared = Dialect::names().map(|name| {
        let dialect = Dialect::parse(name).expect("its own name");
        let mut declaration = Declaration::dialect(name, host(), dialect);
        for pattern in ["get*", "list*", "*.get*", "POST /search"] {
            declaration.says(pattern, Effect::Read).expect("a pattern");
        }
        Classifier::new(vec![declaration])
    });
    std::iter::once(Classifier::default()).chain(declared).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let Some((head, body)) = request(rest) else { return };
    let classifier = &CLASSIFIERS[usize::from(choice.wrapping_sub(b'A')) % CLASSIFIERS.len()];
    let by_head = classifier.by_head(&head, !body.is_empty());
    let empty = body.is_empty();
    let whole = classifier.whole(&Snapshot::freeze(head.clone(), Body::memory(Bytes::copy_from_slice(body))));
    if let ByHead::Settled(finding) = by_head {
        assert_eq!(finding, whole, "what the head settles, the body does not change");
    }
    if whole.declared.is_none() && !(empty && is_safe(&head)) {
        assert!(whole.effect.is_mutating(), "nobody has declared it: {whole:?}");
    }
    assert!(whole.operation.chars().count() <= limits::LABEL_CHARS_MAX);
    assert!(!whole.why.is_empty());
});

fn is_safe(head: &Head) -> bool {
    matches!(head.method.as_str(), "GET" | "HEAD" | "OPTIONS")
}
