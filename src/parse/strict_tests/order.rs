//! One exchange at a time, in order; and whatever is changed in a request, hyper never answers for itself.

use super::*;

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
