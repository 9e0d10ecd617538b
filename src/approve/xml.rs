//! XML (SOAP, XML-RPC, WebDAV, what Amazon's older services take) with a line for each tag: only line breaks and
//! blanks are added, between the end of one tag and the beginning of the next, where readers see none. Whoever has
//! broken the lines already is shown as sent. Nothing is resolved, fetched or checked (CASES AP-32).

use super::rows::{Layout, Row, counts_by_line, text_rows};
use super::words::count;

/// Deeper than this, rows are no longer moved to the right.
const INDENT_LEVELS_MAX: usize = 16;

/// Lays out the tags; `None` where the body does not look like XML.
pub fn lay_out(body: &[u8]) -> Option<Layout> {
    let text = std::str::from_utf8(body).ok()?;
    let first = text.trim_ascii_start().as_bytes().get(1)?;
    if !(first.is_ascii_alphabetic() || matches!(first, b'?' | b'!' | b'_')) {
        return None;
    }
    let rows = match body.trim_ascii_end().contains(&b'\n') {
        true => text_rows(body, 0..body.len()),
        false => tags(body),
    };
    let what = format!("XML, {}", count(rows.len() as u64, "line"));
    let mut layout = Layout { what, rows, hidden: counts_by_line(body), ..Layout::default() };
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        layout
            .warnings
            .push("it has a document type, with which a reader may see other text than stands here".into());
    }
    Some(layout)
}

/// A row begins with each tag that follows another; the text of an element stays on its line.
fn tags(body: &[u8]) -> Vec<Row> {
    let (mut rows, mut start, mut depth, mut indent) = (Vec::new(), 0, 0_usize, 0_usize);
    let (mut at, mut after_text) = (0, false);
    while let Some(open) = body.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'<')) {
        let open = at + open;
        let closes = body.get(open + 1) == Some(&b'/');
        if closes {
            depth = depth.saturating_sub(1);
        }
        // A CDATA section is text, as what stands around it is.
        let text = body[open..].starts_with(b"<![CDATA[");
        if open > start && open == at && !text && !after_text {
            rows.push(row(start, open, indent));
            (start, indent) = (open, depth);
        }
        (at, after_text) = (end_of_tag(body, open), text);
        let empty = body.get(..at).is_some_and(|tag| tag.ends_with(b"/>"));
        let element = body.get(open + 1).is_some_and(|byte| !matches!(byte, b'/' | b'?' | b'!'));
        depth += usize::from(element && !empty);
    }
    if start < body.len() {
        rows.push(row(start, body.len(), indent));
    }
    rows
}

fn row(start: usize, end: usize, depth: usize) -> Row {
    Row { indent: (depth.min(INDENT_LEVELS_MAX) * 2) as u16, ..Row::text(start..end) }
}

/// Behind the `>` that ends the tag, the comment or the CDATA section that begins here.
fn end_of_tag(body: &[u8], open: usize) -> usize {
    let rest = &body[open..];
    let end: &[u8] = if rest.starts_with(b"<!--") {
        b"-->"
    } else if rest.starts_with(b"<![CDATA[") {
        b"]]>"
    } else {
        return open + quoted_end(rest);
    };
    let found = rest.windows(end.len()).position(|window| window == end);
    found.map_or(body.len(), |at| open + at + end.len())
}

/// The length of a tag; a `>` in quotes does not end it.
fn quoted_end(tag: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    fn laid(body: &str) -> String {
        let layout = lay_out(body.as_bytes()).expect("XML");
        assert_tiles(&layout.rows, body.as_bytes());
        let line = |row: &Row| format!("{}{}", " ".repeat(row.indent.into()), &body[row.range.clone()]);
        layout.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_tag_that_follows_another_has_a_line_of_its_own() {
        assert_eq!(
            laid(
                "<?xml version=\"1.0\"?><s:Envelope a=\"x>y\"><Delete><Key>a b</Key><Quiet/></Delete></s:Envelope>"
            ),
            "<?xml version=\"1.0\"?>\n<s:Envelope a=\"x>y\">\n  <Delete>\n    <Key>a b</Key>\n    <Quiet/>\n  </Delete>\n</s:Envelope>"
        );
        assert_eq!(
            laid("<a><!-- ><b --><c><![CDATA[><d>]]></c></a>"),
            "<a>\n  <!-- ><b -->\n  <c><![CDATA[><d>]]></c>\n</a>"
        );
        assert_eq!(laid("<a>\n <b/></a>\n"), "<a>\n\n <b/></a>\n");
    }

    #[test]
    fn what_is_broken_is_shown_all_the_same_and_what_is_none_is_not() {
        for body in ["<a", "<a><b", "<!-- ", "<a \"", "</a></a>"] {
            if let Some(layout) = lay_out(body.as_bytes()) {
                assert_tiles(&layout.rows, body.as_bytes());
            }
        }
        for body in ["< 3", "<", "<3>", "<(a)>"] {
            assert!(lay_out(body.as_bytes()).is_none(), "{body}");
        }
        assert_eq!(lay_out(b"<!DOCTYPE a SYSTEM \"http://x\"><a/>").unwrap().warnings.len(), 1);
    }
}
