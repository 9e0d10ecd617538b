//! The four decoders, each held to one stream that ends where the body does, and asked for a little at a time.

use std::io::{self, Read, Write};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Fault, Output};
use crate::limits;

/// One member with its checksum (RFC 1952).
pub(super) fn gzip(body: &[u8], output: &mut Output) -> Result<(), Fault> {
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
pub(super) fn zlib(body: &[u8], output: &mut Output) -> Result<(), Fault> {
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
pub(super) fn is_bare_deflate_too(body: &[u8]) -> bool {
    matches!(body, [_, a, b, c, d, ..] if *a == !*c && *b == !*d)
}

/// One brotli stream (RFC 7932), which has no checksum. Large windows, which are no part of the RFC, are refused.
pub(super) fn brotli(body: &[u8], output: &mut Output) -> Result<(), Fault> {
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
pub(super) fn zstd(body: &[u8], output: &mut Output) -> Result<(), Fault> {
    let broken = |error: ruzstd::decoding::errors::FrameDecoderError| Fault::Broken(error.to_string());
    let mut rest = body;
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(limits::ZSTD_WINDOW_MAX);
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
