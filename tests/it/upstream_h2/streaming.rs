//! Both ways at once: what is passed by its head streams, and neither side waits for the other's end.

use bytes::Bytes;

use crate::h2agent::H2Agent;
use crate::h2tape::{Call, H2Tape, head, map};
use crate::house::House;
use crate::plan::Plan;

use super::GRPC;

const ALLOW: &str = "name = \"streams\"\nverdict = \"allow\"\nmethod = [\"POST\"]\npath = [\"/s/*\"]";

/// Answers at once, and says every message again.
async fn echo(mut call: Call) {
    call.write_down(Vec::new());
    let kind = [("content-type", "application/grpc")];
    let mut stream = call.reply.send_response(head(200, &kind), false).unwrap();
    while let Some(Ok(piece)) = call.body.data().await {
        let _ = call.body.flow_control().release_capacity(piece.len());
        if piece.is_empty() {
            continue;
        }
        stream.send_data(Bytes::from([b"you said ", &piece[..]].concat()), false).unwrap();
    }
    stream.send_trailers(map(&[("grpc-status", "0"), ("grpc-message", "over")])).unwrap();
}

fn allowed() -> [(House, H2Tape); 2] {
    let house = House::with(Plan::new().rule(ALLOW));
    let tape = H2Tape::tls(&house);
    [(house, tape), (House::with(Plan::new().rule(ALLOW)), H2Tape::clear())]
}

#[test]
fn one_message_is_answered_before_the_next_is_sent() {
    for (house, tape) in allowed() {
        tape.script(echo);
        let agent = H2Agent::open(&house, &tape);
        let mut stream = agent.stream("POST", "/s/Chat", GRPC, false);
        assert_eq!(stream.status(), 200, "the head does not wait for the first message");
        for (said, heard) in [(&b"one"[..], &b"you said one"[..]), (b"two", b"you said two")] {
            stream.say(said, false);
            assert_eq!(stream.hear(), heard);
        }
        stream.say(b"", true);
        assert_eq!(stream.hear(), b"");
        assert_eq!(stream.trailers(), map(&[("grpc-status", "0"), ("grpc-message", "over")]));
        tape.check(house);
    }
}

/// A read with a body that its head alone lets pass shares a connection, and streams all the same.
#[test]
fn a_read_with_a_body_streams_both_ways_too() {
    let house = House::with(
        Plan::new().rule("name = \"streams\"\nverdict = \"allow\"\nmethod = [\"GET\"]\npath = [\"/s/*\"]"),
    );
    let tape = H2Tape::tls(&house);
    tape.script(echo);
    let agent = H2Agent::open(&house, &tape);
    let mut streams: Vec<_> = (0..3).map(|_| agent.stream("GET", "/s/Chat", &[], false)).collect();
    for stream in &mut streams {
        stream.say(b"one", false);
        assert_eq!((stream.status(), stream.hear()), (200, b"you said one".to_vec()));
    }
    for stream in &mut streams {
        stream.say(b"two", true);
        assert_eq!(stream.hear(), b"you said two");
        assert_eq!(stream.hear(), b"");
        assert_eq!(stream.trailers()["grpc-status"], "0");
    }
    tape.check(house);
}

/// An agent that resets its stream resets the upstream's, and the upstream sees no end of the body.
#[test]
fn an_agent_that_goes_away_never_ends_the_body() {
    for (house, tape) in allowed() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let sender = std::sync::Mutex::new(sender);
        tape.script(move |mut call: Call| {
            let sender = sender.lock().unwrap().clone();
            async move {
                call.write_down(Vec::new());
                let _stream = call.reply.send_response(head(200, &[]), false).unwrap();
                let half = call.body.data().await.map(|piece| piece.is_ok());
                let end = call.body.data().await.map(|piece| piece.is_err_and(|error| error.is_reset()));
                sender.send((half, end)).unwrap();
            }
        });
        let agent = H2Agent::open(&house, &tape);
        let mut stream = agent.stream("POST", "/s/Upload", GRPC, false);
        stream.say(b"half", false);
        assert_eq!(stream.status(), 200);
        stream.reset();
        let seen = receiver.recv_timeout(crate::wait::DEADLINE).unwrap();
        assert_eq!(seen, (Some(true), Some(true)), "half of it, and then a reset");
        tape.check(house);
    }
}
