//! Runs `tests/vectors/gets.toml`: what acts, and the pages that only speak of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;

use crate::classify::Classifier;
use crate::origin::{Origin, Scheme, split_authority};
use crate::snapshot::{Body, Head, Snapshot};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    acts: BTreeMap<String, Vec<String>>,
    pages: BTreeMap<String, Vec<String>>,
}

fn effect(method: &str, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = rest.split_once('/').expect("a path");
    let (host, port) = split_authority(authority).expect("an authority");
    let origin = Origin::new(Scheme::parse(scheme).expect("a scheme"), host, port);
    let fields = vec![("host".to_owned(), Bytes::copy_from_slice(authority.as_bytes()))];
    let head = Head { method: method.to_owned(), origin, target: format!("/{path}"), fields };
    let finding = Classifier::default().whole(&Snapshot::freeze(head, Body::empty()));
    finding.effect.as_str().to_owned()
}

#[test]
fn a_get_that_acts_is_caught_and_pages_stay_reads() {
    let text = include_str!("../../../tests/vectors/gets.toml");
    let vectors: Vectors = toml::from_str(text).expect("the vectors");
    let pages: usize = vectors.pages.values().map(Vec::len).sum();
    assert!(pages >= 60, "{pages} pages");
    let mut wrong = Vec::new();
    for (expected, urls) in vectors.acts.iter().chain(&vectors.pages) {
        for url in urls {
            for method in ["GET", "HEAD"] {
                let found = effect(method, url);
                if found != *expected {
                    wrong.push(format!("{method} {url} is {found} and not {expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
