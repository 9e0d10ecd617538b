//! Upstreams that break: what was begun and not answered whole is unknown, and never sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::h2agent::H2Agent;
use crate::h2tape::{Call, H2Tape, head};
use crate::house::House;

use super::each;

/// Does something to every stream, and counts them.
fn breaking(tape: &H2Tape, how: impl Fn(&mut Call) + Send + Sync + 'static) -> Arc<AtomicUsize> {
    let streams = Arc::new(AtomicUsize::new(0));
    let (count, how) = (streams.clone(), Arc::new(how));
    tape.script(move |mut call: Call| {
        count.fetch_add(1, Ordering::SeqCst);
        let how = how.clone();
        async move {
            call.whole().await;
            how(&mut call);
        }
    });
    streams
}

/// CASES HI-16: a refused stream, a reset, a head and then a reset: unknown, once.
#[test]
fn a_mutation_without_a_whole_answer_is_unknown_and_not_sent_again() {
    let refuse = |call: &mut Call| call.reply.send_reset(h2::Reason::REFUSED_STREAM);
    let reset = |call: &mut Call| call.reply.send_reset(h2::Reason::INTERNAL_ERROR);
    let required = |call: &mut Call| call.reply.send_reset(h2::Reason::HTTP_1_1_REQUIRED);
    for how in [refuse, reset, required] {
        let house = House::new();
        let tape = H2Tape::tls(&house);
        let streams = breaking(&tape, how);
        let agent = H2Agent::open(&house, &tape);
        let pending = agent.ask("POST", "/a", &[], b"x");
        let hold = house.held();
        house.approve(&hold);
        let answer = agent.wait(pending).unwrap();
        assert_eq!((answer.status, answer.field("holdpoint-code")), (502, "outcome_unknown"));
        assert_eq!(answer.field("x-should-retry"), "false");
        house.wait_state(&hold, "outcome_unknown");
        assert_eq!((streams.load(Ordering::SeqCst), tape.connections()), (1, 1));
        tape.check(house);
    }
}

/// Half of an answer has been heard when its stream is reset, with an error or without one.
#[test]
fn an_answer_that_breaks_off_is_cut_and_unknown() {
    each(|house, tape| {
        let go = Arc::new(Semaphore::new(0));
        let heard = go.clone();
        tape.script(move |mut call: Call| {
            let heard = heard.clone();
            async move {
                call.whole().await;
                let mut stream =
                    call.reply.send_response(head(200, &[("content-length", "10")]), false).unwrap();
                stream.send_data(Bytes::from_static(b"half"), false).unwrap();
                heard.acquire().await.unwrap().forget();
                let quiet = call.head.start.contains("/quiet");
                stream.send_reset(if quiet { h2::Reason::NO_ERROR } else { h2::Reason::INTERNAL_ERROR });
            }
        });
        let agent = H2Agent::open(&house, &tape);
        for path in ["/loud", "/quiet"] {
            let mut stream = agent.stream("DELETE", path, &[], true);
            let hold = house.held();
            house.approve(&hold);
            assert_eq!((stream.status(), stream.hear()), (200, b"half".to_vec()));
            go.add_permits(1);
            assert!(stream.breaks(), "{path}: a cut answer was whole");
            house.wait_state(&hold, "outcome_unknown");
            let mut stream = agent.stream("GET", path, &[], true);
            assert_eq!((stream.status(), stream.hear()), (200, b"half".to_vec()));
            go.add_permits(1);
            assert!(stream.breaks(), "{path}: a cut read was whole");
        }
        assert_eq!(tape.requests().len(), 4);
        tape.check(house);
    });
}

/// A read gets its error, once; what is reset alone leaves the connection good for others.
#[test]
fn a_reset_read_is_the_upstreams_fault_and_harms_no_other() {
    let house = House::new();
    let tape = H2Tape::clear();
    tape.script(|mut call: Call| async move {
        call.write_down(Vec::new());
        match call.head.start.contains("/bad") {
            true => call.reply.send_reset(h2::Reason::INTERNAL_ERROR),
            false => call.answer(&[], b"good", &[]).await,
        }
    });
    let agent = H2Agent::open(&house, &tape);
    for (path, status) in [("/good", 200), ("/bad", 502), ("/good", 200)] {
        assert_eq!(agent.call("GET", path, &[], b"").status, status);
    }
    assert_eq!((tape.requests().len(), tape.connections()), (3, 1));
    tape.check(house);
}

/// Heads that come before the head, as 103 does, are no answer.
#[test]
fn an_interim_answer_is_not_the_answer() {
    let house = House::new();
    let tape = H2Tape::clear();
    tape.script(|mut call: Call| async move {
        call.whole().await;
        call.reply.send_informational(head(103, &[("link", "</a>")])).unwrap();
        call.answer(&[], b"later", &[]).await;
    });
    let agent = H2Agent::open(&house, &tape);
    let pending = agent.ask("POST", "/a", &[], b"x");
    house.approve(&house.held());
    let answer = agent.wait(pending).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"later"[..]));
    tape.check(house);
}
