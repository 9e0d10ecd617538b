//! Safe methods that act all the same (CASES CL-04). RFC 9110 section 9.2.1 leaves it to the service that its GET is
//! safe, and many are not: a word that names an action at the end of the path, a parameter that names one, a
//! statement in the query. No rule here can be sure, so that each asks for two signs (a verb and an argument, a verb
//! and an id), and pages *about* actions (`/docs/restart`, `/search?q=delete`) have one at most. Words only raise.

mod hooks;
mod pages;
mod path;
mod query;
#[cfg(test)]
mod tests;
mod verbs;

use crate::classify::Effect;
use crate::pattern::decoded;
use crate::snapshot::Head;

/// What a safe request does, where it looks like more than a read, and why.
pub(super) fn look(head: &Head) -> Option<(Effect, &'static str)> {
    let path = head.path();
    let by_path = path::look(head, path).or_else(|| decoded_look(head, path));
    let by_query = head.query().and_then(|query| query::look(path, query));
    match (by_path, by_query) {
        (Some(a), Some(b)) => Some(if b.0 > a.0 { b } else { a }),
        (one, None) | (None, one) => one,
    }
}

/// Whether the query may choose what the path does (`?action=…`): one path is then more than one operation.
pub fn query_chooses(head: &Head) -> bool {
    head.query().is_some_and(query::chooses)
}

/// Services undo escapes before they look, so that `/l%6Fgout` is their `/logout`.
fn decoded_look(head: &Head, path: &str) -> Option<(Effect, &'static str)> {
    if !path.contains('%') {
        return None;
    }
    path::look(head, &String::from_utf8_lossy(&decoded(path.as_bytes())))
}
