//! Several JSON texts, one in each line (NDJSON, JSON Lines; the bulk calls of Elasticsearch): one row for each line,
//! as it is sent. Where a single line is not strictly JSON it is no such body, and shown as text.

use super::json;
use super::rows::{Form, Layout, Row, counts_by_line, text_rows};
use super::strings;
use super::words::count;

/// Lays out the lines; `None` where the body is none of these.
pub fn lay_out(body: &[u8]) -> Option<Layout> {
    let mut rows = text_rows(body, 0..body.len());
    let mut layout = Layout { hidden: counts_by_line(body), ..Layout::default() };
    let (mut texts, mut doubled) = (0, 0_u64);
    for row in &mut rows {
        let line = &body[row.range.clone()];
        if line.trim_ascii().is_empty() {
            continue;
        }
        let laid = json::lay_out(line)?;
        texts += 1;
        doubled += u64::from(!laid.warnings.is_empty());
        layout.hidden.add(&strings::hidden(line));
        *row = Row { form: Form::Json, ..Row::text(row.range.clone()) };
    }
    if texts < 2 {
        return None;
    }
    if doubled > 0 {
        let lines = count(doubled, "line");
        layout.warnings.push(format!("keys stand twice, or differ in letter case alone, in {lines}"));
    }
    layout.what = format!("{}, one in each line", count(texts, "JSON text"));
    layout.rows = rows;
    Some(layout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    #[test]
    fn each_line_is_a_json_text_of_its_own() {
        let body = b"{\"index\":{\"_id\":1}}\n{\"text\":\"a\\nb\"}\n\n";
        let layout = lay_out(body).unwrap();
        assert_tiles(&layout.rows, body);
        assert_eq!(layout.what, "2 JSON texts, one in each line");
        assert!(layout.warnings.is_empty());
        assert_eq!(lay_out(b"{\"a\":1,\"a\":2}\n{}\n").unwrap().warnings.len(), 1);
    }

    #[test]
    fn one_text_alone_and_lines_that_are_none_are_not_laid_out() {
        for body in [&b"{}"[..], b"{}\n{", b"{}\nx\n{}", b"\n\n", b""] {
            assert!(lay_out(body).is_none(), "{body:?}");
        }
    }
}
