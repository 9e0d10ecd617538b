//! Signs of life: while an agent waits at a hold, a client that is known to take them gets interim responses (RFC 9110
//! section 15.2), so that its read timeout begins anew. Everybody else gets none, nor does anyone on a doubt: a client
//! that takes an interim response for the answer would believe that its request was done.
//!
//! HTTP/1.1 only. The strict reader writes them, between two whole messages or not at all.

mod clients;

use std::pin::pin;
use std::time::Duration;

use super::Passage;
use crate::clock::Clock;
use crate::config::{Hold, Keepalive};
use crate::limits;
use crate::metrics::Metrics;
use crate::parse::{Interim, Line};
use crate::snapshot::Head;

/// When they are sent.
pub struct Pulse {
    keepalive: Keepalive,
    clock: Clock,
    every: Duration,
}

impl Pulse {
    /// As the config says. A long wait has a slower pulse, so that it lasts: clients count interim responses.
    pub fn new(hold: &Hold, clock: Clock) -> Self {
        let every = limits::INTERIM_EVERY.max(hold.wait / limits::INTERIM_MAX);
        Self { keepalive: hold.keepalive, clock, every }
    }

    /// Does the work, and has a sign of life written again and again until it is done.
    async fn through<T>(
        &self,
        line: &Line,
        interim: Interim,
        metrics: &Metrics,
        work: impl Future<Output = T>,
    ) -> T {
        let quiet = Quiet(line, metrics);
        let mut work = pin!(work);
        let mut wait = limits::INTERIM_FIRST;
        for _ in 0..limits::INTERIM_MAX {
            let next = self.clock.now().mono.after(wait);
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.clock.sleep_until(next) => line.interim(interim),
            }
            quiet.count();
            wait = self.every;
        }
        work.await
    }
}

/// Before anything of an answer is written, nothing is left to be asked; and what was written is counted.
struct Quiet<'a>(&'a Line, &'a Metrics);

impl Quiet<'_> {
    fn count(&self) {
        self.1.interims(self.0.begun_interims());
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        self.0.no_interim();
        self.count();
    }
}

impl Passage {
    /// What the agent behind this request takes while it waits, if it is known to take anything.
    pub(super) fn interim_for(&self, head: &Head) -> Option<Interim> {
        let line = self.line.as_ref().filter(|_| self.gate.pulse.keepalive == Keepalive::Auto)?;
        (line.raw().version == http::Version::HTTP_11).then(|| of_head(head)).flatten()
    }

    /// Does the work while the agent waits, with signs of life where it takes them.
    pub(super) async fn alive<T>(&self, interim: Option<Interim>, work: impl Future<Output = T>) -> T {
        match (&self.line, interim) {
            (Some(line), Some(interim)) => {
                self.gate.pulse.through(line, interim, &self.gate.metrics, work).await
            }
            _ => work.await,
        }
    }
}

/// One User-Agent, and nobody in between: another proxy may not know what to do with an interim response.
fn of_head(head: &Head) -> Option<Interim> {
    let (mut agents, mut hops) = (head.values("user-agent"), head.values("via"));
    let (Some(agent), None) = (agents.next(), agents.next()) else { return None };
    let forwarded = ["forwarded", "x-forwarded-for"].iter().any(|name| head.values(name).next().is_some());
    // The first `via` is our own.
    if forwarded || hops.nth(1).is_some() {
        return None;
    }
    clients::takes(std::str::from_utf8(agent).ok()?)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn taken(fields: &[(&str, &str)]) -> Option<Interim> {
        let fields =
            fields.iter().map(|(name, value)| ((*name).to_owned(), Bytes::from((*value).to_owned())));
        of_head(&Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Http, Host::parse("a.example").unwrap(), None),
            target: "/".into(),
            fields: fields.collect(),
        })
    }

    #[test]
    fn an_agent_that_names_itself_once_and_comes_itself_is_known() {
        let (curl, own) = (("user-agent", "curl/8.1"), ("via", "1.1 holdpoint-1"));
        assert_eq!(taken(&[curl, own]), Some(Interim::Processing));
        for (why, fields) in [
            ("nobody", vec![own]),
            ("two names", vec![curl, curl, own]),
            ("a proxy before us", vec![curl, ("via", "1.1 squid"), own]),
            ("a proxy that says no name", vec![curl, ("x-forwarded-for", "10.0.0.1"), own]),
            ("the same, RFC 7239", vec![curl, ("forwarded", "for=10.0.0.1"), own]),
        ] {
            assert_eq!(taken(&fields), None, "{why}");
        }
    }

    #[test]
    fn a_long_wait_has_a_slower_pulse_that_lasts() {
        let every = |wait| {
            let hold = Hold { wait, ..crate::config::Config::default().hold };
            Pulse::new(&hold, Clock::manual()).every
        };
        assert_eq!(every(Duration::from_secs(90)), limits::INTERIM_EVERY);
        assert_eq!(every(Duration::from_secs(900)), Duration::from_secs(10));
    }
}
