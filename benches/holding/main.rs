//! What holding costs: the real binary, agents that wait, an upstream that notes when the first byte of each request
//! came. Figures go to standard output; `cargo bench --bench holding -- NAME` runs one part of it.
//!
//! Load, proxy and upstream share the machine, so the figures are upper bounds; the disk's own sync is measured beside
//! them, because two of them stand between a decision and the first byte.

mod agents;
mod disk;
mod house;
mod looking;
mod memory;
mod release;
mod upstream;
mod wire;

use std::future::Future;
use std::pin::Pin;

type Part = (&'static str, fn() -> Measuring);
type Measuring = Pin<Box<dyn Future<Output = ()>>>;

fn main() {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let parts: [Part; 6] = [
        ("disk", || Box::pin(async { disk::measure() })),
        ("latency", || Box::pin(release::latency())),
        ("rate", || Box::pin(release::rate())),
        ("memory", || Box::pin(memory::of_holds())),
        ("large", || Box::pin(memory::of_a_large_body())),
        ("looking", || Box::pin(looking::while_many_wait())),
    ];
    for (name, part) in parts {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            println!("{name}");
            runtime.block_on(part());
        }
    }
}

/// The value below which this share of the sorted values lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(((last as f64) * share).round() as usize).copied().unwrap_or(f64::NAN)
}
