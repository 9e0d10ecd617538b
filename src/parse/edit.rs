//! A frozen request as a text that a person changes in an editor, and back. It looks like HTTP/1.1: a request line,
//! the fields, an empty line, the body; lines above the empty one that begin with `# ` are notes. Any other line that
//! begins with `#` is refused: it could be meant as a note or as a field.
//!
//! What cannot be changed here is not written, or only as a note: scheme, host and port, `host`, `content-length` and
//! `via`. The values of secret fields, and values that are no plain text, stand as `[masked, 13 bytes]` and
//! `[kept, 4 bytes]`; so does a body that is large or no text. Left as they are, they stay what they were. What comes
//! back goes through the checks of every request; what could be read in two ways is refused, with its line.

use std::collections::HashMap;
use std::fmt;

use bytes::Bytes;
use http::header::{HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Uri, Version};

use crate::hold::is_secret;
use crate::limits;
use crate::parse::head::{self, Door};
use crate::parse::{RawHead, Refusal, fields, grammar};
use crate::secret::hex;
use crate::snapshot::{Body, Field, Head, Snapshot};

/// Stands in `Via` while the fields are checked; the request's own `via` takes its place.
const PSEUDONYM: &str = "holdpoint";

/// Why a text is no request that could be held in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1; `None` where no line alone is at fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self { line: None, what: refusal.detail }
    }
}

fn fault(line: usize, what: impl Into<String>) -> Fault {
    Fault { line: Some(line), what: what.into() }
}

/// A request, and what of its body can be edited.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// The request without its body.
    pub head: &'a Head,
    /// Its body.
    pub body: &'a Body,
    /// The body as text; `None` where it is kept as it is.
    pub text: Option<&'a str>,
}

/// The body as a text that an editor shows as it is: UTF-8, short, and no control characters but tabs and line ends.
pub fn editable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= limits::EDIT_BODY_MAX)?;
    let plain = |char: char| !char.is_control() || matches!(char, '\t' | '\n' | '\r');
    text.chars().all(plain).then_some(text)
}

/// The request as text. Behind the body stands one line end that is no part of it, because editors add one.
pub fn write(original: Original<'_>) -> String {
    let Original { head, body, text } = original;
    let mut out = format!(
        "# Lines like this one are not sent. The request goes to {}, and is measured anew.\n\
         # `[masked, …]` and `[kept, …]` stay what they were.\n\
         {} {} HTTP/1.1\n",
        head.origin, head.method, head.target
    );
    for field in &head.fields {
        let note = if is_ours(&field.0) { "# " } else { "" };
        out.push_str(&format!("{note}{}: {}\n", field.0, shown(field)));
    }
    out.push('\n');
    match text {
        Some(text) => out.push_str(text),
        None => out.push_str(&kept_body(body)),
    }
    out.push('\n');
    out
}

/// The text as the request that it says; all that it keeps is the original's.
pub fn read(text: &str, original: Original<'_>) -> Result<Snapshot, Fault> {
    let mut lines = text.split_inclusive('\n').enumerate();
    let mut request_line = None;
    let mut written: Vec<(usize, &str, &str)> = Vec::new();
    let mut head_bytes = 0;
    for (index, whole) in lines.by_ref() {
        head_bytes += whole.len();
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line {
            "" if request_line.is_none() => {}
            "" => break,
            note if is_note(note) => {}
            line if line.starts_with('#') => {
                return Err(fault(index + 1, "a note begins with `# `, and no field's name with `#`"));
            }
            line if request_line.is_none() => request_line = Some((index + 1, line)),
            line => {
                let (name, value) =
                    line.split_once(':').ok_or_else(|| fault(index + 1, "this is no `name: value`"))?;
                written.push((index + 1, name, value.trim_matches([' ', '\t'])));
            }
        }
    }
    let (at, request_line) =
        request_line.ok_or(Fault { line: None, what: "there is no request line".to_owned() })?;
    let (method, target) = method_and_target(request_line).map_err(|what| fault(at, what))?;
    let mut fields = Fields::new(original.head);
    for (at, name, value) in written {
        fields.take(name, value).map_err(|what| fault(at, what))?;
    }
    let head = checked(method, target, &fields.taken, original.head)?;
    Ok(freeze(head, body(&text[head_bytes..], original)))
}

/// Nobody can take it for a field: no name has a space in it.
pub fn is_note(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Fields that are Holdpoint's own, and stand as notes.
fn is_ours(name: &str) -> bool {
    matches!(name, "content-length" | "host" | "via")
}

/// A value as it stands in the text.
fn shown(field: &Field) -> String {
    let (_, value) = field;
    if is_secret(field) {
        return format!("[masked, {} bytes]", value.len());
    }
    match std::str::from_utf8(value) {
        Ok(text) if text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) => {
            text.to_owned()
        }
        _ => format!("[kept, {} bytes]", value.len()),
    }
}

fn kept_body(body: &Body) -> String {
    format!("[kept, {} bytes, sha256:{}]", body.len(), hex(body.sha256()))
}

fn method_and_target(line: &str) -> Result<(&str, &str), String> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        [_, target] | [_, target, "HTTP/1.1"] if !target.starts_with('/') && target != "*" => {
            Err("the target is a path with its query; scheme, host and port stay as they are".to_owned())
        }
        [method, target] | [method, target, "HTTP/1.1"] => Ok((method, target)),
        _ => Err("this is no request line: `METHOD /path HTTP/1.1`".to_owned()),
    }
}

/// Whether a value looks like one that stands for another.
fn stands_for(value: &str) -> bool {
    let start = value.starts_with("[masked, ") || value.starts_with("[kept, ");
    start && value.ends_with(" bytes]")
}

/// The fields that were written, those that were kept put back.
struct Fields<'a> {
    /// The values that are not shown as they are, by name and by what stands for them.
    kept: HashMap<(&'a str, String), Vec<&'a Bytes>>,
    /// How many of those were taken.
    used: HashMap<(&'a str, String), usize>,
    taken: Vec<(String, Bytes)>,
}

impl<'a> Fields<'a> {
    fn new(head: &'a Head) -> Self {
        let mut kept: HashMap<_, Vec<&Bytes>> = HashMap::new();
        for field in &head.fields {
            let shown = shown(field);
            if shown.as_bytes() != &field.1[..] || stands_for(&shown) {
                kept.entry((field.0.as_str(), shown)).or_default().push(&field.1);
            }
        }
        Self { kept, used: HashMap::new(), taken: Vec::new() }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let name = name.to_ascii_lowercase();
        if is_ours(&name) {
            return Err(format!("`{name}` is Holdpoint's own; leave it out"));
        }
        if head::is_ours_or_the_hops(&name) {
            return Err("this field ends at Holdpoint and is not sent on; leave it out".to_owned());
        }
        let value = match self.original(&name, value)? {
            Some(original) => original,
            None if stands_for(value) => {
                return Err("there was no such value under this name that could stay".to_owned());
            }
            None => Bytes::copy_from_slice(value.as_bytes()),
        };
        self.taken.push((name, value));
        Ok(())
    }

    /// What a value stands for, if it stands for one. Where several look alike their order says which is which.
    fn original(&mut self, name: &str, value: &str) -> Result<Option<Bytes>, String> {
        let Some(((known, _), values)) =
            self.kept.iter().find(|((known, shown), _)| *known == name && shown == value)
        else {
            return Ok(None);
        };
        let used = self.used.entry((known, value.to_owned())).or_default();
        *used += 1;
        match values.get(*used - 1) {
            Some(original) => Ok(Some((*original).clone())),
            None => Err("there were fewer such values under this name".to_owned()),
        }
    }
}

/// The head, by the checks of a request inside a tunnel, in canonical form; it goes where the original goes, and has
/// come by the same way.
fn checked(method: &str, target: &str, fields: &[(String, Bytes)], original: &Head) -> Result<Head, Fault> {
    let parts = parts(method, target, fields, original)?;
    let raw = RawHead {
        method: Bytes::copy_from_slice(method.as_bytes()),
        target: Bytes::copy_from_slice(target.as_bytes()),
        version: Version::HTTP_11,
    };
    let origin = &original.origin;
    let door = Door::Tunnel { host: origin.host.clone(), port: origin.port, scheme: origin.scheme };
    let received = head::receive(&parts, Some(&raw), &door, PSEUDONYM, true)?;
    let mut head = received.head().clone();
    head.fields.retain(|(name, _)| name != "via");
    head.fields.extend(original.fields.iter().filter(|(name, _)| name == "via").cloned());
    Ok(head)
}

fn parts(method: &str, target: &str, fields: &[(String, Bytes)], original: &Head) -> Result<Parts, Refusal> {
    grammar::check_method(method)?;
    if target.len() > limits::TARGET_BYTES_MAX {
        return Err(grammar::target_too_long());
    }
    if !target.bytes().all(grammar::is_target_byte) {
        return Err(grammar::bad_target_byte());
    }
    grammar::check_path(target)?;
    if fields.len() >= limits::FIELDS_MAX {
        return Err(head::too_many_fields());
    }
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = Method::from_bytes(method.as_bytes()).map_err(|_| grammar::bad_method())?;
    parts.uri = Uri::try_from(target).map_err(|_| grammar::bad_target_byte())?;
    let own = HeaderValue::try_from(original.origin.authority()).map_err(|_| fields::bad_value())?;
    parts.headers.insert(HOST, own);
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fields::bad_name())?;
        let value = HeaderValue::from_bytes(value).map_err(|_| fields::bad_value())?;
        parts.headers.append(name, value);
    }
    Ok(parts)
}

/// The body that was written; the original's where that is kept.
fn body(text: &str, original: Original<'_>) -> Body {
    let written = text.strip_suffix('\n').unwrap_or(text);
    let untouched = match original.text {
        Some(text) => text == written,
        None => written.trim() == kept_body(original.body),
    };
    if untouched { original.body.clone() } else { Body::memory(Bytes::copy_from_slice(written.as_bytes())) }
}

fn freeze(mut head: Head, body: Body) -> Snapshot {
    head::put_length(&mut head, body.len());
    Snapshot::freeze(head, body)
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
