//! One request's record: filled on the way, written once at its end, whatever the end is (SPEC P4, CASES AU-10).
//! Dropped before its end (the agent went away) it is written as `abandoned`.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::{HeaderMap, StatusCode};

use super::Gate;
use super::tools::Watch;
use crate::agent::Agent;
use crate::audit::{AuditError, Event, Receipt, Record};
use crate::classify::Finding;
use crate::code::Code;
use crate::hold::HoldId;
use crate::kind::{Mutation, Read};
use crate::metrics::Verdict;
use crate::reply::{End, Tongue};
use crate::snapshot::Head;

/// What is known of a request so far.
pub struct Exchange {
    facts: Option<Box<Facts>>,
}

struct Facts {
    gate: Arc<Gate>,
    record: Record,
    receipt: Option<Receipt<Read>>,
    verdict: Verdict,
    /// The answer has no body, whatever its fields say (RFC 9110 section 9.3.2).
    is_head: bool,
    /// In which a refusal is written.
    tongue: Tongue,
    /// Who listens to the answer.
    watch: Option<Watch>,
}

impl Exchange {
    /// Starts with where it comes from.
    pub fn begin(gate: Arc<Gate>, source: IpAddr, agent: Option<&Agent>) -> Self {
        gate.running.fetch_add(1, Ordering::Relaxed);
        let record = Record::new(Event::Exchange);
        let record = match agent {
            Some(agent) => record.agent(agent),
            None => record.with("source", source.to_canonical().to_string()),
        };
        Self {
            facts: Some(Box::new(Facts {
                gate,
                record,
                receipt: None,
                verdict: Verdict::Refused,
                is_head: false,
                tongue: Tongue::Problem,
                watch: None,
            })),
        }
    }

    /// One that is nobody's.
    #[cfg(test)]
    pub fn unseen() -> Self {
        Self { facts: None }
    }

    /// Moves it on to whoever sees the end; what is left here writes nothing.
    pub fn take(&mut self) -> Self {
        Self { facts: self.facts.take() }
    }

    /// Adds who asks.
    pub fn knows_agent(&mut self, agent: &Agent) {
        self.add(|record| record.agent(agent));
    }

    /// Adds what is asked.
    pub fn knows_head(&mut self, head: &Head) {
        if let Some(facts) = &mut self.facts {
            facts.is_head = head.method == "HEAD";
        }
        self.add(|record| record.head(head));
    }

    /// Adds the tongue in which a refusal is written.
    pub fn speaks(&mut self, tongue: Tongue) {
        if let Some(facts) = &mut self.facts {
            facts.tongue = tongue;
        }
    }

    /// The tongue in which a refusal is written.
    pub fn tongue(&self) -> &Tongue {
        self.facts.as_ref().map_or(&Tongue::Problem, |facts| &facts.tongue)
    }

    /// Adds who listens to the answer.
    pub fn watches(&mut self, watch: Option<Watch>) {
        if let Some(facts) = &mut self.facts {
            facts.watch = watch;
        }
    }

    /// The upstream's answer begins.
    pub fn answers(&mut self, status: StatusCode, fields: &HeaderMap) {
        if let Some(Facts { watch: Some(watch), gate, .. }) = self.facts.as_deref_mut() {
            watch.begins(&gate.sessions, status, fields);
        }
    }

    /// Some of its body is about to go to the agent.
    pub fn hears(&mut self, data: &[u8]) {
        if let Some(Facts { watch: Some(watch), gate, .. }) = self.facts.as_deref_mut() {
            watch.hears(&gate.tools, data);
        }
    }

    /// Whether an answer with this status has a body at all.
    pub fn has_body(&self, status: StatusCode) -> bool {
        let is_head = self.facts.as_ref().is_some_and(|facts| facts.is_head);
        !is_head && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }

    /// Adds where a CONNECT wants to go.
    pub fn knows_destination(&mut self, host: &str, port: u16) {
        self.add(|record| record.with("method", "CONNECT").with("host", host).with("port", port));
    }

    /// Adds what was found and what the rules said.
    pub fn judged(&mut self, finding: Option<&Finding>, verdict: Verdict, rule: &str) {
        if let Some(facts) = &mut self.facts {
            facts.verdict = verdict;
        }
        let effect = finding.map_or("unknown", |finding| finding.effect.as_str());
        self.add(|record| record.with("effect", effect).verdict(verdict.as_str()).with("rule", rule));
    }

    /// Adds the hold that it is an attempt of.
    pub fn knows_hold(&mut self, hold: HoldId) {
        self.add(|record| record.with("hold", hold.to_string()));
    }

    /// Takes this request's place in the audit writer's queue, before anything else is done with it: its end will be
    /// on record, however full the queue is by then.
    pub fn take_place(&mut self) -> Result<(), End> {
        if let Some(facts) = &mut self.facts {
            let receipt = facts.gate.audit.place(Record::new(Event::Exchange));
            facts.receipt = Some(receipt.map_err(|error| unavailable(&error))?);
        }
        Ok(())
    }

    /// What lets a read be sent.
    pub fn receipt(&self) -> Result<&Receipt<Read>, End> {
        let receipt = self.facts.as_ref().and_then(|facts| facts.receipt.as_ref());
        receipt.ok_or_else(|| End::new(Code::AuditUnavailable))
    }

    /// Puts a mutation that rules allow on record, durably: it may be sent.
    pub async fn sending(&self, digest: Option<String>) -> Result<Receipt<Mutation>, End> {
        let facts = self.facts.as_ref().ok_or_else(|| End::new(Code::Internal))?;
        let mut record = facts.record.clone();
        record.event = Event::Sending;
        if let Some(digest) = digest {
            record = record.with("digest", digest);
        }
        facts.gate.audit.record(record).await.map_err(|error| unavailable(&error))
    }

    /// An answer of the upstream was passed on, whole or cut short.
    pub fn passed(mut self, status: u16, body_bytes: u64, whole: bool) {
        if let Some(facts) = &mut self.facts
            && let Some(watch) = facts.watch.take()
        {
            watch.ends(&facts.gate.tools, whole);
        }
        self.add(|record| record.with("status", status).with("answer_bytes", body_bytes));
        self.close(whole);
    }

    /// The answer was Holdpoint's own.
    pub fn ended(mut self, end: &End, whole: bool) {
        if !matches!(end.code, Code::Held | Code::OutcomeUnknown | Code::AnswerLost) {
            self.event(Event::Refused);
        }
        if let Some(facts) = &self.facts {
            facts.gate.metrics.refusal(end.code);
        }
        self.add(|record| record.code(end.code));
        self.close(whole);
    }

    /// A CONNECT was accepted; what comes inside has records of its own.
    pub fn tunnelled(mut self) {
        self.event(Event::Connection);
        self.add(|record| record.with("status", 200));
        self.close(true);
    }

    fn event(&mut self, event: Event) {
        if let Some(facts) = &mut self.facts {
            facts.record.event = event;
        }
    }

    fn add(&mut self, change: impl FnOnce(Record) -> Record) {
        if let Some(facts) = &mut self.facts {
            let record = std::mem::replace(&mut facts.record, Record::new(Event::Exchange));
            facts.record = change(record);
        }
    }

    fn close(&mut self, whole: bool) {
        if !whole {
            self.add(|record| record.with("cut", true));
        }
        if let Some(facts) = self.facts.take() {
            facts.write();
        }
    }
}

impl Facts {
    fn write(self) {
        self.gate.metrics.exchange(self.verdict);
        self.gate.running.fetch_sub(1, Ordering::Relaxed);
        match self.receipt.and_then(Receipt::into_place) {
            Some(place) => place.fill(self.record),
            None => {
                if let Err(error) = self.gate.audit.note(self.record) {
                    tracing::error!(%error, "a request's end is not on record");
                }
            }
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(facts) = &self.facts {
            facts.gate.metrics.client_gone();
            self.add(|record| record.with("abandoned", true));
            self.close(true);
        }
    }
}

fn unavailable(error: &AuditError) -> End {
    tracing::error!(%error, "nothing can be put on record");
    End::new(Code::AuditUnavailable)
}
