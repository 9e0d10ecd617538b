//! metrics: figures for `/metrics`, in the OpenMetrics text format. A leaf: it knows names and numbers, and nothing of
//! what is counted.
//!
//! Labels come from closed lists in the code, never from a request, so that no agent can make a series
//! (CASES OV-14), and none names a host, path or agent, because the page needs no token (SPEC section 10). What
//! the read path counts is one addition to an atomic that was looked up at the start.

mod people;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::code::Code;
pub use people::{Deeds, People};

/// The content type of what `render` gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What was said of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passed without a person.
    Allow,
    /// A person decides.
    Hold,
    /// A rule said no.
    Deny,
    /// Holdpoint refused it before a rule could say anything.
    Refused,
}

impl Verdict {
    const ALL: [Verdict; 4] = [Verdict::Allow, Verdict::Hold, Verdict::Deny, Verdict::Refused];

    /// Its name, the same on record.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Hold => "hold",
            Verdict::Deny => "deny",
            Verdict::Refused => "refused",
        }
    }
}

/// The states that a hold can be in, so that one that nobody is in shows as 0 (SPEC section 7).
const STATES: [&str; 10] = [
    "held",
    "approved",
    "armed",
    "forwarding",
    "done",
    "failed",
    "outcome_unknown",
    "denied",
    "expired",
    "cancelled",
];

/// From a release that an agent waits for, through one that a handshake delays, to one that waits for a retry.
const RELEASE_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 900.0];

type Seconds = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByVerdict {
    verdict: &'static str,
}

/// What came of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was taken.
    Delivered,
    /// It was not taken, and is tried again.
    Failed,
    /// There was no room to keep it; a hold that still waits is told of later.
    PutOff,
}

impl Told {
    const ALL: [Told; 3] = [Told::Delivered, Told::Failed, Told::PutOff];

    fn as_str(self) -> &'static str {
        match self {
            Told::Delivered => "delivered",
            Told::Failed => "failed",
            Told::PutOff => "put_off",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCode {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

/// The handle that everybody has.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    exchanges: [Counter; 4],
    refusals: Family<ByCode, Counter>,
    holds: Family<ByState, Gauge>,
    oldest_pending: Seconds,
    release: Histogram,
    audit_waiting: Gauge,
    audit_age: Seconds,
    answers_lost: Counter,
    clients_gone: Counter,
    interims: Counter,
    connections: Gauge,
    notified: [Counter; 3],
    people: People,
}

/// One open connection of an agent, counted until it is dropped.
pub struct Connection(Gauge);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Figures that all are zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("holdpoint");
        let family = Family::<ByVerdict, Counter>::default();
        let exchanges = Verdict::ALL
            .map(|verdict| family.get_or_create(&ByVerdict { verdict: verdict.as_str() }).clone());
        registry.register("exchanges", "Requests of agents, by what was said of them", family);
        let family = Family::<ByResult, Counter>::default();
        let notified =
            Told::ALL.map(|told| family.get_or_create(&ByResult { result: told.as_str() }).clone());
        registry.register("notifications", "Notifications, by what came of them", family);
        let inner = Inner {
            exchanges,
            refusals: Family::default(),
            holds: Family::default(),
            oldest_pending: Gauge::default(),
            release: Histogram::new(RELEASE_SECONDS),
            audit_waiting: Gauge::default(),
            audit_age: Gauge::default(),
            answers_lost: Counter::default(),
            clients_gone: Counter::default(),
            interims: Counter::default(),
            connections: Gauge::default(),
            notified,
            people: People::default(),
            registry,
        };
        Self(Arc::new(inner.registered()))
    }

    /// An exchange got its verdict.
    pub fn exchange(&self, verdict: Verdict) {
        self.0.exchanges[verdict as usize].inc();
    }

    /// Holdpoint answered itself.
    pub fn refusal(&self, code: Code) {
        self.0.refusals.get_or_create(&ByCode { code: code.as_str() }).inc();
        if code == Code::AnswerLost {
            self.0.answers_lost.inc();
        }
    }

    /// How many holds are in which state, and the age of the oldest undecided one in milliseconds. States that
    /// are not named have none.
    pub fn holds(&self, by_state: &[(&'static str, usize)], oldest_pending_ms: u64) {
        for state in STATES {
            let count =
                by_state.iter().filter(|(name, _)| *name == state).map(|(_, count)| count).sum::<usize>();
            self.0.holds.get_or_create(&ByState { state }).set(gauge(count));
        }
        self.0.oldest_pending.set(seconds(oldest_pending_ms));
    }

    /// What people have to do, and what they did.
    pub fn people(&self) -> &People {
        &self.0.people
    }

    /// From an approval to the first byte sent.
    pub fn release(&self, latency: Duration) {
        self.0.release.observe(latency.as_secs_f64());
    }

    /// Records that wait for the audit writer, and the age of the oldest in milliseconds.
    pub fn audit_lag(&self, waiting: usize, age_ms: u64) {
        self.0.audit_waiting.set(gauge(waiting));
        self.0.audit_age.set(seconds(age_ms));
    }

    /// An agent went away before it had its answer.
    pub fn client_gone(&self) {
        self.0.clients_gone.inc();
    }

    /// So many signs of life were written to agents that wait.
    pub fn interims(&self, count: u64) {
        self.0.interims.inc_by(count);
    }

    /// A notification was tried.
    pub fn notified(&self, told: Told) {
        self.0.notified[told as usize].inc();
    }

    /// A connection was accepted.
    pub fn connection(&self) -> Connection {
        self.0.connections.inc();
        Connection(self.0.connections.clone())
    }

    /// All figures, as text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.0.registry).expect("a String takes every write");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Inner {
    fn registered(mut self) -> Self {
        let all = &mut self.registry;
        all.register("refusals", "Answers of Holdpoint's own, by code", self.refusals.clone());
        all.register(
            "holds",
            "Holds by state, ended ones as long as they are remembered",
            self.holds.clone(),
        );
        let oldest = self.oldest_pending.clone();
        all.register_with_unit(
            "oldest_pending_age",
            "Age of the oldest undecided hold",
            Unit::Seconds,
            oldest,
        );
        let release = self.release.clone();
        all.register_with_unit("release_latency", "From approval to the first byte", Unit::Seconds, release);
        all.register("audit_waiting", "Records that are not on disk yet", self.audit_waiting.clone());
        let age = self.audit_age.clone();
        all.register_with_unit("audit_lag", "Age of the oldest record not on disk yet", Unit::Seconds, age);
        all.register("answers_lost", "Answers that were too large to keep", self.answers_lost.clone());
        all.register("clients_gone", "Agents that left before their answer", self.clients_gone.clone());
        all.register("interim_responses", "Signs of life to agents that wait", self.interims.clone());
        all.register("connections_open", "Open connections of agents", self.connections.clone());
        self.people.register(all);
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "This build of Holdpoint", build);
        self
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(metrics: &Metrics, line: &str) -> bool {
        metrics.render().lines().any(|found| found == line)
    }

    #[test]
    fn every_verdict_is_counted_under_its_name_and_shows_at_zero() {
        let metrics = Metrics::new();
        assert!(has(&metrics, r#"holdpoint_exchanges_total{verdict="deny"} 0"#), "{}", metrics.render());
        for (times, verdict) in Verdict::ALL.into_iter().enumerate() {
            (0..=times).for_each(|_| metrics.exchange(verdict));
        }
        for (line, count) in [("allow", 1), ("hold", 2), ("deny", 3), ("refused", 4)] {
            assert!(has(&metrics, &format!(r#"holdpoint_exchanges_total{{verdict="{line}"}} {count}"#)));
        }
    }

    #[test]
    fn refusals_are_counted_by_code() {
        let metrics = Metrics::new();
        metrics.refusal(Code::Malformed);
        metrics.refusal(Code::AnswerLost);
        assert!(has(&metrics, r#"holdpoint_refusals_total{code="malformed"} 1"#));
        assert!(has(&metrics, "holdpoint_answers_lost_total 1"));
    }

    #[test]
    fn a_state_that_nobody_is_in_any_more_goes_back_to_zero() {
        let metrics = Metrics::new();
        metrics.holds(&[("held", 3), ("armed", 1)], 1500);
        assert!(has(&metrics, r#"holdpoint_holds{state="held"} 3"#));
        assert!(has(&metrics, "holdpoint_oldest_pending_age_seconds 1.5"), "{}", metrics.render());
        metrics.holds(&[], 0);
        assert!(has(&metrics, r#"holdpoint_holds{state="held"} 0"#));
        assert!(has(&metrics, "holdpoint_oldest_pending_age_seconds 0.0"));
    }

    #[test]
    fn a_connection_counts_for_as_long_as_it_lives() {
        let metrics = Metrics::new();
        let connection = metrics.connection();
        assert!(has(&metrics, "holdpoint_connections_open 1"));
        drop(connection);
        assert!(has(&metrics, "holdpoint_connections_open 0"));
    }

    #[test]
    fn releases_the_audit_lag_and_the_build_are_shown() {
        let metrics = Metrics::new();
        metrics.release(Duration::from_millis(30));
        metrics.audit_lag(7, 250);
        metrics.client_gone();
        metrics.interims(2);
        assert!(has(&metrics, "holdpoint_interim_responses_total 2"));
        assert!(has(&metrics, r#"holdpoint_release_latency_seconds_bucket{le="0.025"} 0"#));
        assert!(has(&metrics, r#"holdpoint_release_latency_seconds_bucket{le="0.05"} 1"#));
        assert!(has(&metrics, "holdpoint_audit_waiting 7"));
        assert!(has(&metrics, "holdpoint_audit_lag_seconds 0.25"));
        assert!(has(&metrics, "holdpoint_clients_gone_total 1"));
        let build = format!(r#"holdpoint_build_info{{version="{}"}} 1"#, env!("CARGO_PKG_VERSION"));
        assert!(has(&metrics, &build), "{}", metrics.render());
        assert!(metrics.render().ends_with("# EOF\n"));
    }
}
