//! A body with a content coding (RFC 9110 section 8.4), shown without it: what a service reads is what a person must
//! read. It is undone by the classifier's own reader, so that what was judged is what is shown. Both sizes are said;
//! the bytes as sent are one word away (`raw`). What cannot be undone is shown as sent, and since nobody can read
//! that, a release asks for more than a yes (CASES AP-11, CL-35, CL-36).

use std::borrow::Cow;

use bytes::Bytes;

use super::body::{BodyParts, BodyView};
use super::rows::{self, Content, Layout};
use super::words::count;
use crate::classify::{Schema, decode};
use crate::limits::{SHOWN_BODY_END, SHOWN_DECODED_MAX};
use crate::secret::sha256;
use crate::snapshot::Head;

/// A coding that frames what it carries and leaves it legible (Amazon S3's signed chunks).
const LEGIBLE: &str = "aws-chunked";

/// The codings that stand between the bytes and what they mean, in small letters.
fn codings(head: &Head) -> Vec<String> {
    let words = head.values("content-encoding").flat_map(|value| value.split(|byte| *byte == b','));
    let words = words.map(|word| String::from_utf8_lossy(word.trim_ascii()).to_ascii_lowercase());
    words.filter(|word| !word.is_empty() && word != "identity").collect()
}

/// Whether a person cannot read the bytes as they are sent.
pub fn is_encoded(head: &Head) -> bool {
    codings(head).iter().any(|coding| coding != LEGIBLE)
}

/// Lays out a whole body by what it means.
pub fn lay_out(head: &Head, body: &[u8], schema: Option<&Schema>) -> Layout {
    let codings = codings(head);
    if codings.is_empty() || body.is_empty() {
        return rows::of_content(head, body, schema);
    }
    if codings.iter().all(|coding| coding == LEGIBLE) {
        let warnings = vec![
            "its content comes in signed chunks; shown are the bytes as sent, chunk heads among them".into(),
        ];
        return Layout { warnings, ..rows::plain(body) };
    }
    match decode::content(head, body) {
        Ok(Cow::Borrowed(bytes)) => rows::of_content(head, bytes, schema),
        Ok(Cow::Owned(bytes)) => decoded(head, &codings.join(", "), body.len(), bytes, schema),
        Err(why) => Layout {
            warnings: vec![format!("{why}; shown are the bytes as sent, which nobody can read")],
            cut: true,
            ..rows::plain(body)
        },
    }
}

fn decoded(head: &Head, coding: &str, sent: usize, bytes: Vec<u8>, schema: Option<&Schema>) -> Layout {
    let said = format!(
        "its body is sent in {coding}: {}; shown is what that means, {}; raw shows it as sent",
        count(sent as u64, "byte"),
        count(bytes.len() as u64, "byte")
    );
    let coding = coding.to_owned();
    if bytes.len() > SHOWN_DECODED_MAX {
        let view = ends(bytes.into());
        let what = "shown by its ends, where alone hidden characters were counted".into();
        let content = Some(Content { coding, view });
        return Layout { what, content, cut: true, warnings: vec![said], ..Layout::default() };
    }
    let mut layout = rows::of_content(head, &bytes, schema);
    layout.warnings.insert(0, said);
    layout.content = Some(Content { coding, view: BodyView::Whole(bytes.into()) });
    layout
}

fn ends(bytes: Bytes) -> BodyView {
    BodyView::Parts(BodyParts {
        head: bytes.slice(..SHOWN_BODY_END),
        tail: bytes.slice(bytes.len() - SHOWN_BODY_END..),
        total: bytes.len() as u64,
        sha256: sha256(&bytes),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::approve::options::Lens;
    use crate::approve::rows::tests::{assert_tiles, head};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn coded(coding: &str) -> Head {
        let mut head = head("application/json");
        head.fields.push(("content-encoding".into(), coding.to_owned().into()));
        head
    }

    /// CASES AP-11
    #[test]
    fn a_coded_body_is_laid_out_by_what_it_means_and_both_sizes_are_said() {
        let text = br#"{"title":"hi","n":1.10}"#;
        let body = gzip(text);
        let layout = lay_out(&coded("gzip"), &body, None);
        assert_eq!(layout.what, "JSON object");
        assert_tiles(&layout.rows, text);
        assert_eq!(layout.content.unwrap().view, BodyView::Whole(Bytes::from_static(text)));
        let said = format!("sent in gzip: {} bytes; shown is what that means, 23 bytes;", body.len());
        assert!(layout.warnings[0].contains(&said), "{:?}", layout.warnings);
        assert!(!layout.cut);
        // The near miss: the same bytes, and no coding.
        let layout = lay_out(&head("application/json"), text, None);
        assert!(layout.content.is_none() && layout.warnings.is_empty());
    }

    /// CASES CL-35, CL-36
    #[test]
    fn what_cannot_be_undone_is_shown_as_sent_and_asks_for_more_than_a_yes() {
        for (coding, body) in
            [("gzip", gzip(b"{}")[..9].to_vec()), ("zip", b"{}".to_vec()), ("gzip, br", gzip(b"{}"))]
        {
            let layout = lay_out(&coded(coding), &body, None);
            assert!(layout.cut && layout.content.is_none(), "{coding}");
            assert_tiles(&layout.rows, &body);
        }
        let bomb = gzip(&vec![b' '; 4 * 1024 * 1024]);
        let layout = lay_out(&coded("gzip"), &bomb, None);
        assert!(layout.cut && layout.warnings[0].contains("too long"), "{:?}", layout.warnings);
        let framed = lay_out(&coded("aws-chunked"), b"2;chunk-signature=x\r\nhi\r\n0\r\n\r\n", None);
        assert!(!framed.cut);
    }

    #[test]
    fn of_a_content_that_is_too_large_the_ends_are_shown() {
        let mut seed = 1_u64;
        let mut text = Vec::new();
        while text.len() <= SHOWN_DECODED_MAX {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push(b'a' + (seed >> 60) as u8);
        }
        let layout = lay_out(&coded("gzip"), &gzip(&text), None);
        let Some(Content { view: BodyView::Parts(parts), .. }) = &layout.content else {
            panic!("{layout:?}")
        };
        assert_eq!(parts.total, text.len() as u64);
        assert_eq!(
            (&parts.head[..], &parts.tail[..]),
            (&text[..SHOWN_BODY_END], &text[text.len() - SHOWN_BODY_END..])
        );
        assert!(layout.cut);
    }

    /// CASES AP-11: the bytes as sent of a coded body show nobody what is meant, so having seen them is no reading.
    #[test]
    fn the_raw_bytes_of_a_coded_body_do_not_count_as_seen() {
        assert!(rows::lay_out(&coded("gzip"), &gzip(b"{}"), None, Lens::Raw).cut);
        assert!(!rows::lay_out(&coded("identity"), b"{}", None, Lens::Raw).cut);
    }
}
