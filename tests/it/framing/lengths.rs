//! How long a body is: whatever two readers could read in two ways is refused (CASES FR-01 to 08).

use crate::door::{Door, MALFORMED, NOT_SUPPORTED, refused};
use crate::house::House;
use crate::tape::Tape;

/// CASES FR-01: the classic of request smuggling, in both orders, for a read and for a mutation.
#[test]
fn a_length_and_chunks_together_are_refused() {
    refused(
        MALFORMED,
        &[
            (
                "length first",
                b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ),
            (
                "coding first",
                b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            ),
            (
                "on a read",
                b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ),
        ],
    );
}

/// CASES FR-02: a coding that stands twice.
#[test]
fn a_repeated_transfer_encoding_is_refused() {
    let either = [MALFORMED, NOT_SUPPORTED].concat();
    refused(
        &either,
        &[
            (
                "two lines",
                b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ),
            (
                "one line",
                b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            ),
            (
                "a second spelling",
                b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
            ),
        ],
    );
}

/// CASES FR-03: an operation hidden in a transfer coding.
#[test]
fn a_transfer_coding_but_chunked_is_not_supported() {
    refused(
        NOT_SUPPORTED,
        &[
            (
                "gzip, chunked",
                b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\n\x1f\r\n0\r\n\r\n",
            ),
            ("gzip", b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ],
    );
}

/// CASES FR-04: only the single token `chunked` is chunked.
#[test]
fn odd_spellings_of_chunked_are_refused() {
    let either = [MALFORMED, NOT_SUPPORTED].concat();
    let spellings: &[&[u8]] = &[
        b",chunked",
        b"chunked,",
        b"xchunked",
        b"chunkedx",
        b"chunked;a=b",
        b"\x0bchunked",
        b"\x0cchunked",
        b"\xa0chunked",
        b"chunked\x0b",
        b"chunked\x00",
        b"identity",
        b"",
        b"\"chunked\"",
        b"chunk ed",
        b"chunked chunked",
        b"\xef\xbb\xbfchunked",
        b"x, chunked",
        b"chunked\r\n , identity",
    ];
    let messages: Vec<Vec<u8>> =
        spellings.iter().map(|value| with_field(b"Transfer-Encoding", value)).collect();
    let names: Vec<String> =
        spellings.iter().map(|value| format!("{:?}", String::from_utf8_lossy(value))).collect();
    let cases: Vec<(&str, &[u8])> =
        names.iter().zip(&messages).map(|(name, message)| (name.as_str(), message.as_slice())).collect();
    refused(&either, &cases);
}

/// The near miss: `Chunked` in any case is one body, held whole.
#[test]
fn chunked_in_another_case_is_chunked() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(
        b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: ChUnKeD\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        &tape,
    ));
    let hold = house.held();
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.requests()[0].body, b"hello");
    assert_eq!(tape.requests()[0].head.text("content-length").as_deref(), Some("5"));
    house.close(&[&tape]);
}

/// CASES FR-05: HTTP/1.0 knows no chunks.
#[test]
fn a_transfer_encoding_in_http_1_0_is_refused() {
    refused(
        MALFORMED,
        &[(
            "HTTP/1.0",
            b"POST {T}/a HTTP/1.0\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        )],
    );
}

/// CASES FR-06, 08: a length is plain digits without a leading zero, once, and not above what counts.
#[test]
fn odd_lengths_are_refused() {
    let spellings: &[&[u8]] = &[
        b"+5",
        b"-5",
        b"0x5",
        b"5_0",
        b"05",
        b"00",
        b"",
        b"5, 5",
        b"5,5",
        b"5;",
        b"5 5",
        b"5.0",
        b"\xd9\xa5",
        b"5\x0b",
        b"5\r\nContent-Length: 5",
        b"5\r\nContent-Length: 6",
        b"18446744073709551616",
        b"9223372036854775808",
        b"99999999999999999999999999",
    ];
    let messages: Vec<Vec<u8>> = spellings.iter().map(|value| with_field(b"Content-Length", value)).collect();
    let names: Vec<String> =
        spellings.iter().map(|value| format!("{:?}", String::from_utf8_lossy(value))).collect();
    let cases: Vec<(&str, &[u8])> =
        names.iter().zip(&messages).map(|(name, message)| (name.as_str(), message.as_slice())).collect();
    // A length that is plain and merely too large may also be said to be too large.
    let codes = [MALFORMED, &[(413, "body_too_large")]].concat();
    refused(&codes, &cases);
}

fn with_field(name: &[u8], value: &[u8]) -> Vec<u8> {
    [b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\n", name, b": ", value, b"\r\n\r\nhello"].concat()
}
