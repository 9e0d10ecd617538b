//! GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/). A request is a read only if every operation
//! in every document is a query and nothing is ambiguous: an `operationName` that picks the query out of a document
//! with a mutation proves nothing (CASES CL-15 to CL-20).

use std::borrow::Cow;

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::catalog;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::json::Value;
use crate::secret::{hex, sha256};

mod document;
mod places;

use document::{Definitions, Kind, Left};

/// What one request of a batch says.
struct Asking<'a> {
    document: Cow<'a, str>,
    /// The hash by which a server may run a document that it knows, instead of this one.
    hash: Option<Cow<'a, str>>,
}

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let found = match places::look(asked)? {
        found if found.is_empty() => return Err(Otherwise::NotMine),
        found => found,
    };
    let (mut operations, mut left) = (Vec::new(), Left::default());
    for asking in &found {
        if asking
            .hash
            .as_ref()
            .is_some_and(|hash| !hash.eq_ignore_ascii_case(&hex(&sha256(asking.document.as_bytes()))))
        {
            return Err(Otherwise::unclear(
                "the hash of a persisted query is not that of the document beside it",
            ));
        }
        match document::read(&asking.document, &mut left) {
            Ok(definitions) => operations.extend(definitions.iter().flat_map(of_definition)),
            // `query` is an ordinary name: without a declaration only what parses is GraphQL.
            Err(_) if asked.service.is_none() => return Err(Otherwise::NotMine),
            Err(why) => return Err(Otherwise::unclear(why)),
        }
    }
    let reads = operations.iter().all(|operation| operation.at_least == Effect::Read);
    if reads && asked.service.is_none() && matches!(asked.head.method.as_str(), "GET" | "HEAD") {
        return Err(Otherwise::NotMine);
    }
    Ok(operations)
}

/// One operation for each root field, by which `reads` and `effects` name it.
fn of_definition(definition: &Definitions) -> Vec<Operation> {
    let each = |field: &String| {
        let named = |kind: &str| Operation::named(field, super::bounded(&format!("GraphQL {kind} {field}")));
        match definition.kind {
            Kind::Query => named("query").says(Effect::Read, "every operation of the document is a query"),
            Kind::Mutation => {
                let words = ["common", "graphql"].into_iter().filter_map(catalog::words);
                let effect = words.filter_map(|words| words.raise(field)).fold(Effect::Write, Effect::max);
                named("mutation").says(effect, "the document has a mutation").at_least(Effect::Write)
            }
            Kind::Subscription => named("subscription")
                .says(Effect::Unknown, "a subscription is no query: what follows is not seen")
                .at_least(Effect::Write),
        }
    };
    definition.fields.iter().map(each).collect()
}

/// The members that a request may have, and no other: an unknown one may name another document.
fn asking<'a>(request: Value<'a>) -> Result<Asking<'a>, Otherwise> {
    let unclear = |why: &str| Err(Otherwise::unclear(why));
    if !request.is_object() {
        return unclear("an item of the batch is no object");
    }
    let known = ["query", "operationName", "variables", "extensions"];
    if request.members().any(|(name, value)| !known.contains(&name.as_ref()) && !value.is_null()) {
        return unclear("it has a member that GraphQL does not know, which may name another document");
    }
    let text = |name: &str| request.get(name).filter(|value| !value.is_null());
    if text("operationName").is_some_and(|name| name.as_str().is_none()) {
        return unclear("`operationName` is no string");
    }
    let hash = match text("extensions").and_then(|extensions| extensions.get("persistedQuery")) {
        None => None,
        Some(persisted) => match persisted.get("sha256Hash").and_then(|hash| hash.as_str()) {
            Some(hash) => Some(hash),
            None => return unclear("a persisted query names no hash"),
        },
    };
    match text("query").and_then(|query| query.as_str()) {
        Some(document) => Ok(Asking { document, hash }),
        None if hash.is_some() => {
            unclear("a persisted query without its document: nobody here knows what it is")
        }
        None => unclear("it has no document"),
    }
}

/// An operation of a document, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its root fields, without aliases, also those that fragments bring there.
    pub fields: Vec<String>,
}

/// The operations of a document; `None` where it is none that every server reads alike.
pub fn named(document: &str) -> Option<Vec<Named>> {
    let all = document::read(document, &mut Left::default()).ok()?;
    let named = |one: Definitions| Named {
        kind: match one.kind {
            Kind::Query => "query",
            Kind::Mutation => "mutation",
            Kind::Subscription => "subscription",
        },
        name: one.name,
        fields: one.fields,
    };
    Some(all.into_iter().map(named).collect())
}

/// For the fuzz target: whether each operation is a query, and its root fields; `None` where it cannot be read.
#[cfg(fuzzing)]
pub fn fuzz(text: &str) -> Option<Vec<(bool, Vec<String>)>> {
    let all = document::read(text, &mut Left::default()).ok()?;
    Some(all.into_iter().map(|one| (one.kind == Kind::Query, one.fields)).collect())
}
