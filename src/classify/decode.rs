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

use std::borrow::Cow;
use std::io::{self, Read, Write};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::limits;
use crate::snapshot::Head;

/// The window that a zstd frame may ask for (RFC 9659 section 3).
const ZSTD_WINDOW_MAX: u64 = 8 * 1024 * 1024;

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
        Some("gzip" | "x-gzip") => gzip,
        Some("deflate") => zlib,
        Some("br") => brotli,
        Some("zstd") => zstd,
        Some(_) => return Err("the content has a coding that is not known".to_owned()),
    };
    let mut output = Output::of(body);
    match undo(body, &mut output) {
        Ok(()) => Ok(Cow::Owned(output.bytes)),
        Err(fault) => Err(fault.to_string()),
    }
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

/// One member with its checksum (RFC 1952).
fn gzip(body: &[u8], output: &mut Output) -> Result<(), Fault> {
    let mut decoder = GzDecoder::new(body);
    let mut piece = [0; limits::DECODED_STEP];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => return at_end(decoder.into_inner()),
            Ok(count) => output.take(&piece[..count])?,
            Err(error) => return Err(read_fault(&error)),
        }
    }
}

fn read_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Short,
        _ => Fault::Broken(error.to_string()),
    }
}

fn at_end(rest: &[u8]) -> Result<(), Fault> {
    if rest.is_empty() { Ok(()) } else { Err(Fault::Follows) }
}

/// The coding `deflate` is a zlib stream with its checksum (RFC 1950). Some services take a bare deflate stream under
/// the same name; a body that could be read as that, too, is not taken.
fn zlib(body: &[u8], output: &mut Output) -> Result<(), Fault> {
    if is_bare_deflate_too(body) {
        return Err(Fault::Broken("it can be read as zlib and as bare deflate".to_owned()));
    }
    let mut decoder = Decompress::new(true);
    let mut piece = [0; limits::DECODED_STEP];
    loop {
        let (taken, given) = (decoder.total_in(), decoder.total_out());
        let rest = &body[taken as usize..];
        let status = decoder
            .decompress(rest, &mut piece, FlushDecompress::None)
            .map_err(|error| Fault::Broken(error.to_string()))?;
        output.take(&piece[..(decoder.total_out() - given) as usize])?;
        if status == Status::StreamEnd {
            return at_end(&body[decoder.total_in() as usize..]);
        }
        if (decoder.total_in(), decoder.total_out()) == (taken, given) {
            return Err(Fault::Short);
        }
    }
}

/// The first byte of a zlib stream, read as bare deflate, always begins a stored block: the low four bits of it are 8
/// (RFC 1950 section 2.2, RFC 1951 section 3.2.3). Its length stands in the next four bytes, the second time inverted.
fn is_bare_deflate_too(body: &[u8]) -> bool {
    matches!(body, [_, a, b, c, d, ..] if *a == !*c && *b == !*d)
}

/// One brotli stream (RFC 7932), which has no checksum. Large windows, which are no part of the RFC, are refused.
fn brotli(body: &[u8], output: &mut Output) -> Result<(), Fault> {
    let memory = StandardAlloc::default;
    let mut state = BrotliState::new_strict(memory(), memory(), memory());
    let mut piece = [0; limits::DECODED_STEP];
    let (mut left, mut at, mut total) = (body.len(), 0, 0);
    loop {
        let (mut room, mut given) = (piece.len(), 0);
        let result = BrotliDecompressStream(
            &mut left, &mut at, body, &mut room, &mut given, &mut piece, &mut total, &mut state,
        );
        output.take(&piece[..given])?;
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => return Err(Fault::Short),
            BrotliResult::ResultFailure => return Err(Fault::Broken("it is not brotli".to_owned())),
            BrotliResult::ResultSuccess => return at_end(&body[at..]),
        }
    }
}

/// One frame (RFC 8878), with its checksum and length where it says them; no dictionary, no skippable frame.
fn zstd(body: &[u8], output: &mut Output) -> Result<(), Fault> {
    let broken = |error: ruzstd::decoding::errors::FrameDecoderError| Fault::Broken(error.to_string());
    let mut rest = body;
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(ZSTD_WINDOW_MAX);
    decoder.init(&mut rest).map_err(broken)?;
    let mut decoded = 0;
    loop {
        // Each of these but the last decodes a step or more, of which the window is kept back.
        let step = BlockDecodingStrategy::UptoBytes(limits::DECODED_STEP);
        let ended = decoder.decode_blocks(&mut rest, step).map_err(broken)?;
        decoded += if ended { 0 } else { limits::DECODED_STEP };
        if decoded > output.most {
            return Err(Fault::TooLong);
        }
        collect(&mut decoder, output)?;
        if ended {
            check_frame(&decoder, output.bytes.len())?;
            return at_end(rest);
        }
    }
}

/// Takes what the decoder no longer needs; all of it once the frame has ended.
fn collect(decoder: &mut FrameDecoder, output: &mut Output) -> Result<(), Fault> {
    if decoder.can_collect() > output.most - output.bytes.len() {
        return Err(Fault::TooLong);
    }
    decoder.collect_to_writer(&mut output.bytes as &mut dyn Write).map_err(|error| read_fault(&error))?;
    Ok(())
}

fn check_frame(decoder: &FrameDecoder, length: usize) -> Result<(), Fault> {
    if let Some(checksum) = decoder.get_checksum_from_data()
        && decoder.get_calculated_checksum() != Some(checksum)
    {
        return Err(Fault::Broken("its checksum does not agree".to_owned()));
    }
    match decoder.content_size() {
        // Nought is also what a frame says that does not know.
        0 => Ok(()),
        size if size == length as u64 => Ok(()),
        _ => Err(Fault::Broken("it is not as long as it says".to_owned())),
    }
}
