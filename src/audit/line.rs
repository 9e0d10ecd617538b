//! One record as one line: the only spelling there is, written here and checked here (CASES AU-11, AU-20).
//!
//! `{"seq":N,"prev":"HEX","at":"RFC 3339","event":"…",` and then the record's fields in the order of their names, no
//! blanks, integers only. Everything outside printable ASCII is a `\u` escape in lower case, so that a line can be printed
//! anywhere, and so that no table of invisible characters, which changes with each Unicode version, decides
//! whether an old log is still in its canonical form. A line that does not read back to the same bytes is refused.

use std::io::Write;

use serde_json::{Map, Value};

use crate::clock::Wall;
use crate::limits::{AUDIT_DEPTH_MAX, AUDIT_RECORD_MAX};
use crate::secret::sha256;

/// SHA-256 of a line, without its newline.
pub type Hash = [u8; 32];

/// What the writer puts at the head of a line.
pub(super) struct Link<'a> {
    pub(super) seq: u64,
    pub(super) prev: &'a Hash,
    pub(super) at: &'a str,
    pub(super) event: &'a str,
}

/// A line, read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The record's number, from 1.
    pub seq: u64,
    /// The hash of the line before.
    pub prev: Hash,
    /// When.
    pub at: Wall,
    /// What it is about.
    pub event: String,
    /// Everything else.
    pub fields: Map<String, Value>,
}

/// Appends a line of at most `AUDIT_RECORD_MAX` bytes, without a newline. `fields` are in the order of their
/// names. Where it would be longer, its longest values are cut, and say so.
pub(super) fn write(out: &mut Vec<u8>, link: &Link<'_>, fields: &[(&'static str, Value)]) {
    let start = out.len();
    encode(out, link, fields.iter().map(|(name, value)| (*name, value)));
    let mut bytes_max = AUDIT_RECORD_MAX / 2;
    while out.len() - start > AUDIT_RECORD_MAX && bytes_max >= 16 {
        let shorter: Vec<_> = fields.iter().map(|(name, value)| (*name, cut(value, bytes_max))).collect();
        out.truncate(start);
        encode(out, link, shorter.iter().map(|(name, value)| (*name, value)));
        bytes_max /= 2;
    }
}

/// Reads a line; what is wrong with it, where it is not exactly what `write` makes.
pub fn read(bytes: &[u8]) -> Result<Line, String> {
    if bytes.len() > AUDIT_RECORD_MAX {
        return Err(format!("the line is longer than the {AUDIT_RECORD_MAX} bytes that a record may have"));
    }
    let mut fields: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|error| format!("the line is not a JSON object: {error}"))?;
    let line = Line {
        seq: fields.remove("seq").as_ref().and_then(Value::as_u64).ok_or("`seq` is not a number")?,
        prev: fields
            .remove("prev")
            .as_ref()
            .and_then(Value::as_str)
            .and_then(unhex)
            .ok_or("`prev` is not a SHA-256 in 64 lower-case hexadecimal digits")?,
        at: fields
            .remove("at")
            .as_ref()
            .and_then(Value::as_str)
            .and_then(time)
            .ok_or("`at` is not a time")?,
        event: match fields.remove("event") {
            Some(Value::String(event)) => event,
            _ => return Err("`event` is not a text".to_owned()),
        },
        fields,
    };
    let mut again = Vec::with_capacity(bytes.len());
    let at = line.at.rfc3339();
    let link = Link { seq: line.seq, prev: &line.prev, at: &at, event: &line.event };
    encode(&mut again, &link, sorted(&line.fields).into_iter());
    if again == bytes {
        return Ok(line);
    }
    let differs = again.iter().zip(bytes).take_while(|(ours, theirs)| ours == theirs).count();
    Err(format!("the line is not in its canonical form, from byte {} on", differs + 1))
}

fn encode<'a>(out: &mut Vec<u8>, link: &Link<'_>, fields: impl Iterator<Item = (&'a str, &'a Value)>) {
    out.extend_from_slice(b"{\"seq\":");
    push_number(out, link.seq);
    out.extend_from_slice(b",\"prev\":\"");
    push_hex(out, link.prev);
    out.extend_from_slice(b"\",\"at\":");
    push_text(out, link.at);
    out.extend_from_slice(b",\"event\":");
    push_text(out, link.event);
    for (name, value) in fields {
        out.push(b',');
        push_text(out, name);
        out.push(b':');
        push_value(out, value, AUDIT_DEPTH_MAX);
    }
    out.push(b'}');
}

/// Sorted here and not by the map: its order depends on a feature of serde_json that any crate may switch on.
fn sorted(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut fields: Vec<_> = map.iter().map(|(name, value)| (name.as_str(), value)).collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    fields
}

fn push_value(out: &mut Vec<u8>, value: &Value, depth_left: usize) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => push_number(out, number),
            (None, Some(number)) => push_number(out, number),
            // Fractions have many spellings: they are on record as text.
            (None, None) => push_text(out, &number.to_string()),
        },
        Value::String(text) => push_text(out, text),
        Value::Array(_) | Value::Object(_) if depth_left == 0 => push_text(out, "[nested too deeply]"),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                push_value(out, item, depth_left - 1);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (index, (name, member)) in sorted(members).into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                push_text(out, name);
                out.push(b':');
                push_value(out, member, depth_left - 1);
            }
            out.push(b'}');
        }
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for character in text.chars() {
        push_character(out, character);
    }
    out.push(b'"');
}

fn push_character(out: &mut Vec<u8>, character: char) {
    match character {
        '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
        ' '..='~' => out.push(character as u8),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a Vec takes every write");
            }
        }
    }
}

fn push_number(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    write!(out, "{number}").expect("a Vec takes every write");
}

/// The hash of a line.
pub(super) fn hash(line: &[u8]) -> Hash {
    sha256(line)
}

fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Reads 64 lower-case hexadecimal digits; fewer or others are no hash.
pub(super) fn unhex(text: &str) -> Option<Hash> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn time(text: &str) -> Option<Wall> {
    Wall::parse(text).filter(|at| at.rfc3339() == text)
}

/// The value itself where its JSON has at most `bytes_max` bytes, else a text that starts like it and ends with
/// the length that it had.
fn cut(value: &Value, bytes_max: usize) -> Value {
    let mut json = Vec::new();
    push_value(&mut json, value, AUDIT_DEPTH_MAX);
    if json.len() <= bytes_max {
        return value.clone();
    }
    let text = match value {
        Value::String(text) => text.clone(),
        _ => String::from_utf8_lossy(&json).into_owned(),
    };
    let mut spelled = Vec::new();
    let kept: String = text
        .chars()
        .take_while(|character| {
            push_character(&mut spelled, *character);
            spelled.len() <= bytes_max
        })
        .collect();
    Value::from(format!("{kept}...[cut, {} bytes in all]", text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn line(value: Value) -> Vec<u8> {
        let mut out = Vec::new();
        let link = Link { seq: 7, prev: &[0xab; 32], at: "2026-11-21T00:04:00.250Z", event: "ended" };
        write(&mut out, &link, &[("reason", value)]);
        out
    }

    fn reason(bytes: &[u8]) -> Value {
        read(bytes).expect("a written line is read").fields.remove("reason").expect("it has its field")
    }

    #[test]
    fn a_line_has_its_four_own_fields_first_and_no_blanks() {
        let expected = format!(
            r#"{{"seq":7,"prev":"{}","at":"2026-11-21T00:04:00.250Z","event":"ended","reason":{{"a":[1,true,null],"b":-2}}}}"#,
            "ab".repeat(32)
        );
        let written = line(json!({"b": -2, "a": [1, true, null]}));
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    /// CASES AU-11: nothing in a value ends the line, opens a second object, or acts on a terminal.
    #[test]
    fn what_is_not_printable_ascii_is_escaped() {
        let nasty = "a\n{\"seq\":8}\r\u{1b}[2J\u{7f}\u{85}\u{2028}\u{202e}\u{200b}\u{feff}\u{e0041}\"\\é";
        let written = line(json!(nasty));
        assert!(written.iter().all(|byte| (b' '..=b'~').contains(byte)));
        assert_eq!(reason(&written), nasty);
        assert!(String::from_utf8(written).unwrap().contains(r"\u2028\u202e\u200b\ufeff\udb40\udc41\"));
    }

    /// CASES AU-20: the same content in another spelling is refused.
    #[test]
    fn another_spelling_of_the_same_json_is_refused() {
        let written = String::from_utf8(line(json!({"a": "\u{e9}/", "b": 5}))).unwrap();
        assert!(read(written.as_bytes()).is_ok());
        for (from, to) in [
            (",", ", "),
            ("\\u00e9", "\\u00E9"),
            ("\\u00e9", "é"),
            ("/", "\\/"),
            ("\"a\"", "\"\\u0061\""),
            (":5", ":5.0"),
            (":5", ":5e0"),
            (":5", ":-0"),
            (":5", ":5,\"b\":5"),
            ("\"seq\":7", "\"seq\":07"),
            ("\"seq\":7", "\"seq\":7,\"seq\":7"),
            ("abab", "ABAB"),
            ("abab", ""),
            (".250Z", ".25Z"),
            (".250Z", ".250+00:00"),
            ("{\"seq\":7,", "{"),
            ("\"event\":\"ended\",", ""),
            ("}}", "}} "),
            ("}}", "}}{}"),
        ] {
            let other = written.replacen(from, to, 1);
            assert_ne!(other, written, "{from}");
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
        let swapped =
            written.replace(r#""event":"ended","#, "").replace(r#"{"seq""#, r#"{"event":"ended","seq""#);
        assert!(read(swapped.as_bytes()).is_err());
    }

    #[test]
    fn a_fraction_is_on_record_as_text_and_a_deep_value_as_its_outer_part() {
        assert_eq!(reason(&line(json!(1.5))), "1.5");
        let deep = (0..100).fold(json!("x"), |inner, _| json!([inner]));
        assert!(String::from_utf8(line(deep)).unwrap().contains("[nested too deeply]"));
    }

    #[test]
    fn a_record_at_the_limit_is_whole_and_one_byte_more_is_cut_and_says_so() {
        let empty = line(json!("")).len();
        let whole = "x".repeat(AUDIT_RECORD_MAX - empty);
        assert_eq!(reason(&line(json!(whole))), *whole);
        let written = line(json!(format!("{whole}x")));
        assert!(written.len() <= AUDIT_RECORD_MAX);
        let text = reason(&written);
        let expected = format!("...[cut, {} bytes in all]", whole.len() + 1);
        assert!(text.as_str().unwrap().ends_with(&expected), "{expected}");
    }

    #[test]
    fn a_record_full_of_long_values_still_fits() {
        const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let fields: Vec<_> = NAMES.iter().map(|name| (*name, json!(["\u{1f480}".repeat(9000)]))).collect();
        let mut out = b"before".to_vec();
        write(
            &mut out,
            &Link { seq: 1, prev: &[0; 32], at: "1970-01-01T00:00:00.000Z", event: "held" },
            &fields,
        );
        assert!(out.len() - 6 <= AUDIT_RECORD_MAX, "{}", out.len());
        let kept = read(&out[6..]).expect("a cut line is canonical").fields;
        assert!(kept["h"].as_str().unwrap().ends_with("bytes in all]"));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// CASES AU-11, AU-20: what is printed is what is read, whatever it is.
        #[test]
        fn every_value_comes_back_from_its_line(value in values()) {
            prop_assert_eq!(reason(&line(value.clone())), value);
        }

        /// A reader that meets anything at all answers, and never panics.
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
