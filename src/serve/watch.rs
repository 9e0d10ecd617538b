//! The tasks beside the way: releases that no agent waits for, and the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::audit::Audit;
use crate::classify::Schema;
use crate::gate::{self, Gate, Rules};
use crate::hold::{Desk, Figures};
use crate::metrics::{Deeds, Metrics};
use crate::snapshot::Head;

/// How often gauges are brought up to date.
const FIGURES_EVERY: Duration = Duration::from_secs(1);

/// Makes the text of `/metrics`.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;
/// Says why no request can be served now, if so.
pub type Readiness = Arc<dyn Fn() -> Result<(), &'static str> + Send + Sync>;

/// What the messages of a gRPC request are made of, by the operator's descriptor sets.
pub type Schemas = Arc<dyn Fn(&Head) -> Option<Schema> + Send + Sync>;

/// See the type; asks the config as it is then.
pub fn schemas(rules: &Arc<ArcSwap<Rules>>) -> Schemas {
    let rules = rules.clone();
    Arc::new(move |head| rules.load().classifier.schema(head))
}

/// See the type.
pub fn metrics_text(metrics: &Metrics) -> MetricsText {
    let metrics = metrics.clone();
    Arc::new(move || metrics.render())
}

/// See the type.
pub fn readiness(desk: &Desk, audit: &Audit, draining: &Arc<AtomicBool>) -> Readiness {
    let (desk, audit, draining) = (desk.clone(), audit.clone(), draining.clone());
    Arc::new(move || {
        if draining.load(Ordering::Relaxed) {
            return Err("draining");
        }
        if !desk.healthy() {
            return Err("the store takes no writes");
        }
        if !audit.healthy() { Err("the audit log takes no records") } else { Ok(()) }
    })
}

/// Sends what is approved although its agent has gone (`on_disconnect = "forward"`).
pub async fn orphans(gate: Arc<Gate>) {
    while let Some(approval) = gate.desk.orphan().await {
        tokio::spawn(gate::carry_alone(gate.clone(), approval));
    }
}

/// Brings the gauges up to date.
pub async fn figures(gate: Arc<Gate>) {
    let mut tick = tokio::time::interval(FIGURES_EVERY);
    loop {
        tick.tick().await;
        let stats = gate.desk.stats().await;
        gate.metrics.holds(&stats.by_state, stats.oldest_pending_ms);
        gate.metrics.people().pending(stats.agents, stats.of_one_agent);
        gate.metrics.people().did(&deeds(&gate.desk.figures()));
        for ms in gate.desk.take_decision_times() {
            gate.metrics.people().decision(Duration::from_millis(ms));
        }
        for ms in stats.release_ms {
            gate.metrics.release(Duration::from_millis(ms));
        }
        let (waiting, age_ms) = gate.audit.lag();
        gate.metrics.audit_lag(waiting, age_ms);
    }
}

/// What a leaf may know of people.
fn deeds(figures: &Figures) -> Deeds {
    let total = figures.total;
    let always = figures.kinds.iter().filter(|kind| kind.refused == 0);
    Deeds {
        held: total.held,
        decided: [
            ("approve", total.approved),
            ("grant", total.granted),
            ("deny", total.denied),
            ("expired", total.expired),
            ("cancelled", total.cancelled),
        ],
        kinds: figures.kinds.len(),
        false_starts: always.map(|kind| kind.approved).sum(),
    }
}
