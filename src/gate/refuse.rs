//! Refusals on the way: what each stage says, as an end; and the reply made of it.

use http::Response;

use super::content::{Content, Ending, Outcome, Source};
use super::exchange::Exchange;
use super::{Gate, Passage};
use crate::agent::Agent;
use crate::audit::{Event, Record};
use crate::code::Code;
use crate::decide::Denial;
use crate::forward::Failure;
use crate::hold::{Refused, Waiting};
use crate::identify;
use crate::metrics::Verdict;
use crate::parse::{CaptureError, Refusal};
use crate::reply::End;

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        End::new(refusal.code).detail(refusal.detail)
    }
}

impl From<CaptureError> for End {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Refused(refusal) => refusal.into(),
            // Nobody is there to read it; the record says `abandoned`.
            CaptureError::Gone => End::new(Code::Malformed).detail("The body ended before it was whole."),
        }
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        End::new(failure.code).detail(failure.detail)
    }
}

impl From<Refused> for End {
    fn from(refused: Refused) -> Self {
        End::new(match refused {
            Refused::QueueFull => Code::QueueFull,
            Refused::StoreUnavailable => Code::StoreUnavailable,
            Refused::AuditUnavailable => Code::AuditUnavailable,
            Refused::Frozen => Code::Frozen,
            Refused::Restarting => Code::Restarting,
            Refused::Tampered | Refused::Withdrawn => Code::Internal,
        })
    }
}

/// The rule behind a denial.
pub fn rule_of(denial: &Denial) -> &str {
    match denial {
        Denial::Rule(rule) | Denial::Apart(rule) => rule,
        Denial::UnknownHost => "defaults.unknown_host",
    }
}

/// What a denial is to the agent.
pub fn denied(denial: Denial) -> End {
    match denial {
        Denial::Rule(rule) => End::new(Code::Forbidden).with("rule", rule),
        Denial::Apart(rule) => End::new(Code::Forbidden).with("rule", rule).detail(
            "Nothing was sent. The request can be read in more ways than one, and the rules for them ask for different \
             people: nobody could approve it. Write it plainly.",
        ),
        Denial::UnknownHost => End::new(Code::DestinationBlocked).detail(
            "Nothing was sent. No rule or service names this host, and [defaults] unknown_host is \"deny\".",
        ),
    }
}

impl Passage {
    /// Who asks: known from the CONNECT, or named by this request's own credentials or address.
    pub(super) fn identify(&self, fields: &http::HeaderMap) -> Result<Agent, End> {
        if let Some(agent) = &self.agent {
            return Ok(agent.clone());
        }
        let credentials = fields.get(http::header::PROXY_AUTHORIZATION).map(http::HeaderValue::as_bytes);
        let rules = self.gate.rules.load();
        identify::identify(&rules.agents, self.peer.ip(), credentials)
            .map_err(|identify::Stranger| End::new(Code::ProxyAuth))
    }

    /// Makes the reply.
    pub(super) fn refuse(&self, exchange: Exchange, end: End) -> Response<Content> {
        self.refuse_attempt(exchange, end, None)
    }

    /// Makes the reply for an attempt of a hold; it counts as delivered when it was written out.
    pub(super) fn refuse_attempt(
        &self,
        exchange: Exchange,
        end: End,
        waiting: Option<Waiting>,
    ) -> Response<Content> {
        let (parts, text) = end.response_in(exchange.tongue()).into_parts();
        let ending = Ending { exchange, outcome: Outcome::Ended(end), waiting, line: self.line.clone() };
        let content = Content::of(parts.status, &parts.headers, Source::Text(text), ending);
        Response::from_parts(parts, content)
    }
}

/// What is known of a request that was refused before it was one.
fn facts(mut record: Record, refusal: &Refusal) -> Record {
    if let Some(method) = &refusal.method {
        record = record.with("method", method.as_str());
    }
    if let Some(host) = &refusal.host {
        record = record.with("host", host.to_string());
    }
    if let Some(port) = refusal.port {
        record = record.with("port", port);
    }
    if let Some(path) = &refusal.path {
        record = record.with("path", path.as_str());
    }
    record
}

impl Gate {
    /// A head that never became a request: the strict reader asks for the whole answer, and it is put on record.
    pub fn refuse_head(&self, refusal: &Refusal, record: Record) -> Vec<u8> {
        let end = End::new(refusal.code).detail(refusal.detail.clone());
        self.metrics.refusal(end.code);
        self.metrics.exchange(Verdict::Refused);
        self.note(facts(record, refusal).code(end.code).with("why", refusal.detail.clone()));
        end.http1()
    }

    /// A connection that ended without a request.
    pub fn closed(&self, record: Record, why: &str) {
        self.note(record.with("why", why));
    }

    fn note(&self, record: Record) {
        if let Err(error) = self.audit.note(record) {
            tracing::error!(%error, "a refusal is not on record");
        }
    }

    /// The start of a record for something that is no request.
    pub fn record(&self, event: Event, source: std::net::IpAddr, agent: Option<&Agent>) -> Record {
        match agent {
            Some(agent) => Record::new(event).agent(agent),
            None => Record::new(event).with("source", source.to_canonical().to_string()),
        }
    }
}
