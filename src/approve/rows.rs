//! A body laid out in rows: which of its bytes stand in which row. Rows tile the body: every byte is in exactly
//! one, in order, so that what is shown is what is sent (CASES AP-11). Which view is taken is judged by the bytes;
//! what the agent's content type claims only decides between views that the bytes allow. When unsure it is text,
//! and where that is no text it is bytes in hexadecimal.

use std::ops::Range;

use super::shown::Counts;
use super::unicode::Kind;
use super::untrusted::Untrusted;
use super::{form, hex, json, multipart, words};
use crate::snapshot::Head;

/// How a row is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In hexadecimal, with what is printable beside it.
    Hex,
    /// A pair of a form: as it is, and decoded below where that differs.
    Pair,
    /// As it is.
    Text,
}

/// What Holdpoint has to say about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A key that differs from an earlier one of its object in letter case alone.
    CaseTwin,
    /// A key that its object has already.
    DuplicateKey,
    /// A part of a multipart body begins here: which, and how many bytes its content has.
    Part(u32, u64),
}

/// A stretch of the body that is shown as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which bytes.
    pub range: Range<usize>,
    /// Blanks that are added before them.
    pub indent: u16,
    /// How they are shown.
    pub form: Form,
    /// What is to be said of them.
    pub note: Option<Note>,
}

impl Row {
    /// A row of text.
    pub fn text(range: Range<usize>) -> Self {
        Self { range, indent: 0, form: Form::Text, note: None }
    }
}

/// A body and how it is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// What it is, in Holdpoint's words: `JSON object`, `form, 3 pairs`, `text, 12 lines`.
    pub what: String,
    /// All of it.
    pub rows: Vec<Row>,
    /// What the approver must not miss.
    pub warnings: Vec<String>,
    /// What hides in it.
    pub hidden: Counts,
}

/// Lays out a whole body. `raw`: as text or bytes only, nothing laid out.
pub fn lay_out(head: &Head, body: &[u8], raw: bool) -> Layout {
    if body.is_empty() {
        return Layout { what: "empty".into(), ..Layout::default() };
    }
    let content_type = head.text("content-type").unwrap_or_default().to_ascii_lowercase();
    let mut layout = match raw {
        true => None,
        false => structured(head, body, &content_type),
    }
    .unwrap_or_else(|| plain(body));
    if !raw && content_type.contains("json") && !layout.what.starts_with("JSON") {
        layout.warnings.push("the content type says JSON; the body is not one strict JSON text".into());
    }
    if !raw && content_type.starts_with("multipart/") && !layout.what.starts_with("multipart") {
        layout.warnings.push("the content type says multipart; the body does not parse as one".into());
    }
    if head.values("content-encoding").any(|value| !value.eq_ignore_ascii_case(b"identity")) {
        layout.warnings.push("it has a content coding; shown are the bytes as sent, not decoded".into());
    }
    layout
}

/// Text, or bytes where it is none.
pub fn plain(body: &[u8]) -> Layout {
    if hex::is_opaque(body) {
        return Layout { what: "not text".into(), rows: hex::rows(0..body.len()), ..Layout::default() };
    }
    let rows = text_rows(body, 0..body.len());
    let what = format!("text, {}", words::count(rows.len() as u64, "line"));
    Layout { what, rows, hidden: counts_by_line(body), ..Layout::default() }
}

/// What hides in a text; the line feeds that end its lines do not.
pub fn counts_by_line(text: &[u8]) -> Counts {
    let mut counts = Untrusted::from(text).counts();
    counts.forgive(Kind::Control, text.iter().filter(|byte| **byte == b'\n').count() as u64);
    counts
}

fn structured(head: &Head, body: &[u8], content_type: &str) -> Option<Layout> {
    if let Some(boundary) = head.text("content-type").and_then(multipart::boundary) {
        return multipart::lay_out(body, &boundary);
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return form::lay_out(body);
    }
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if matches!(first, b'{' | b'[') || content_type.contains("json") {
        return json::lay_out(body);
    }
    None
}

/// One row for each line; a row has its line feed.
pub fn text_rows(body: &[u8], range: Range<usize>) -> Vec<Row> {
    let (mut rows, mut start) = (Vec::new(), range.start);
    for line in body[range].split_inclusive(|byte| *byte == b'\n') {
        rows.push(Row::text(start..start + line.len()));
        start += line.len();
    }
    rows
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    pub fn head(content_type: &str) -> Head {
        Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None),
            target: "/posts".into(),
            fields: vec![("content-type".into(), content_type.to_owned().into())],
        }
    }

    /// Rows must tile the body, whatever the view.
    pub fn assert_tiles(rows: &[Row], body: &[u8]) {
        let mut at = 0;
        for row in rows {
            assert_eq!(row.range.start, at, "rows leave a gap or overlap");
            assert!(row.range.end > at, "a row is empty");
            at = row.range.end;
        }
        assert_eq!(at, body.len(), "the end is missing");
    }

    #[test]
    fn the_view_is_judged_by_the_bytes_and_a_false_claim_is_said() {
        let what = |content_type: &str, body: &[u8]| lay_out(&head(content_type), body, false);
        assert_eq!(what("text/plain", b"{\"a\":1}").what, "JSON object");
        assert_eq!(what("application/json", b"{\"a\":1} x").what, "text, 1 line");
        assert_eq!(what("application/json", b"{\"a\":1} x").warnings.len(), 1);
        assert_eq!(what("application/json", b"12").what, "JSON value");
        assert_eq!(what("text/plain", b"12").what, "text, 1 line");
        assert_eq!(what("application/json", &[0, 1, 2, 0xff]).what, "not text");
        assert_eq!(what("multipart/form-data; boundary=x", b"hello").warnings.len(), 1);
        assert_eq!(what("", b"").what, "empty");
        assert_eq!(lay_out(&head("application/json"), b"{\"a\":1}", true).what, "text, 1 line");
    }
}
