//! HTTP/1.1 messages as the tests read them: strictly, with code that shares nothing with the program's, so that
//! the two cannot make the same mistake. Whatever is not plainly right is a fault. RFC 9112.

use std::io::{self, Read};

/// A message's first line and fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub start: String,
    pub fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// Reads a head that ends with its blank line.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = bytes.strip_suffix(b"\r\n\r\n").ok_or("the head does not end with a blank line")?;
        let mut lines = Vec::new();
        for line in split_crlf(text) {
            if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
                return Err("a bare CR, LF or NUL in the head".into());
            }
            lines.push(line);
        }
        let (start, fields) = lines.split_first().ok_or("an empty head")?;
        let start = String::from_utf8(start.to_vec()).map_err(|_| "a first line that is not text")?;
        let fields = fields.iter().map(|line| field(line)).collect::<Result<_, _>>()?;
        Ok(Self { start, fields })
    }

    /// The values of a field.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        let of_name = |(field, _): &&(String, Vec<u8>)| field.eq_ignore_ascii_case(name);
        self.fields.iter().filter(of_name).map(|(_, value)| value.as_slice()).collect()
    }

    /// The only value of a field, as text.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.values(name)[..] {
            [value] => Some(String::from_utf8_lossy(value).into_owned()),
            _ => None,
        }
    }

    /// How the body is framed, if the head says it without a doubt.
    pub fn framing(&self) -> Result<Framing, String> {
        match (&self.values("content-length")[..], &self.values("transfer-encoding")[..]) {
            ([], []) => Ok(Framing::Unsaid),
            ([length], []) => {
                let digits = std::str::from_utf8(length).map_err(|_| "a length that is not text")?;
                let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| digits.parse().ok()).flatten().map(Framing::Length).ok_or("a bad length".into())
            }
            ([], [coding]) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
            _ => Err("framing fields that contradict each other".into()),
        }
    }
}

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Unsaid,
    Length(u64),
    Chunked,
}

fn split_crlf(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        lines.push(&rest[..end]);
        rest = &rest[end + 2..];
    }
    lines.push(rest);
    lines
}

fn field(line: &[u8]) -> Result<(String, Vec<u8>), String> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or("a field without a colon")?;
    let name = &line[..colon];
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || !name.iter().all(token) {
        return Err(format!("a field name that is no token: {:?}", String::from_utf8_lossy(name)));
    }
    let value = line[colon + 1..].trim_ascii().to_vec();
    Ok((String::from_utf8_lossy(name).into_owned(), value))
}

/// Reads from a stream without losing what came behind a message.
pub struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    pub fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// What was read and not taken yet.
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes bytes that were read.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        self.buffer.drain(..count).collect()
    }

    /// Reads more; `false` at the end of the stream.
    pub fn more(&mut self, stream: &mut impl Read) -> io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        let count = stream.read(&mut piece)?;
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count > 0)
    }

    /// The bytes of the next head, blank line included; `None` at the end of the stream.
    pub fn head(&mut self, stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(Some(self.buffer.drain(..end + 4).collect()));
            }
            if self.buffer.len() > 1024 * 1024 {
                return Err(io::Error::other("a head without an end"));
            }
            if !self.more(stream)? {
                let ended = io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ended inside a head");
                return if self.buffer.is_empty() { Ok(None) } else { Err(ended) };
            }
        }
    }

    /// Hands `length` bytes on, piece by piece.
    pub fn exactly(
        &mut self,
        stream: &mut impl Read,
        length: u64,
        mut sink: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() && !self.more(stream)? {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ended inside a body"));
            }
            let count = self.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            sink(&self.buffer[..count]);
            self.buffer.drain(..count);
            left -= count as u64;
        }
        Ok(())
    }

    /// Hands everything until the end of the stream on.
    pub fn until_end(&mut self, stream: &mut impl Read, mut sink: impl FnMut(&[u8])) -> io::Result<()> {
        loop {
            sink(&self.buffer);
            self.buffer.clear();
            if !self.more(stream)? {
                return Ok(());
            }
        }
    }

    /// Undoes chunking; `raw` also gets the framing bytes.
    pub fn chunked(
        &mut self,
        stream: &mut impl Read,
        mut sink: impl FnMut(&[u8]),
        mut raw: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        loop {
            let line = self.line(stream)?;
            raw(&line);
            let digits = std::str::from_utf8(&line[..line.len() - 2]).unwrap_or("x");
            let size = u64::from_str_radix(digits, 16).map_err(|_| io::Error::other("a bad chunk size"))?;
            if size > 0 {
                self.exactly(stream, size, |piece| {
                    sink(piece);
                    raw(piece);
                })?;
            }
            let end = self.line(stream)?;
            raw(&end);
            if end != b"\r\n" {
                return Err(io::Error::other("a chunk that does not end with CRLF, or a trailer"));
            }
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn line(&mut self, stream: &mut impl Read) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                return Ok(self.buffer.drain(..end + 2).collect());
            }
            if !self.more(stream)? {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ended inside a chunk"));
            }
        }
    }
}
