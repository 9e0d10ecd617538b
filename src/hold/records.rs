//! What is put on record of a hold. A closed list of members: no query values, no field values, no bodies (SPEC section
//! 10). A person's reason or note is there in that person's own words, as far as `limits::REASON_BYTES_MAX` lets it be.

use serde_json::Value;

use crate::audit::{Event, Record};
use crate::hold::GrantView;
use crate::hold::queue::{By, Entry, Freeze, Note, Thawed};

/// The record of a note.
pub fn record(entry: &Entry, note: Note) -> Record {
    match note {
        Note::Held { code } => about(Event::Held, entry).with("state", "held").with("hold_code", code),
        Note::HeldAgain { why } => coded(Event::Held, entry).with("state", "held").with("again", why),
        Note::Granted { view: grant, again } => {
            let record = granted(coded(Event::Granted, entry), &grant)
                .with("scope", grant.scope.as_str())
                .with("uses", grant.uses)
                .with("approvers", grant.approvers)
                .with("expires_at", grant.expires_at);
            marked(record, again)
        }
        Note::Decided { approver, choice, named, reason, again, tally, grant } => {
            let record = coded(Event::Decided, entry).with("approver", approver).with("decision", choice);
            let record = match named {
                Some(digest) => record.with("named", digest.to_string()),
                None => record,
            };
            let record = match tally {
                Some((given, needed)) => record.with("approvals", given).with("needed", needed),
                None => record,
            };
            let record = match grant {
                Some(grant) => record.with("grant", grant),
                None => record,
            };
            marked(reasoned(record, reason.as_deref()), again)
        }
        Note::Edited { approver, replaced, original, again } => {
            let record = coded(Event::Edited, entry).with("approver", approver).with("original", original);
            let record = match replaced {
                Some(digest) => record.with("replaced", digest.to_string()),
                None => record,
            };
            marked(record, again)
        }
        Note::Sending { release, approvers } => {
            let record = coded(Event::Sending, entry).with("release", release).with("approvers", approvers);
            match &entry.course.readdressed {
                Some(other) => record
                    .with("attempt_digest", other.digest.as_str())
                    .with("differs", other.differs.clone()),
                None => record,
            }
        }
        Note::Unsent { release, error } => coded(Event::Ended, entry)
            .with("state", "armed")
            .with("release", release)
            .with("sent", false)
            .with("error", error),
        Note::Ended { state, status, error, again } => {
            let record = coded(Event::Ended, entry).with("state", state);
            let record = match status {
                Some(status) => record.with("upstream_status", status),
                None => record,
            };
            let record = match error {
                Some(error) => record.with("error", error),
                None => record,
            };
            marked(record, again)
        }
    }
}

/// The record of a freeze: a person's reason, or the limit that the breaker found reached.
pub fn frozen(freeze: &Freeze, again: bool) -> Record {
    let record = whom(Event::Frozen, freeze).with("by", freeze.by.as_str());
    let record = match (&freeze.by, &freeze.reason) {
        (By::Breaker, Some(reason)) => record.with("limit", reason.as_str()),
        (_, reason) => reasoned(record, reason.as_deref()),
    };
    marked(record, again)
}

/// The record of its end.
pub fn thawed(Thawed { freeze, by }: &Thawed, again: bool) -> Record {
    let record = whom(Event::Thawed, freeze).with("by", by.as_str()).with("frozen_by", freeze.by.as_str());
    marked(record, again)
}

/// The record of a grant that was taken back.
pub fn revoked(grant: &GrantView, again: bool) -> Record {
    let record = granted(Record::new(Event::Revoked), grant)
        .with("agent", grant.agent.as_str())
        .with("by", grant.revoked_by.as_deref().unwrap_or_default())
        .with("used", grant.used)
        .with("uses", grant.uses)
        .with("hold", grant.hold.as_str());
    marked(record, again)
}

fn granted(record: Record, grant: &GrantView) -> Record {
    record.with("grant", grant.id.as_str())
}

fn whom(event: Event, freeze: &Freeze) -> Record {
    let kind = match freeze.by {
        By::Approver(_) => "approver",
        By::Breaker => "breaker",
        By::File => "file",
    };
    let record = Record::new(event).with("cause", kind);
    match &freeze.agent {
        Some(agent) => record.with("agent", agent.as_str()),
        None => record.with("all", true),
    }
}

fn coded(event: Event, entry: &Entry) -> Record {
    about(event, entry).with("hold_code", entry.facts.code.as_str())
}

/// What every record of a hold has.
fn about(event: Event, entry: &Entry) -> Record {
    let facts = &entry.facts;
    Record::new(event)
        .with("hold", entry.id.to_string())
        .with("agent", facts.agent.as_str())
        .with("source", facts.source.as_str())
        .head(&entry.head)
        .with("effect", facts.effect.as_str())
        .with("dialect", facts.dialect.as_str())
        .with("verdict", "hold")
        .with("rule", facts.rule.as_str())
        .with("digest", entry.digest.to_string())
        .with("body_bytes", entry.body_len)
}

/// What a person gave as a reason, or noted.
fn reasoned(record: Record, reason: Option<&str>) -> Record {
    match reason {
        Some(reason) => record.with("reason", reason),
        None => record,
    }
}

fn marked(record: Record, again: bool) -> Record {
    if again { record.with("again", Value::Bool(true)) } else { record }
}
