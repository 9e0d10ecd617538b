//! Runs `tests/vectors/classify/*.toml`; how they are written stands at the head of `http.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
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
pub(super) struct Case {
    pub(super) why: String,
    request: String,
    pub(super) effect: String,
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
    effects: BTreeMap<String, String>,
    /// A file from the root of the project.
    openapi: Option<PathBuf>,
}

impl Case {
    /// What is declared for it.
    pub(super) fn classifier(&self, head: &Head) -> Classifier {
        self.service.as_ref().map_or_else(Classifier::default, |service| service.classifier(head))
    }
}

/// All cases of all files, with the names of their files.
pub(super) fn all() -> Vec<(String, Case)> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/classify");
    let mut cases = Vec::new();
    for file in std::fs::read_dir(dir).expect("the vectors") {
        let path = file.unwrap().path();
        let file: File = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        cases.extend(file.case.into_iter().map(|case| (name.clone(), case)));
    }
    cases
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
        if let Some(path) = &self.openapi {
            let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a document");
            declaration.documents().set_openapi(&bytes).unwrap();
        }
        Classifier::new(vec![declaration])
    }
}

/// The request of a case.
pub(super) fn read(case: &Case) -> (Head, Body) {
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
    let cases = all();
    assert!(cases.len() > 300, "only {} vectors were found", cases.len());
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|(file, case)| check(case).err().map(|error| format!("{file}: {}: {error}", case.why)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(case: &Case) -> Result<(), String> {
    let (head, body) = read(case);
    let has_body = !body.is_empty();
    let classifier = case.classifier(&head);
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
