//! HTTP/2 towards upstreams: what was approved is what arrives, once, whatever the version; what a stream is told
//! reaches the agent (SPEC sections 1, 5 and 7, CASES HI-16, PR-13).

mod broken;
mod reads;
mod streaming;

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::h2agent::H2Agent;
use crate::h2tape::{Call, H2Tape};
use crate::house::House;
use crate::raw::Wire;

const GRPC: &[(&str, &str)] = &[("content-type", "application/grpc"), ("te", "trailers")];

/// The same over TLS and in the clear.
fn each(case: impl Fn(House, H2Tape)) {
    let house = House::new();
    let tape = H2Tape::tls(&house);
    case(house, tape);
    case(House::new(), H2Tape::clear());
}

/// A read passes, a mutation waits, and what arrives is what was shown.
#[test]
fn a_mutation_arrives_once_and_as_it_was_shown() {
    each(|house, tape| {
        let agent = H2Agent::open(&house, &tape);
        let read = agent.call("GET", "/read?a=%2f&&b", &[], b"");
        assert_eq!((read.status, read.body.as_slice()), (200, &b"ok\n"[..]));
        let fields = [("x-note", "one"), ("cookie", "a=1"), ("x-note", "two"), ("cookie", "b=2")];
        let pending = agent.ask("POST", "/posts?draft=1", &fields, b"{\"title\":1}");
        let hold = house.held();
        let raw = house.raw(&hold);
        assert_eq!(tape.requests().len(), 1, "nothing of it has left");
        house.approve(&hold);
        let answer = agent.wait(pending).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"ok\n"[..]));
        assert_eq!(answer.field("holdpoint-hold"), hold.id);
        let requests = tape.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(String::from_utf8(requests[1].raw()).unwrap(), String::from_utf8(raw).unwrap());
        assert_ne!(requests[0].connection, requests[1].connection, "a mutation's connection is fresh");
        tape.check(house);
    });
}

/// A body that lies in a spool file, and none at all.
#[test]
fn large_and_empty_bodies_arrive_as_they_were_held() {
    each(|house, tape| {
        let agent = H2Agent::open(&house, &tape);
        let large: &'static [u8] = Box::leak(vec![b'x'; 300 * 1024].into_boxed_slice());
        for (method, body) in [("PUT", large), ("POST", &b""[..]), ("DELETE", &b""[..])] {
            let pending = agent.ask(method, "/a", &[], body);
            let hold = house.held();
            let raw = house.raw(&hold);
            house.approve(&hold);
            assert_eq!(agent.wait(pending).unwrap().status, 200);
            assert!(tape.requests().last().unwrap().raw() == raw, "{method}");
        }
        tape.check(house);
    });
}

/// Versions are translated: the agent speaks HTTP/1.1, the upstream prefers HTTP/2.
#[test]
fn an_agent_of_http_1_reaches_an_upstream_of_http_2() {
    let house = House::new();
    let tape = H2Tape::tls(&house);
    let mut wire = Wire::tls(house.proxy(), &tape.authority(), "127.0.0.1", &house.ca(), &["http/1.1"]);
    let host = tape.authority();
    wire.send(format!("GET /read HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    let read = wire.reply();
    assert_eq!((read.status, read.body.as_slice()), (200, &b"ok\n"[..]));
    wire.send(format!("POST /a HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nConnection: te\r\nTE: trailers\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
    let hold = house.held();
    let raw = house.raw(&hold);
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.requests()[1].raw(), raw);
    wire.send(format!("HEAD /read HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    wire.send(format!("GET /read HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    tape.wait_for(4);
    tape.check(house);
}

/// What gRPC needs of a held call: `te` to the upstream, the trailers back, also for the one that comes back later.
#[test]
fn a_held_grpc_call_gets_its_trailers() {
    each(|house, tape| {
        tape.script(|mut call: Call| async move {
            assert_eq!(call.te.as_deref(), Some(&b"trailers"[..]));
            call.whole().await;
            let (kind, status) = ([("content-type", "application/grpc")], [("grpc-status", "7")]);
            match call.head.start.split(' ').nth(1) {
                Some("/s/Empty") => call.answer(&kind, b"", &status).await,
                Some("/s/OnlyTrailers") => call.answer(&[kind[0], status[0]], b"", &[]).await,
                _ => call.answer(&kind, b"\0\0\0\0\x01a", &status).await,
            }
        });
        let agent = H2Agent::open(&house, &tape);
        for (path, body, inside) in [
            ("/s/Call", &b"\0\0\0\0\x01a"[..], true),
            ("/s/Empty", &b""[..], true),
            ("/s/OnlyTrailers", &b""[..], false),
        ] {
            let pending = agent.ask("POST", path, GRPC, b"\0\0\0\0\0");
            house.approve(&house.held());
            let answer = agent.wait(pending).unwrap();
            assert_eq!((answer.status, answer.body.as_slice()), (200, body), "{path}");
            let status = if inside { answer.trailer("grpc-status") } else { answer.field("grpc-status") };
            assert_eq!(status, "7", "{path}");
            assert_eq!(answer.trailers.is_some(), inside, "{path}");
        }
        tape.check(house);
    });
}

/// The answer of one that went away while its call was carried out is kept, and its trailers with it.
#[test]
fn a_kept_answer_has_its_trailers() {
    let house = House::new();
    let tape = H2Tape::clear();
    let go = Arc::new(Semaphore::new(0));
    let wait = go.clone();
    tape.script(move |mut call: Call| {
        let wait = wait.clone();
        async move {
            call.whole().await;
            let _ = wait.acquire().await;
            call.answer(&[("content-type", "application/grpc")], b"body", &[("grpc-status", "0")]).await;
        }
    });
    let agent = H2Agent::open(&house, &tape);
    let mut stream = agent.stream("POST", "/s/Call", GRPC, false);
    stream.say(b"x", true);
    let hold = house.held();
    house.approve(&hold);
    tape.wait_for(1);
    stream.reset();
    house.wait_waiting(&hold, 0);
    go.add_permits(1);
    house.wait_state(&hold, "done");
    let again = agent.call("POST", "/s/Call", GRPC, b"x");
    assert_eq!((again.body.as_slice(), again.trailer("grpc-status")), (&b"body"[..], "0"));
    assert_eq!(again.field("holdpoint-hold"), hold.id);
    assert_eq!(tape.requests().len(), 1);
    tape.check(house);
}
