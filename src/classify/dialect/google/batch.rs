//! A batch: `POST /batch/gmail/v1` with `multipart/mixed`, each part a request of its own
//! (https://developers.google.com/workspace/drive/api/guides/batch). Taken apart part by part; the worst wins, and
//! whatever deviates from the plainest form is unclear (CASES CL-12). Only GETs are read here: what a service says of
//! routes is said of the paths that it covers, and parts go elsewhere.

use super::{act, brings_fields, label};
use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::overrides::in_head;
use crate::classify::parameters;
use crate::limits;
use crate::pattern::path_is_odd;
use crate::snapshot::Head;

pub(super) fn is_one(head: &Head) -> bool {
    let path = head.path();
    path == "/batch" || path.starts_with("/batch/")
}

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    if asked.head.method != "POST" {
        return Err(Otherwise::unclear("a batch that is no POST"));
    }
    let Some((kind, parameters)) = asked.content_type() else {
        return Err(Otherwise::unclear("a batch without a plain content type"));
    };
    let boundary = parameters::only(&parameters, "boundary")
        .filter(|text| kind == "multipart/mixed" && (1..=70).contains(&text.len()) && !text.contains(' '));
    let Some(boundary) = boundary else {
        return Err(Otherwise::unclear("a batch that is not multipart/mixed with one boundary"));
    };
    let parts =
        parts(asked.content()?, boundary).map_err(|why| Otherwise::unclear(format!("batch: {why}")))?;
    let read = parts.into_iter().map(|part| operation(asked.head, part));
    read.collect::<Result<_, _>>().map_err(|why| Otherwise::unclear(format!("batch: {why}")))
}

/// The parts, between delimiters on lines of their own. Google's own Python client ends lines with a bare line feed:
/// that is taken where there is no carriage return at all, so that no two readers see different lines.
fn parts<'a>(bytes: &'a [u8], boundary: &str) -> Result<Vec<&'a str>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    let line = if text.contains('\r') { "\r\n" } else { "\n" };
    let delimiter = format!("--{boundary}");
    let mut rest = text.strip_prefix(&delimiter).ok_or("it does not start with its boundary")?;
    let mut parts = Vec::new();
    loop {
        if rest.strip_prefix("--").is_some_and(|end| end.is_empty() || end == line) {
            return Ok(parts);
        }
        if parts.len() == limits::FORM_PARTS_MAX {
            return Err("it has too many parts");
        }
        rest = rest.strip_prefix(line).ok_or("something follows a boundary")?;
        let end = rest.find(&delimiter).ok_or("its last boundary is missing")?;
        let part = rest[..end].strip_suffix(line).ok_or("a boundary is not on a line of its own")?;
        if line == "\r\n" && part.replace("\r\n", "").contains(['\r', '\n']) {
            return Err("a line ends in a way of its own");
        }
        parts.push(part);
        rest = &rest[end + delimiter.len()..];
    }
}

/// One part: its fields, an empty line, a request.
fn operation(outer: &Head, part: &str) -> Result<Operation, &'static str> {
    let mut lines = part.lines();
    let mut is_http = false;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let (name, value) = field(line)?;
        match name.as_str() {
            "content-type" if is_http => return Err("a part has two content types"),
            "content-type" => is_http = value.eq_ignore_ascii_case("application/http"),
            "content-id" | "content-length" | "mime-version" => {}
            "content-transfer-encoding" if matches!(value, "binary" | "8bit" | "7bit") => {}
            _ => return Err("a part has a field that no client sends"),
        }
    }
    if !is_http {
        return Err("a part is no request");
    }
    let head = head(outer, &mut lines)?;
    let has_body = lines.any(|line| !line.is_empty());
    let (effect, why) = match act::says(&head.method, head.path()) {
        (Effect::Read, _) if !matches!(head.method.as_str(), "GET" | "HEAD") => {
            (Effect::Write, "in a batch only a GET is taken for a read".to_owned())
        }
        (Effect::Read, _) if has_body => return Err("a GET in it has content"),
        says => says,
    };
    let route = format!("{} {}", head.method, head.path());
    Ok(Operation::named(route, label::of(&head.method, &head)).says(effect, why).at_least(effect))
}

/// The inner request's head, with the outer one's host, to which all parts go.
fn head<'a>(outer: &Head, lines: &mut impl Iterator<Item = &'a str>) -> Result<Head, &'static str> {
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err("a part has no request line");
    };
    if words.next().is_some_and(|version| version != "HTTP/1.1") || words.next().is_some() {
        return Err("a part has an odd request line");
    }
    let mut fields = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = field(line)?;
        fields.push((name, bytes::Bytes::copy_from_slice(value.as_bytes())));
    }
    let (method, target) = (method.to_owned(), target.to_owned());
    let head = Head { method, origin: outer.origin.clone(), target, fields };
    let query = head.query().unwrap_or_default();
    let odd_query = form_urlencoded::parse(query.as_bytes()).any(|(key, _)| brings_fields(&key));
    if !head.target.starts_with('/') || path_is_odd(head.path()) || odd_query || is_one(&head) {
        return Err("a part's target is odd");
    }
    if !in_head(&head).is_empty() {
        return Err("a part asks for another method than it names");
    }
    Ok(head)
}

/// `Name: value`, the name in lower case.
fn field(line: &str) -> Result<(String, &str), &'static str> {
    let (name, value) = line.split_once(':').ok_or("a line of a part's head has no colon")?;
    if !parameters::is_token(name) || value.contains(char::is_control) {
        return Err("a part has a malformed field");
    }
    Ok((name.to_ascii_lowercase(), value.trim_matches(' ')))
}

#[cfg(test)]
mod tests {
    use super::parts;

    /// CASES CL-12, CL-37
    #[test]
    fn whatever_two_readers_could_read_differently_is_refused() {
        let plain = "--b\r\nx: 1\r\n\r\nGET /a\r\n--b\r\n\r\n--b--\r\n";
        assert_eq!(parts(plain.as_bytes(), "b"), Ok(vec!["x: 1\r\n\r\nGET /a", ""]));
        assert_eq!(parts(plain.replace('\r', "").as_bytes(), "b").map(|parts| parts.len()), Ok(2));
        for (from, to) in [
            ("--b\r\n", "preamble\r\n--b\r\n"),
            ("--b--\r\n", "--b--\r\nepilogue"),
            ("--b--\r\n", ""),
            ("--b--", "--b"),
            ("GET /a\r\n--b", "GET /a\n--b"),
            ("GET /a", "GET /a\n--c"),
            ("GET /a", "GET /a\r"),
            ("GET /a\r\n--b\r\n", "GET /a\r\n--b \r\n"),
            ("GET /a\r\n--b\r\n", "GET /a\r\n--bc\r\n"),
        ] {
            let changed = plain.replacen(from, to, 1);
            assert_ne!(changed, plain);
            assert!(parts(changed.as_bytes(), "b").is_err(), "{from:?} as {to:?}");
        }
        assert!(parts(b"--b\r\n\xff\r\n--b--", "b").is_err());
    }
}
