//! Content codings (RFC 9110 section 8.4), undone to look inside. What is sent stays the bytes that came; what comes
//! out here is only judged. So a body counts as decoded where every service would decode it to the same bytes: one
//! coding, one member or frame, checksums that agree, nothing after it. All else is an error, and that is `unknown`
//! (CASES CL-35).
//!
//! Length and ratio are looked at while decoding, so that a bomb costs what a body costs (CASES CL-36). Beside the
//! output stands the decoder's window: at most 8 MiB of zstd (RFC 9659), 16 MiB of brotli, 32 KiB of the others. A
//! decoder may panic on hostile input: the caller catches that.

#[cfg(test)]
mod tests;
mod undo;

use std::borrow::Cow;

use crate::limits;
use crate::snapshot::Head;

/// The content of a request as it means.
pub(crate) fn content<'b>(head: &Head, body: &'b [u8]) -> Result<Cow<'b, [u8]>, String> {
    decode(head.values("content-encoding"), body)
}

/// A body without its content coding; `values` are those of the field Content-Encoding. Without a coding it is the
/// body itself. The error says, for people, why nobody can look inside.
pub fn decode<'b>(
    values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    body: &'b [u8],
) -> Result<Cow<'b, [u8]>, String> {
    let undo = match coding(values)?.as_deref() {
        None => return Ok(Cow::Borrowed(body)),
        Some("gzip" | "x-gzip") => undo::gzip,
        Some("deflate") => undo::zlib,
        Some("br") => undo::brotli,
        Some("zstd") => undo::zstd,
        Some(_) => return Err("the content has a coding that is not known".to_owned()),
    };
    let mut output = Output::of(body);
    match undo(body, &mut output) {
        // Services that do not know a coding take the body as it stands. A body can be made of letters alone that mean
        // one thing as they stand and another once brotli or zlib is undone.
        Ok(()) if is_text(body) => Err("the content can be read with its coding and without".to_owned()),
        Ok(()) => Ok(Cow::Owned(output.bytes)),
        Err(fault) => Err(fault.to_string()),
    }
}

fn is_text(body: &[u8]) -> bool {
    let plain = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r');
    !body.is_empty() && body.iter().all(plain) && std::str::from_utf8(body).is_ok()
}

/// The one coding, in small letters; none where there is only `identity`. An order of several is an order that
/// services undo or forget.
fn coding(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Option<String>, String> {
    let mut codings = Vec::new();
    for value in values {
        for word in value.as_ref().split(|byte| *byte == b',') {
            codings.push(String::from_utf8_lossy(word.trim_ascii()).to_ascii_lowercase());
        }
    }
    match codings.as_slice() {
        all if all.iter().all(|word| word.is_empty() || word == "identity") => Ok(None),
        [_] => Ok(codings.pop()),
        _ => Err("the content has more than one coding".to_owned()),
    }
}

/// Why a coding could not be undone.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the content has something after its coding's end, or a second piece")]
    Follows,
    #[error("the content is not in the coding that it claims, or broken: {0}")]
    Broken(String),
    #[error("the content ends before its coding does")]
    Short,
    #[error("the content becomes too long once its coding is undone")]
    TooLong,
}

/// What has come out so far, and how much it may be.
struct Output {
    bytes: Vec<u8>,
    most: usize,
}

impl Output {
    fn of(body: &[u8]) -> Self {
        let most = body.len().saturating_mul(limits::DECODED_RATIO_MAX).min(limits::DECODED_BYTES_MAX);
        Self { bytes: Vec::new(), most }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), Fault> {
        if piece.len() > self.most - self.bytes.len() {
            return Err(Fault::TooLong);
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}
