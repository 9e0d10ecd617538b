//! No change of a request that mutates makes it a read: not the order of its fields or members, not how its letters
//! are written, not what is added, doubled or wrapped around it. The changes are those by which proxies were passed
//! before (CASES CL-01, CL-02, CL-15, CL-18, CL-24, CL-25, CL-27, CL-33, CL-35).
//!
//! A change may repair what was unclear (a doubled key that loses its twin), so that changes of letters are tried on
//! requests that surely mutate; the others on all that are no reads.

use bytes::Bytes;
use proptest::prelude::*;

use super::vectors::{self, Case};
use super::*;
use crate::json;
use crate::snapshot::Body;

/// A request that is changed, and a number from which a change takes what it needs of chance.
struct Changed {
    head: Head,
    body: Vec<u8>,
    chance: usize,
}

type Change = (&'static str, fn(&mut Changed));

/// Changes that never repair anything.
const ANY: [Change; 17] = [
    ("the fields stand the other way round", |it| it.head.fields.reverse()),
    ("a field is added", |it| it.add_field(ADDED[it.chance % ADDED.len()])),
    ("a field asks for a safe method", |it| {
        it.add_field(("x-http-method-override", ["GET", "HEAD", "get", "OPTIONS"][it.chance % 4]));
    }),
    ("a second content type", |it| {
        if it.head.values("content-type").next().is_some() {
            it.add_field(("content-type", TYPES[it.chance % TYPES.len()]));
        }
    }),
    ("a parameter is added behind", |it| it.add_parameter(false)),
    ("a parameter is added before", |it| it.add_parameter(true)),
    ("gzip", |it| {
        it.body = gzip(&it.body);
        it.add_field(("content-encoding", "gzip"));
    }),
    ("a coding that it has not", |it| {
        it.add_field(("content-encoding", ["gzip", "br", "identity, gzip", "x"][it.chance % 4]));
    }),
    ("blanks around the body", |it| it.body = [b" \n", it.body.as_slice(), b"\r\n\t "].concat()),
    ("blanks between tokens", |it| it.outside_of_texts(|byte| b"{}[]:,".contains(&byte), b" \n")),
    ("members stand the other way round", |it| it.rebuild(|members| members.reverse())),
    ("the first member twice", |it| it.rebuild(|members| members.push(members[0].clone()))),
    ("a harmless twin behind", |it| it.rebuild(|members| twin(members, false))),
    ("a harmless twin before", |it| it.rebuild(|members| twin(members, true))),
    ("in a list", |it| it.wrap(b"[", b"]")),
    ("in a list behind something harmless", |it| it.wrap(HARMLESS[it.chance % HARMLESS.len()], b"]")),
    ("in an envelope", |it| it.wrap(ENVELOPES[it.chance % ENVELOPES.len()], b"}")),
];

/// Changes of letters.
const LETTERS: [Change; 5] = [
    ("a letter in the other case", |it| {
        let letters: Vec<_> = (0..it.body.len()).filter(|at| it.body[*at].is_ascii_alphabetic()).collect();
        if !letters.is_empty() {
            it.body[letters[it.chance % letters.len()]] ^= 0x20;
        }
    }),
    ("a letter in a text as an escape", |it| it.escape_a_letter()),
    ("UTF-16", |it| {
        let text = String::from_utf8_lossy(&it.body).into_owned();
        it.body = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    }),
    ("a byte order mark", |it| it.body = [b"\xef\xbb\xbf", it.body.as_slice()].concat()),
    ("an escape in the path", |it| it.escape_in_path()),
];

const ADDED: [(&str, &str); 8] = [
    ("accept", "*/*"),
    ("x-dry-run", "All"),
    ("mcp-method", "tools/list"),
    ("soapaction", "\"GetThings\""),
    ("x-amz-target", "DynamoDB_20120810.GetItem"),
    ("git-protocol", "version=2"),
    ("mcp-session-id", "1"),
    ("purpose", "prefetch"),
];

const TYPES: [&str; 5] = [
    "application/json",
    "application/graphql",
    "text/plain",
    "application/x-www-form-urlencoded",
    "text/xml",
];

const PARAMETERS: [&str; 14] = [
    "x=1",
    "_=1",
    "query=%7Ba%7D",
    "q=SELECT%201",
    "service=git-upload-pack",
    "action=query",
    "Action=DescribeInstances",
    "watch=true",
    "dryRun=",
    "dryRun=None",
    "operationName=A",
    "fields=*",
    "pretty;x",
    "a[]=%00",
];

const HARMLESS: [&[u8]; 4] = [
    br#"[{"query":"{ a }"},"#,
    br#"[{"jsonrpc":"2.0","id":1,"method":"getA"},"#,
    br#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"},"#,
    br#"["SELECT 1","#,
];

const ENVELOPES: [&[u8]; 4] = [
    br#"{"data":"#,
    br#"{"query":"{ a }","document":"#,
    br#"{"jsonrpc":"2.0","id":1,"result":"#,
    br#"{"sql":"SELECT 1","q":"#,
];

/// A member of the same name as one that decides, saying something harmless.
fn twin(members: &mut Vec<(String, String)>, before: bool) {
    let harmless = [
        ("query", "\"{ a }\""),
        ("method", "\"getA\""),
        ("operation", "\"download\""),
        ("name", "\"get_issue\""),
        ("sql", "\"SELECT 1\""),
        ("statement", "\"SELECT 1\""),
        ("requests", "[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/a\"}]"),
    ];
    let known =
        harmless.iter().find(|(name, _)| members.iter().any(|(known, _)| known == &format!("\"{name}\"")));
    if let Some((name, value)) = known {
        let member = (format!("\"{name}\""), (*value).to_owned());
        members.insert(if before { 0 } else { members.len() }, member);
    }
}

impl Changed {
    fn add_field(&mut self, (name, value): (&str, &'static str)) {
        self.head.fields.push((name.to_owned(), Bytes::from_static(value.as_bytes())));
    }

    fn add_parameter(&mut self, before: bool) {
        let added = PARAMETERS[self.chance % PARAMETERS.len()];
        let path = self.head.path().to_owned();
        self.head.target = match self.head.query() {
            None => format!("{path}?{added}"),
            Some(query) if before => format!("{path}?{added}&{query}"),
            Some(query) => format!("{path}?{query}&{added}"),
        };
    }

    /// Puts something behind each byte of a kind that stands outside of JSON's texts.
    fn outside_of_texts(&mut self, is_one: impl Fn(u8) -> bool, added: &[u8]) {
        if json::read(&self.body).is_err() {
            return;
        }
        let (mut out, mut inside, mut escaped) = (Vec::new(), false, false);
        for byte in &self.body {
            out.push(*byte);
            match byte {
                _ if escaped => escaped = false,
                b'\\' if inside => escaped = true,
                b'"' => inside = !inside,
                byte if !inside && is_one(*byte) => out.extend_from_slice(added),
                _ => {}
            }
        }
        self.body = out;
    }

    /// Takes the outermost object apart into names and values as they are written, and puts it together again.
    fn rebuild(&mut self, change: impl FnOnce(&mut Vec<(String, String)>)) {
        let Ok(document) = json::read(&self.body) else { return };
        let mut members: Vec<_> = document
            .root()
            .members()
            .map(|(name, value)| {
                (format!("\"{name}\""), String::from_utf8_lossy(value.source()).into_owned())
            })
            .collect();
        if members.is_empty() || members.iter().any(|(name, _)| name.contains('\\')) {
            return;
        }
        change(&mut members);
        let members: Vec<_> = members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        self.body = format!("{{{}}}", members.join(",")).into_bytes();
    }

    /// Lists are left alone: `["SELECT 1", "DROP TABLE a"]` in a list is one statement with its value.
    fn wrap(&mut self, before: &[u8], behind: &[u8]) {
        if json::read(&self.body).is_ok_and(|document| document.root().is_object()) {
            self.body = [before, self.body.as_slice(), behind].concat();
        }
    }

    fn escape_a_letter(&mut self) {
        if json::read(&self.body).is_err() {
            return;
        }
        let (mut letters, mut inside, mut escaped) = (Vec::new(), false, 0);
        for (at, byte) in self.body.iter().enumerate() {
            match byte {
                _ if escaped > 0 => escaped -= 1,
                // Long enough for `\u0041` too.
                b'\\' if inside => escaped = 5,
                b'"' => inside = !inside,
                byte if inside && byte.is_ascii_alphabetic() => letters.push(at),
                _ => {}
            }
        }
        if let Some(at) = letters.get(self.chance % letters.len().max(1)) {
            let escape = format!("\\u{:04x}", self.body[*at]);
            self.body.splice(*at..=*at, escape.into_bytes());
        }
    }

    fn escape_in_path(&mut self) {
        let path = self.head.path();
        let letters: Vec<_> = path.char_indices().filter(|(_, char)| char.is_ascii_alphabetic()).collect();
        if let Some((at, char)) = letters.get(self.chance % letters.len().max(1)) {
            let escape = format!("%{:02X}", *char as u32);
            self.head.target.replace_range(*at..=*at, &escape);
        }
    }

    fn effect(self, classifier: &Classifier) -> Effect {
        classifier.whole(&Snapshot::freeze(self.head, Body::memory(self.body.into()))).effect
    }
}

/// A gzip member with one stored block.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let Ok(len) = u16::try_from(bytes.len()) else { return bytes.to_vec() };
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&(!len).to_le_bytes());
    out.extend_from_slice(bytes);
    let crc = bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    out.extend_from_slice(&(!crc).to_le_bytes());
    out.extend_from_slice(&u32::from(len).to_le_bytes());
    out
}

/// The vectors that are no reads and whose body lies in memory, each with what is declared for it.
fn mutations() -> Vec<(String, Case, Classifier)> {
    vectors::all()
        .into_iter()
        .filter(|(_, case)| case.effect != "read")
        .map(|(file, case)| {
            let classifier = case.classifier(&vectors::read(&case).0);
            (file, case, classifier)
        })
        .collect()
}

/// What a change does to a case; `None` where it is not for this one.
fn changed(
    case: &Case,
    file: &str,
    changes: &[(usize, usize)],
    classifier: &Classifier,
) -> Option<(Effect, String)> {
    let (head, body) = vectors::read(case);
    let mut it = Changed { head, body: body.bytes()?.to_vec(), chance: 0 };
    let mut names = Vec::new();
    for (index, chance) in changes {
        let all: Vec<_> = ANY.iter().chain(LETTERS.iter().filter(|_| case.effect != "unknown")).collect();
        let (name, change) = all[index % all.len()];
        // Google's own servers take a long GET as a POST that says so.
        if file == "google.toml" && name.contains("safe method") {
            return None;
        }
        it.chance = *chance;
        change(&mut it);
        names.push(*name);
    }
    let shown = format!(
        "{file}: {}: {}: {} {:?}",
        case.why,
        names.join(", "),
        it.head.target,
        String::from_utf8_lossy(&it.body)
    );
    Some((it.effect(classifier), shown))
}

#[test]
fn no_single_change_makes_a_mutation_a_read() {
    let mutations = mutations();
    assert!(mutations.len() > 200);
    let mut reads = Vec::new();
    for (file, case, classifier) in &mutations {
        for index in 0..ANY.len() + LETTERS.len() {
            for chance in 0..17 {
                let found = changed(case, file, &[(index, chance)], classifier);
                reads.extend(found.filter(|(effect, _)| *effect == Effect::Read).map(|(_, shown)| shown));
            }
        }
    }
    reads.dedup();
    assert!(reads.is_empty(), "{}", reads.join("\n"));
}

#[test]
fn what_is_packed_here_is_unpacked_there() {
    let head = head("POST", "/", &[("content-encoding", "gzip")]);
    if let Ok(content) = decode::content(&head, &gzip(b"hello")) {
        assert_eq!(&*content, b"hello");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn nor_do_several_of_them(
        choice in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((0..100usize, 0..1000usize), 2..5),
    ) {
        thread_local! { static MUTATIONS: Vec<(String, Case, Classifier)> = mutations(); }
        MUTATIONS.with(|mutations| {
            let (file, case, classifier) = choice.get(mutations);
            if let Some((effect, shown)) = changed(case, file, &changes, classifier) {
                prop_assert!(effect.is_mutating(), "{}", shown);
            }
            Ok(())
        })?;
    }

    /// Whoever declares nothing gets nothing lower than the method: a POST is no read, whatever is in it.
    #[test]
    fn without_a_declaration_no_body_makes_a_post_a_read(
        choice in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((0..100usize, 0..1000usize), 0..4),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        thread_local! { static ALL: Vec<(String, Case)> = vectors::all(); }
        ALL.with(|all| {
            let (file, case) = choice.get(all);
            let (mut head, body) = vectors::read(case);
            head.method = "POST".to_owned();
            head.origin.host = Host::parse("nobody.example").unwrap();
            let body = [body.bytes().map_or(&[][..], |bytes| bytes), &noise].concat();
            let mut it = Changed { head, body, chance: 0 };
            for (index, chance) in &changes {
                it.chance = *chance;
                ANY.iter().chain(&LETTERS).nth(index % (ANY.len() + LETTERS.len())).unwrap().1(&mut it);
            }
            thread_local! { static NOTHING: Classifier = Classifier::default(); }
            let effect = NOTHING.with(|nothing| it.effect(nothing));
            prop_assert!(effect.is_mutating(), "{file}: {}", case.why);
            Ok(())
        })?;
    }
}
