//! Multipart bodies, compared part by part: clients draw a new boundary for each attempt (RFC 2046 section 5.1).
//!
//! Strict, because it decides who gets whose answer: one boundary, no preamble, no epilogue, CRLF everywhere, a name
//! and a colon in each header line. What is not exactly so is compared as bytes.

use std::fs::File;
use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA256};

use crate::limits;
use crate::snapshot::{Body, Head};

/// What is read at a time.
const PIECE: usize = 64 * 1024;

/// The boundary that a `content-type` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    delimiter: Vec<u8>,
    without: Vec<u8>,
}

impl Boundary {
    /// Reads the one `content-type` of a multipart request. Anything unusual is `None`.
    pub fn of(head: &Head) -> Option<Self> {
        let mut values = head.values("content-type");
        let value = std::str::from_utf8(values.next()?).ok()?;
        values.next().is_none().then_some(())?;
        let (media, rest) = value.split_once(';')?;
        let media = media.trim_matches([' ', '\t']);
        let subtype = media.get(.."multipart/".len()).filter(|kind| kind.eq_ignore_ascii_case("multipart/"));
        subtype?;
        let mut without = media.as_bytes().to_vec();
        let mut boundary = None;
        for parameter in parameters(rest)? {
            let (name, value) = parameter.split_once('=')?;
            if !name.eq_ignore_ascii_case("boundary") {
                without.push(b';');
                without.extend_from_slice(parameter.as_bytes());
            } else if boundary.replace(unquote(value)?).is_some() {
                return None;
            }
        }
        let boundary = boundary.filter(|text| is_boundary(text))?;
        Some(Self { delimiter: format!("\r\n--{boundary}").into_bytes(), without })
    }

    /// The `content-type` without its boundary.
    pub fn without(&self) -> &[u8] {
        &self.without
    }
}

/// Splits `; name=value` lists at the semicolons outside quotes.
fn parameters(text: &str) -> Option<Vec<&str>> {
    let (mut found, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                found.push(text[start..index].trim_matches([' ', '\t']));
                start = index + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim_matches([' ', '\t']));
    (!quoted).then_some(found)
}

fn unquote(value: &str) -> Option<String> {
    match value.strip_prefix('"') {
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            (!inner.contains(['"', '\\'])).then(|| inner.to_owned())
        }
        None => (!value.contains(['"', ' ', '\t'])).then(|| value.to_owned()),
    }
}

/// RFC 2046: 1 to 70 characters of a short list, no blank at the end.
fn is_boundary(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&text.len()) && !text.ends_with(' ') && text.bytes().all(allowed)
}

/// A hash over all parts, or `None` where the body does not parse strictly.
pub async fn parts(body: &Body, boundary: &Boundary) -> io::Result<Option<[u8; 32]>> {
    if let Some(bytes) = body.bytes() {
        return read(&mut &bytes[..], &boundary.delimiter);
    }
    let Some(path) = body.path().cloned() else { return Ok(None) };
    // The clone keeps the file while it is read.
    let (body, delimiter) = (body.clone(), boundary.delimiter.clone());
    tokio::task::spawn_blocking(move || {
        let found = read(&mut File::open(path)?, &delimiter);
        drop(body);
        found
    })
    .await
    .map_err(io::Error::other)?
}

fn read(source: &mut impl Read, delimiter: &[u8]) -> io::Result<Option<[u8; 32]>> {
    let mut reader = Reader { source, window: Vec::with_capacity(2 * PIECE), ended: false };
    let mut whole = Context::new(&SHA256);
    // The first delimiter stands at the very beginning, without the line end that belongs to those that follow.
    if !reader.take_exactly(&delimiter[2..])? {
        return Ok(None);
    }
    loop {
        if reader.take_exactly(b"--")? {
            let plain_end = reader.is_empty()?;
            let line_end = !plain_end && reader.take_exactly(b"\r\n")? && reader.is_empty()?;
            whole.update(if line_end { b"\r\n" } else { b"" });
            return Ok((plain_end || line_end).then(|| finish(whole)));
        }
        if !reader.take_exactly(b"\r\n")? {
            return Ok(None);
        }
        let Some(head) = reader.head(delimiter)? else { return Ok(None) };
        whole.update(&(head.len() as u64).to_be_bytes());
        whole.update(&head);
        let Some((len, hash)) = reader.content(delimiter)? else { return Ok(None) };
        whole.update(&len.to_be_bytes());
        whole.update(&hash);
    }
}

fn finish(hash: Context) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hash.finish().as_ref());
    out
}

/// A window over the body, a few pieces wide.
struct Reader<'a, R> {
    source: &'a mut R,
    window: Vec<u8>,
    ended: bool,
}

impl<R: Read> Reader<'_, R> {
    /// Makes the window at least so wide, unless the body ends first.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        while self.window.len() < wanted && !self.ended {
            let start = self.window.len();
            self.window.resize(start + PIECE, 0);
            let count = self.source.read(&mut self.window[start..])?;
            self.window.truncate(start + count);
            self.ended = count == 0;
        }
        Ok(())
    }

    fn is_empty(&mut self) -> io::Result<bool> {
        self.fill(1)?;
        Ok(self.window.is_empty())
    }

    fn take_exactly(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.fill(bytes.len())?;
        let found = self.window.starts_with(bytes);
        if found {
            self.window.drain(..bytes.len());
        }
        Ok(found)
    }

    /// The header lines of a part, the blank line included.
    fn head(&mut self, delimiter: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.fill(limits::PART_HEAD_MAX)?;
        let end = if self.window.starts_with(b"\r\n") {
            2
        } else {
            let bound = self.window.len().min(limits::PART_HEAD_MAX);
            match find(&self.window[..bound], b"\r\n\r\n") {
                Some(index) => index + 4,
                None => return Ok(None),
            }
        };
        let head: Vec<u8> = self.window.drain(..end).collect();
        Ok((find(&head, delimiter).is_none() && is_head(&head)).then_some(head))
    }

    /// Length and hash of a part's content; the delimiter behind it is taken too.
    fn content(&mut self, delimiter: &[u8]) -> io::Result<Option<(u64, [u8; 32])>> {
        let mut hash = Context::new(&SHA256);
        let mut len = 0;
        loop {
            self.fill(PIECE + delimiter.len())?;
            let (count, found) = match find(&self.window, delimiter) {
                Some(index) => (index, true),
                None if self.ended => return Ok(None),
                // The last bytes may be the beginning of a delimiter.
                None => (self.window.len() - (delimiter.len() - 1), false),
            };
            hash.update(&self.window[..count]);
            len += count as u64;
            self.window.drain(..if found { count + delimiter.len() } else { count });
            if found {
                return Ok(Some((len, finish(hash))));
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(offset) = haystack.get(from..)?.iter().position(|byte| *byte == first) {
        from += offset;
        if haystack[from..].starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// Whole lines of `name: value`, without bare CR, LF or NUL.
fn is_head(head: &[u8]) -> bool {
    let Some(lines) = head.strip_suffix(b"\r\n") else { return false };
    if lines.is_empty() {
        return true;
    }
    let Ok(text) = std::str::from_utf8(lines) else { return false };
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    text.strip_suffix("\r\n").unwrap_or(text).split("\r\n").all(|line| {
        let named = line.split_once(':').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(token));
        named && !line.contains(['\r', '\n', '\0'])
    })
}

#[cfg(test)]
mod tests;
