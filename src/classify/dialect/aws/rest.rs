//! REST-JSON and REST-XML: no operation is named, so that method and path must tell. GET reads, and AWS writes
//! `POST /…/list-things`, `/…/search`, `/DescribeThing` where a question needs a body. Everything else is a mutation
//! at least, raised by the words of its path.
//!
//! A last segment that a client may choose (`POST /things/{thingName}`) looks like a verb where it is named like one.
//! So `get-things` counts only as the whole path; `search` also after an identifier (`/things/{id}/search`); further
//! down only what hardly anybody calls a thing, `list` and `getThings`. A noun asks nothing: `POST /logging/query` sets
//! a log of queries up, and `POST /prefix-list` makes a list. The catalog names the routes that this misses, and the
//! collections that take a chosen name at their end.

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::content::is_form;
use crate::classify::operation::Otherwise;
use crate::classify::vocabulary::words;

/// Verbs of questions.
const ASKS: [&str; 13] = [
    "calculate",
    "compare",
    "count",
    "describe",
    "estimate",
    "evaluate",
    "get",
    "list",
    "lookup",
    "preview",
    "query",
    "search",
    "validate",
];

/// Those that nobody would take for a name, where they stand alone at the end of a longer path.
const BARE: [&str; 5] = ["batchget", "describe", "get", "list", "validate"];

/// Last words of a path below which a POST starts something.
const STARTED: [&str; 17] = [
    "events",
    "executions",
    "invocations",
    "invoke",
    "job",
    "jobruns",
    "jobs",
    "message",
    "messages",
    "practiceruns",
    "publish",
    "run",
    "runs",
    "send",
    "start",
    "task",
    "tasks",
];

/// What the method says, raised by the path, and why.
pub(super) fn judge(asked: &Asked<'_>) -> Result<(Effect, &'static str), Otherwise> {
    let head = asked.head;
    let parts = head.path().split('/').filter(|part| !part.is_empty());
    let path: Vec<&str> = parts.skip_while(|part| is_version(part)).collect();
    Ok(match head.method.as_str() {
        "GET" | "HEAD" => read(asked, &path)?,
        "POST" if asks(&path) && !(asked.has_content() && is_form(head)) => match gives(&path) {
            true => (Effect::Unknown, "its path asks, but names rights"),
            false => (Effect::Read, "a POST whose path asks a question"),
        },
        "POST"
            if path.last().is_some_and(|last| {
                words(last).last().is_some_and(|word| STARTED.contains(&word.as_str()))
            }) =>
        {
            (raise(Effect::Execute, &path), "it starts or sends something")
        }
        "POST" | "PUT" | "PATCH" => (raise(Effect::Write, &path), "the method changes something"),
        "DELETE" => (raise(Effect::Delete, &path), "the method deletes"),
        _ => (Effect::Unknown, "a method that AWS does not use"),
    })
}

fn read(asked: &Asked<'_>, path: &[&str]) -> Result<(Effect, &'static str), Otherwise> {
    if asked.has_content() && !asked.content()?.is_empty() {
        return Ok((Effect::Unknown, "a safe method with content may ask for anything"));
    }
    let first = path.first().and_then(|first| words(first).next()).unwrap_or_default();
    Ok(match first.as_str() {
        "confirm" | "confirmdestination" | "accept" | "reject" | "unsubscribe" => {
            (Effect::Write, "a GET whose path acts")
        }
        _ => (Effect::Read, "the method reads"),
    })
}

/// Whether the path's end is a question.
fn asks(path: &[&str]) -> bool {
    let Some((last, before)) = path.split_last() else { return false };
    if BARE.contains(last) && !before.is_empty() {
        return true;
    }
    let parts: Vec<String> = words(last).filter(|word| word != "batch").collect();
    let Some(first) = parts.first() else { return false };
    // `GetOrCreateThing` asks and goes on to act.
    let asks = ASKS.contains(&first.as_str()) && super::raised(last).is_none();
    let one_word = !last.contains(['-', '_', '.']) && last.bytes().any(|byte| byte.is_ascii_uppercase());
    match before.len() {
        // The first segment is no name.
        0 => asks || runs_together(last),
        // `/things/{id}/search`
        count if count % 2 == 0 && id_like(before) => (asks && one_word) || *last == "search",
        _ => asks && one_word && parts.len() > 1,
    }
}

/// Whether the segment before the last can only be an identifier: it has a digit.
fn id_like(before: &[&str]) -> bool {
    before.last().is_some_and(|segment| segment.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `/v1/describejobs`, `/listresourceshares`: words without a border, only where they are the whole path.
fn runs_together(segment: &str) -> bool {
    let lower = segment.len() > 6 && segment.bytes().all(|byte| byte.is_ascii_lowercase());
    let other = ["listen", "listing", "gets", "getting", "getaway"];
    lower
        && ["describe", "list", "get", "search"].iter().any(|verb| segment.starts_with(verb))
        && !other.iter().any(|word| segment.starts_with(word))
}

/// The effect of the path's words, where it is more than the method's.
fn raise(base: Effect, path: &[&str]) -> Effect {
    let last = path.last().copied().unwrap_or_default();
    let before = path.len().checked_sub(2).and_then(|at| path.get(at)).copied().unwrap_or_default();
    let verbs = [Some(last), path.first().copied(), Some(before)];
    let said = verbs.into_iter().flatten().filter_map(verb).max();
    let rights = if gives(path) { Some(Effect::Permission) } else { None };
    base.max(said.unwrap_or(base)).max(rights.unwrap_or(base))
}

/// What a segment's verb says, where it says more than `write`.
fn verb(segment: &str) -> Option<Effect> {
    let segment = segment.rsplit_once('.').map_or(segment, |(_, after)| after);
    let joined = ["delete", "deregister", "terminate", "untag", "disassociate"];
    let started = ["submit"];
    if segment.len() > 9 && segment.bytes().all(|byte| byte.is_ascii_lowercase()) {
        if joined.iter().any(|verb| segment.starts_with(verb)) {
            return Some(Effect::Delete);
        }
        if started.iter().any(|verb| segment.starts_with(verb)) {
            return Some(Effect::Execute);
        }
    }
    super::raised(segment).filter(|effect| matches!(effect, Effect::Delete | Effect::Execute))
}

/// Whether the path's last two segments speak of who may do what.
fn gives(path: &[&str]) -> bool {
    path.iter().rev().take(2).any(|segment| {
        if super::speaks_of_rights(segment) {
            return true;
        }
        let bare = segment.to_ascii_lowercase().replace(['-', '_'], "");
        matches!(
            bare.as_str(),
            "policy" | "permission" | "permissions" | "resourcepolicy" | "accesspolicy" | "acl" | "acls"
        ) || bare.ends_with("accesspolicy")
            || bare.ends_with("resourcepolicy")
            || bare.ends_with("resourceshare")
            || bare.starts_with("accessgrants")
            || bare.ends_with("sharingpolicy")
    })
}

/// `2015-03-31`, `v1`, `v20180820`, and API Gateway's and MediaLive's `prod`.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or(segment);
    segment == "prod"
        || (digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
        || (digits.len() < segment.len()
            && (1..=2).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit()))
}
