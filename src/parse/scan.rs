//! Reads a request head byte by byte, so that its verdict does not depend on how the bytes were cut into packets
//! (CASES FR-40) and a bad head is refused at its first bad byte, not when the agent has waited for its end.
//!
//! Takes the narrow form of RFC 9112 sections 2 to 5: CRLF ends a line, one blank parts the request line, a colon
//! follows the name at once, nothing is folded. One empty line before the request line is skipped. Whatever is let
//! through, hyper and httparse read in the same way.

use std::ops::Range;

use crate::code::Code;
use crate::limits;
use crate::parse::fields::{self, Facts, FieldCheck, Wire};
use crate::parse::grammar::{self, Target, read_target};
use crate::parse::{Framing, Refusal};

/// A head that was read whole and found good. Places are counted from the first byte of the buffer.
#[derive(Debug)]
pub struct Found {
    /// Where the request line starts: behind an empty line, if there was one.
    pub start: usize,
    /// Where the body starts.
    pub end: usize,
    /// The method.
    pub method: Range<usize>,
    /// The raw target.
    pub target: Range<usize>,
    /// HTTP/1.0 or 1.1.
    pub wire: Wire,
    /// How the end of the body is found.
    pub framing: Framing,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The first byte of all.
    Start,
    /// The LF of an empty line before the request line.
    EmptyLf,
    Method,
    Target,
    /// This many bytes of `HTTP/1.x` were read.
    Version(usize),
    RequestLf,
    /// The first byte of a field, or of the empty line that ends the head.
    Line,
    Name,
    Value,
    ValueLf,
    EndLf,
}

const VERSION: &[u8] = b"HTTP/1.";

/// A head on its way in.
#[derive(Debug)]
pub struct Scan {
    at: At,
    next: usize,
    start: usize,
    mark: usize,
    method: Range<usize>,
    target: Range<usize>,
    wire: Wire,
    name: Range<usize>,
    fields: Vec<(Range<usize>, Range<usize>)>,
}

impl Scan {
    /// Starts.
    pub fn new() -> Self {
        Self {
            at: At::Start,
            next: 0,
            start: 0,
            mark: 0,
            method: 0..0,
            target: 0..0,
            wire: Wire::Http11,
            name: 0..0,
            fields: Vec::new(),
        }
    }

    /// Starts again, with the memory of the last head.
    pub fn restart(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        *self = Self { fields, ..Self::new() };
    }

    /// Reads on. `bytes` are all bytes since the start; `None` asks for more.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<Found>, Refusal> {
        while let Some(byte) = bytes.get(self.next) {
            let done = self.step(bytes, *byte).map_err(|refusal| self.about(bytes, refusal))?;
            self.next += 1;
            if done {
                return self.found(bytes).map(Some).map_err(|refusal| self.about(bytes, refusal));
            }
            if self.next >= limits::HEAD_BYTES_MAX {
                let refusal = Refusal::new(Code::HeadersTooLarge, "the request head is larger than 64 KiB");
                return Err(self.about(bytes, refusal));
            }
        }
        Ok(None)
    }

    /// Takes the byte at `self.next`; `true` after the last one of the head.
    fn step(&mut self, bytes: &[u8], byte: u8) -> Result<bool, Refusal> {
        let here = self.next;
        self.at = match (self.at, byte) {
            (At::Start, b'\r') => At::EmptyLf,
            (At::Start, _) => self.first(byte, here)?,
            (At::EmptyLf, b'\n') => {
                self.start = here + 1;
                self.mark = here + 1;
                At::Method
            }
            (At::Method, b' ') if here > self.mark => {
                self.method = self.mark..here;
                grammar::check_method(text(bytes, &self.method))?;
                self.mark = here + 1;
                At::Target
            }
            (At::Method, _) => self.method_byte(byte, here)?,
            (At::Target, b' ') if here > self.mark => {
                self.target = self.mark..here;
                read_target(text(bytes, &self.method), text(bytes, &self.target))?;
                At::Version(0)
            }
            (At::Target, _) if !grammar::is_target_byte(byte) => return Err(grammar::bad_target_byte()),
            (At::Target, _) if here - self.mark >= limits::TARGET_BYTES_MAX => {
                return Err(grammar::target_too_long());
            }
            (At::Target, _) => At::Target,
            (At::Version(read), _) => self.version_byte(read, byte)?,
            (At::RequestLf | At::ValueLf, b'\n') => At::Line,
            (At::Line, b'\r') => At::EndLf,
            (At::EndLf, b'\n') => return Ok(true),
            (At::Line, _) => {
                if self.fields.len() == limits::FIELDS_MAX {
                    return Err(Refusal::new(Code::HeadersTooLarge, "the request has more than 128 fields"));
                }
                self.mark = here;
                self.name_byte(byte, here)?
            }
            (At::Name, _) => self.name_byte(byte, here)?,
            (At::Value, b'\r') => {
                self.fields.push((self.name.clone(), trim(bytes, self.mark..here)));
                At::ValueLf
            }
            (At::Value, _) if fields::is_value_byte(byte) => At::Value,
            (At::Value, _) => return Err(fields::bad_value()),
            (At::EmptyLf | At::RequestLf | At::ValueLf | At::EndLf, _) => return Err(bad_line_end()),
        };
        Ok(false)
    }

    fn first(&mut self, byte: u8, here: usize) -> Result<At, Refusal> {
        self.mark = here;
        self.method_byte(byte, here)
    }

    fn method_byte(&self, byte: u8, here: usize) -> Result<At, Refusal> {
        if !grammar::is_method_byte(byte) {
            Err(grammar::bad_method())
        } else if here - self.mark >= limits::METHOD_BYTES_MAX {
            Err(grammar::method_too_long())
        } else {
            Ok(At::Method)
        }
    }

    fn version_byte(&mut self, read: usize, byte: u8) -> Result<At, Refusal> {
        match (VERSION.get(read), byte) {
            (Some(expected), _) if *expected == byte => Ok(At::Version(read + 1)),
            (None, b'0' | b'1') if read == VERSION.len() => {
                self.wire = if byte == b'0' { Wire::Http10 } else { Wire::Http11 };
                Ok(At::Version(read + 1))
            }
            (None, b'\r') if read > VERSION.len() => Ok(At::RequestLf),
            (None, b'\n') if read > VERSION.len() => Err(bad_line_end()),
            _ => Err(Refusal::malformed("the request line does not end in HTTP/1.1 or HTTP/1.0")),
        }
    }

    fn name_byte(&mut self, byte: u8, here: usize) -> Result<At, Refusal> {
        match byte {
            b':' if here > self.mark => {
                self.name = self.mark..here;
                self.mark = here + 1;
                Ok(At::Value)
            }
            b'-' => Ok(At::Name),
            _ if byte.is_ascii_alphanumeric() => Ok(At::Name),
            b'\n' => Err(bad_line_end()),
            _ => Err(fields::bad_name()),
        }
    }

    /// The head is whole: what its fields say together.
    fn found(&self, bytes: &[u8]) -> Result<Found, Refusal> {
        let mut check = FieldCheck::new(self.wire);
        for (name, value) in &self.fields {
            check.field(&bytes[name.clone()], &bytes[value.clone()])?;
        }
        let Facts { framing, .. } = check.end(text(bytes, &self.method))?;
        Ok(Found {
            start: self.start,
            end: self.next,
            method: self.method.clone(),
            target: self.target.clone(),
            wire: self.wire,
            framing,
        })
    }

    /// Adds to a refusal what is known of the request by now.
    fn about(&self, bytes: &[u8], refusal: Refusal) -> Refusal {
        let method = text(bytes, &self.method);
        if method.is_empty() {
            return refusal;
        }
        let refusal = refusal.with_method(method);
        match read_target(method, text(bytes, &self.target)) {
            Ok(Target::Absolute(origin, path)) => refusal.with_origin(&origin).with_target(path),
            Ok(Target::Authority(host, port)) => refusal.with_destination(&host, port),
            Ok(Target::Origin(path)) => refusal.with_target(path),
            Err(_) => refusal,
        }
    }
}

/// A method or target: its bytes were found to be ASCII.
fn text<'a>(bytes: &'a [u8], range: &Range<usize>) -> &'a str {
    bytes.get(range.clone()).and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default()
}

/// Takes the blanks away that may stand around a value (RFC 9112 section 5).
fn trim(bytes: &[u8], mut range: Range<usize>) -> Range<usize> {
    let blank = |at: usize| matches!(bytes.get(at), Some(b' ' | b'\t'));
    while !range.is_empty() && blank(range.start) {
        range.start += 1;
    }
    while !range.is_empty() && blank(range.end - 1) {
        range.end -= 1;
    }
    range
}

fn bad_line_end() -> Refusal {
    Refusal::malformed("every line of a head ends in CR LF, and neither stands alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(bytes: &[u8]) -> Result<Option<Found>, Code> {
        Scan::new().feed(bytes).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_head_is_found_with_its_parts_and_the_body_behind_it() {
        let bytes = b"\r\nPOST http://a/x HTTP/1.1\r\nHost: a\r\nContent-Length:\t3 \r\n\r\nabc";
        let found = scan(bytes).unwrap().unwrap();
        assert_eq!(&bytes[found.method.clone()], b"POST");
        assert_eq!(&bytes[found.target.clone()], b"http://a/x");
        assert_eq!(&bytes[found.end..], b"abc");
        assert_eq!((found.start, found.framing), (2, Framing::Length(3)));
    }

    /// CASES FR-36: each limit, and one byte more.
    #[test]
    fn limits_are_exact() {
        let target = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(len - 1));
        assert!(scan(target(limits::TARGET_BYTES_MAX).as_bytes()).unwrap().is_some());
        assert_eq!(scan(target(limits::TARGET_BYTES_MAX + 1).as_bytes()).unwrap_err(), Code::UriTooLong);

        let method = |len: usize| format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(len));
        assert!(scan(method(limits::METHOD_BYTES_MAX).as_bytes()).unwrap().is_some());
        assert_eq!(scan(method(limits::METHOD_BYTES_MAX + 1).as_bytes()).unwrap_err(), Code::NotSupported);

        let fields =
            |count: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(count - 1));
        assert!(scan(fields(limits::FIELDS_MAX).as_bytes()).unwrap().is_some());
        assert_eq!(scan(fields(limits::FIELDS_MAX + 1).as_bytes()).unwrap_err(), Code::HeadersTooLarge);

        let head = |len: usize| {
            let frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".len();
            format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(len - frame))
        };
        assert!(scan(head(limits::HEAD_BYTES_MAX).as_bytes()).unwrap().is_some());
        assert_eq!(scan(head(limits::HEAD_BYTES_MAX + 1).as_bytes()).unwrap_err(), Code::HeadersTooLarge);
    }

    #[test]
    fn a_refusal_says_what_is_known_and_no_more() {
        let refusal = Scan::new().feed(b"POST http://a:8/x?secret HTTP/1.1\r\nHost : a\r\n").unwrap_err();
        assert_eq!(refusal.method.as_deref(), Some("POST"));
        assert_eq!(refusal.path.as_deref(), Some("/x"));
        assert_eq!(refusal.port, Some(8));
        let refusal = Scan::new().feed(b"G\x00T").unwrap_err();
        assert_eq!((refusal.method, refusal.host, refusal.path), (None, None, None));
    }

    #[test]
    fn a_bad_head_is_refused_at_its_first_bad_byte() {
        for bad in
            ["GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: a\n", "\n", "\r\n\r", "GET  ", "PRI ", "\u{16}"]
        {
            assert_eq!(scan(bad.as_bytes()).unwrap_err(), Code::Malformed, "{bad:?}");
        }
    }

    #[test]
    fn a_second_head_is_read_with_the_memory_of_the_first() {
        let mut scan = Scan::new();
        assert!(scan.feed(b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n").unwrap().is_some());
        scan.restart();
        let second = scan.feed(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().unwrap();
        assert_eq!((second.start, second.method, second.target), (0, 0..3, 4..6));
    }
}
