//! A record before it has its place in the chain: what happened, in named fields.
//!
//! Field names are written in the code and never come from a request. Values come from a closed list of what may
//! be on record: no query values, no field values, no bodies (SPEC section 10, CASES AU-12).

use serde_json::Value;

use crate::agent::Agent;
use crate::classify::Effect;
use crate::code::Code;
use crate::limits::AUDIT_FIELDS_MAX;
use crate::snapshot::Head;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A point to compare with one kept elsewhere.
    Checkpoint,
    /// A connection that ended without a request: refused at TLS, opaque bytes in a tunnel.
    Connection,
    /// A person decided.
    Decided,
    /// A person put another request in a held one's place.
    Edited,
    /// A hold reached its end: done, failed, denied, expired, cancelled, outcome_unknown.
    Ended,
    /// A request of an agent, and what it was answered.
    Exchange,
    /// Nothing mutating starts any more, of one agent or of all.
    Frozen,
    /// An approval that covers like requests for a while.
    Granted,
    /// A request was parked.
    Held,
    /// A crash left an unfinished line, which was cut off.
    Recovered,
    /// Holdpoint refused a request.
    Refused,
    /// Somebody looked at unmasked bytes.
    Revealed,
    /// A grant was taken back.
    Revoked,
    /// The bytes are about to leave.
    Sending,
    /// Holdpoint started.
    Started,
    /// Holdpoint stopped in order.
    Stopped,
    /// A freeze was taken back.
    Thawed,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Event::Checkpoint,
        Event::Connection,
        Event::Decided,
        Event::Edited,
        Event::Ended,
        Event::Exchange,
        Event::Frozen,
        Event::Granted,
        Event::Held,
        Event::Recovered,
        Event::Refused,
        Event::Revealed,
        Event::Revoked,
        Event::Sending,
        Event::Started,
        Event::Stopped,
        Event::Thawed,
    ];

    /// Its name on record.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Checkpoint => "checkpoint",
            Event::Connection => "connection",
            Event::Decided => "decided",
            Event::Edited => "edited",
            Event::Ended => "ended",
            Event::Exchange => "exchange",
            Event::Frozen => "frozen",
            Event::Granted => "granted",
            Event::Held => "held",
            Event::Recovered => "recovered",
            Event::Refused => "refused",
            Event::Revealed => "revealed",
            Event::Revoked => "revoked",
            Event::Sending => "sending",
            Event::Started => "started",
            Event::Stopped => "stopped",
            Event::Thawed => "thawed",
        }
    }

    /// Whether the record tells of one request, and so has the fields of `EXCHANGE`.
    fn is_of_an_exchange(self) -> bool {
        matches!(self, Event::Exchange | Event::Refused)
    }
}

/// What the writer puts into a line, and so nobody else may set.
const OWN: [&str; 5] = ["seq", "prev", "at", "event", "clock_back_ms"];

/// What every record of an exchange has; what could not be told (a request that was not even parsed) is `null`.
const EXCHANGE: [&str; 8] = ["agent", "effect", "host", "method", "path", "port", "scheme", "verdict"];

/// One record, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What it is about.
    pub event: Event,
    fields: Vec<(&'static str, Value)>,
}

impl Record {
    /// An empty record.
    pub fn new(event: Event) -> Self {
        Self { event, fields: Vec::new() }
    }

    /// Adds a field, or sets it anew. The names `seq`, `prev`, `at`, `event`
    /// and `clock_back_ms` are the log's own.
    pub fn with(self, name: &'static str, value: impl Into<Value>) -> Self {
        let allowed = !OWN.contains(&name) && self.fields.len() < AUDIT_FIELDS_MAX;
        debug_assert!(allowed, "`{name}` is one of the log's own names, or one field too many");
        if allowed { self.mark(name, value) } else { self }
    }

    /// Adds a field, or sets it anew, also one of the log's own.
    pub(super) fn mark(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value.into(),
            None => {
                // Room for a usual record at once; an empty one, as callers swap in and out, takes none.
                if self.fields.is_empty() {
                    self.fields.reserve(16);
                }
                self.fields.push((name, value.into()));
            }
        }
        self
    }

    /// Adds `agent` and `source`.
    pub fn agent(self, agent: &Agent) -> Self {
        self.with("agent", agent.name.as_str()).with("source", agent.source.to_string())
    }

    /// Adds `method`, `scheme`, `host`, `port` and `path` (without its query).
    pub fn head(self, head: &Head) -> Self {
        self.with("method", head.method.as_str())
            .with("scheme", head.origin.scheme.as_str())
            .with("host", head.origin.host.to_string())
            .with("port", head.origin.port)
            .with("path", head.path())
    }

    /// Adds `effect`.
    pub fn effect(self, effect: Effect) -> Self {
        self.with("effect", effect.as_str())
    }

    /// Adds `verdict`: `allow`, `hold` or `deny` as the rules said, `refused` where it did not come to that.
    pub fn verdict(self, verdict: &'static str) -> Self {
        self.with("verdict", verdict)
    }

    /// Adds `code` and the status that the agent got.
    pub fn code(self, code: Code) -> Self {
        self.with("code", code.as_str()).with("status", code.status())
    }

    /// A field's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The fields as they are written: those that every such record has, in the order of their names.
    pub(super) fn into_fields(mut self) -> Vec<(&'static str, Value)> {
        if self.event.is_of_an_exchange() {
            for name in EXCHANGE {
                if self.get(name).is_none() {
                    self.fields.push((name, Value::Null));
                }
            }
        }
        self.fields.sort_unstable_by_key(|(name, _)| *name);
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    /// CASES AU-12: of a request, neither the query nor a field's value nor the body reaches the record.
    #[test]
    fn a_record_of_a_head_has_its_path_and_nothing_secret() {
        let head = Head {
            method: "GET".into(),
            origin: Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None),
            target: "/posts?token=canary".into(),
            fields: vec![("authorization".into(), Bytes::from_static(b"Bearer canary"))],
        };
        let record = Record::new(Event::Exchange).head(&head).effect(Effect::Read).verdict("allow");
        let text = format!("{:?}", record.clone().into_fields());
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(record.get("path").and_then(Value::as_str), Some("/posts"));
        assert_eq!(record.get("port").and_then(Value::as_u64), Some(443));
    }

    /// CASES AU-10: what could not be told of a refused request is `null`, never missing.
    #[test]
    fn a_record_of_an_exchange_has_every_field_that_such_a_record_has() {
        let fields = Record::new(Event::Refused).code(Code::Malformed).into_fields();
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert!(EXCHANGE.iter().all(|name| names.contains(name)), "{names:?}");
        assert!(names.is_sorted());
        assert!(Record::new(Event::Started).into_fields().is_empty());
    }

    #[test]
    fn a_field_that_is_set_twice_has_its_last_value_once() {
        let record = Record::new(Event::Ended).with("state", "armed").with("state", "done");
        assert_eq!(record.into_fields(), [("state", Value::from("done"))]);
    }
}
