//! Figures of people's work. They name no agent and no request: the web page has those, for whoever is logged in.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::gauge;

/// What people did, since the start.
#[derive(Clone, Copy, Debug)]
pub struct Deeds {
    /// New holds.
    pub held: u64,
    /// How they were decided, by people, a grant or time.
    pub decided: [(&'static str, u64); 5],
    /// Kinds of requests (operation and origin) that were decided, of those that are remembered.
    pub kinds: usize,
    /// Approvals of kinds that were never refused.
    pub false_starts: u64,
}

/// From one who watches, through one who comes back from lunch; the same as on the web page.
const DECISION_SECONDS: [f64; 7] = [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByDecision {
    decision: &'static str,
}

/// The figures.
pub struct People {
    begun: Counter,
    decided: Family<ByDecision, Counter>,
    decision: Histogram,
    pending_agents: Gauge,
    pending_of_one: Gauge,
    kinds: Gauge,
    false_starts: Gauge,
}

impl Default for People {
    fn default() -> Self {
        Self {
            begun: Counter::default(),
            decided: Family::default(),
            decision: Histogram::new(DECISION_SECONDS),
            pending_agents: Gauge::default(),
            pending_of_one: Gauge::default(),
            kinds: Gauge::default(),
            false_starts: Gauge::default(),
        }
    }
}

impl People {
    /// How many agents have something undecided, and how much the one with the most of it has.
    pub fn pending(&self, agents: usize, of_one: usize) {
        self.pending_agents.set(gauge(agents));
        self.pending_of_one.set(gauge(of_one));
    }

    /// What they did, since the start.
    pub fn did(&self, deeds: &Deeds) {
        raise(&self.begun, deeds.held);
        for (decision, count) in deeds.decided {
            raise(&self.decided.get_or_create(&ByDecision { decision }), count);
        }
        self.kinds.set(gauge(deeds.kinds));
        self.false_starts.set(i64::try_from(deeds.false_starts).unwrap_or(i64::MAX));
    }

    /// From a hold's first moment to the decision of people.
    pub fn decision(&self, latency: Duration) {
        self.decision.observe(latency.as_secs_f64());
    }

    pub(super) fn register(&self, all: &mut Registry) {
        all.register("holds_begun", "New holds", self.begun.clone());
        all.register("decisions", "How holds were decided: by people, a grant or time", self.decided.clone());
        let decision = self.decision.clone();
        all.register_with_unit(
            "time_to_decision",
            "From a new hold to people's decision",
            Unit::Seconds,
            decision,
        );
        all.register("pending_agents", "Agents with something undecided", self.pending_agents.clone());
        let most = self.pending_of_one.clone();
        all.register("pending_of_one_agent", "Undecided holds of the agent with the most", most);
        all.register("kinds_decided", "Kinds of requests that people decided lately", self.kinds.clone());
        let starts = self.false_starts.clone();
        all.register("false_starts", "Approvals of kinds that were always approved", starts);
    }
}

/// A counter that was counted elsewhere.
fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn what_people_did_is_shown_and_never_goes_back() {
        let metrics = Metrics::new();
        let decided = |count| ["approve", "grant", "deny", "expired", "cancelled"].map(|name| (name, count));
        for count in [2, 5, 5] {
            metrics.people().did(&Deeds { held: count, decided: decided(count), kinds: 3, false_starts: 4 });
        }
        metrics.people().pending(2, 40);
        metrics.people().decision(Duration::from_secs(20));
        for line in [
            "holdpoint_holds_begun_total 5",
            "holdpoint_decisions_total{decision=\"deny\"} 5",
            "holdpoint_time_to_decision_seconds_bucket{le=\"15.0\"} 0",
            "holdpoint_time_to_decision_seconds_bucket{le=\"60.0\"} 1",
            "holdpoint_pending_agents 2",
            "holdpoint_pending_of_one_agent 40",
            "holdpoint_kinds_decided 3",
            "holdpoint_false_starts 4",
        ] {
            assert!(metrics.render().lines().any(|found| found == line), "{line}\n{}", metrics.render());
        }
    }
}
