//! A note in the tongue of whoever listens. Whatever an agent chose is marked as the agent's and made harmless: on a
//! chat's screen it can neither link nor call people together, nor look like Holdpoint's own words (CASES AP-12).

use serde_json::json;

use super::note::{FreezeNote, HoldNote, Note};
use crate::admin::json;
use crate::approve::words::count;
use crate::approve::{Charset, Untrusted};
use crate::config::NotifyKind;

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `content-type`
    pub content_type: &'static str,
    /// Further fields; printable ASCII.
    pub fields: Vec<(&'static str, String)>,
    /// The content.
    pub body: String,
}

/// Writes a note.
pub fn write(note: &Note, kind: NotifyKind) -> Message {
    match kind {
        NotifyKind::Json => {
            Message { content_type: "application/json", fields: Vec::new(), body: json::text(note) }
        }
        NotifyKind::Slack => slack(note),
        NotifyKind::Ntfy => ntfy(note),
    }
}

/// `parse: none` keeps names and addresses from becoming links; `&`, `<` and `>` are escaped as Slack asks. The agent's
/// words stand between backticks, of which they have none.
fn slack(note: &Note) -> Message {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = escape(&title(note));
    if let Some(asks) = asks(note) {
        text += &format!("\nthe agent's words: `{}`", escape(&asks.replace('`', "\\x60")));
    }
    for line in facts(note) {
        text += &format!("\n{}", escape(&line));
    }
    if let Some(link) = &note.link {
        text += &format!("\n<{link}|Look at it>");
    }
    let body = json!({ "text": text, "parse": "none", "unfurl_links": false, "unfurl_media": false });
    Message { content_type: "application/json", fields: Vec::new(), body: json::text(&body) }
}

/// A plain text; what else ntfy wants to know are fields.
fn ntfy(note: &Note) -> Message {
    let mut lines: Vec<String> =
        asks(note).map(|asks| format!("the agent's words: {asks}")).into_iter().collect();
    lines.extend(facts(note));
    let unknown = note.hold.as_ref().is_some_and(|hold| hold.state == "outcome_unknown");
    let urgent = unknown || note.event == "frozen";
    let mut fields = vec![("title", title(note)), ("priority", if urgent { "5" } else { "3" }.to_owned())];
    fields.extend(note.link.clone().map(|link| ("click", link)));
    Message { content_type: "text/plain; charset=utf-8", fields, body: lines.join("\n") }
}

/// One line of Holdpoint's own.
fn title(note: &Note) -> String {
    match (&note.hold, &note.freeze, &note.grant) {
        (Some(hold), _, _) => {
            let HoldNote { code, effect, agent, authority, .. } = hold;
            let what = match note.event.as_str() {
                "held" => "waits for you".to_owned(),
                "ended" | "decided" => format!("is {}", hold.state),
                other => format!("was {other}"),
            };
            safe(&format!("Hold {code} {what}: {effect} by {agent} to {authority}"))
        }
        (None, Some(FreezeNote { agent, by, .. }), _) => {
            let whose = agent.as_ref().map_or("all agents".to_owned(), |agent| format!("agent {agent}"));
            let what = if note.event == "thawed" { "no longer frozen" } else { "frozen" };
            safe(&format!("{whose}: {what}, by {by}"))
        }
        (None, None, Some(grant)) => {
            safe(&format!("Grant to {} {}: {}, {} uses", grant.agent, note.event, grant.scope, grant.uses))
        }
        (None, None, None) => safe(&note.event),
    }
}

/// What the agent asks for.
fn asks(note: &Note) -> Option<String> {
    let hold = note.hold.as_ref()?;
    let path = format!("{} {}", hold.method, hold.path);
    if path == hold.operation {
        Some(safe(&path))
    } else {
        Some(safe(&format!("{}, {path}", hold.operation)))
    }
}

fn facts(note: &Note) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(hold) = &note.hold {
        if hold.advisory {
            lines.push("! the agent could approve this on its own (advisory)".to_owned());
        }
        if hold.like_pending > 0 {
            lines.push(format!("{} like it wait", count(hold.like_pending as u64, "other")));
        }
        if hold.approvals_needed > 1 {
            let given = hold.approvals_given.join(", ");
            lines.push(safe(&format!("{} approvers needed; so far: {given}", hold.approvals_needed)));
        }
        lines.push(safe(&format!("until {}; digest {}", hold.deadline, short(&hold.digest))));
    }
    let reason = note.freeze.as_ref().and_then(|freeze| freeze.reason.as_ref());
    lines.extend(reason.map(|reason| safe(&format!("reason: {reason}"))));
    lines
}

fn short(digest: &str) -> &str {
    digest.strip_prefix("sha256:").and_then(|digits| digits.get(..12)).unwrap_or(digest)
}

/// Printable ASCII on one line.
fn safe(text: &str) -> String {
    Untrusted::from(text).show(Charset::Ascii).text
}
