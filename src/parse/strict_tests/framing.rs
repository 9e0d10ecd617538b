//! Where a request ends: lengths, codings, chunks (CASES FR).

use super::*;

/// CASES FR-01.
#[test]
fn a_length_and_a_coding_together_are_refused_in_either_order() {
    let smuggled = "0\r\n\r\nDELETE http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n";
    refuses(Code::Malformed, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", smuggled));
    refuses(Code::Malformed, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", smuggled));
    refuses(Code::Malformed, post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", smuggled));
}

/// CASES FR-02, FR-03, FR-04.
#[test]
fn the_only_transfer_coding_is_chunked_once() {
    let body = "3\r\nabc\r\n0\r\n\r\n";
    for name in ["Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING"] {
        passes(post(&format!("{name}: chunked\r\n"), body), "abc");
    }
    for value in ["chunked", "Chunked", "CHUNKED", " chunked ", "\tchunked"] {
        passes(post(&format!("Transfer-Encoding:{value}\r\n"), body), "abc");
    }
    for value in [
        "gzip, chunked",
        "gzip,chunked",
        "chunked, gzip",
        "gzip",
        "identity",
        "xchunked",
        "chunkedx",
        "deflate",
        "compress, gzip, chunked",
        "chunked, identity",
    ] {
        refuses(Code::NotSupported, post(&format!("Transfer-Encoding: {value}\r\n"), body));
    }
    for value in [
        "",
        ",chunked",
        "chunked,",
        ", chunked",
        "chunked, chunked",
        "chunked,chunked",
        "chunked;a=b",
        "chunked ;a",
        "\x0bchunked",
        "chunked\x0b",
        "\x0cchunked",
        "\"chunked\"",
        "chun ked",
        "chunked\x00",
        "=chunked",
        "chunked chunked",
        "\u{a0}chunked",
        "chunked\u{85}",
        ";chunked",
        "chunked\r",
    ] {
        refuses(Code::Malformed, post(&format!("Transfer-Encoding: {value}\r\n"), body));
    }
    for lines in [
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer_Encoding: chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
    ] {
        // The first of two gzip lines is refused for what it is.
        let seen = talk(post(lines, body));
        assert!(seen.captured.is_empty() && seen.answers.len() == 1 && seen.refused.len() == 1, "{lines:?}");
    }
}

/// CASES FR-05.
#[test]
fn http_1_0_has_no_coding_no_endless_body_and_no_second_request() {
    let ask = |method: &str, lines: &str, body: &str| {
        format!("{method} http://a.example/x HTTP/1.0\r\nHost: a.example\r\n{lines}\r\n{body}")
    };
    refuses(Code::Malformed, ask("POST", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    refuses(Code::Malformed, ask("POST", "", "a body until the end"));
    for lines in ["", "Connection: keep-alive\r\n"] {
        let seen = talk(ask("GET", lines, ""));
        assert_eq!((seen.answers.len(), seen.captured.len()), (1, 1));
        assert!(!seen.only_sentinel());
    }
    let seen = talk(ask("POST", "Content-Length: 3\r\nConnection: keep-alive\r\n", "abc"));
    assert_eq!(seen.captured, [("http://a.example/x".to_owned(), Bytes::from("abc"))]);
}

/// CASES FR-06, FR-08.
#[test]
fn a_length_is_a_plain_decimal_number() {
    passes(post("Content-Length: 3\r\n", "abc"), "abc");
    passes(post("content-length:0\r\n", ""), "");
    for value in [
        "+5",
        "-5",
        "0x5",
        "5_0",
        "05",
        "00",
        "",
        "5, 5",
        "5,5",
        "5;",
        "5 5",
        "5.0",
        "5e0",
        "\u{665}",
        "\u{ff15}",
        "5\x00",
        "5\x0b",
        "five",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999",
        "99999999999999999999999999999999999999999",
    ] {
        refuses(Code::Malformed, post(&format!("Content-Length: {value}\r\n"), "abcde"));
    }
    refuses(Code::Malformed, post("Content-Length: 5\r\nContent-Length: 5\r\n", "abcde"));
    refuses(Code::Malformed, post("Content-Length: 5\r\nContent-Length: 05\r\n", "abcde"));
    refuses(Code::Malformed, post("Content_Length: 5\r\n", "abcde"));
}

/// CASES FR-08, FR-09, FR-10, FR-11, FR-12, FR-13: the service sees a body error, answers, and nothing behind it
/// is read. The table of framings is in `chunk`; these are its ends.
#[test]
fn bad_chunks_never_become_a_request() {
    for body in [
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nab\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc",
        "3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n",
        "3\r\nabc\r\n0\r\nX:",
        "3\r\nabc\r\n0\n\n",
        "\r\n",
    ] {
        let seen = talk(chunked(body));
        assert_eq!(seen.answers, ["400 malformed"], "{body:?}");
        assert_eq!(seen.captured, [], "{body:?}");
    }
}

/// CASES FR-11: what is well-formed is framed anew.
#[test]
fn good_chunks_arrive_as_one_body() {
    passes(chunked("3;x=\"y z\"\r\nabc\r\n0001;q\r\nd\r\n0;last\r\n\r\n"), "abcd");
    passes(chunked("0\r\n\r\n"), "");
    let long = "x".repeat(10_000);
    passes(chunked(&format!("2710\r\n{long}\r\n0\r\n\r\n")), &long);
}
