//! With thousands pending a key is answered at once. Set `HOLDPOINT_CONSOLE_HOLDS` for another number than the usual one.

use std::sync::atomic::{AtomicBool, Ordering};
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
/// Connections of those that arrive meanwhile, on which nobody hears an answer.
const ARRIVALS_MAX: usize = 600;

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
    console.seat.wait_until("the first rows", |shown| shown.contents().contains("of one operation"));
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

/// A key is answered as fast while much is new: fifty holds a second, two thousand that wait. In a release build on an idle
/// machine that is under 50 ms; here it may take what the other test's may.
#[test]
fn while_fifty_holds_a_second_arrive_a_key_is_answered_at_once() {
    let plan = Plan::new()
        .hold("wait", "\"1s\"")
        .hold("max_pending", "20000")
        .hold("max_pending_per_agent", "20000");
    let server = Server::start(&plan);
    let tape = Tape::plain();
    pending(&server, &tape, USUAL);
    let mut console = Console { seat: Seat::at(&server, &["console"], (24, 80)) };
    console.seat.wait_until("all of them", |shown| shown.contents().contains("2,000 held"));
    let stop = AtomicBool::new(false);
    let (times, arrived, span) = std::thread::scope(|scope| {
        let arriving = scope.spawn(|| arrive(&server, &tape, &stop));
        console
            .seat
            .wait_until("the first of the new ones", |shown| !shown.contents().contains("2,000 held"));
        let started = Instant::now();
        let times = pressed(&console);
        stop.store(true, Ordering::SeqCst);
        let arrived = arriving.join().expect("they arrive");
        (times, arrived, started.elapsed())
    });
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{arrived} holds arrived meanwhile, in {span:?}: a key in {median:?}, the slowest in {slowest:?}"
    );
    assert!(median < BOUND, "{times:?}");
    console.quit();
    tape.assert_empty("nobody has decided");
}

/// Fifty a second, as long as nobody stops it; how many.
fn arrive(server: &Server, tape: &Tape, stop: &AtomicBool) -> usize {
    let mut wires = Vec::new();
    let started = Instant::now();
    while !stop.load(Ordering::SeqCst) && wires.len() < ARRIVALS_MAX {
        let due = Duration::from_millis(20) * wires.len() as u32;
        std::thread::park_timeout(due.saturating_sub(started.elapsed()));
        let mut wire = Wire::open(server.proxy());
        wire.send(post(tape, "/news", "", &format!("new {}", wires.len())));
        wires.push(wire);
    }
    wires.len()
}

/// Presses keys that move the selection, one after another; how long until another hold has it.
fn pressed(console: &Console) -> Vec<Duration> {
    let selected = |text: &str| {
        let row = text.lines().find(|line| line.starts_with('>'))?;
        row.split_whitespace().nth(1).map(str::to_owned)
    };
    let mut times = Vec::new();
    for key in ["j"; 150].into_iter().chain(["k"; 149]) {
        let before = crate::wait::until("a selection", || selected(&console.seat.contents()));
        let pressed = Instant::now();
        console.keys(key);
        console.seat.wait_until("another selection", |shown| {
            selected(&shown.contents()).is_some_and(|now| now != before)
        });
        times.push(pressed.elapsed());
    }
    times.sort();
    times
}
