//! A body laid out in rows: which of its bytes stand in which row. Rows tile the body: every byte is in exactly
//! one, in order, so that what is shown is what is sent (CASES AP-11). Which view is taken is judged by the bytes;
//! what the agent's content type claims only decides between views that the bytes allow. When unsure it is text,
//! and where that is no text it is bytes in hexadecimal.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::body::BodyView;
use super::options::Lens;
use super::shown::Counts;
use super::unicode::Kind;
use super::untrusted::Untrusted;
use super::{content, form, git, graphql, grpc, hex, json, lines, multipart, words, xml};
use crate::classify::Schema;
use crate::snapshot::Head;

/// How a row is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By its readings alone: its own bytes say nothing to people.
    Derived,
    /// In hexadecimal, with what is printable beside it.
    Hex,
    /// Tokens of JSON: as they are, and below them what a string with escapes reads as.
    Json,
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
    /// A message of gRPC begins here: which, how many bytes it has as sent, and whether it is compressed.
    Message(u32, u64, bool),
    /// The pack of a git push begins here: how many bytes it has, and how many objects it says.
    Pack(u64, Option<u32>),
    /// A part of a multipart body begins here: which, and how many bytes its content has.
    Part(u32, u64),
}

/// What a row says to whoever receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Holdpoint's words, before the gutter.
    pub label: &'static str,
    /// The agent's, in lines.
    pub text: Vec<u8>,
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
    /// What they read as, where that was found while laying out.
    pub readings: Vec<Reading>,
}

impl Row {
    /// A row of text.
    pub fn text(range: Range<usize>) -> Self {
        Self { range, indent: 0, form: Form::Text, note: None, readings: Vec::new() }
    }

    /// A row that is shown by what it reads as.
    pub fn derived(range: Range<usize>, indent: usize, text: Vec<u8>) -> Self {
        let indent = indent.min(INDENT_MAX) as u16;
        let readings = vec![Reading { label: "", text }];
        Self { indent, form: Form::Derived, readings, ..Self::text(range) }
    }
}

/// Rows are not moved further to the right than this.
const INDENT_MAX: usize = 32;

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
    /// What the rows stand in, where that is not the body itself: the body without its content coding.
    pub content: Option<Content>,
    /// Not all that a service reads in it can be shown: a release asks for more than a yes.
    pub cut: bool,
}

/// A body without its content coding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// `gzip`, in small letters.
    pub coding: String,
    /// All of it, or its two ends.
    pub view: BodyView,
}

/// Lays out a whole body.
pub fn lay_out(head: &Head, body: &[u8], schema: Option<&Schema>, lens: Lens) -> Layout {
    guarded(head, body, || match lens {
        Lens::Hex => Layout { rows: hex::rows(0..body.len()), ..as_sent(head, body) },
        Lens::Raw => as_sent(head, body),
        Lens::Differences | Lens::Pretty => content::lay_out(head, body, schema),
    })
}

/// The rows of a part of a body, which nobody can lay out.
pub fn flat(body: &[u8], lens: Lens) -> Vec<Row> {
    if lens == Lens::Hex { hex::rows(0..body.len()) } else { plain(body).rows }
}

/// What fails on a body is no reason not to show it.
fn guarded(head: &Head, body: &[u8], make: impl FnOnce() -> Layout) -> Layout {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| Layout {
        what: "not laid out".into(),
        rows: hex::rows(0..body.len()),
        warnings: vec![
            "it could not be laid out, which is a fault of Holdpoint's; shown are its bytes".into(),
        ],
        cut: content::is_encoded(head),
        ..Layout::default()
    })
}

/// The bytes as they are. Of a body with a content coding they show nobody what a service reads.
fn as_sent(head: &Head, body: &[u8]) -> Layout {
    Layout { cut: content::is_encoded(head), ..plain(body) }
}

/// Lays out a body that has no coding, or was freed of it.
pub fn of_content(head: &Head, body: &[u8], schema: Option<&Schema>) -> Layout {
    if body.is_empty() {
        return Layout { what: "empty".into(), ..Layout::default() };
    }
    let content_type = head.text("content-type").unwrap_or_default().to_ascii_lowercase();
    let mut layout = structured(head, body, &content_type, schema).unwrap_or_else(|| plain(body));
    for (claim, form) in [("json", "JSON"), ("multipart/", "multipart"), ("application/grpc", "gRPC")] {
        if content_type.contains(claim) && !layout.what.contains(form) {
            layout.warnings.push(format!("the content type says {form}; the body does not parse as that"));
        }
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

fn structured(head: &Head, body: &[u8], content_type: &str, schema: Option<&Schema>) -> Option<Layout> {
    if let Some(boundary) = head.text("content-type").and_then(multipart::boundary) {
        return multipart::lay_out(body, &boundary);
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return form::lay_out(body);
    }
    if content_type.starts_with("application/grpc") {
        return grpc::lay_out(head, body, schema);
    }
    if git::is_push(head) {
        return git::lay_out(body, body.len() as u64);
    }
    if content_type.starts_with("application/graphql") && !content_type.contains("json") {
        return graphql::lay_out(body);
    }
    match body.iter().find(|byte| !byte.is_ascii_whitespace())? {
        b'{' | b'[' => {
            json::lay_out(body).map(|layout| graphql::noted(layout, body)).or_else(|| lines::lay_out(body))
        }
        b'<' => xml::lay_out(body),
        _ if content_type.contains("json") => json::lay_out(body).or_else(|| lines::lay_out(body)),
        _ => None,
    }
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
        let what = |content_type: &str, body: &[u8]| lay_out(&head(content_type), body, None, Lens::Pretty);
        assert_eq!(what("text/plain", b"{\"a\":1}").what, "JSON object");
        assert_eq!(what("application/json", b"{\"a\":1} x").what, "text, 1 line");
        assert_eq!(what("application/json", b"{\"a\":1} x").warnings.len(), 1);
        assert_eq!(what("application/json", b"12").what, "JSON value");
        assert_eq!(what("text/plain", b"12").what, "text, 1 line");
        assert_eq!(what("application/json", &[0, 1, 2, 0xff]).what, "not text");
        assert_eq!(what("multipart/form-data; boundary=x", b"hello").warnings.len(), 1);
        assert_eq!(what("", b"").what, "empty");
        assert_eq!(lay_out(&head("application/json"), b"{\"a\":1}", None, Lens::Raw).what, "text, 1 line");
        let hex = lay_out(&head("application/json"), &[b'a'; 17], None, Lens::Hex);
        assert_eq!(hex.rows, hex::rows(0..17), "text too is shown byte for byte where that is asked for");
    }

    #[test]
    fn a_body_on_which_its_layout_fails_is_shown_in_hexadecimal() {
        let layout = guarded(&head("text/plain"), b"as sent", || panic!("a fault of ours"));
        assert_tiles(&layout.rows, b"as sent");
        assert!(layout.rows.iter().all(|row| row.form == Form::Hex));
        assert_eq!((layout.warnings.len(), layout.cut), (1, false));
    }
}
