//! What the strict reader takes, serde_json takes too, and sees the same: every member once, in order, every text.
#![no_main]

use holdpoint::json::{self, Kind, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = json::read(bytes) else { return };
    let known: serde_json::Value = serde_json::from_slice(bytes).or_else(number).expect("the second reader takes it too");
    if known != serde_json::Value::Null || document.root().is_null() {
        same(document.root(), &known);
    }
});

/// Numbers that no machine number holds are an error of the second reader alone.
fn number(error: serde_json::Error) -> Result<serde_json::Value, serde_json::Error> {
    if error.to_string().starts_with("number out of range") { Ok(serde_json::Value::Null) } else { Err(error) }
}

fn same(value: Value<'_>, known: &serde_json::Value) {
    match (value.kind(), known) {
        (Kind::Null, serde_json::Value::Null) | (Kind::Number, serde_json::Value::Number(_)) => {}
        (_, serde_json::Value::Bool(_)) => assert_eq!(value.as_bool(), known.as_bool()),
        (Kind::String, serde_json::Value::String(text)) => assert_eq!(value.as_str().as_deref(), Some(text.as_str())),
        (Kind::Array, serde_json::Value::Array(items)) => {
            assert_eq!(value.items().count(), items.len());
            value.items().zip(items).for_each(|(ours, theirs)| same(ours, theirs));
        }
        (Kind::Object, serde_json::Value::Object(members)) => {
            assert_eq!(value.members().count(), members.len(), "no key stands twice");
            for (name, ours) in value.members() {
                same(ours, members.get(name.as_ref()).expect("a key of both"));
                assert!(value.get(&name).is_some());
            }
        }
        (ours, theirs) => panic!("{ours:?} and {theirs}"),
    }
}
