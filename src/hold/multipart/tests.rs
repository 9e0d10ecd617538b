use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::origin::{Host, Origin, Scheme};
use crate::secret::sha256;

fn head(content_type: &str) -> Head {
    Head {
        method: "POST".to_owned(),
        origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
        target: "/".to_owned(),
        fields: vec![("content-type".to_owned(), Bytes::copy_from_slice(content_type.as_bytes()))],
    }
}

fn boundary(text: &str) -> Boundary {
    Boundary::of(&head(&format!("multipart/form-data; boundary={text}"))).unwrap()
}

fn body(boundary: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (head, content) in parts {
        out.extend_from_slice(format!("--{boundary}\r\n{head}\r\n").as_bytes());
        out.extend_from_slice(content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

fn hash(boundary_text: &str, bytes: &[u8]) -> Option<[u8; 32]> {
    read(&mut &bytes[..], &boundary(boundary_text).delimiter).unwrap()
}

const HEAD: &str = "Content-Disposition: form-data; name=\"a\"\r\n";

#[test]
fn a_boundary_is_read_only_where_there_is_exactly_one_and_it_is_well_formed() {
    for (text, without) in [
        ("multipart/form-data; boundary=abc", "multipart/form-data"),
        ("Multipart/Related;type=\"a/b\"; BOUNDARY=\"a b\" ;x=1", "Multipart/Related;type=\"a/b\";x=1"),
    ] {
        assert_eq!(Boundary::of(&head(text)).unwrap().without(), without.as_bytes(), "{text}");
    }
    for text in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=\"a\\\"b\"",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=a\u{e9}",
        "multipart/form-data; other; boundary=a",
        "text/plain; boundary=a",
    ] {
        assert_eq!(Boundary::of(&head(text)), None, "{text}");
    }
    let long = |count: usize| format!("multipart/form-data; boundary={}", "b".repeat(count));
    assert!(Boundary::of(&head(&long(70))).is_some() && Boundary::of(&head(&long(71))).is_none());
    let mut two = head("multipart/form-data; boundary=a");
    two.fields.push(two.fields[0].clone());
    assert_eq!(Boundary::of(&two), None);
}

#[test]
fn equal_parts_have_one_hash_behind_any_boundary_and_any_other_byte_changes_it() {
    let one = hash("one", &body("one", &[(HEAD, b"x"), (HEAD, b"y")]));
    assert!(one.is_some());
    assert_eq!(one, hash("two", &body("two", &[(HEAD, b"x"), (HEAD, b"y")])));
    for other in [
        body("one", &[(HEAD, b"x"), (HEAD, b"z")]),
        body("one", &[(HEAD, b"xy"), (HEAD, b"")]),
        body("one", &[(HEAD, b"x")]),
        body("one", &[("Content-Disposition: form-data; name=\"b\"\r\n", b"x"), (HEAD, b"y")]),
    ] {
        let other = hash("one", &other);
        assert!(other.is_some() && other != one);
    }
}

#[test]
fn what_is_not_written_strictly_is_not_read_as_parts() {
    let good = body("b", &[(HEAD, b"x")]);
    assert!(hash("b", &good).is_some());
    let text = String::from_utf8(good.clone()).unwrap();
    for (odd, why) in [
        (format!("preamble\r\n{text}"), "a preamble"),
        (format!("\r\n{text}"), "an empty preamble"),
        (format!("{text}epilogue"), "an epilogue"),
        (text.replace("--b\r\n", "--b \r\n"), "a blank behind the boundary"),
        (text.replace("--b\r\n", "--b\n"), "a bare line feed"),
        (text.replace("--b--", "--b"), "no end"),
        (text.replace("Content-Disposition:", "Content Disposition:"), "a blank in a name"),
        (text.replace("Content-Disposition:", ":"), "no name"),
        (text.replace("name=\"a\"", "name=\"a\"\n"), "a bare line feed in a header"),
        (text.replace("\r\nx\r\n", "\r\nx\r\n--bb\r\n"), "a delimiter that goes on"),
        ("--b--\r\n".to_owned(), "no part"),
        (String::new(), "nothing"),
    ] {
        // A body without a part is the one that is written strictly and still has nothing to compare.
        let found = hash("b", odd.as_bytes());
        assert!(found.is_none() || why == "no part", "{why}");
    }
    for cut in 0..good.len() - 2 {
        assert_eq!(hash("b", &good[..cut]), None, "cut at {cut}");
    }
}

#[test]
fn the_head_of_a_part_has_a_bound() {
    let head = |count: usize| format!("a: {}\r\n", "x".repeat(count - "a: \r\n\r\n".len()));
    let of = |count: usize| hash("b", &body("b", &[(&head(count), b"x")]));
    assert!(of(limits::PART_HEAD_MAX).is_some());
    assert!(of(limits::PART_HEAD_MAX + 1).is_none());
}

#[test]
fn a_delimiter_across_two_reads_is_found() {
    for extra in 0..24 {
        let content = vec![b'\r'; PIECE * 2 - 60 + extra];
        let bytes = body("boundary", &[(HEAD, &content), (HEAD, b"tail")]);
        let mut slow = Slow(&bytes, 7001);
        let slow = read(&mut slow, &boundary("boundary").delimiter).unwrap();
        assert!(slow.is_some());
        assert_eq!(slow, hash("boundary", &bytes));
    }
}

/// Gives so many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(out.len()).min(self.0.len());
        out[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[tokio::test]
async fn a_body_in_a_file_has_the_hash_of_the_same_body_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("body");
    let bytes = body("b", &[(HEAD, &vec![b'-'; 300_000])]);
    std::fs::write(&path, &bytes).unwrap();
    let file = Body::file(path, bytes.len() as u64, sha256(&bytes), Arc::new(()));
    let boundary = boundary("b");
    let expected = parts(&Body::memory(bytes.into()), &boundary).await.unwrap();
    assert!(expected.is_some());
    assert_eq!(parts(&file, &boundary).await.unwrap(), expected);
}

proptest! {
    /// No two different lists of parts have one hash, whatever their boundaries.
    #[test]
    fn only_equal_parts_are_equal(
        one in proptest::collection::vec("[-a\r\n]{0,6}", 1..4),
        two in proptest::collection::vec("[-a\r\n]{0,6}", 1..4),
    ) {
        let build = |boundary: &str, parts: &[String]| {
            let parts: Vec<(&str, &[u8])> = parts.iter().map(|part| (HEAD, part.as_bytes())).collect();
            hash(boundary, &body(boundary, &parts))
        };
        // `b` and `c` occur in no part, so that both bodies parse.
        let (first, second) = (build("b", &one), build("c", &two));
        prop_assert!(first.is_some() && second.is_some());
        prop_assert_eq!(first == second, one == two);
    }
}
