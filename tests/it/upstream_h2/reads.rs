//! Reads share connections, and go once more where the upstream says that it did nothing.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::h2agent::H2Agent;
use crate::h2tape::{Call, H2Tape, ok};
use crate::house::House;
use crate::raw::Wire;
use crate::reply::Reply;
use crate::tape::Tape;

use super::each;

/// All of them are answered only once all of them are there.
#[test]
fn two_hundred_reads_at_a_time_share_a_few_connections() {
    each(|house, tape| {
        let (arrived, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        tape.script(move |call: Call| {
            let (arrived, go) = (arrived.clone(), go.clone());
            async move {
                if arrived.fetch_add(1, Ordering::SeqCst) == 199 {
                    go.add_permits(200);
                }
                let _ = go.acquire().await.map(|permit| permit.forget());
                ok(call).await;
            }
        });
        let agent = H2Agent::open(&house, &tape);
        let pending: Vec<_> = (0..200).map(|_| agent.ask("GET", "/read", &[], b"")).collect();
        for answer in pending {
            assert_eq!(agent.wait(answer).unwrap().status, 200);
        }
        assert_eq!(tape.connections(), 4, "64 streams to a connection");
        tape.script(ok);
        assert_eq!(agent.call("GET", "/read", &[], b"").status, 200);
        assert_eq!(tape.connections(), 4);
        tape.check(house);
    });
}

/// The upstream's own bound is kept: nobody waits behind another's open stream.
#[test]
fn a_read_does_not_wait_for_a_stream_that_stays_open() {
    let house = House::new();
    let tape = H2Tape::narrow(1);
    let (go, there) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (wait, arrived) = (go.clone(), there.clone());
    tape.script(move |call: Call| {
        let (wait, arrived) = (wait.clone(), arrived.clone());
        async move {
            if call.head.start.starts_with("GET /slow") {
                arrived.fetch_add(1, Ordering::SeqCst);
                let _ = wait.acquire().await;
            }
            ok(call).await;
        }
    });
    let agent = H2Agent::open(&house, &tape);
    assert_eq!(agent.call("GET", "/first", &[], b"").status, 200);
    let slow = agent.ask("GET", "/slow", &[], b"");
    crate::wait::until_true("the slow one", || there.load(Ordering::SeqCst) == 1);
    assert_eq!(agent.call("GET", "/quick", &[], b"").status, 200);
    go.add_permits(1);
    assert_eq!(agent.wait(slow).unwrap().status, 200);
    assert_eq!(tape.connections(), 2);
    tape.check(house);
}

/// Two agents never share one.
#[test]
fn agents_do_not_share_a_connection() {
    let house = House::with(crate::plan::Plan::new().agent("ada", "one").agent("bob", "two"));
    let tape = H2Tape::tls(&house);
    for credentials in ["YWRhOm9uZQ==", "Ym9iOnR3bw==", "YWRhOm9uZQ=="] {
        let mut wire = Wire::open(house.proxy());
        let authority = tape.authority();
        wire.send(format!(
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Basic {credentials}\r\n\r\n"
        ));
        let config = crate::pki::client(&house.ca(), &["http/1.1"]);
        let mut wire = wire.connected().secured("127.0.0.1", config).unwrap();
        wire.send(format!("GET /read HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
        assert_eq!(wire.reply().status, 200);
    }
    // Connections belong to cores: an agent's second one may meet its first, or not.
    let first: Vec<usize> = tape.requests().iter().map(|request| request.connection).collect();
    assert_ne!(first[0], first[1]);
    assert_ne!(first[1], first[2]);
    tape.check(house);
}

/// REFUSED_STREAM says that nothing was done: a read goes once more, and only once.
#[test]
fn a_refused_read_goes_once_more_and_not_a_third_time() {
    let house = House::new();
    let tape = H2Tape::clear();
    let streams = Arc::new(AtomicUsize::new(0));
    let refused = Arc::new(AtomicUsize::new(1));
    let (count, left) = (streams.clone(), refused.clone());
    tape.script(move |mut call: Call| {
        count.fetch_add(1, Ordering::SeqCst);
        let refuse =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        async move {
            match refuse {
                true => call.reply.send_reset(h2::Reason::REFUSED_STREAM),
                false => ok(call).await,
            }
        }
    });
    let agent = H2Agent::open(&house, &tape);
    refused.store(0, Ordering::SeqCst);
    assert_eq!(agent.call("GET", "/warm", &[], b"").status, 200);
    refused.store(1, Ordering::SeqCst);
    assert_eq!(agent.call("GET", "/read", &[], b"").status, 200);
    assert_eq!(streams.load(Ordering::SeqCst), 3);
    refused.store(9, Ordering::SeqCst);
    let failed = agent.call("GET", "/read", &[], b"");
    assert_eq!((failed.status, failed.field("holdpoint-code")), (502, "upstream_unreachable"));
    assert_eq!(streams.load(Ordering::SeqCst), 5);
    tape.check(house);
}

const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// A GOAWAY before the stream says the same, and the connection is not used again.
#[test]
fn a_read_behind_a_goaway_goes_once_more_on_a_fresh_connection() {
    let house = House::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    // The first connection answers stream 1, and then goes away before whatever comes next; the second answers.
    let upstream = std::thread::spawn(move || {
        let status = [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88];
        let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let (mut first, _) = listener.accept().unwrap();
        first.write_all(SETTINGS).unwrap();
        until_headers(&mut first);
        first.write_all(&status).unwrap();
        until_headers(&mut first);
        first.write_all(&goaway).unwrap();
        let (mut second, _) = listener.accept().unwrap();
        second.write_all(SETTINGS).unwrap();
        until_headers(&mut second);
        second.write_all(&status).unwrap();
        (first, second)
    });
    let mut frames = crate::h2raw::Frames::start(Wire::tunnel(house.proxy(), &authority));
    let mut get = |stream| {
        let fields: [(&[u8], &[u8]); 4] = [
            (b":method", b"GET"),
            (b":scheme", b"http"),
            (b":authority", authority.as_bytes()),
            (b":path", b"/read"),
        ];
        frames.headers(stream, &fields, true);
        frames.outcome(stream).status
    };
    assert_eq!(get(1), Some(200));
    assert_eq!(get(3), Some(200));
    let connections = upstream.join().unwrap();
    house.close(&[]);
    drop(connections);
}

/// Reads until a whole HEADERS frame was there.
fn until_headers(stream: &mut impl Read) {
    loop {
        let mut start = [0; 9];
        stream.read_exact(&mut start).unwrap();
        if start.starts_with(b"PRI") {
            stream.read_exact(&mut [0; 15]).unwrap();
            continue;
        }
        let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
        stream.read_exact(&mut vec![0; length as usize]).unwrap();
        if start[3] == 1 {
            return;
        }
    }
}

/// Prior knowledge that is wrong is found out in the handshake: a read is told, and an approval stands.
#[test]
fn an_upstream_that_does_not_speak_http_2_is_sent_no_request() {
    let house = House::new();
    let tape = Tape::plain();
    let mut frames = crate::h2raw::Frames::start(Wire::tunnel(house.proxy(), &tape.authority()));
    let authority = tape.authority();
    let mut fields: Vec<(&[u8], &[u8])> = vec![
        (b":method", b"GET"),
        (b":scheme", b"http"),
        (b":authority", authority.as_bytes()),
        (b":path", b"/read"),
    ];
    frames.headers(1, &fields, true);
    let read = frames.outcome(1);
    assert_eq!((read.status, read.code().as_str()), (Some(502), "upstream_unreachable"));
    fields[0].1 = b"DELETE";
    frames.headers(3, &fields, true);
    let hold = house.held();
    house.approve(&hold);
    assert_eq!(frames.outcome(3).code(), "upstream_unreachable");
    house.wait_state(&hold, "armed");
    assert!(tape.requests().is_empty());
    for connection in tape.connections() {
        assert!(connection.bytes.starts_with(b"PRI * HTTP/2.0") || connection.bytes.is_empty());
        assert!(!connection.bytes.windows(6).any(|six| six == b"DELETE"));
    }
    house.shut();
}

/// Credentials that belong to a connection go over HTTP/1.1, on one of their own.
#[test]
fn connection_bound_credentials_are_not_offered_http_2() {
    let house = House::new();
    let tape = house.tls_tape();
    let mut wire = house.secure(&tape);
    let host = tape.authority();
    wire.send(format!("GET /read HTTP/1.1\r\nHost: {host}\r\nAuthorization: Negotiate YII=\r\n\r\n"));
    let reply: Reply = wire.reply();
    assert_eq!(reply.status, 200);
    house.close(&[&tape]);
}
