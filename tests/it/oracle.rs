//! The oracles: what must be true after every case of every kind (CASES section 1.0). They read the audit log
//! with code of their own and compare it with what the upstreams' tapes hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use holdpoint::origin::{Origin, Scheme, split_authority};
use holdpoint::secret::{hex, sha256};
use holdpoint::snapshot::{Digest, Head};
use serde_json::Value;

use crate::tape::{Request, Tape};

/// All records, their chain checked. A last line without an end belongs to a writer that still runs, or died.
pub fn records(dir: &Path) -> Vec<Value> {
    let mut records = Vec::new();
    let mut before = "0".repeat(64);
    for file in segments(dir) {
        let text = std::fs::read(&file).expect("the segment is readable");
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else { continue };
            let record: Value = serde_json::from_slice(line).expect("a record is JSON");
            let seq = records.len() as u64 + 1;
            assert_eq!(record["seq"], seq, "{}: a record is missing before {record}", file.display());
            assert_eq!(record["prev"], before.as_str(), "{}: the chain breaks at {record}", file.display());
            before = hex(&sha256(line));
            records.push(record);
        }
    }
    records
}

fn segments(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a directory entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    files
}

/// O1 and O2: what was sent was approved, once for each approval, and everything has its end.
pub fn check(records: &[Value], tapes: &[&Tape]) {
    let mut mutations = Vec::new();
    for tape in tapes {
        for (number, connection) in tape.connections().iter().enumerate() {
            assert_eq!(connection.fault, None, "connection {number} of the tape is not plain HTTP");
        }
        mutations.extend(tape.mutations().into_iter().map(|request| (digest(tape, &request), request)));
    }
    arrived(records, mutations);
}

/// The same for mutations that arrived anywhere, each with the digest of exactly that.
pub fn arrived(records: &[Value], mutations: Vec<(String, Request)>) {
    let story = Story::read(records);
    let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
    for (digest, request) in mutations {
        if story.sent.contains_key(&digest) {
            *arrived.entry(digest).or_default() += 1;
        } else {
            assert!(story.allows(&request), "nothing on record lets {} pass", request.head.start);
        }
    }
    for (digest, count) in &arrived {
        let holds = &story.sent[digest];
        assert!(*count <= holds.len(), "{digest} arrived {count} times for {} approvals", holds.len());
    }
    for (digest, holds) in &story.sent {
        let done = holds.iter().filter(|hold| story.done.contains(*hold)).count();
        let count = arrived.get(digest).copied().unwrap_or(0);
        assert!(count >= done, "{digest} is on record as done {done} times, and arrived {count} times");
    }
}

/// Every release that began also ended, in whatever way.
pub fn all_ended(records: &[Value]) {
    let story = Story::read(records);
    for hold in story.sent.values().flatten() {
        assert!(story.ended.contains(hold), "hold {hold} was being sent, and no record says what came of it");
    }
}

/// What the audit log tells of holds.
#[derive(Default)]
struct Story {
    /// Digest to the holds that were sent with it.
    sent: BTreeMap<String, BTreeSet<String>>,
    /// Method and path of what a rule let pass.
    allowed: Vec<(String, String)>,
    done: BTreeSet<String>,
    ended: BTreeSet<String>,
}

impl Story {
    fn read(records: &[Value]) -> Self {
        let mut story = Self::default();
        // Hold to the digest that is approved at this point of the log.
        let mut approved: BTreeMap<String, String> = BTreeMap::new();
        for record in records {
            let (hold, digest) = (text(record, "hold"), text(record, "digest"));
            match record["event"].as_str().unwrap_or_default() {
                // A restart voids every unused approval; so does whatever makes a hold undecided again.
                "started" => approved.clear(),
                "held" | "edited" => {
                    approved.remove(&hold);
                    // It was about to be sent when the process died, and the store did not know of it yet: the first byte
                    // waits for both.
                    for holds in story.sent.values_mut() {
                        holds.remove(&hold);
                    }
                }
                // The first of several approvals releases nothing.
                "decided" if record["approvals"].as_u64() < record["needed"].as_u64() => {}
                "decided" if text(record, "decision") == "approve" => {
                    approved.insert(hold, digest);
                }
                "decided" => {
                    approved.remove(&hold);
                }
                "sending" if hold.is_empty() => {
                    story.allowed.push((text(record, "method"), text(record, "path")));
                }
                "sending" => {
                    assert_eq!(approved.get(&hold), Some(&digest), "sent without an approval: {record}");
                    story.sent.entry(digest).or_default().insert(hold);
                }
                // Not one byte had left: the approval stands.
                "ended" if text(record, "state") == "armed" => {
                    story.sent.entry(digest).or_default().remove(&hold);
                }
                "ended" => {
                    if text(record, "state") == "done" {
                        story.done.insert(hold.clone());
                    }
                    // What was in the store and perhaps not in the log when the process died is said again.
                    assert!(
                        story.ended.insert(hold) || record["again"] == true,
                        "a hold ended twice: {record}"
                    );
                }
                _ => {}
            }
        }
        story
    }

    fn allows(&self, request: &Request) -> bool {
        let path = request.target.split('?').next().unwrap_or_default();
        self.allowed.contains(&(request.method.clone(), path.to_owned()))
    }
}

/// A text member, or nothing.
pub fn text(record: &Value, name: &str) -> String {
    record[name].as_str().unwrap_or_default().to_owned()
}

/// The digest of exactly what arrived.
pub fn digest(tape: &Tape, request: &Request) -> String {
    digest_of(tape.scheme(), request)
}

/// The digest of exactly what arrived, over this scheme.
pub fn digest_of(scheme: &str, request: &Request) -> String {
    let authority = request.head.text("host").expect("one Host field");
    let (host, port) = split_authority(&authority).expect("a plain authority");
    let scheme = Scheme::parse(scheme).expect("a tape's scheme");
    let fields = request.head.fields.iter();
    let head = Head {
        method: request.method.clone(),
        origin: Origin::new(scheme, host, port),
        target: request.target.clone(),
        fields: fields.map(|(name, value)| (name.clone(), Bytes::copy_from_slice(value))).collect(),
    };
    Digest::of(&head, request.body_len, &sha256(&request.body)).to_string()
}

/// O5: none of these texts is on record.
pub fn no_canary(dir: &Path, canaries: &[String]) {
    for file in segments(dir) {
        let text = std::fs::read_to_string(&file).expect("the log is text");
        for canary in canaries {
            assert!(!text.contains(canary), "{} holds a secret: {canary}", file.display());
        }
    }
}
