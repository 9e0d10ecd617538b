//! What a hold takes of resident memory.

use std::net::SocketAddr;
use std::time::Duration;

use crate::agents::{connect, post};
use crate::house::House;
use crate::upstream::Upstream;
use crate::wire::Wire;

const HOLDS: usize = 2_000;
const WARM: usize = 4_000;
const ROUND: usize = 100;
const MANY: usize = 10_000;
const LARGE: usize = 64 << 20;

/// 2,000 holds with a body of 2 KiB beyond their idle connections, and 10,000 whose agents have their tickets.
pub async fn of_holds() {
    let (house, upstream) = (House::start("1h").await, Upstream::start().await);
    // What has a bound of its own (SQLite's pages, what is remembered for listeners) is full before it begins.
    let mut warm = connect(&house, WARM).await;
    post(&mut warm, upstream.address, "warm", 2048).await;
    house.until_held(WARM).await;
    let before = house.memory_kib();
    let mut agents = connect(&house, HOLDS).await;
    let fresh = settled(&house).await;
    read_once(&mut agents, upstream.address).await;
    let idle = settled(&house).await;
    // A hundred at a time, so that what many arrivals at once take for a moment is no part of what a hold takes.
    for (round, agents) in agents.chunks_mut(ROUND).enumerate() {
        post(agents, upstream.address, &format!("held{round}"), 2048).await;
        house.until_held(WARM + (round + 1) * ROUND).await;
    }
    let held = settled(&house).await;
    let each = |from: u64, to: u64| to.saturating_sub(from) as f64 / HOLDS as f64;
    println!(
        "  a new connection {:.1} KiB, idle after a read {:.1} KiB, a hold of 2 KiB {:.1} KiB more",
        each(before, fresh),
        each(before, idle),
        each(idle, held)
    );
    drop((house, agents, warm));

    let house = House::start("1s").await;
    let begun = house.memory_kib();
    for part in 0..MANY / 500 {
        let mut agents = connect(&house, 500).await;
        post(&mut agents, upstream.address, &format!("ticket{part}"), 2048).await;
        for agent in &mut agents {
            assert_eq!(agent.answer().await.0, 503);
        }
    }
    house.until_held(MANY).await;
    let ticketed = settled(&house).await;
    println!("  {MANY} pending with tickets: {} MiB in all, {} MiB at start", ticketed >> 10, begun >> 10);
}

/// Each agent reads something, as agents do before they change it.
async fn read_once(agents: &mut [Wire], upstream: SocketAddr) {
    let read = format!("GET http://{upstream}/page HTTP/1.1\r\nHost: {upstream}\r\n\r\n");
    for agent in agents {
        agent.send(read.as_bytes()).await;
        assert_eq!(agent.answer().await.0, 200);
    }
}

/// A body of 64 MiB, held.
pub async fn of_a_large_body() {
    let (house, upstream) = (House::start("1h").await, Upstream::start().await);
    let mut warm = connect(&house, 50).await;
    post(&mut warm, upstream.address, "warm", 128 << 10).await;
    house.until_held(50).await;
    let before = settled(&house).await;
    let mut agent = Wire::open(house.proxy).await;
    post(std::slice::from_mut(&mut agent), upstream.address, "large", LARGE).await;
    house.until_held(51).await;
    let held = settled(&house).await;
    println!("  a body of {} MiB: {} KiB more", LARGE >> 20, held as i64 - before as i64);
}

/// Once what was begun has ended.
async fn settled(house: &House) -> u64 {
    tokio::time::sleep(Duration::from_secs(2)).await;
    house.memory_kib()
}
