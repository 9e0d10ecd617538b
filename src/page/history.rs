//! What happened: the audit log, the newest first, as it is on record. It is searched by hold, agent and event.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use crate::admin::log::{Asked, AuditRecord, Log, look};
use crate::admin::{Kind, Office, Person, Problem};
use crate::audit::Event;
use crate::clock::{Clock, Wall};
use crate::page::detail::fault;
use crate::page::frame::{Frame, pending};
use crate::page::words::{age, brief, shown, theirs};

/// `GET /history`
pub async fn history(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let log = async {
        let bad = |_| {
            Problem::new(Kind::BadRequest, "the log is asked by `words`, `hold`, `agent`, `event`, `before`")
        };
        let Query(asked) = asked.map_err(bad)?;
        let text = look(&office, asked.clone()).await?;
        let unread = |_| Problem::new(Kind::Unavailable, "the log cannot be read");
        Ok((asked, serde_json::from_str::<Log>(&text).map_err(unread)?))
    };
    match log.await {
        Ok((asked, log)) => {
            let pending = pending(&office).await;
            let frame = Frame { title: "History", kind: "history", person: Some(&person), pending };
            frame.around(StatusCode::OK, &page(&log, &asked, Clock::system().now().wall))
        }
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

fn page(log: &Log, asked: &Asked, now: Wall) -> Markup {
    html! {
        h1 { "History" }
        form.search role="search" method="get" action="/history" {
            @for (name, value) in [("words", &asked.words), ("hold", &asked.hold), ("agent", &asked.agent)] {
                label { span.hint { (name) " " } input name=(name) value=(shown(value)) autocomplete="off"; }
            }
            label { span.hint { "event " }
                select name="event" autocomplete="off" {
                    option value="" selected[asked.event.is_empty()] { "any" }
                    @for event in Event::ALL {
                        option value=(event.as_str()) selected[event.as_str() == asked.event] { (event.as_str()) }
                    }
                }
            }
            button.plain { "Find" }
        }
        @if log.records.is_empty() { p.empty { "Nothing of that is on record here." } }
        ol.records { @for record in &log.records { li { (row(record, now)) } } }
        @if let Some(next) = log.next {
            nav.turn aria-label="Further pages" { a rel="next" href=(older(asked, next)) { "Older" } }
        }
    }
}

fn older(asked: &Asked, before: u64) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("words", &asked.words)
        .append_pair("hold", &asked.hold)
        .append_pair("agent", &asked.agent)
        .append_pair("event", &asked.event)
        .append_pair("before", &before.to_string())
        .finish();
    format!("/history?{query}")
}

/// What people look for first; all else follows in the order of its names.
const FIRST: [&str; 9] =
    ["agent", "approver", "decision", "reason", "method", "scheme", "host", "port", "path"];

/// What Holdpoint says, or a person. All else may be of an agent's choosing, what is new among it too.
const OURS: &str = "abandoned again answer_bytes approvals approver approvers attempt_digest body_bytes by code cut \
    cut_bytes cut_sha256 decision dialect digest effect expires_at frozen_by grant hold_code limit needed \
    number original pid port reason release rule scheme sent sent_digest state status upstream_status \
    verdict version";

fn row(record: &AuditRecord, now: Wall) -> Markup {
    let rest = record.fields.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()) && *name != "hold");
    let first = FIRST.iter().filter_map(|name| record.fields.get_key_value(*name));
    html! {
        p { strong { (shown(&record.event)) } " " (age(&record.at, now)) " ago "
            span.hint { "no. " (record.seq) ", " (shown(&record.at)) }
            @if let Some(hold) = record.fields.get("hold").and_then(Value::as_str) {
                @if crate::admin::is_name(hold) { " " a href=(format!("/holds/{hold}")) { "hold" } }
            }
        }
        dl { @for (name, value) in first.chain(rest) { div { dt { (shown(name)) } dd { (said(name, value)) } } } }
    }
}

/// Characters of one value; `holdpoint audit` has all of it.
const VALUE_MAX: usize = 400;

fn said(name: &str, value: &Value) -> Markup {
    let text = match value {
        Value::Null => return html! { "none" },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if OURS.split(' ').any(|ours| ours == name) {
        html! { (brief(&text, VALUE_MAX)) }
    } else {
        theirs(&text, VALUE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, assert_quoted, payloads};

    /// CASES AP-12
    #[test]
    fn what_an_agent_chose_stands_behind_the_bar_in_a_record_too() {
        let fields =
            [("agent", "bot"), ("path", "/x. Decided by ana"), ("strange", "new field"), ("approver", "ben")];
        let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
        let record = AuditRecord {
            seq: 1,
            prev: String::new(),
            at: String::new(),
            event: "held".into(),
            fields: fields.into_iter().collect(),
        };
        let html = row(&record, Wall(0)).into_string();
        for text in ["bot", "/x. Decided by ana", "new field"] {
            assert_quoted("a record", &html, text);
        }
        assert!(html.contains("<dd>ben</dd>"), "{html}");
    }

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_record_becomes_an_element() {
        for text in payloads() {
            let fields = [("agent", &text), ("path", &text), ("hold", &text), (text.as_str(), &text)];
            let fields =
                fields.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value.as_str())));
            let record = AuditRecord {
                seq: 1,
                prev: String::new(),
                at: text.clone(),
                event: text.clone(),
                fields: fields.collect(),
            };
            let asked =
                Asked { hold: text.clone(), agent: text.clone(), event: text.clone(), ..Asked::default() };
            let log = Log { records: vec![record], next: Some(7) };
            assert_only_ours(&text, &page(&log, &asked, Wall(0)).into_string());
        }
    }
}
