//! From a decision to the upstream's first byte, and how many decisions a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::agents::{approve, connect, held, post};
use crate::house::House;
use crate::quantile;
use crate::upstream::Upstream;

/// Pending beside those that are released.
const PENDING: usize = 5_000;
/// Released one after the other.
const RELEASED: usize = 500;
/// Between two releases: what is tidied up after the first (`limits::TIDY_AFTER`) is no part of the second.
const REST: Duration = Duration::from_millis(40);
/// Approved at once.
const AT_ONCE: usize = 16;
/// Approved in all, 16 at once.
const APPROVED: usize = 4_000;

/// 500 releases, each with an agent that waits, while 5,000 others are pending.
pub async fn latency() {
    let (house, upstream) = (House::start("1h").await, Upstream::start().await);
    let mut others = connect(&house, PENDING).await;
    post(&mut others, upstream.address, "others", 2048).await;
    let mut agents = connect(&house, RELEASED).await;
    post(&mut agents, upstream.address, "asked", 2048).await;
    house.until_held(PENDING + RELEASED).await;
    let mut people = house.people().await;
    let (mut to_byte, mut to_reply) = (Vec::new(), Vec::new());
    for hold in held(&house, "asked").await {
        let begun = Instant::now();
        assert!(approve(&mut people, &hold).await);
        to_reply.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(agents[hold.number].answer().await.0, 200);
        let came = upstream.first_byte(&hold.path).expect("whoever was answered has arrived");
        to_byte.push(came.duration_since(begun).as_secs_f64() * 1e3);
        // Each begins when the one before is over; how many go at once is the other measure.
        tokio::time::sleep(REST).await;
    }
    for (what, mut took) in [("first byte", to_byte), ("reply", to_reply)] {
        took.sort_by(f64::total_cmp);
        let (half, most) = (quantile(&took, 0.5), quantile(&took, 0.99));
        println!("  approve to {what}, {PENDING} pending: p50 {half:.2} ms, p99 {most:.2} ms");
    }
}

/// Approvals a second, 16 at once, each of a hold at which an agent waits.
pub async fn rate() {
    let (house, upstream) = (House::start("1h").await, Upstream::start().await);
    let mut agents = connect(&house, APPROVED).await;
    post(&mut agents, upstream.address, "asked", 2048).await;
    house.until_held(APPROVED).await;
    let holds = Arc::new(held(&house, "asked").await);
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut working = Vec::new();
    for _ in 0..AT_ONCE {
        let (holds, next, mut people) = (holds.clone(), next.clone(), house.people().await);
        working.push(tokio::spawn(async move {
            while let Some(hold) = holds.get(next.fetch_add(1, Ordering::Relaxed)) {
                assert!(approve(&mut people, hold).await);
            }
        }));
    }
    for worker in working {
        worker.await.expect("it approves");
    }
    let approved = begun.elapsed().as_secs_f64();
    for agent in &mut agents {
        assert_eq!(agent.answer().await.0, 200);
    }
    let answered = begun.elapsed().as_secs_f64();
    let rate = |took: f64| APPROVED as f64 / took;
    println!("  {AT_ONCE} at once: {:.0} approvals/s; {:.0} answered/s", rate(approved), rate(answered));
}
