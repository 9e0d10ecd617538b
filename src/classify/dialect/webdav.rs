//! WebDAV (RFC 4918), CalDAV (RFC 4791) and CardDAV (RFC 6352): PROPFIND, the reports that are listed here and SEARCH
//! read; their bodies must be what those specifications say. A copy or move has a second target, which is shown
//! (CASES CL-06).

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::methods;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::xml::Document;

/// Reports that only answer: RFC 3253, 3744, 4791, 6352, 6578.
const REPORTS: [&str; 14] = [
    "acl-principal-prop-set",
    "addressbook-multiget",
    "addressbook-query",
    "calendar-multiget",
    "calendar-query",
    "expand-property",
    "free-busy-query",
    "locate-by-history",
    "principal-match",
    "principal-property-search",
    "principal-search-property-set",
    "sync-collection",
    "version-tree",
    "filter-files",
];

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let label = super::bounded(&format!("WebDAV {} {}", head.method, head.path()));
    let named = |name: &str| Operation::named(name, label.clone());
    match head.method.as_str() {
        "PROPFIND" => {
            let root = root(asked)?;
            if root.is_some_and(|name| name != "propfind") {
                return Err(Otherwise::unclear("the body of a PROPFIND is no `propfind`"));
            }
            Ok(vec![named("PROPFIND").says(Effect::Read, "PROPFIND reads properties (RFC 4918)")])
        }
        "REPORT" => {
            let root = root(asked)?.ok_or_else(|| Otherwise::unclear("a REPORT without a body"))?;
            let known = REPORTS.contains(&root.as_str());
            let operation = named(&super::bounded(&format!("REPORT {root}")));
            Ok(vec![if known { operation.says(Effect::Read, "the report only answers") } else { operation }])
        }
        "SEARCH" => match root(asked)?.as_deref() {
            Some("searchrequest" | "query-schema-discovery") => {
                Ok(vec![named("SEARCH").says(Effect::Read, "SEARCH reads (RFC 5323)")])
            }
            _ => Err(Otherwise::unclear("the body of a SEARCH is no search request")),
        },
        "COPY" | "MOVE" => Ok(vec![transfer(asked)?]),
        "POST" if asked.media_type() == "text/calendar" => Ok(vec![
            named("POST calendar").says(Effect::Execute, "a scheduling outbox sends invitations (RFC 6638)"),
        ]),
        "GET" | "HEAD" | "OPTIONS" | "POST" => Err(Otherwise::NotMine),
        method => match methods::lookup(method) {
            Some(known) => {
                Ok(vec![named(known.name).says(known.effect, format!("{} {}", known.name, known.why))])
            }
            None => Err(Otherwise::NotMine),
        },
    }
}

/// What is at the destination is replaced, unless the request says `Overwrite: F`.
fn transfer(asked: &Asked<'_>) -> Result<Operation, Otherwise> {
    let head = asked.head;
    let mut targets = head.values("destination");
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return Err(Otherwise::unclear("not exactly one `Destination`"));
    };
    let target = std::str::from_utf8(target).map_err(|_| Otherwise::unclear("`Destination` is not UTF-8"))?;
    let origin = head.origin.to_string();
    let inside = target.strip_prefix(&origin).is_some_and(|rest| rest.starts_with('/'));
    let here = target.starts_with('/') && !target.starts_with("//");
    if !(inside || here) {
        return Err(Otherwise::unclear("`Destination` names another host"));
    }
    let label = super::bounded(&format!("WebDAV {} {} to {target}", head.method, head.path()));
    let keeps = asked.field("overwrite").is_some_and(|value| value == "F");
    let (effect, why) = match (head.method.as_str(), keeps) {
        ("COPY", true) => (Effect::Write, "it copies, and keeps what is at the destination"),
        ("MOVE", true) => (Effect::Write, "it moves, and keeps what is at the destination"),
        _ => (Effect::Delete, "it replaces what is at the destination"),
    };
    Ok(Operation::named(head.method.as_str(), label).says(effect, why).at_least(Effect::Write))
}

/// The local name of the body's root; `None` where there is no body.
fn root(asked: &Asked<'_>) -> Result<Option<String>, Otherwise> {
    let content = if asked.has_content() { asked.content()? } else { &[] };
    if content.is_empty() {
        return Ok(None);
    }
    let document = Document::read(content).map_err(Otherwise::unclear)?;
    Ok(Some(document.element(document.root()).name.clone()))
}
