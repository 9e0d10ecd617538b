//! Tunnels, agents that leave or send ahead, and what comes too slowly.

use super::*;

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
