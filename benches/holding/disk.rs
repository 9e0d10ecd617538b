//! How long this machine's disk takes to make a small write durable.

use std::io::Write;
use std::time::Instant;

use crate::quantile;

/// 1,000 appends of 400 bytes, each synced.
pub fn measure() {
    let mut file = tempfile::tempfile().expect("a temporary file");
    let mut took: Vec<f64> = (0..1000)
        .map(|_| {
            file.write_all(&[b'x'; 400]).expect("the disk takes it");
            let begun = Instant::now();
            file.sync_data().expect("the disk syncs");
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!("  fdatasync: p50 {:.2} ms, p99 {:.2} ms", quantile(&took, 0.5), quantile(&took, 0.99));
}
