//! Every file compiles, is compiled in, and does with its own examples what it says.

use bytes::Bytes;

use super::*;
use crate::classify::services::Services;
use crate::classify::{Classifier, Declaration};
use crate::origin::{Origin, Scheme, split_authority};
use crate::snapshot::{Body, Head, Snapshot};

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/catalog");

#[test]
fn every_file_of_the_folder_is_compiled_in_and_compiles() {
    let mut there: Vec<_> = std::fs::read_dir(DIR)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .filter(|name| name != "words")
        .collect();
    there.sort();
    let listed: Vec<_> = files::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, there);
    assert!(compile::words(files::WORDS).is_ok(), "{:?}", compile::words(files::WORDS).err());
    for (name, text) in files::FILES {
        assert!(File::parse(name, text).is_ok(), "{:?}", File::parse(name, text).err());
    }
}

/// `METHOD URL`, lines of fields, an empty line, a body.
fn request(text: &str) -> (Head, Body) {
    let (lines, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = lines.lines();
    let (method, url) = lines.next().unwrap().split_once(' ').expect("METHOD URL");
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = split_authority(authority).expect("an authority");
    let mut fields = vec![("host".to_owned(), Bytes::copy_from_slice(authority.as_bytes()))];
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a field");
        fields.push((name.to_owned(), Bytes::copy_from_slice(value.as_bytes())));
    }
    if !body.is_empty() && !fields.iter().any(|(name, _)| name == "content-type") {
        let kind = match body.as_bytes()[0] {
            b'{' | b'[' => "application/json",
            b'<' => "text/xml",
            _ => "application/x-www-form-urlencoded",
        };
        fields.push(("content-type".to_owned(), Bytes::from_static(kind.as_bytes())));
    }
    let origin = Origin::new(Scheme::parse(scheme).unwrap(), host, port);
    let head = Head { method: method.to_owned(), origin, target: format!("/{path}"), fields };
    (head, Body::memory(Bytes::copy_from_slice(body.as_bytes())))
}

#[test]
fn every_example_has_the_effect_that_its_file_says() {
    let mut wrong = Vec::new();
    for (name, text) in files::FILES {
        let raw: raw::File = toml::from_str(text).unwrap();
        let file = File::parse(name, text).unwrap();
        assert!(raw.examples.values().map(Vec::len).sum::<usize>() >= 3, "{name} has too few examples");
        for (effect, examples) in &raw.examples {
            for example in examples {
                let (head, body) = request(example.trim_end_matches('\n'));
                let own =
                    file.parts.iter().flat_map(|part| &part.hosts).any(|host| host.matches(&head.origin));
                let classifier = if own {
                    Classifier::default()
                } else {
                    let host = format!("{}:*", head.origin.host);
                    let host = HostPattern::parse(&host).unwrap();
                    let declaration = Declaration::product(name, vec![host], &file);
                    Classifier::of(Services::new(declaration.into_services(), Vec::new()))
                };
                let finding = classifier.whole(&Snapshot::freeze(head, body));
                if finding.effect.as_str() != effect {
                    wrong.push(format!(
                        "{name}: {example}\n  is {} and not {effect}: {:?}",
                        finding.effect, finding.why
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
