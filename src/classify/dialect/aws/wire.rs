//! How the wire names an operation, if it does: `x-amz-target`, the path of RPC v2 CBOR, or `Action=`.
//!
//! AWS's front ends take some requests in more than one way: JSON services answer `GET /?Action=…` too, query services
//! do not look at the path, REST services at no target. Each rule here keeps an agent from having one thing read here
//! and another done there.

use std::borrow::Cow;

use crate::classify::asked::Asked;
use crate::classify::content::is_form;
use crate::classify::dialect::aws::place::{Place, Tongue};
use crate::classify::operation::Otherwise;
use crate::classify::overrides::borrowed_pairs;

use super::unclear;

/// What the wire says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The name of the operation, and nothing else counts.
    Operation(String),
    /// Only method and path say what is asked for.
    Route,
    /// An action on a path, of which the service may look at either.
    OperationAndRoute(String),
}

/// Finds the operation, or that there is none.
pub(super) fn read(asked: &Asked<'_>, place: &Place) -> Result<Said, Otherwise> {
    let head = asked.head;
    let actions = actions(head.query().unwrap_or_default().as_bytes());
    let targeted = head.values("x-amz-target").next().is_some();
    if targeted || cbor(asked).is_some() {
        if !actions.is_empty() || (targeted && cbor(asked).is_some()) {
            return Err(unclear(asked, "it names its operation in two places"));
        }
        return if targeted { target(asked, place) } else { rpc(asked, place) };
    }
    if !place.certain {
        return Err(Otherwise::NotMine);
    }
    let query_only = place.tongue == Tongue::Query;
    let speaks_query = query_only || place.tongue == Tongue::QueryAndMore;
    let at_root = head.path() == "/";
    if head.method == "POST" && asked.has_content() && is_form(head) && (speaks_query || at_root) {
        let form = asked.content()?;
        // A form that nobody here can read (another character set) may hold the action that the service takes.
        if !actions.is_empty() && !form.is_empty() {
            return Err(unclear(asked, "an action in the query, and a form beside it"));
        }
        let mut all = actions;
        all.extend(self::actions(form));
        return one(asked, all).map(Said::Operation);
    }
    let takes_actions = matches!(head.method.as_str(), "GET" | "HEAD" | "POST");
    if takes_actions && !actions.is_empty() {
        let exact = actions.iter().any(|(key, _)| key == "Action");
        if !exact && !speaks_query && !at_root {
            // `action=` is an ordinary parameter of many REST operations.
            return Ok(Said::Route);
        }
        if asked.has_content() && (speaks_query || at_root) {
            return Err(unclear(asked, "an action in the query, with content that is no form"));
        }
        let name = one(asked, actions)?;
        return Ok(if speaks_query || at_root {
            Said::Operation(name)
        } else {
            Said::OperationAndRoute(name)
        });
    }
    let is_rest = ["/v1/email/", "/v2/"].iter().any(|start| head.path().starts_with(start));
    if query_only || (speaks_query && !is_rest) {
        return Err(unclear(asked, "a service that takes actions is given none"));
    }
    Ok(Said::Route)
}

/// `x-amz-target: Prefix.Operation`, only on the root and as AWS's JSON: a REST service does not look at it.
fn target(asked: &Asked<'_>, place: &Place) -> Result<Said, Otherwise> {
    let head = asked.head;
    let plain = head.method == "POST"
        && head.path() == "/"
        && head.query().is_none_or(|query| !query.contains("arget"))
        && asked.media_type().starts_with("application/x-amz-json-")
        && place.tongue != Tongue::Query;
    let Some((_, operation)) = asked.field("x-amz-target").and_then(|text| text.rsplit_once('.')) else {
        return Err(unclear(asked, "its target is none, or not one"));
    };
    if !plain || !is_name(operation) {
        return Err(unclear(asked, "a target where no target counts"));
    }
    Ok(Said::Operation(operation.to_owned()))
}

/// The operation of `/service/S/operation/O`, where the field says that it is RPC v2.
fn cbor<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    let (service, operation) = asked.head.path().strip_prefix("/service/")?.split_once("/operation/")?;
    let marked = asked.head.values("smithy-protocol").next().is_some();
    (marked && !service.contains('/')).then_some(operation)
}

fn rpc(asked: &Asked<'_>, place: &Place) -> Result<Said, Otherwise> {
    let plain = asked.head.method == "POST"
        && asked.head.query().is_none()
        && matches!(asked.field("smithy-protocol"), Some("rpc-v2-cbor" | "rpc-v2-json"))
        && !is_form(asked.head)
        && place.tongue != Tongue::Query;
    match cbor(asked) {
        Some(operation) if plain && is_name(operation) => Ok(Said::Operation(operation.to_owned())),
        _ => Err(unclear(asked, "a request in RPC v2 that is not plain")),
    }
}

/// The keys and values that some reader could take for an action.
fn actions(text: &[u8]) -> Vec<(String, String)> {
    // Most texts end here, without one allocation.
    if !text.windows(6).any(|window| window.eq_ignore_ascii_case(b"action")) && !text.contains(&b'%') {
        return Vec::new();
    }
    let named = |key: &str| key.trim().eq_ignore_ascii_case("action");
    let owned = |(key, value): (Cow<'_, str>, Cow<'_, str>)| (key.into_owned(), value.into_owned());
    borrowed_pairs(text).filter(|(key, _)| named(key)).map(owned).collect()
}

/// The only one, exactly named.
fn one(asked: &Asked<'_>, mut all: Vec<(String, String)>) -> Result<String, Otherwise> {
    match (all.pop(), all.is_empty()) {
        (Some((key, name)), true) if key == "Action" && is_name(&name) => Ok(name),
        (None, _) => Err(unclear(asked, "a form without an action")),
        _ => Err(unclear(asked, "not exactly one plain action")),
    }
}

/// An operation's name is a word of letters and digits.
fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
