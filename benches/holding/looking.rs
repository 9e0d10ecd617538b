//! Lists and pages while 10,000 are pending, and what they cost those who read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::agents::{connect, post};
use crate::house::House;
use crate::quantile;
use crate::upstream::Upstream;
use crate::wire::Wire;

const MANY: usize = 10_000;
const PAGES: usize = 200;
const READING: Duration = Duration::from_secs(5);

/// `ls`, a page of the API, and reads with and without five lists a second.
pub async fn while_many_wait() {
    let (house, upstream) = (House::start("1s").await, Upstream::start().await);
    for part in 0..MANY / 500 {
        let mut agents = connect(&house, 500).await;
        post(&mut agents, upstream.address, &format!("ticket{part}"), 2048).await;
        for agent in &mut agents {
            assert_eq!(agent.answer().await.0, 503);
        }
    }
    house.until_held(MANY).await;
    for args in [&["ls"][..], &["ls", "--json"], &["ls", "--state", "held"]] {
        let mut took: Vec<f64> = (0..7).map(|_| house.run(args).0.as_secs_f64() * 1e3).collect();
        took.sort_by(f64::total_cmp);
        println!(
            "  `{}`: p50 {:.0} ms, at most {:.0} ms",
            args.join(" "),
            quantile(&took, 0.5),
            quantile(&took, 1.0)
        );
    }
    let mut people = house.people().await;
    for path in ["/v1/holds?state=held&limit=50", "/v1/holds?state=held"] {
        let mut took = Vec::new();
        for _ in 0..PAGES {
            let begun = Instant::now();
            assert_eq!(people.ask("GET", path, "").await.0, 200);
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        took.sort_by(f64::total_cmp);
        println!("  {path}: p50 {:.2} ms, p99 {:.2} ms", quantile(&took, 0.5), quantile(&took, 0.99));
    }
    let quiet = reads(&house, &upstream).await;
    let listing = Arc::new(AtomicBool::new(true));
    let (going, mut people) = (listing.clone(), house.people().await);
    let lister = tokio::spawn(async move {
        while going.load(Ordering::Relaxed) {
            assert_eq!(people.ask("GET", "/v1/holds?state=held", "").await.0, 200);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let busy = reads(&house, &upstream).await;
    listing.store(false, Ordering::Relaxed);
    lister.await.expect("it lists");
    println!("  reads/s: {quiet:.0} alone, {busy:.0} with 5 lists a second ({:.3})", busy / quiet);
}

/// Reads a second on 8 connections.
async fn reads(house: &House, upstream: &Upstream) -> f64 {
    let mut working = Vec::new();
    let begun = Instant::now();
    for _ in 0..8 {
        let (proxy, address) = (house.proxy, upstream.address);
        working.push(tokio::spawn(async move {
            let (mut wire, mut count) = (Wire::open(proxy).await, 0_u64);
            let ask = format!("GET http://{address}/page HTTP/1.1\r\nHost: {address}\r\n\r\n");
            while begun.elapsed() < READING {
                wire.send(ask.as_bytes()).await;
                assert_eq!(wire.answer().await.0, 200);
                count += 1;
            }
            count
        }));
    }
    let mut all = 0;
    for worker in working {
        all += worker.await.expect("it reads");
    }
    all as f64 / begun.elapsed().as_secs_f64()
}
