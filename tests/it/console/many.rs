//! With thousands pending a key is answered at once. Set `HOLDPOINT_CONSOLE_HOLDS` for another number than the usual one.

use std::time::{Duration, Instant};

use super::Console;
use crate::binary::Server;
use crate::people::seat::Seat;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

/// A key is to be answered within 50 ms; four times that, for a debug build on a busy machine.
const BOUND: Duration = Duration::from_millis(200);
const USUAL: usize = 2000;
const AGENTS: usize = 250;

/// Agents that were given tickets and have gone.
fn pending(server: &Server, tape: &Tape, holds: usize) {
    let mut wires: Vec<Wire> = (0..AGENTS).map(|_| Wire::open(server.proxy())).collect();
    for first in (0..holds).step_by(AGENTS) {
        let some = &mut wires[..AGENTS.min(holds - first)];
        for (at, wire) in some.iter_mut().enumerate() {
            let path = ["/posts", "/topics"][at % 2];
            wire.send(post(tape, path, "", &format!("post {}", first + at)));
        }
        for wire in some {
            assert_eq!(wire.reply().status, 503);
        }
    }
}

#[test]
fn with_thousands_pending_a_key_is_answered_at_once() {
    let holds =
        std::env::var("HOLDPOINT_CONSOLE_HOLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL);
    let plan = Plan::new()
        .hold("wait", "\"1s\"")
        .hold("max_pending", "20000")
        .hold("max_pending_per_agent", "20000");
    let server = Server::start(&plan);
    let tape = Tape::plain();
    let started = Instant::now();
    pending(&server, &tape, holds);
    println!("{holds} holds were made in {:?}", started.elapsed());

    let started = Instant::now();
    let mut console = Console { seat: Seat::at(&server, &["console"], (24, 80)) };
    console.seat.wait_until("the first rows", |shown| shown.contents().contains("of one kind"));
    println!("first paint after {:?}", started.elapsed());
    let number = holdpoint::approve::words::count(holds as u64, "hold");
    let all = format!("{} held", number.trim_end_matches(" holds"));
    console.seat.wait_until("all of them", |shown| shown.contents().contains(&all));
    println!("all of them after {:?}", started.elapsed());

    let mut times = Vec::new();
    for key in ["j", "j", "G", "k", "k", "g", "\x1b[6~", "\x1b[6~", "j", " ", "j", "G", "g", "j", "k"] {
        let before = console.seat.contents();
        let pressed = Instant::now();
        console.keys(key);
        console.seat.wait_until("another screen", |shown| shown.contents() != before);
        times.push(pressed.elapsed());
    }
    times.sort();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{holds} pending: a key is answered in {median:?}, the slowest in {slowest:?}");
    assert!(median < BOUND, "{times:?}");
    console.quit();
    tape.assert_empty("nobody has decided");
}
