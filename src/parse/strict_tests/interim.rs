//! Interim responses: between two whole messages of hyper's, or not at all.

use futures_util::FutureExt;

use super::*;
use crate::parse::Interim;

const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// A service that has every request wait, and the gate's hand on it.
struct Held {
    line: Line,
    captured: Arc<Notify>,
    go: Arc<Notify>,
}

fn hold(rig: &Rig, io: DuplexStream) -> Held {
    let (strict, line) = Strict::new(io, Bytes::new(), rig.refuse.clone());
    let held = Held { line: line.clone(), captured: Arc::default(), go: Arc::default() };
    let (captured, go) = (held.captured.clone(), held.go.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (line, captured, go) = (line.clone(), captured.clone(), go.clone());
        async move {
            http_body_util::BodyExt::collect(request.into_body()).await.unwrap();
            captured.notify_one();
            go.notified().await;
            line.no_interim();
            line.over();
            Ok::<_, Infallible>(answer(200, "served", true))
        }
    });
    tokio::spawn(server().serve_connection(TokioIo::new(strict), service).with_upgrades());
    held
}

async fn reads(agent: &mut DuplexStream, expected: &str) {
    let mut bytes = vec![0; expected.len()];
    agent.read_exact(&mut bytes).await.unwrap();
    assert_eq!(std::str::from_utf8(&bytes), Ok(expected));
}

/// The answer that ends the connection, and nothing behind it.
async fn reads_the_answer(agent: &mut DuplexStream) {
    let mut rest = String::new();
    agent.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n") && rest.matches("HTTP/1.").count() == 1, "{rest}");
}

/// Until the other tasks of this runtime have nothing left to do.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_agent_that_waits_hears_each_one_and_then_the_whole_answer() {
    for case in [
        post("Content-Length: 3\r\n", "abc"),
        chunked("3\r\nabc\r\n0\r\n\r\n"),
        post("Content-Length: 0\r\n", ""),
    ] {
        let rig = Rig::new();
        let (mut agent, io) = duplex(1 << 16);
        let held = hold(&rig, io);
        agent.write_all(case.as_bytes()).await.unwrap();
        held.captured.notified().await;
        for (interim, text) in [(Interim::Processing, PROCESSING), (Interim::Continue, CONTINUE)] {
            held.line.interim(interim);
            reads(&mut agent, text).await;
        }
        held.go.notify_one();
        reads_the_answer(&mut agent).await;
    }
}

/// Nothing is begun within another message, and what was begun is ended before the next, however slowly the agent
/// reads.
#[tokio::test]
async fn an_agent_that_reads_nothing_for_a_while_reads_whole_messages_afterwards() {
    for pipe in [1, 7, 20, 26, 27, 28, 60] {
        let rig = Rig::new();
        let (mut agent, io) = duplex(pipe);
        let held = hold(&rig, io);
        let case = post("Content-Length: 3\r\nConnection: close\r\n", "abc");
        agent.write_all(case.as_bytes()).await.unwrap();
        held.captured.notified().await;
        for _ in 0..5 {
            held.line.interim(Interim::Processing);
            settle().await;
        }
        held.go.notify_one();
        settle().await;
        // As many as fitted, the last of them perhaps in part.
        for _ in 0..pipe.div_ceil(PROCESSING.len()) {
            reads(&mut agent, PROCESSING).await;
        }
        reads_the_answer(&mut agent).await;
    }
}

/// hyper's own 100 may be half written when the request is whole: a client may send its body without waiting for it.
#[tokio::test]
async fn none_is_begun_while_a_100_of_hypers_own_is_half_written() {
    let rig = Rig::new();
    let (mut agent, io) = duplex(8);
    let held = hold(&rig, io);
    let case = post("Content-Length: 3\r\nExpect: 100-continue\r\n", "abc");
    agent.write_all(case.as_bytes()).await.unwrap();
    held.captured.notified().await;
    held.line.interim(Interim::Processing);
    settle().await;
    reads(&mut agent, CONTINUE).await;
    reads(&mut agent, PROCESSING).await;
    held.go.notify_one();
    reads_the_answer(&mut agent).await;
}

#[tokio::test]
async fn one_that_was_not_begun_when_the_answer_came_is_not_sent() {
    let rig = Rig::new();
    let (mut agent, io) = duplex(8);
    let held = hold(&rig, io);
    let case = post("Content-Length: 3\r\nExpect: 100-continue\r\n", "abc");
    agent.write_all(case.as_bytes()).await.unwrap();
    held.captured.notified().await;
    held.line.interim(Interim::Processing);
    settle().await;
    held.go.notify_one();
    settle().await;
    held.line.interim(Interim::Processing);
    settle().await;
    reads(&mut agent, CONTINUE).await;
    reads_the_answer(&mut agent).await;
}

#[tokio::test]
async fn none_is_sent_before_the_request_is_whole_or_to_http_1_0() {
    let rig = Rig::new();
    let (mut agent, io) = duplex(1 << 16);
    let held = hold(&rig, io);
    agent.write_all(post("Content-Length: 3\r\n", "ab").as_bytes()).await.unwrap();
    settle().await;
    held.line.interim(Interim::Processing);
    settle().await;
    assert!(agent.read_u8().now_or_never().is_none());
    agent.write_all(b"c").await.unwrap();
    reads(&mut agent, PROCESSING).await;
    held.captured.notified().await;
    held.go.notify_one();
    reads_the_answer(&mut agent).await;

    let (mut agent, io) = duplex(1 << 16);
    let held = hold(&rig, io);
    agent
        .write_all(post("Content-Length: 3\r\n", "abc").replace("HTTP/1.1", "HTTP/1.0").as_bytes())
        .await
        .unwrap();
    held.captured.notified().await;
    held.line.interim(Interim::Processing);
    settle().await;
    held.go.notify_one();
    let mut answer = String::new();
    agent.read_to_string(&mut answer).await.unwrap();
    assert!(!answer.contains("102") && answer.matches("HTTP/1.").count() == 1, "{answer}");
}
