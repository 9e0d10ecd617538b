//! `multipart/*` (RFC 2046 section 5.1): where its parts begin, each announced by a line of Holdpoint's own, its
//! content as text or in hexadecimal. Strict: no preamble, no epilogue; what does not parse is shown as text.

use super::hex;
use super::rows::{Layout, Note, counts_by_line, text_rows};
use super::words;

/// The boundary that a content type names, where it is a multipart one.
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    (1..=70).contains(&value.len()).then(|| value.to_owned())
}

/// Lays out the parts; `None` where the body is not strictly one.
pub fn lay_out(body: &[u8], boundary: &str) -> Option<Layout> {
    let parts = parts(body, boundary)?;
    let (mut layout, mut at) = (Layout::default(), 0);
    for (index, part) in parts.iter().enumerate() {
        let mut opening = text_rows(body, at..part.content);
        opening.first_mut()?.note = Some(Note::Part(index as u32 + 1, (part.end - part.content) as u64));
        layout.rows.extend(opening);
        let content = &body[part.content..part.end];
        if hex::is_opaque(content) {
            layout.rows.extend(hex::rows(part.content..part.end));
        } else {
            layout.hidden.add(&counts_by_line(content));
            layout.rows.extend(text_rows(body, part.content..part.end));
        }
        layout.hidden.add(&counts_by_line(&body[at..part.content]));
        at = part.end;
    }
    layout.rows.extend(text_rows(body, at..body.len()));
    layout.what = format!("multipart, {}", words::count(parts.len() as u64, "part"));
    Some(layout)
}

struct Part {
    content: usize,
    end: usize,
}

fn parts(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let opening = format!("--{boundary}\r\n").into_bytes();
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    body.starts_with(&opening).then_some(())?;
    let (mut parts, mut at) = (Vec::new(), opening.len());
    loop {
        let end = at + find(&body[at..], &delimiter)?;
        // A part without header fields begins with the blank line itself.
        let content = match body[at..].starts_with(b"\r\n") {
            true => at + 2,
            false => at + find(&body[at..end], b"\r\n\r\n")? + 4,
        };
        if content > end {
            return None;
        }
        parts.push(Part { content, end });
        let after = &body[end + delimiter.len()..];
        if after.starts_with(b"\r\n") {
            at = end + delimiter.len() + 2;
        } else {
            return matches!(after, b"--" | b"--\r\n").then_some(parts);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::Form;
    use crate::approve::rows::tests::assert_tiles;

    const BODY: &[u8] = b"--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\nhello\nworld\r\n\
        --b\r\ncontent-type: image/png\r\n\r\n\x89PNG\0\0\0\r\n--b--\r\n";

    #[test]
    fn every_part_is_announced_and_opaque_ones_are_in_hexadecimal() {
        let layout = lay_out(BODY, "b").unwrap();
        assert_tiles(&layout.rows, BODY);
        assert_eq!(layout.what, "multipart, 2 parts");
        let notes: Vec<_> = layout.rows.iter().filter_map(|row| row.note).collect();
        assert_eq!(notes, [Note::Part(1, 11), Note::Part(2, 7)]);
        let opaque: Vec<_> = layout.rows.iter().filter(|row| row.form == Form::Hex).collect();
        assert_eq!(opaque.len(), 1);
        assert_eq!(&BODY[opaque[0].range.clone()], b"\x89PNG\0\0\0");
    }

    #[test]
    fn what_is_not_strictly_multipart_is_not_laid_out_as_one() {
        for body in [
            &b"preamble\r\n--b\r\n\r\nx\r\n--b--"[..],
            b"--b\r\n\r\nx\r\n--b--\r\nepilogue",
            b"--b\r\n\r\nx",
            b"--b\r\nno blank line\r\n--b--",
            b"--b\n\nx\n--b--",
        ] {
            assert!(lay_out(body, "b").is_none(), "{body:?}");
        }
        assert!(lay_out(b"--b\r\n\r\nx\r\n--b--", "b").is_some());
    }

    #[test]
    fn the_boundary_is_read_with_and_without_quotes() {
        assert_eq!(boundary("multipart/form-data; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(boundary("Multipart/Mixed; charset=x; BOUNDARY=\"a b\"").as_deref(), Some("a b"));
        assert_eq!(boundary("text/plain; boundary=abc"), None);
        assert_eq!(boundary("multipart/mixed; boundary="), None);
    }
}
