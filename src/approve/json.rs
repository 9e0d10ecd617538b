//! JSON (RFC 8259) laid out from its source tokens: bytes are never written anew, only line breaks and blanks are
//! added where the source has none. So `1e400`, `1.10` and `"\u0061"` stand as they are sent, members keep their
//! order, and a key that stands twice is seen twice, and said to be (CASES AP-11).
//!
//! Strict and without recursion: what is not exactly one JSON text is not laid out, and shown as text.

use std::collections::HashSet;

use super::json_token::{scalar, string, unescape};
use super::rows::{Form, Layout, Note, Row, counts_by_line};
use super::strings;

/// Deeper than this, rows are no longer moved to the right.
const INDENT_LEVELS_MAX: usize = 16;

/// An open array or object.
struct Open {
    object: bool,
    filled: bool,
    keys: HashSet<Vec<u8>>,
    folded: HashSet<Vec<u8>>,
}

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Colon,
    CommaOrClose,
    End,
    Key,
    KeyOrClose,
    Value,
    ValueOrClose,
}

struct Writer<'a> {
    body: &'a [u8],
    at: usize,
    row_start: usize,
    indent: u16,
    note: Option<Note>,
    rows: Vec<Row>,
    /// A line break is due before the next token.
    due: bool,
    open: Vec<Open>,
    duplicates: u64,
    twins: u64,
}

/// Lays out a JSON text; `None` where it is not strictly one.
pub fn lay_out(body: &[u8]) -> Option<Layout> {
    std::str::from_utf8(body).ok()?;
    let mut writer = Writer {
        body,
        at: 0,
        row_start: 0,
        indent: 0,
        note: None,
        rows: Vec::new(),
        due: false,
        open: Vec::new(),
        duplicates: 0,
        twins: 0,
    };
    let what = match body.iter().find(|byte| !is_blank(**byte))? {
        b'{' => "JSON object",
        b'[' => "JSON array",
        _ => "JSON value",
    };
    writer.read()?;
    let mut warnings = Vec::new();
    if writer.duplicates > 0 {
        warnings
            .push(format!("duplicate keys: {}; services differ in which one they take", writer.duplicates));
    }
    if writer.twins > 0 {
        warnings.push(format!("keys that differ in letter case alone: {}", writer.twins));
    }
    let mut hidden = counts_by_line(body);
    hidden.add(&strings::hidden(body));
    Some(Layout { what: what.into(), rows: writer.rows, warnings, hidden, ..Layout::default() })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl Writer<'_> {
    fn read(&mut self) -> Option<()> {
        let mut want = Want::Value;
        loop {
            let broken = self.blanks();
            let Some(byte) = self.body.get(self.at).copied() else {
                self.end_row(self.body.len(), 0);
                return (want == Want::End).then_some(());
            };
            self.break_before(byte, broken);
            want = self.token(byte, want)?;
        }
    }

    /// Passes over white space; the source's own line feeds end rows. True where there was one.
    fn blanks(&mut self) -> bool {
        let mut broken = false;
        while let Some(byte) = self.body.get(self.at).copied().filter(|byte| is_blank(*byte)) {
            self.at += 1;
            if byte == b'\n' {
                self.end_row(self.at, 0);
                broken = true;
            }
        }
        broken
    }

    /// Begins a new row before a token where one is due and the source has not begun one.
    fn break_before(&mut self, byte: u8, broken: bool) {
        let closes = matches!(byte, b'}' | b']');
        let due = match closes {
            true => self.open.last().is_some_and(|open| open.filled),
            false => self.due,
        };
        self.due = false;
        if due && !broken {
            let depth = self.open.len() - usize::from(closes && !self.open.is_empty());
            self.end_row(self.at, (depth.min(INDENT_LEVELS_MAX) * 2) as u16);
        }
    }

    fn end_row(&mut self, end: usize, next_indent: u16) {
        if end > self.row_start {
            let (range, note) = (self.row_start..end, self.note.take());
            self.rows.push(Row { indent: self.indent, form: Form::Json, note, ..Row::text(range) });
        }
        (self.row_start, self.indent) = (end, next_indent);
    }

    fn token(&mut self, byte: u8, want: Want) -> Option<Want> {
        match (byte, want) {
            (b'{' | b'[', Want::Value | Want::ValueOrClose) => Some(self.open(byte)),
            (b'}', Want::KeyOrClose) | (b']', Want::ValueOrClose) => self.close(byte),
            (b'}' | b']', Want::CommaOrClose) => self.close(byte),
            (b',', Want::CommaOrClose) => {
                (self.at, self.due) = (self.at + 1, true);
                Some(if self.open.last()?.object { Want::Key } else { Want::Value })
            }
            (b':', Want::Colon) => {
                self.at += 1;
                Some(Want::Value)
            }
            (b'"', Want::Key | Want::KeyOrClose) => {
                let start = self.at;
                self.at = string(self.body, start)?;
                self.key(start + 1, self.at - 1);
                Some(Want::Colon)
            }
            (_, Want::Value | Want::ValueOrClose) => {
                self.at = scalar(self.body, self.at)?;
                Some(self.after_value())
            }
            _ => None,
        }
    }

    fn open(&mut self, byte: u8) -> Want {
        self.fill();
        let object = byte == b'{';
        self.open.push(Open { object, filled: false, keys: HashSet::new(), folded: HashSet::new() });
        (self.at, self.due) = (self.at + 1, true);
        if object { Want::KeyOrClose } else { Want::ValueOrClose }
    }

    fn close(&mut self, byte: u8) -> Option<Want> {
        let open = self.open.pop()?;
        if open.object != (byte == b'}') {
            return None;
        }
        self.at += 1;
        Some(if self.open.is_empty() { Want::End } else { Want::CommaOrClose })
    }

    fn after_value(&mut self) -> Want {
        self.fill();
        if self.open.is_empty() { Want::End } else { Want::CommaOrClose }
    }

    fn fill(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.filled = true;
        }
    }

    /// Compares keys as a service would: with their escapes undone.
    fn key(&mut self, start: usize, end: usize) {
        let key = unescape(&self.body[start..end]);
        let folded = String::from_utf8_lossy(&key).to_lowercase().into_bytes();
        let Some(open) = self.open.last_mut() else { return };
        let (new, new_folded) = (open.keys.insert(key), open.folded.insert(folded));
        if !new {
            self.duplicates += 1;
            self.note = Some(Note::DuplicateKey);
        } else if !new_folded {
            self.twins += 1;
            self.note = self.note.or(Some(Note::CaseTwin));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    fn laid(body: &str) -> String {
        let layout = lay_out(body.as_bytes()).expect("strict JSON");
        assert_tiles(&layout.rows, body.as_bytes());
        let line = |row: &Row| {
            let text = body[row.range.clone()].trim_end_matches('\n');
            format!("{}{text}", " ".repeat(row.indent.into()))
        };
        layout.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// CASES AP-11
    #[test]
    fn numbers_strings_and_order_stay_as_they_are_sent() {
        assert_eq!(
            laid(r#"{"b":1.10,"a":[123456789012345678901234567890,1e400,{}],"s":"\u0061\/"}"#),
            "{\n  \"b\":1.10,\n  \"a\":[\n    123456789012345678901234567890,\n    1e400,\n    {}\n  ],\n  \"s\":\"\\u0061\\/\"\n}"
        );
    }

    #[test]
    fn the_source_s_own_lines_and_blanks_are_kept() {
        assert_eq!(laid("{\n   \"a\" : 1,\n\"b\": [ ]\n}\n"), "{\n   \"a\" : 1,\n\"b\": [ ]\n}");
        assert_eq!(laid("[1, 2]"), "[\n  1, \n  2\n]");
    }

    /// CASES AP-11: also when one spelling of the key is an escape.
    #[test]
    fn a_key_that_stands_twice_is_flagged_and_the_same_key_elsewhere_is_not() {
        let layout = lay_out(br#"{"method":1,"meth\u006fd":2,"Method":3,"x":{"method":4}}"#).unwrap();
        let notes: Vec<_> = layout.rows.iter().map(|row| row.note).collect();
        let expected = [None, None, Some(Note::DuplicateKey), Some(Note::CaseTwin)];
        assert_eq!(notes[..4], expected);
        assert!(notes[4..].iter().all(Option::is_none));
        assert_eq!(layout.warnings.len(), 2);
    }

    #[test]
    fn what_is_not_strict_json_is_not_laid_out() {
        for text in [
            "",
            " ",
            "{",
            "{}{}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "[01]",
            "[1.]",
            "[.5]",
            "[1e]",
            "[+1]",
            "[NaN]",
            "{\"a\":1]",
            "[1}",
            "\"\t\"",
            "[\"\\x41\"]",
            "[\"\\u12g4\"]",
            "[\"open]",
            "// c\n{}",
            "{}x",
            "\u{feff}{}",
            "[1 2]",
            "{,}",
            "]",
            "-",
            "[\"a\":1]",
            "tru",
            "truex",
        ] {
            assert!(lay_out(text.as_bytes()).is_none(), "{text}");
        }
        assert!(lay_out(b"[\"caf\xe9\"]").is_none());
    }

    #[test]
    fn nesting_as_deep_as_a_body_can_be_needs_no_stack() {
        let depth = crate::limits::SHOWN_BODY_MAX / 2;
        let body = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_tiles(&lay_out(body.as_bytes()).unwrap().rows, body.as_bytes());
        assert!(lay_out("[".repeat(depth).as_bytes()).is_none());
    }

    proptest! {
        /// The oracle is another reader of the same grammar.
        #[test]
        fn what_is_strict_json_is_what_serde_reads(text in r#"[\[\]{}:, \n"a\\u0-1e.\-tnul]{0,14}"#) {
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            let ours = lay_out(text.as_bytes());
            // serde refuses lone surrogates in some positions; such a text is laid out here all the same.
            if theirs {
                prop_assert!(ours.is_some());
            } else if ours.is_some() {
                prop_assert!(text.contains("\\u") || text.contains('e'), "{}", text);
            }
            if let Some(layout) = ours {
                assert_tiles(&layout.rows, text.as_bytes());
            }
        }
    }
}
