//! `multipart/form-data` (RFC 7578), read so strictly that no two readers can see different parts. Whatever
//! deviates (a preamble, a bare line feed before a boundary, a folded or doubled header, a name in a second spelling)
//! is an error, and the caller takes it for `unknown` (CASES CL-37).

use crate::classify::parameters::{self, Parameters, is_token};
use crate::limits;

/// Enough of a part's content to hold any method's name.
const START_BYTES: usize = 64;

/// One field of the form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) content: &'a [u8],
}

impl Part<'_> {
    /// The first bytes of its value.
    pub(super) fn start_of_content(&self) -> &[u8] {
        &self.content[..self.content.len().min(START_BYTES)]
    }
}

/// One part of any multipart: its header lines, and what follows them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section<'a> {
    headers: Vec<(&'a str, &'a str)>,
    pub(super) content: &'a [u8],
}

impl<'a> Section<'a> {
    /// All values of a header.
    pub(super) fn values(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The only value of a header; `None` where there is none, or more than one.
    pub(super) fn only(&self, name: &str) -> Option<&'a str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().filter(|_| found.next().is_none()).map(|(_, value)| *value)
    }
}

/// All parts of a form, or what keeps them from being read.
pub(super) fn parts<'a>(bytes: &'a [u8], parameters: &Parameters) -> Result<Vec<Part<'a>>, &'static str> {
    sections(bytes, parameters)?.into_iter().map(part).collect()
}

/// All parts of any multipart, or what keeps them from being read.
pub(super) fn sections<'a>(
    bytes: &'a [u8],
    parameters: &Parameters,
) -> Result<Vec<Section<'a>>, &'static str> {
    let boundary = parameters::only(parameters, "boundary").filter(|text| is_boundary(text));
    let delimiter = format!("--{}", boundary.ok_or("its type names no single boundary")?);
    let mut rest = bytes.strip_prefix(delimiter.as_bytes()).ok_or("it does not start with its boundary")?;
    let mut parts = Vec::new();
    loop {
        if matches!(rest, b"--" | b"--\r\n") {
            return Ok(parts);
        }
        if parts.len() == limits::FORM_PARTS_MAX {
            return Err("it has too many parts");
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("something follows a boundary")?;
        let end = find(rest, delimiter.as_bytes()).ok_or("its last boundary is missing")?;
        let whole = rest[..end].strip_suffix(b"\r\n").ok_or("a boundary is not on a line of its own")?;
        parts.push(section(whole)?);
        rest = &rest[end + delimiter.len()..];
    }
}

/// RFC 2046 section 5.1.1, without the blank that may stand inside one.
fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte))
}

fn section(bytes: &[u8]) -> Result<Section<'_>, &'static str> {
    let end = find(bytes, b"\r\n\r\n").ok_or("a part has no headers")?;
    let lines = std::str::from_utf8(&bytes[..end]).map_err(|_| "a part's headers are not UTF-8")?;
    let mut headers = Vec::new();
    for line in lines.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or("a line of a part's headers has no colon")?;
        if !is_token(name) || value.contains(|char: char| char.is_control() && char != '\t') {
            return Err("a part has a malformed header");
        }
        headers.push((name, value));
    }
    Ok(Section { headers, content: &bytes[end + 4..] })
}

fn part(section: Section<'_>) -> Result<Part<'_>, &'static str> {
    let name = section.only("content-disposition").and_then(form_name);
    Ok(Part { name: name.ok_or("a part has no single plain name")?, content: section.content })
}

fn form_name(disposition: &str) -> Option<String> {
    let (kind, parameters) = parameters::parse(disposition)?;
    let extended = parameters.iter().any(|(name, _)| name.starts_with("name*"));
    (kind == "form-data" && !extended).then(|| parameters::only(&parameters, "name").map(str::to_owned))?
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, boundary: &str) -> Result<Vec<String>, &'static str> {
        let parameters = vec![("boundary".to_owned(), boundary.to_owned())];
        let parts = parts(body.as_bytes(), &parameters)?;
        Ok(parts.into_iter().map(|part| part.name).collect())
    }

    const PLAIN: &str = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
                         --b\r\ncontent-disposition: form-data; name=f; filename=\"x.txt\"\r\n\
                         Content-Type: text/plain\r\n\r\n\r\n\r\n--b--\r\n";

    #[test]
    fn the_names_of_a_strict_form_are_read() {
        assert_eq!(read(PLAIN, "b"), Ok(vec!["a".to_owned(), "f".to_owned()]));
        assert_eq!(read("--b--", "b"), Ok(vec![]));
    }

    /// CASES CL-37
    #[test]
    fn whatever_two_readers_could_read_differently_is_refused() {
        let changed = |from: &str, to: &str| read(&PLAIN.replacen(from, to, 1), "b");
        for (from, to) in [
            ("--b\r\n", "preamble\r\n--b\r\n"),
            ("--b--\r\n", "--b--\r\nepilogue"),
            ("--b--\r\n", ""),
            ("--b--", "--b"),
            ("1\r\n--b", "1\n--b"),
            ("1\r\n--b\r\n", "1\r\n--b \r\n"),
            ("1\r\n--b\r\n", "1\r\n--b\n"),
            ("name=\"a\"", "name=\"a\"; name=\"_method\""),
            ("name=\"a\"", "name=\"a\"; name*=utf-8''_method"),
            ("name=\"a\"", "name=\"a\\\"; x=\"_method\""),
            ("name=\"a\"", "filename=\"a\""),
            ("form-data; name=\"a\"", "attachment; name=\"a\""),
            ("form-data; name=\"a\"", "form-data;\r\n name=\"a\""),
            (
                "form-data; name=\"a\"",
                "form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"_method\"",
            ),
            ("name=\"a\"\r\n", "name=\"a\"\n"),
            ("Content-Disposition:", "Content-Disposition :"),
        ] {
            assert!(changed(from, to).is_err(), "{from:?} as {to:?}");
        }
        assert!(read(PLAIN, "").is_err());
        assert!(read(PLAIN, "c").is_err());
        assert!(parts(PLAIN.as_bytes(), &vec![]).is_err());
    }

    #[test]
    fn a_form_may_have_so_many_parts_and_not_one_more() {
        let with = |count: usize| {
            let part = "--b\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n";
            read(&format!("{}--b--", part.repeat(count)), "b")
        };
        assert!(with(limits::FORM_PARTS_MAX).is_ok());
        assert!(with(limits::FORM_PARTS_MAX + 1).is_err());
    }
}
