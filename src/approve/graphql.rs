//! GraphQL: which operations a document has, by name, and the document as source text with a line for each
//! selection. Only line breaks and blanks are added. The classifier's reader says what is GraphQL and what is not;
//! names are the agent's, so they stand behind the gutter.

use super::rows::{Form, Layout, Reading, Row, counts_by_line, text_rows};
use super::words::count;
use crate::classify::{Named, named};
use crate::json::{self, Value};

/// Deeper than this, rows are no longer moved to the right.
const INDENT_LEVELS_MAX: usize = 16;

/// Lays out a body that is a document (`application/graphql`).
pub fn lay_out(body: &[u8]) -> Option<Layout> {
    let text = std::str::from_utf8(body).ok()?;
    let operations = named(text)?;
    let mut rows = rows(body);
    rows.last_mut()?.readings = about(&operations, None);
    let what = format!("GraphQL, {}", count(operations.len() as u64, "operation"));
    Some(Layout { what, rows, hidden: counts_by_line(body), ..Layout::default() })
}

/// Adds to a JSON layout what its GraphQL documents read as: that of an object, or those of a batch.
pub fn noted(mut layout: Layout, body: &[u8]) -> Layout {
    let Ok(document) = json::read(body) else { return layout };
    let root = document.root();
    let items = if root.is_array() { root.items().collect() } else { vec![root] };
    let mut found = 0;
    for item in items {
        let Some((at, readings)) = query(item) else { continue };
        // Rows are in order, and the string begins in one of them.
        let index = layout.rows.partition_point(|row| row.range.end <= at);
        let Some(row) = layout.rows.get_mut(index) else { continue };
        (row.form, row.readings) = (Form::Text, readings);
        found += 1;
    }
    if found > 0 {
        layout.what += &format!(", {} of GraphQL", count(found, "document"));
    }
    layout
}

/// Where the document of one request stands, and what it says.
fn query(request: Value<'_>) -> Option<(usize, Vec<Reading>)> {
    let member = request.get("query")?;
    let text = member.as_str()?;
    let operations = named(&text)?;
    let picked = request.get("operationName").and_then(|name| name.as_str());
    let mut readings = vec![Reading { label: "  reads ", text: pretty(text.as_bytes()) }];
    readings.extend(about(&operations, picked.as_deref()));
    Some((member.span().start, readings))
}

fn about(operations: &[Named], picked: Option<&str>) -> Vec<Reading> {
    let line = |one: &Named| {
        let name = one.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{}{name}: {}", one.kind, one.fields.join(", "))
    };
    let text = operations.iter().map(line).collect::<Vec<_>>().join("\n").into_bytes();
    let mut all = vec![Reading { label: "  has   ", text }];
    all.extend(picked.map(|name| Reading { label: "  picks ", text: name.as_bytes().to_vec() }));
    all
}

/// A document in lines.
fn pretty(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for row in rows(text) {
        out.extend(std::iter::repeat_n(b' ', row.indent.into()));
        let line = &text[row.range];
        out.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        out.push(b'\n');
    }
    out.pop();
    out
}

/// The source's own lines where it has several; else a line for each selection and each brace.
fn rows(text: &[u8]) -> Vec<Row> {
    if text.trim_ascii().contains(&b'\n') {
        return text_rows(text, 0..text.len());
    }
    let (mut rows, mut start, mut depth, mut indent, mut at) = (Vec::new(), 0, 0_usize, 0, 0);
    let mut round = 0_usize;
    while let Some(byte) = text.get(at) {
        let next = match byte {
            b'"' => string_end(text, at),
            b'#' => text.len(),
            _ => at + 1,
        };
        match byte {
            b'(' => round += 1,
            b')' => round = round.saturating_sub(1),
            b'{' if round == 0 => depth += 1,
            b'}' if round == 0 => depth = depth.saturating_sub(1),
            _ => {}
        }
        let after = text.get(next).copied();
        let breaks = round == 0 && (*byte == b'{' || *byte == b'}' || after == Some(b'}'));
        at = next;
        if breaks && at < text.len() {
            // Blanks behind a brace stay on its line.
            at += text[at..].iter().take_while(|byte| **byte == b' ').count();
            rows.push(row(start, at, indent));
            (start, indent) = (at, depth - usize::from(text.get(at) == Some(&b'}') && depth > 0));
        }
    }
    if start < text.len() {
        rows.push(row(start, text.len(), indent));
    }
    rows
}

fn row(start: usize, end: usize, depth: usize) -> Row {
    Row { indent: (depth.min(INDENT_LEVELS_MAX) * 2) as u16, ..Row::text(start..end) }
}

/// Behind the string, or the block string, that begins here (GraphQL section 2.9.4).
fn string_end(text: &[u8], start: usize) -> usize {
    let block = text[start..].starts_with(b"\"\"\"");
    let end: &[u8] = if block { b"\"\"\"" } else { b"\"" };
    let mut at = start + end.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(end) {
            return at + end.len();
        }
        let escape: usize = if block && rest.starts_with(b"\\\"\"\"") { 4 } else { 2 };
        at += if rest[0] == b'\\' { escape } else { 1 };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    const DOCUMENT: &str =
        r#"mutation Drop($id: ID!) { deleteUser(input: {id: $id, why: "}{"}) { ok user { id name } } }"#;

    #[test]
    fn a_document_on_one_line_gets_a_line_for_each_brace() {
        assert_eq!(
            String::from_utf8(pretty(DOCUMENT.as_bytes())).unwrap(),
            "mutation Drop($id: ID!) { \n  deleteUser(input: {id: $id, why: \"}{\"}) { \n    ok user { \n      id name \n    } \n  } \n}"
        );
        assert_eq!(pretty(b"query {\n a\n}"), b"query {\n a\n}");
        for text in ["", "{", "}", "}}}", "{a", "\"", "\"\"\"{", "#{", "{ a }", "a(b:{c:{}})"] {
            assert_tiles(&rows(text.as_bytes()), text.as_bytes());
        }
    }

    #[test]
    fn a_json_body_says_what_its_document_does_and_which_operation_is_picked() {
        let body = serde_json::json!({"query": DOCUMENT, "operationName": "Drop", "variables": {"id": 7}});
        let body = body.to_string();
        let layout = noted(super::super::json::lay_out(body.as_bytes()).unwrap(), body.as_bytes());
        assert_tiles(&layout.rows, body.as_bytes());
        assert_eq!(layout.what, "JSON object, 1 document of GraphQL");
        let row = layout.rows.iter().find(|row| !row.readings.is_empty()).unwrap();
        assert!(body[row.range.clone()].contains("\"query\""));
        let said: Vec<_> =
            row.readings[1..].iter().map(|one| (one.label, String::from_utf8_lossy(&one.text))).collect();
        assert_eq!(said, [("  has   ", "mutation Drop: deleteUser".into()), ("  picks ", "Drop".into())]);
    }

    #[test]
    fn a_query_that_is_none_of_graphql_is_a_string_like_any_other() {
        for body in [r#"{"query":"cheap flights"}"#, r#"{"query":7}"#, r#"{"q":"{a}"}"#, r#"[1,{"x":"{a}"}]"#]
        {
            let layout = noted(super::super::json::lay_out(body.as_bytes()).unwrap(), body.as_bytes());
            assert!(layout.rows.iter().all(|row| row.readings.is_empty()), "{body}");
        }
        assert!(lay_out(b"cheap flights").is_none());
        assert_eq!(lay_out(b"{ viewer { login } }").unwrap().what, "GraphQL, 1 operation");
    }
}
