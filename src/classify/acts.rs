//! Safe methods that act all the same (CASES CL-04). RFC 9110 section 9.2.1 leaves it to the service that its GET is
//! safe, and many are not: a word that names an action at the end of the path, a parameter that names one, a
//! statement in the query. No rule here can be sure, so that each asks for two signs (a verb and an argument, a verb
//! and an id), and pages *about* actions (`/docs/restart`, `/search?q=delete`) have one at most. Words only raise.

mod path;
mod query;
#[cfg(test)]
mod tests;
mod verbs;

use crate::classify::Effect;
use crate::snapshot::Head;

/// What a safe request does, where it looks like more than a read, and why.
pub(super) fn look(head: &Head) -> Option<(Effect, &'static str)> {
    let by_path = path::look(head);
    let by_query = head.query().and_then(|query| query::look(head.path(), query));
    match (by_path, by_query) {
        (Some(a), Some(b)) => Some(if b.0 > a.0 { b } else { a }),
        (one, None) | (None, one) => one,
    }
}
