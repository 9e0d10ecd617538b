//! Bodies as common encoders write them, and as nobody should.

use std::io::{Read, Write};
use std::panic;

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::undo::{is_bare_deflate_too, zstd};
use super::*;

const TEXT: &[u8] =
    br#"{"query":"query { viewer { login } }","note":"looked into, looked into, looked into, looked into"}"#;

/// `TEXT` as the C library of brotli writes it.
const BROTLI: &str = "1b6100c01c0976ecc41a62f8c8b1dcd3e94b16b7b7160129a3eb0117fdd6a1dceb031eb2d09e658a688c43114d8f41521df937fa\
                      93e8b1bf629732";
/// The same with a window of 256 MiB, which RFC 7932 does not have.
const BROTLI_LARGE: &str = "115c8401007324d8b1136b88e123c7724fa72f59dcde5a04a48cae075cf45b8772af0f78c8427b9629a2310e45343d064975\
                            e4dfe84fa2c7fe8a5dca";
/// 1 MiB of the letter `a`.
const BROTLI_BOMB: &str = "5bffff8f5f222c1e0b0472ef1f00";
/// `TEXT` as the C library of zstd writes it, with a checksum in the last four bytes.
const ZSTD: &str = "28b52ffd2462cd010072830b10c0eb427753cd0a1321ce7f1bb9c9759ced068a122d8ea896871fd23c787373e2d0e2f5b975a8bc\
                    0e67e792f906020004f395c39503fad728d5";
/// The same from a pipe: neither length nor checksum.
const ZSTD_PIPED: &str = "28b52ffd00580d020074037b227175657279223a207b20766965776572207b206c6f67696e207d207d222c226e6f7465223a226c\
                          6f6f6b656420696e746f2c20227d020004f3950d450e";

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlibbed(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

/// Every coding with a body that is in it.
fn encoded() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("gzip", gzipped(TEXT)),
        ("deflate", zlibbed(TEXT)),
        ("br", hex(BROTLI)),
        ("zstd", hex(ZSTD)),
        ("zstd", hex(ZSTD_PIPED)),
        ("zstd", zstandard(TEXT)),
    ]
}

#[track_caller]
fn refused(values: &[&str], body: &[u8], why: &str) {
    let error = decode(values, body).expect_err(why);
    assert!(error.contains(why), "{values:?}: {error}");
}

/// CASES CL-35
#[test]
fn one_coding_is_undone() {
    for (coding, body) in encoded() {
        assert_eq!(decode([coding], &body).as_deref(), Ok(TEXT), "{coding}");
    }
    assert_eq!(decode(["X-GZip"], &gzipped(TEXT)).as_deref(), Ok(TEXT));
    assert_eq!(decode([" Br\t"], &hex(BROTLI)).as_deref(), Ok(TEXT));
    assert_eq!(decode(["gzip"], &gzipped(b"")).as_deref(), Ok(&b""[..]));
}

#[test]
fn a_body_without_a_coding_is_itself() {
    for values in
        [&[][..], &["identity"], &["Identity"], &[""], &["identity, identity"], &["identity", "identity"]]
    {
        assert!(matches!(decode(values, TEXT), Ok(Cow::Borrowed(TEXT))), "{values:?}");
    }
}

/// CASES CL-35
#[test]
fn several_codings_and_unknown_ones_are_refused() {
    let body = gzipped(TEXT);
    for values in [
        &["gzip, gzip"][..],
        &["gzip", "gzip"],
        &["identity, gzip"],
        &["gzip,identity"],
        &["identity", "gzip"],
        &["gzip,"],
        &["gzip", ""],
        &["br,gzip"],
    ] {
        refused(values, &body, "more than one coding");
    }
    for value in ["compress", "gzip;q=1", "gzip br", "*", "aws-chunked", "g\u{17f}ip", "\"gzip\"", "none"] {
        refused(&[value], &body, "not known");
    }
    assert!(decode([b"gzip\xff"], &body).is_err());
}

/// CASES CL-35
#[test]
fn a_body_that_is_in_another_coding_than_it_claims_is_refused() {
    let mut bodies = encoded();
    bodies.push(("none", TEXT.to_vec()));
    bodies.push(("bare deflate", bare_deflated(TEXT)));
    for (really, body) in &bodies {
        for claimed in ["gzip", "deflate", "br", "zstd"] {
            if claimed != *really {
                assert!(decode([claimed], body).is_err(), "{really} as {claimed}");
            }
        }
    }
}

#[test]
fn a_body_that_ends_early_is_refused() {
    for (coding, body) in encoded() {
        for length in 0..body.len() {
            assert!(decode([coding], &body[..length]).is_err(), "{coding}: {length} of {}", body.len());
        }
    }
    refused(&["gzip"], &gzipped(TEXT)[..40], "ends before");
    refused(&["deflate"], &zlibbed(TEXT)[..40], "ends before");
    refused(&["br"], &hex(BROTLI)[..40], "ends before");
}

#[test]
fn what_follows_the_end_is_refused() {
    for (coding, body) in encoded() {
        for more in [&b"\0"[..], b"\n", TEXT] {
            refused(&[coding], &[&body, more].concat(), "after its coding's end");
        }
        // A second member or frame, which some decoders read and some do not.
        refused(&[coding], &[body.clone(), body].concat(), "after its coding's end");
    }
}

#[test]
fn a_checksum_that_does_not_agree_is_refused() {
    for (coding, mut body, from_end) in [
        ("gzip", gzipped(TEXT), 8),
        ("gzip", gzipped(TEXT), 1),
        ("deflate", zlibbed(TEXT), 1),
        ("zstd", hex(ZSTD), 1),
    ] {
        let at = body.len() - from_end;
        body[at] ^= 1;
        refused(&[coding], &body, "broken");
    }
}

#[test]
fn a_zstd_frame_that_is_not_as_long_as_it_says_is_refused() {
    let mut body = hex(ZSTD);
    // One segment, one byte of length: RFC 8878 section 3.1.1.1.
    assert_eq!((body[4], usize::from(body[5])), (0x24, TEXT.len()));
    body[5] += 1;
    assert!(decode(["zstd"], &body).is_err());
}

#[test]
fn zstd_pieces_that_hold_nothing_are_refused() {
    let skippable = [&hex("502a4d1804000000")[..], b"abcd"].concat();
    assert!(decode(["zstd"], &skippable).is_err());
    assert!(decode(["zstd"], &[skippable, hex(ZSTD)].concat()).is_err());
}

/// RFC 1950 and 1951: an attacker chooses the four bytes after the first so that both readings begin well.
#[test]
fn a_body_that_is_zlib_and_bare_deflate_is_refused() {
    let hidden = br#"{"query":"mutation { deleteEverything }"}"#;
    for window in 0..8 {
        // Read as bare deflate, 0x?8 begins a stored block, and the two bytes after it are its length.
        let first = window << 4 | 8;
        let low = (0..32).find(|low| (u16::from(first) << 8 | u16::from(*low)) % 31 == 0).unwrap();
        let stored = vec![b' '; usize::from(low)];
        let body = [&[first, low, 0, !low, 0xff], &stored[..], &bare_deflated(hidden)].concat();
        let mut bare = Vec::new();
        DeflateDecoder::new(&body[..]).read_to_end(&mut bare).unwrap();
        assert_eq!(bare, [&stored[..], hidden].concat());
        refused(&["deflate"], &body, "bare deflate");
    }
    assert!(!is_bare_deflate_too(&zlibbed(TEXT)) && !is_bare_deflate_too(b""));
}

#[test]
fn a_brotli_window_beyond_the_rfc_is_refused() {
    refused(&["br"], &hex(BROTLI_LARGE), "not brotli");
}

/// A frame of blocks that each stand for 128 KiB of one byte (RFC 8878 section 3.1.1.2), in a window of 8 MiB.
fn zstd_bomb(blocks: usize) -> Vec<u8> {
    let block = |last: u32| [&(last | 1 << 1 | (128 * 1024) << 3).to_le_bytes()[..3], b"a"].concat();
    let mut body = hex("28b52ffd0068");
    body.extend(block(0).repeat(blocks - 1));
    body.extend(block(1));
    body
}

/// CASES CL-36
#[test]
fn a_bomb_is_refused_by_its_ratio() {
    refused(&["zstd"], &zstd_bomb(1), "too long");
    refused(&["zstd"], &zstd_bomb(1000), "too long");
    refused(&["br"], &hex(BROTLI_BOMB), "too long");
    let zeros = vec![0; 1024 * 1024];
    refused(&["gzip"], &gzipped(&zeros), "too long");
    refused(&["deflate"], &zlibbed(&zeros), "too long");
    refused(&["zstd"], &zstandard(&zeros), "too long");
}

/// CASES CL-36: the decoder does not go on once the bound is passed, so what follows is not even looked at.
#[test]
fn a_zstd_bomb_is_left_before_its_window_is_full() {
    let mut output = Output::of(&zstd_bomb(2));
    let mut bomb = zstd_bomb(1000);
    let broken = bomb.len() / 2;
    bomb[broken..].fill(0xff);
    assert!(matches!(zstd(&bomb, &mut output), Err(Fault::TooLong)));
    assert!(output.bytes.is_empty());
}

/// CASES CL-36
#[test]
fn a_length_beyond_the_bound_is_refused_and_one_at_it_is_not() {
    // Stored, so that the ratio is one.
    let gzip = |text: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |text: &[u8]| compress_to_vec(text, CompressionLevel::Uncompressed);
    let mut text = vec![b'.'; limits::DECODED_BYTES_MAX];
    assert!(becomes("gzip", &gzip(&text), &text));
    assert!(becomes("zstd", &zstd(&text), &text));
    text.push(b'.');
    refused(&["gzip"], &gzip(&text), "too long");
    refused(&["zstd"], &zstd(&text), "too long");
}

#[test]
fn a_ratio_at_the_bound_is_taken() {
    let mut output = Output::of(b"1234567890");
    assert!(output.take(&[0; 600]).is_ok() && output.take(&[0; 400]).is_ok());
    assert!(matches!(output.take(&[0]), Err(Fault::TooLong)));
    assert_eq!(output.bytes.len(), 1000);
}

/// Brotli without compression (RFC 7932 section 9.2): a window of 64 KiB, one stored block, an empty last one.
fn brotli_stored(text: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return vec![0x06];
    }
    // WBITS 0, ISLAST 0, MNIBBLES 00, sixteen bits of the length less one, ISUNCOMPRESSED 1.
    let head = (text.len() as u32 - 1) << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], text, &[0x03]].concat()
}

fn becomes(coding: &str, body: &[u8], text: &[u8]) -> bool {
    decode([coding], body).as_deref() == Ok(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_an_encoder_wrote_comes_out_as_it_went_in(text in prop::collection::vec(any::<u8>(), 0..4000)) {
        prop_assert!(becomes("gzip", &gzipped(&text), &text));
        prop_assert!(becomes("deflate", &zlibbed(&text), &text));
        prop_assert!(becomes("zstd", &zstandard(&text), &text));
        prop_assert!(becomes("br", &brotli_stored(&text), &text));
    }

    /// A decoder's panic is the caller's to catch; a wrong text would be nobody's. Brotli has no checksum.
    #[test]
    fn a_change_of_one_byte_never_gives_another_text_where_there_is_a_checksum(
        which in 0_usize..3,
        at: prop::sample::Index,
        byte: u8,
    ) {
        let (coding, mut body) = [("gzip", gzipped(TEXT)), ("deflate", zlibbed(TEXT)), ("zstd", hex(ZSTD))][which].clone();
        let at = at.index(body.len());
        // Without its flag a zstd frame has no checksum.
        prop_assume!(coding != "zstd" || at != 4);
        body[at] = byte;
        if let Ok(Ok(text)) = panic::catch_unwind(|| decode([coding], &body)) {
            prop_assert_eq!(text, TEXT);
        }
    }

    #[test]
    fn any_bytes_end_in_a_text_within_the_bound_or_in_an_error(
        body in prop::collection::vec(any::<u8>(), 0..200),
        start in prop::sample::select(vec!["", "1f8b0800000000000003", "789c", "28b52ffd", "28b52ffd0058", "1b"]),
    ) {
        let body = [hex(start), body].concat();
        for coding in ["gzip", "deflate", "br", "zstd"] {
            if let Ok(Ok(text)) = panic::catch_unwind(|| decode([coding], &body)) {
                prop_assert!(text.len() <= body.len() * limits::DECODED_RATIO_MAX);
            }
        }
    }
}
