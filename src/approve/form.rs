//! `application/x-www-form-urlencoded` (WHATWG URL section 5): one row for each pair, in the bytes that are sent,
//! and what a service reads from them below where the two differ.

use super::rows::{Form, Layout, Row, counts_by_line};
use super::words;

/// Lays out a form; `None` where it has bytes that no form encoder writes: then it is text.
pub fn lay_out(body: &[u8]) -> Option<Layout> {
    if !body.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let (mut rows, mut start, mut layout) = (Vec::new(), 0, Layout::default());
    for pair in body.split_inclusive(|byte| *byte == b'&') {
        let row = Row { form: Form::Pair, ..Row::text(start..start + pair.len()) };
        // A line feed in a value is an ordinary thing to send; other hidden characters are told of.
        layout.hidden.add(&counts_by_line(&decoded(pair).unwrap_or_default()));
        start = row.range.end;
        rows.push(row);
    }
    layout.what = format!("form, {}", words::count(rows.len() as u64, "pair"));
    layout.rows = rows;
    Some(layout)
}

/// What a service reads from a pair, where that is not what stands there. The ampersand is not part of it.
pub fn decoded(pair: &[u8]) -> Option<Vec<u8>> {
    let pair = pair.strip_suffix(b"&").unwrap_or(pair);
    if !pair.contains(&b'%') && !pair.contains(&b'+') {
        return None;
    }
    let (mut out, mut at) = (Vec::with_capacity(pair.len()), 0);
    while let Some(byte) = pair.get(at) {
        let escaped = (*byte == b'%').then(|| pair.get(at + 1..at + 3).and_then(hex_byte)).flatten();
        match (escaped, byte) {
            (Some(decoded), _) => {
                out.push(decoded);
                at += 2;
            }
            (None, b'+') => out.push(b' '),
            (None, other) => out.push(*other),
        }
        at += 1;
    }
    Some(out)
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    #[test]
    fn each_pair_has_a_row_and_is_decoded_where_that_differs() {
        let body = b"title=a+b&&text=x%26y%3Dz%zz&plain=1";
        let layout = lay_out(body).unwrap();
        assert_tiles(&layout.rows, body);
        assert_eq!(layout.what, "form, 4 pairs");
        let read: Vec<_> = layout.rows.iter().map(|row| decoded(&body[row.range.clone()])).collect();
        assert_eq!(read, [Some(b"title=a b".to_vec()), None, Some(b"text=x&y=z%zz".to_vec()), None]);
    }

    #[test]
    fn hidden_characters_behind_percent_signs_are_counted() {
        assert_eq!(
            lay_out(b"a=%1b%5B2J&b=%E2%80%AE%0a").unwrap().hidden.words().unwrap(),
            "1 control, 1 bidi"
        );
        assert!(lay_out(b"a=1 2").is_none());
        assert!(lay_out("a=é".as_bytes()).is_none());
    }
}
