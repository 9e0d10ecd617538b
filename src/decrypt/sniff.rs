//! What is spoken inside a tunnel, by its first bytes. Unsure is `Opaque`, and `Opaque` is closed (CASES DE-25).

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The first bytes of HTTP/2 (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The first byte of a TLS record that carries a ClientHello (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;

/// What the agent speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/1.1 in the clear.
    Http1,
    /// HTTP/2 in the clear, by prior knowledge.
    Http2,
    /// Nothing that can be judged.
    Opaque,
    /// TLS.
    Tls,
}

/// Reads as little as needed to tell; gives back what was read.
pub async fn sniff<S: AsyncRead + Unpin>(stream: &mut S, read_ahead: Bytes) -> io::Result<(Speaks, Bytes)> {
    let mut seen = BytesMut::from(read_ahead);
    loop {
        if let Some(answer) = tell(&seen) {
            return Ok((answer, seen.freeze()));
        }
        if stream.read_buf(&mut seen).await? == 0 {
            return Ok((Speaks::Opaque, seen.freeze()));
        }
    }
}

/// `None`: more bytes are needed.
fn tell(seen: &[u8]) -> Option<Speaks> {
    let first = *seen.first()?;
    if first == HANDSHAKE {
        return Some(Speaks::Tls);
    }
    if PREFACE.starts_with(seen) {
        return (seen.len() == PREFACE.len()).then_some(Speaks::Http2);
    }
    if seen.starts_with(PREFACE) {
        return Some(Speaks::Http2);
    }
    // A lower-case method or an empty line is HTTP too; the strict reader refuses it with an answer.
    if first.is_ascii_alphabetic() || first == b'\r' { Some(Speaks::Http1) } else { Some(Speaks::Opaque) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        assert_eq!(tell(b""), None);
        assert_eq!(tell(b"\x16\x03\x01"), Some(Speaks::Tls));
        assert_eq!(tell(b"PRI * HT"), None);
        assert_eq!(tell(PREFACE), Some(Speaks::Http2));
        assert_eq!(tell(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"), Some(Speaks::Http2));
        assert_eq!(tell(b"PRO"), Some(Speaks::Http1));
        assert_eq!(tell(b"POST / HTTP/1.1\r\n"), Some(Speaks::Http1));
        assert_eq!(tell(b"\x00\x01"), Some(Speaks::Opaque));
        assert_eq!(tell(b"*1\r\n$4\r\nPING"), Some(Speaks::Opaque));
    }

    #[tokio::test]
    async fn what_was_read_is_given_back() {
        let (answer, seen) = sniff(&mut &b"T / HTTP/1.1\r\n"[..], Bytes::from_static(b"GE")).await.unwrap();
        assert_eq!((answer, seen.as_ref()), (Speaks::Http1, &b"GE"[..]));
    }
}
