//! The reader with the real hyper on top and, behind each case, a sentinel request: an answer too many, one too few,
//! or one that is neither the reader's nor the service's own shows a disagreement about where a request ends.

use std::convert::Infallible;
use std::sync::Mutex;

use http::{Request, Response};
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::parse::{CaptureError, Door, capture, connect, receive};
use crate::store::spool::Spool;

const SENTINEL: &str =
    "GET http://sentinel.example/ HTTP/1.1\r\nHost: sentinel.example\r\nConnection: close\r\n\r\n";

/// What happened on one connection.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// The answers that arrived, as `status code`.
    answers: Vec<String>,
    /// The requests that were captured whole: the target's host and path, and the body.
    captured: Vec<(String, Bytes)>,
    /// What the reader refused.
    refused: Vec<Code>,
}

impl Seen {
    /// The sentinel and nothing else was served.
    fn only_sentinel(&self) -> bool {
        matches!(&self.captured[..], [(url, _)] if url.contains("sentinel"))
    }
}

fn answer(status: u16, code: &str, close: bool) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status).header("holdpoint-code", code);
    let answer = if close { answer.header("connection", "close") } else { answer };
    answer.body(Full::default()).unwrap()
}

/// A gate in small: it does with a request what the real one does, but sends nothing anywhere.
async fn gate(
    request: Request<Incoming>,
    line: Line,
    seen: Arc<Mutex<Seen>>,
    spool: Spool,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let raw = line.raw();
    let refused = |refusal: Refusal| answer(refusal.code.status(), refusal.code.as_str(), true);
    if parts.method == "CONNECT" {
        return match connect(&parts, Some(&raw), &Door::Explicit) {
            Ok((host, _)) if host.to_string() == "tunnel.example" => {
                line.tunnel();
                answer(200, "tunnel", false)
            }
            Ok(_) => {
                line.over();
                answer(407, "proxy_auth", false)
            }
            Err(refusal) => {
                line.over();
                refused(refusal)
            }
        };
    }
    let response = match receive(&parts, Some(&raw), &Door::Explicit, "holdpoint", body.is_end_stream()) {
        Err(refusal) => refused(refusal),
        Ok(received) => match capture(body, received.framing(), &spool, 1 << 20).await {
            Ok(body) => {
                let bytes = body.bytes().cloned().unwrap_or_default();
                let url = received.freeze(body).head().url();
                seen.lock().unwrap().captured.push((url, bytes));
                answer(200, "served", false)
            }
            Err(CaptureError::Refused(refusal)) => refused(refusal),
            Err(CaptureError::Gone) => answer(500, "gone", true),
        },
    };
    line.over();
    response
}

struct Rig {
    seen: Arc<Mutex<Seen>>,
    refuse: Refuser,
    dir: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let record = seen.clone();
        let refuse: Refuser = Arc::new(move |refusal: &Refusal| {
            record.lock().unwrap().refused.push(refusal.code);
            format!(
                "HTTP/1.1 {} Refused\r\nholdpoint-code: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                refusal.code.status(),
                refusal.code.as_str()
            )
            .into_bytes()
        });
        Self { seen, refuse, dir: tempfile::tempdir().unwrap() }
    }

    /// Serves a stream like the real way does.
    fn serve(&self, io: DuplexStream, waits: Waits) -> tokio::task::JoinHandle<hyper::Result<()>> {
        let (strict, line) = Strict::with_waits(io, Bytes::new(), self.refuse.clone(), waits);
        let seen = self.seen.clone();
        let spool = Spool::open(self.dir.path(), 1 << 30).unwrap();
        let service = service_fn(move |request| {
            let done = gate(request, line.clone(), seen.clone(), spool.clone());
            async move { Ok::<_, Infallible>(done.await) }
        });
        tokio::spawn(server().serve_connection(TokioIo::new(strict), service).with_upgrades())
    }
}

/// Sends bytes through a pipe that holds `pipe` of them at a time, and reads all answers.
async fn talk_through(pipe: usize, bytes: &[u8]) -> Seen {
    let rig = Rig::new();
    let (agent, io) = duplex(pipe);
    let served = rig.serve(io, Waits::default());
    let (mut reading, mut writing) = tokio::io::split(agent);
    let mut answers = Vec::new();
    // A refused connection takes no more bytes at some point; that is not the case's concern.
    let (read, _) = tokio::join!(reading.read_to_end(&mut answers), writing.write_all(bytes));
    read.unwrap();
    drop((reading, writing));
    let _ = served.await.unwrap();
    let mut seen = std::mem::take(&mut *rig.seen.lock().unwrap());
    seen.answers = read_answers(&answers);
    seen
}

/// Every answer of these tests is a head alone.
fn read_answers(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    let heads = text.split_terminator("\r\n\r\n");
    heads
        .map(|head| {
            let status = head.strip_prefix("HTTP/1.1 ").or(head.strip_prefix("HTTP/1.0 ")).unwrap();
            let code = head.lines().find_map(|line| line.strip_prefix("holdpoint-code: "));
            format!("{} {}", &status[..3], code.unwrap_or("BY HYPER ITSELF"))
        })
        .collect()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The case, then the sentinel, through a wide pipe; and through one that passes a byte at a time, which must not
/// make a difference (CASES FR-40).
fn talk(case: impl AsRef<[u8]>) -> Seen {
    let mut bytes = case.as_ref().to_vec();
    bytes.extend_from_slice(SENTINEL.as_bytes());
    let wide = run(talk_through(1 << 20, &bytes));
    if bytes.len() < 4096 {
        let narrow = run(talk_through(1, &bytes));
        assert_eq!(wide, narrow, "{:?}", String::from_utf8_lossy(&bytes));
    }
    wide
}

/// The reader refuses the case, answers once, and neither the case nor the sentinel reaches the service.
#[track_caller]
fn refuses(code: Code, case: impl AsRef<[u8]>) {
    let seen = talk(&case);
    let expected = Seen {
        answers: vec![format!("{} {}", code.status(), code.as_str())],
        captured: Vec::new(),
        refused: vec![code],
    };
    assert_eq!(seen, expected, "{:?}", String::from_utf8_lossy(case.as_ref()));
}

/// The case is served with this body, then the sentinel.
#[track_caller]
fn passes(case: impl AsRef<[u8]>, body: &str) {
    let seen = talk(&case);
    let text = String::from_utf8_lossy(case.as_ref()).into_owned();
    assert_eq!(seen.refused, [], "{text:?}");
    assert_eq!(seen.answers.last().map(String::as_str), Some("200 served"), "{text:?}: {:?}", seen.answers);
    assert_eq!(seen.captured.len(), 2, "{text:?}");
    assert_eq!(seen.captured[0].1, body, "{text:?}");
}

/// A POST with these further field lines, and these bytes behind the head.
fn post(lines: &str, body: &str) -> String {
    format!("POST http://a.example/x HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n{body}")
}

fn chunked(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}

fn get(target: &str, lines: &str) -> String {
    format!("GET {target} HTTP/1.1\r\n{lines}\r\n")
}

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

/// CASES FR-15: every byte in every place.
#[test]
fn controls_are_refused_in_target_name_and_value() {
    for byte in 0..=255u8 {
        let put = |before: &str, after: &str| [before.as_bytes(), &[byte], after.as_bytes()].concat();
        let target = put("GET http://a.example/x", "y HTTP/1.1\r\nHost: a.example\r\n\r\n");
        let name = put("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nX-", "y: z\r\n\r\n");
        let value = put("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nX: a", "b\r\n\r\n");
        let in_target = matches!(byte, 0x21..=0x7e) && !b"#\\<>`".contains(&byte);
        let in_name = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':');
        let in_value = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
        for (case, good) in [(target, in_target), (name, in_name), (value, in_value)] {
            if good { passes(&case, "") } else { refuses(Code::Malformed, &case) }
        }
    }
}

/// CASES FR-14, FR-16, FR-17, FR-27, FR-35.
#[test]
fn lines_and_names_have_one_form() {
    passes(format!("\r\n{}", get("http://a.example/", "Host: a.example\r\n")), "");
    passes(get("http://a.example/", "Host:a.example\r\nX-Empty:\r\nX-Tab:\ta\t\r\nX: caf\u{e9}\r\n"), "");
    for lines in [
        "Host: a.example\n",
        "Host: a.example\r\nX: a\nY: b\r\n",
        "Host: a.example\r\nX: a\rY: b\r\n",
        "Host: a.example\r\nX: a\r\n b\r\n",
        "Host: a.example\r\nX: a\r\n\tb\r\n",
        " Host: a.example\r\n",
        "Host : a.example\r\n",
        "Host: a.example\r\nX\t: a\r\n",
        "Host: a.example\r\nno colon\r\n",
        "Host: a.example\r\nnocolon\r\n",
        "Host: a.example\r\n: a\r\n",
        "Host: a.example\r\nX_Y: a\r\n",
        "Host: a.example\r\nX.Y: a\r\n",
        "Host: a.example\r\nX\u{e9}: a\r\n",
        "Host: a.example\r\n\u{a0}X: a\r\n",
        "Host: a.example\r\nContent-Type: text/html\u{a0}\r\n",
        "Host: a.example\r\nAuthorization: \u{85}Bearer x\r\n",
        "Host: a.example\r\nHoldpoint-Hold: 1\r\n",
        "Host: a.example\r\nX-Holdpoint-Approved: yes\r\n",
    ] {
        refuses(Code::Malformed, get("http://a.example/", lines));
    }
    for start in ["\r\n\r\n", "\n", "\r", " ", "\r\n "] {
        refuses(Code::Malformed, format!("{start}{}", get("http://a.example/", "Host: a.example\r\n")));
    }
}

/// CASES FR-18.
#[test]
fn there_is_one_host_that_names_one_host() {
    for lines in [
        "",
        "Host: a.example\r\nHost: a.example\r\n",
        "Host: a.example\r\nhost: b.example\r\n",
        "Host: a.example, b.example\r\n",
        "Host: a.example b.example\r\n",
        "Host: user@a.example\r\n",
        "Host:\r\n",
        "Host: \r\n",
        "Host: a:b:c\r\n",
        "Host: a.example:\r\n",
        "Host: a.example:0\r\n",
        "Host: a.example:65536\r\n",
        "Host: a.example:99999\r\n",
        "Host: a.example:80:80\r\n",
        "Host: http://a.example\r\n",
        "Host: a.example/\r\n",
        "Host: [::1\r\n",
        "Host: [a.example]\r\n",
        "Host: [fe80::1%25eth0]\r\n",
        "Host: a.example.\r\n",
        "Host: 0x7f.1\r\n",
    ] {
        refuses(Code::Malformed, get("http://a.example/", lines));
    }
}

/// CASES FR-19: what is a disagreement, not a syntax error, the service is told of.
#[test]
fn a_host_that_is_not_the_targets_is_a_mismatch() {
    passes(get("http://a.example/", "Host: A.EXAMPLE:80\r\n"), "");
    passes(get("http://a.example:80/", "Host: a.example\r\n"), "");
    for host in ["b.example", "a.example:81", "a.example:443"] {
        let seen = talk(get("http://a.example/", &format!("Host: {host}\r\n")));
        assert_eq!((seen.answers, seen.captured), (vec!["400 target_mismatch".to_owned()], vec![]));
    }
    let seen = talk(get("/origin-form", "Host: a.example\r\n"));
    assert_eq!((seen.answers, seen.captured), (vec!["400 malformed".to_owned()], vec![]));
}

/// CASES FR-20, FR-21, FR-22, FR-23, FR-24.
#[test]
fn a_target_is_a_path_or_a_plain_url() {
    for target in [
        "a.example:80",
        "evil:80",
        "*",
        "?x",
        "x",
        "//evil/x",
        "http:http://internal/admin",
        "http:/x",
        "http://",
        "http:///x",
        "http://a.example",
        "http://user@a.example/",
        "http://user:pass@a.example/",
        "http://a.example/#b",
        "http://a.example/x#",
        "http://a.example\\@evil/",
        "http://a.example/\\x",
        "http://a.example/\u{e9}",
        "http://a.example/\u{2028}",
        "http://[a.example]/",
        "http://[::1/",
        "http://:80/",
        "http://a.example:99999/",
        "http://2130706433/",
        "ftp://a.example/",
        "HTTP://a.example/",
        "/x#y",
    ] {
        refuses(Code::Malformed, get(target, "Host: a.example\r\n"));
    }
    for path in ["/", "/a/../b", "/a//b", "/%2e%2e/", "/{}|[]^\"", "/?q={}`|", "/;x", "/:80@evil", "/?a?b//c"]
    {
        passes(get(&format!("http://a.example{path}"), "Host: a.example\r\n"), "");
    }
}

/// CASES FR-25, FR-26, FR-36.
#[test]
fn a_request_line_has_one_form() {
    let line = |line: &str| format!("{line}\r\nHost: a.example\r\n\r\n");
    passes(line("FROBNICATE http://a.example/ HTTP/1.1"), "");
    passes(line("OPTIONS http://a.example/ HTTP/1.1"), "");
    for bad in [
        "get http://a.example/ HTTP/1.1",
        "Get http://a.example/ HTTP/1.1",
        "pOST http://a.example/ HTTP/1.1",
        "G=T http://a.example/ HTTP/1.1",
        "!#$%&'*+-.^_`|~ http://a.example/ HTTP/1.1",
        "GET  http://a.example/ HTTP/1.1",
        "GET\thttp://a.example/ HTTP/1.1",
        "GET http://a.example/  HTTP/1.1",
        "GET http://a.example/\tHTTP/1.1",
        "GET http://a.example/ HTTP/1.1 ",
        " GET http://a.example/ HTTP/1.1",
        "GET http://a.example/ x HTTP/1.1",
        "GET http://a.example/ HTTP/1.2",
        "GET http://a.example/ HTTP/2.0",
        "GET http://a.example/ HTTP/0.9",
        "GET http://a.example/ HTTP/1.10",
        "GET http://a.example/ HTTP/01.1",
        "GET http://a.example/ http/1.1",
        "GET http://a.example/ HTTP/1",
        "GET http://a.example/ ICAP/1.0",
        "GET http://a.example/",
        "GET",
        "",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n",
    ] {
        refuses(Code::Malformed, line(bad));
    }
    refuses(Code::NotSupported, line("TRACE http://a.example/ HTTP/1.1"));
    refuses(Code::NotSupported, line("TRACK http://a.example/ HTTP/1.1"));
    refuses(Code::NotSupported, line(&format!("{} http://a.example/ HTTP/1.1", "M".repeat(10_240))));
    refuses(Code::UriTooLong, line(&format!("GET http://a.example/{} HTTP/1.1", "x".repeat(65_536))));
    refuses(Code::HeadersTooLarge, get("http://a.example/", &format!("X: {}\r\n", "y".repeat(1 << 20))));
    let fields = |count: usize| format!("Host: a.example\r\n{}", "X: y\r\n".repeat(count - 1));
    refuses(Code::HeadersTooLarge, get("http://a.example/", &fields(limits::FIELDS_MAX + 1)));
    passes(get("http://a.example/", &fields(limits::FIELDS_MAX)), "");
}

/// CASES FR-28, FR-30: each of several requests is served alone, in order; and none behind a refusal.
#[test]
fn pipelined_requests_are_served_in_order_until_one_is_refused() {
    let seen = talk(format!(
        "{}{}{}",
        get("http://a.example/1", "Host: a.example\r\n"),
        post("Content-Length: 3\r\n", "abc"),
        chunked("3\r\nabc\r\n0\r\n\r\n"),
    ));
    assert_eq!(seen.answers, ["200 served"; 4]);
    let seen = talk(format!("{}{}", get("http://a.example/1", "Host: a.example\r\n"), "get / HTTP/1.1\r\n"));
    assert_eq!(seen.answers, ["200 served", "400 malformed"]);
    assert_eq!((seen.captured.len(), seen.refused.len()), (1, 1));
}

/// CASES FR-29: a body on a safe method passes with its framing intact; what it means is judged elsewhere.
#[test]
fn a_body_on_get_is_that_requests_body() {
    let smuggled = "DELETE http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let lines = format!("Host: a.example\r\nContent-Length: {}\r\n", smuggled.len());
    passes(format!("{}{smuggled}", get("http://a.example/", &lines)), smuggled);
    let lines = "Host: a.example\r\nTransfer-Encoding: chunked\r\n";
    passes(format!("{}3\r\nabc\r\n0\r\n\r\n", get("http://a.example/", lines)), "abc");
}

/// CASES FR-31.
#[test]
fn the_only_expectation_is_a_100() {
    let seen = talk(post("Content-Length: 3\r\nExpect: 100-continue\r\n", "abc"));
    assert_eq!(seen.answers, ["100 BY HYPER ITSELF", "200 served", "200 served"]);
    assert_eq!(seen.captured[0].1, "abc");
    passes(post("Content-Length: 0\r\nExpect: 100-continue\r\n", ""), "");
    passes(get("http://a.example/", "Host: a.example\r\nExpect: 100-continue\r\n"), "");
    for value in ["y 100-continue", "100-continue, x", "100-continue;", "200-ok", ""] {
        refuses(Code::ExpectationFailed, post(&format!("Content-Length: 3\r\nExpect: {value}\r\n"), "abc"));
    }
    refuses(
        Code::Malformed,
        post("Content-Length: 3\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n", "abc"),
    );
}

/// CASES FR-32, FR-33, PR-12, PR-14.
#[test]
fn connection_options_singletons_and_upgrades() {
    passes(
        post(
            "Content-Length: 0\r\nConnection: keep-alive, TE\r\nTE: trailers\r\nProxy-Connection: Keep-Alive\r\n",
            "",
        ),
        "",
    );
    for value in ["host", "authorization", "content-length", "x-a", "close, cookie", "transfer-encoding"] {
        refuses(Code::Malformed, post(&format!("Content-Length: 0\r\nConnection: {value}\r\n"), ""));
    }
    for name in
        ["Authorization", "Content-Type", "Content-Encoding", "X-HTTP-Method-Override", "Idempotency-Key"]
    {
        refuses(Code::Malformed, post(&format!("Content-Length: 0\r\n{name}: a\r\n{name}: a\r\n"), ""));
    }
    for lines in [
        "Upgrade: websocket\r\nConnection: Upgrade\r\n",
        "Upgrade: x\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    ] {
        let early =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nDELETE http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n";
        refuses(Code::NotSupported, get("http://a.example/", &format!("Host: a.example\r\n{lines}")) + early);
    }
}

/// CASES FR-40, for good requests: cut anywhere, they are the same requests.
#[test]
fn a_request_cut_anywhere_is_the_same_request() {
    let whole =
        format!("{}{}{SENTINEL}", chunked("3;x\r\nabc\r\n0\r\n\r\n"), post("Content-Length: 2\r\n", "de"));
    let expected = run(talk_through(1 << 20, whole.as_bytes()));
    assert_eq!(expected.answers, ["200 served"; 3]);
    for pipe in 1..whole.len() {
        assert_eq!(run(talk_through(pipe, whole.as_bytes())), expected, "{pipe}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever an agent sends, hyper never answers for itself: what it would refuse, the reader refused before.
    /// And where nothing was refused, the sentinel is served once, as the last.
    #[test]
    fn nothing_is_ever_answered_by_hyper_itself(
        base in prop::sample::select(vec![
            post("Content-Length: 3\r\nX-A: b\r\n", "abc"),
            chunked("3;a=b\r\nabc\r\n0\r\n\r\n"),
            get("http://a.example/x?y=z", "Host: a.example\r\nAccept: */*\r\n"),
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n".to_owned(),
        ]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, any::<u8>(), 0..12usize), 1..4),
    ) {
        const NASTY: [&[u8]; 12] = [
            b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b"\0", b"\xff", b"//", b"#", b"Content-Length: 1\r\n", b"0",
        ];
        let mut bytes = base.into_bytes();
        for (place, kind, byte, nasty) in edits {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => { bytes.splice(at..at, NASTY[nasty].iter().copied()); }
                _ => bytes.insert(at, byte),
            }
        }
        bytes.extend_from_slice(SENTINEL.as_bytes());
        // A case that waits for more of its own, like a longer body, takes the sentinel as that: no end comes then.
        let seen = run(async {
            let (mut agent, io) = duplex(1 << 16);
            let rig = Rig::new();
            let waits = Waits { head: Duration::from_millis(5), ..Waits::default() };
            let served = rig.serve(io, waits);
            let mut answers = Vec::new();
            agent.write_all(&bytes).await.unwrap();
            let _ = tokio::time::timeout(Duration::from_millis(100), agent.read_to_end(&mut answers)).await;
            served.abort();
            let mut seen = std::mem::take(&mut *rig.seen.lock().unwrap());
            seen.answers = read_answers(&answers);
            seen
        });
        prop_assert!(seen.answers.iter().all(|answer| !answer.contains("BY HYPER")), "{:?} {:?}", bytes, seen);
        let sentinels = seen.captured.iter().filter(|(url, _)| url.contains("sentinel")).count();
        prop_assert!(sentinels <= 1 && seen.refused.len() <= 1, "{:?} {:?}", bytes, seen);
        prop_assert!(sentinels + seen.refused.len() <= 1, "{:?} {:?}", bytes, seen);
    }
}

#[test]
fn a_407_goes_on_as_http_and_a_bad_head_behind_it_is_answered_too() {
    let ask = |host: &str| format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n");
    let seen = talk(format!("{}{}", ask("a.example"), ask("a.example")));
    assert_eq!(seen.answers, ["407 proxy_auth", "407 proxy_auth", "200 served"]);
    let seen = talk(format!("{}get / HTTP/1.1\r\n", ask("a.example")));
    assert_eq!(seen.answers, ["407 proxy_auth", "400 malformed"]);
    refuses(
        Code::Malformed,
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc",
    );
    refuses(Code::Malformed, "CONNECT a.example:443 HTTP/1.1\r\n\r\n");
    let seen = talk("CONNECT a.example:443 HTTP/1.0\r\n\r\n");
    assert_eq!((seen.answers.len(), seen.captured.len(), seen.refused.len()), (1, 0, 0));
}

/// What follows a CONNECT is not parsed, whatever it is, and comes out of the reader as it went in.
#[tokio::test]
async fn an_accepted_connect_becomes_a_tunnel_with_every_byte_read_ahead() {
    let rig = Rig::new();
    let (mut agent, io) = duplex(1 << 16);
    let (strict, line) = Strict::new(io, Bytes::from_static(b"CONN"), rig.refuse.clone());
    let (tell, tunnel) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let service = service_fn(move |mut request: Request<Incoming>| {
        let upgrade = hyper::upgrade::on(&mut request);
        let _ = tell.lock().unwrap().take().unwrap().send(upgrade);
        line.tunnel();
        async { Ok::<_, Infallible>(answer(200, "tunnel", false)) }
    });
    let served = tokio::spawn(server().serve_connection(TokioIo::new(strict), service).with_upgrades());
    agent
        .write_all(b"ECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\nGET / HTTP/1.1\r\n\x16")
        .await
        .unwrap();
    let upgraded = tunnel.await.unwrap().await.unwrap();
    served.await.unwrap().unwrap();
    let parts = upgraded.downcast::<TokioIo<Strict<DuplexStream>>>().unwrap();
    assert!(parts.read_buf.is_empty());
    let (mut io, ahead) = parts.io.into_inner().into_inner();
    agent.write_all(b"\x03").await.unwrap();
    drop(agent);
    let mut rest = Vec::new();
    io.read_to_end(&mut rest).await.unwrap();
    assert_eq!([&ahead[..], &rest].concat(), b"GET / HTTP/1.1\r\n\x16\x03");
}

/// Serves one request with a service that waits for ever; tells when it was called, and when it was dropped.
fn waiting_service(rig: &Rig, io: DuplexStream) -> (Arc<Notify>, oneshot::Receiver<()>) {
    let (strict, _line) = Strict::new(io, Bytes::new(), rig.refuse.clone());
    let called = Arc::new(Notify::new());
    let (guard, dropped) = oneshot::channel::<()>();
    let guard = Mutex::new(Some(guard));
    let call = called.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (guard, call) = (guard.lock().unwrap().take(), call.clone());
        async move {
            let _guard = guard;
            http_body_util::BodyExt::collect(request.into_body()).await.unwrap();
            call.notify_one();
            std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>().await
        }
    });
    tokio::spawn(server().serve_connection(TokioIo::new(strict), service).with_upgrades());
    (called, dropped)
}

/// An agent that goes away while its request waits is seen at once, also with bytes of a next request in between.
#[tokio::test]
async fn an_agent_that_leaves_ends_its_exchange() {
    for behind in ["", "GET http://a.example/next HTTP/1.1\r\n"] {
        for case in [post("Content-Length: 3\r\n", "abc"), chunked("3\r\nabc\r\n0\r\n\r\n")] {
            let rig = Rig::new();
            let (mut agent, io) = duplex(1 << 16);
            let (called, dropped) = waiting_service(&rig, io);
            agent.write_all(format!("{case}{behind}").as_bytes()).await.unwrap();
            called.notified().await;
            drop(agent);
            assert!(dropped.await.is_err(), "the service future was dropped");
        }
    }
}

/// CASES FR-28: what an agent sends ahead is bounded.
#[tokio::test]
async fn only_so_much_is_read_ahead() {
    let rig = Rig::new();
    let (mut agent, io) = duplex(1024);
    let (called, _dropped) = waiting_service(&rig, io);
    agent.write_all(post("Content-Length: 3\r\n", "abc").as_bytes()).await.unwrap();
    called.notified().await;
    let mut sent = 0;
    let flood = async {
        while sent < 4 * limits::READ_AHEAD_MAX {
            sent += agent.write(&[b'x'; 1024]).await.unwrap();
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(100), flood).await.is_err());
    assert_eq!(sent, limits::READ_AHEAD_MAX + 1024);
}

#[tokio::test]
async fn a_head_that_does_not_come_is_answered_and_an_idle_connection_closed_silently() {
    let waits =
        Waits { head: Duration::from_millis(20), idle: Duration::from_millis(20), ..Waits::default() };
    for (bytes, expected) in [
        (String::new(), vec!["408 request_timeout"]),
        ("GET http://a".to_owned(), vec!["408 request_timeout"]),
        (get("http://a.example/", "Host: a.example\r\n"), vec!["200 served"]),
        (get("http://a.example/", "Host: a.example\r\n") + "G", vec!["200 served", "408 request_timeout"]),
    ] {
        let rig = Rig::new();
        let (mut agent, io) = duplex(1 << 16);
        rig.serve(io, waits);
        agent.write_all(bytes.as_bytes()).await.unwrap();
        let mut answers = Vec::new();
        agent.read_to_end(&mut answers).await.unwrap();
        assert_eq!(read_answers(&answers), expected, "{bytes:?}");
    }
}

/// The agent still sends when it is refused: it gets to the answer, and its bytes go nowhere.
#[tokio::test]
async fn what_comes_behind_a_refusal_is_thrown_away_within_limits() {
    let rig = Rig::new();
    let (agent, io) = duplex(1024);
    let served = rig.serve(io, Waits::default());
    let (mut reading, mut writing) = tokio::io::split(agent);
    let mut answers = Vec::new();
    let flood = async {
        let mut sent = 0;
        writing.write_all(b"get / HTTP/1.1\r\n").await.unwrap();
        while let Ok(count) = writing.write(&[b'x'; 1024]).await {
            sent += count;
        }
        sent
    };
    let (read, sent) = tokio::join!(reading.read_to_end(&mut answers), flood);
    read.unwrap();
    served.await.unwrap().unwrap();
    assert_eq!(read_answers(&answers), ["400 malformed"]);
    assert!((limits::LINGER_BYTES_MAX..limits::LINGER_BYTES_MAX + 16 * 1024).contains(&sent), "{sent}");
}

/// A service that answers without reading the body: the rest of the body is no request.
#[tokio::test]
async fn an_unread_body_never_becomes_the_next_request() {
    let rig = Rig::new();
    let (agent, io) = duplex(1024);
    let (strict, line) = Strict::new(io, Bytes::new(), rig.refuse.clone());
    let calls = Arc::new(Mutex::new(0));
    let count = calls.clone();
    let service = service_fn(move |_request: Request<Incoming>| {
        *count.lock().unwrap() += 1;
        line.over();
        async { Ok::<_, Infallible>(answer(403, "forbidden", true)) }
    });
    tokio::spawn(server().serve_connection(TokioIo::new(strict), service).with_upgrades());
    let (mut reading, mut writing) = tokio::io::split(agent);
    let body = SENTINEL.repeat(10_000);
    let case = post(&format!("Content-Length: {}\r\n", body.len()), &body);
    let mut answers = Vec::new();
    let (read, _) = tokio::join!(reading.read_to_end(&mut answers), writing.write_all(case.as_bytes()));
    read.unwrap();
    assert_eq!((read_answers(&answers), *calls.lock().unwrap()), (vec!["403 forbidden".to_owned()], 1));
}

/// Tells when an answer of this many bytes has left, to an agent that reads, or goes away.
async fn delivered(length: usize, reads: bool) -> bool {
    let rig = Rig::new();
    let (mut agent, io) = duplex(1024);
    let (strict, line) = Strict::new(io, Bytes::new(), rig.refuse.clone());
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let service = service_fn(move |_request: Request<Incoming>| {
        let tell = tell.lock().unwrap().take().unwrap();
        line.when_flushed(move || tell.send(()).unwrap());
        line.over();
        async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(vec![b'x'; length])))) }
    });
    tokio::spawn(server().serve_connection(TokioIo::new(strict), service).with_upgrades());
    agent.write_all(get("http://a.example/", "Host: a.example\r\n").as_bytes()).await.unwrap();
    let mut first = [0; 8];
    agent.read_exact(&mut first).await.unwrap();
    let reader = tokio::spawn(async move {
        let mut rest = Vec::new();
        if reads {
            agent.read_to_end(&mut rest).await.unwrap();
        }
    });
    let told = told.await.is_ok();
    reader.abort();
    told
}

#[tokio::test]
async fn an_answer_is_delivered_when_it_was_flushed_whole_and_not_when_the_agent_left_before() {
    assert!(delivered(10, true).await);
    assert!(delivered(1 << 20, true).await);
    assert!(!delivered(1 << 20, false).await);
}
