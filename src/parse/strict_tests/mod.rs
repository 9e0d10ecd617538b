//! The reader with the real hyper on top and, behind each case, a sentinel request: an answer too many, one too few,
//! or one that is neither the reader's nor the service's own shows a disagreement about where a request ends.

mod framing;
mod grammar;
mod interim;
mod order;
mod streams;

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
