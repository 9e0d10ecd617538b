//! Reads the framing of a chunked body byte by byte (RFC 9112 section 7.1), in its narrow form: one to eight
//! hexadecimal digits, CRLF, no blanks, no trailers. Well-formed extensions are skipped, up to a limit, and never
//! passed on: the reader gives hyper chunks that it frames itself. Anything else is `InvalidData`.

use std::io;

use crate::limits;

/// What came of some bytes of framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A chunk of this many bytes starts at the next byte; never zero.
    Chunk(u64),
    /// The CRLF behind a chunk's bytes was there.
    Close,
    /// The body is over.
    End,
    /// All bytes were read, and the framing goes on.
    More,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// A digit of the size; this many came before.
    Size(usize),
    /// The first character of an extension's name, behind `;`.
    NameStart,
    Name,
    /// Behind `=`.
    ValueStart,
    Value,
    /// Inside quotes.
    Quoted,
    /// Behind a backslash inside quotes.
    Escaped,
    /// Behind the closing quote.
    QuoteEnd,
    SizeLf,
    /// Behind a chunk's bytes.
    DataCr,
    DataLf,
    /// Behind the last chunk's size line: nothing but an empty line.
    LastCr,
    LastLf,
}

/// The framing of one body on its way in.
#[derive(Debug)]
pub struct Chunks {
    at: At,
    size: u64,
    extensions: usize,
}

impl Chunks {
    /// Starts.
    pub fn new() -> Self {
        Self { at: At::Size(0), size: 0, extensions: 0 }
    }

    /// Reads framing until something came of it. Returns how many bytes were used. After `Chunk(n)` the caller
    /// takes n bytes away before it comes again.
    pub fn feed(&mut self, bytes: &[u8]) -> io::Result<(usize, Framed)> {
        for (index, byte) in bytes.iter().enumerate() {
            let framed = self.step(*byte).map_err(|text| io::Error::new(io::ErrorKind::InvalidData, text))?;
            if framed != Framed::More {
                return Ok((index + 1, framed));
            }
        }
        Ok((bytes.len(), Framed::More))
    }

    fn step(&mut self, byte: u8) -> Result<Framed, &'static str> {
        if !matches!(self.at, At::Size(_) | At::SizeLf | At::DataCr | At::DataLf | At::LastCr | At::LastLf) {
            self.extensions += 1;
            if self.extensions > limits::CHUNK_EXTENSIONS_MAX {
                return Err("the chunk extensions are larger than 4 KiB");
            }
        }
        self.at = match (self.at, byte) {
            (At::Size(digits), _) if byte.is_ascii_hexdigit() => self.digit(digits, byte)?,
            (At::Size(1..) | At::Name | At::Value | At::QuoteEnd, b'\r') => At::SizeLf,
            (At::Size(1..) | At::Name | At::Value | At::QuoteEnd, b';') => At::NameStart,
            (At::Size(_), _) => return Err("a chunk size is not one to eight hexadecimal digits and CR LF"),
            (At::NameStart | At::Name, _) if is_token(byte) => At::Name,
            (At::Name, b'=') => At::ValueStart,
            (At::ValueStart, b'"') => At::Quoted,
            (At::ValueStart | At::Value, _) if is_token(byte) => At::Value,
            (At::Quoted, b'"') => At::QuoteEnd,
            (At::Quoted, b'\\') => At::Escaped,
            (At::Quoted | At::Escaped, b' '..=b'~') => At::Quoted,
            (At::SizeLf, b'\n') => return Ok(self.sized()),
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => {
                self.at = At::Size(0);
                return Ok(Framed::Close);
            }
            (At::LastCr, b'\r') => At::LastLf,
            (At::LastLf, b'\n') => return Ok(Framed::End),
            (At::LastCr, _) => return Err("trailer fields are not taken on a request"),
            (At::DataCr | At::DataLf, _) => return Err("a chunk is longer or shorter than its size"),
            (At::SizeLf | At::LastLf, _) => {
                return Err("a line of the chunked framing does not end in CR LF");
            }
            _ => return Err("a chunk extension is malformed"),
        };
        Ok(Framed::More)
    }

    fn digit(&mut self, digits: usize, byte: u8) -> Result<At, &'static str> {
        if digits == limits::CHUNK_DIGITS_MAX {
            return Err("a chunk size has more than eight digits");
        }
        let value = char::from(byte).to_digit(16).unwrap_or_default();
        self.size = if digits == 0 { 0 } else { self.size << 4 } | u64::from(value);
        Ok(At::Size(digits + 1))
    }

    fn sized(&mut self) -> Framed {
        if self.size == 0 {
            self.at = At::LastCr;
            Framed::More
        } else {
            self.at = At::DataCr;
            Framed::Chunk(self.size)
        }
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body that a chunked text holds, or its fault; `None` while it is not over.
    fn body(mut bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let (mut chunks, mut out) = (Chunks::new(), Vec::new());
        loop {
            let (used, framed) = chunks.feed(bytes).map_err(|error| error.to_string())?;
            bytes = &bytes[used..];
            match framed {
                Framed::Chunk(size) => {
                    let Some((data, rest)) = bytes.split_at_checked(size as usize) else { return Ok(None) };
                    out.extend_from_slice(data);
                    bytes = rest;
                }
                Framed::Close => {}
                Framed::End => return Ok(Some(out)),
                Framed::More => return Ok(None),
            }
        }
    }

    #[test]
    fn a_well_framed_body_is_read() {
        for text in [
            "3\r\nabc\r\n0\r\n\r\n",
            "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
            "00000003\r\nabc\r\n000\r\n\r\n",
            "3;a;b=c;d=\"e \\\" f\"\r\nabc\r\n0;x\r\n\r\n",
        ] {
            assert_eq!(body(text.as_bytes()).unwrap().as_deref(), Some(&b"abc"[..]), "{text:?}");
        }
        assert_eq!(body(b"A\r\n0123456789\r\n0\r\n\r\n").unwrap(), Some(b"0123456789".to_vec()));
        assert_eq!(body(b"0\r\n\r\n").unwrap(), Some(Vec::new()));
    }

    /// CASES FR-08, FR-09, FR-10, FR-11, FR-12, FR-13.
    #[test]
    fn every_other_framing_is_refused() {
        for text in [
            "0x3\r\nabc\r\n0\r\n\r\n",
            "+3\r\nabc\r\n",
            "-3\r\nabc\r\n",
            "3_0\r\n",
            " 3\r\nabc\r\n",
            "3 \r\nabc\r\n",
            "3\t\r\nabc\r\n",
            "\r\nabc\r\n",
            "3g\r\nabc\r\n",
            "000000003\r\nabc\r\n",
            "fffffffffffffffff\r\n",
            "0000000000000000000000000000000000000003\r\nabc\r\n",
            "3\nabc\r\n",
            "3\rabc\r\n",
            "3\r\r\nabc\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\r\nabc\rX",
            "3\r\nabcX\r\n",
            "3\r\nab\r\n0\r\n\r\n",
            "3\r\nabc\r\nXX",
            "3;\r\nabc\r\n",
            "3;a=\r\nabc\r\n",
            "3; a\r\nabc\r\n",
            "3;a =b\r\nabc\r\n",
            "3;a\nb\r\nabc\r\n",
            "3;a\0\r\nabc\r\n",
            "3;a=\"b\rc\"\r\nabc\r\n",
            "3;a=\"b\r\nc\"\r\nabc\r\n",
            "3;a=\"b\"c\r\nabc\r\n",
            "3;a=\u{80}\r\nabc\r\n",
            "0\r\nContent-Length: 3\r\n\r\n",
            "0\r\nX:",
            "0\r\n\rX",
            "0\n\n",
        ] {
            assert!(body(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    /// CASES FR-11: the limit counts all extensions of a body together.
    #[test]
    fn extensions_are_skipped_up_to_their_limit() {
        let with = |len: usize| format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(len - 1));
        // The CR behind the last extension is counted with it.
        assert!(body(with(limits::CHUNK_EXTENSIONS_MAX).as_bytes()).unwrap().is_some());
        assert!(body(with(limits::CHUNK_EXTENSIONS_MAX + 1).as_bytes()).is_err());
        let spread = "1;xxxxxxx\r\na\r\n".repeat(limits::CHUNK_EXTENSIONS_MAX / 8 + 1);
        assert!(body(spread.as_bytes()).is_err());
    }

    #[test]
    fn an_unfinished_body_is_not_over_wherever_it_is_cut() {
        let whole = b"3;a=\"b\"\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(body(&whole[..cut]), Ok(None), "{cut}");
        }
        assert_eq!(body(whole), Ok(Some(b"abcd".to_vec())));
    }
}
