//! JSON-RPC 1.0 and 2.0 (https://www.jsonrpc.org/specification). The operation is the `method`; of a batch the worst
//! stands; a notification is an operation like any other. What a method does, only a declaration knows.

use std::borrow::Cow;

use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::json::Value;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let calls = calls(asked)?;
    let parts = asked.service.map_or(&[][..], |service| &service.entry.parts);
    Ok(calls.iter().map(|call| operation(&name(call, parts))).collect())
}

/// One call of a request.
pub(super) struct Call<'a> {
    pub(super) method: Cow<'a, str>,
    pub(super) params: Option<Value<'a>>,
}

/// The method, and what else names the operation where a product dispatches by a parameter.
fn name(call: &Call<'_>, parts: &[String]) -> String {
    let mut name = call.method.clone().into_owned();
    for part in parts {
        let path = part.strip_prefix("params.").unwrap_or(part).split('.');
        let found = path.fold(call.params, |value, step| match (value, step.parse()) {
            (Some(value), Ok(at)) if value.is_array() => value.items().nth(at),
            (Some(value), _) if value.is_object() => value.get(step),
            _ => None,
        });
        if let Some(text) = found.and_then(|value| value.as_str()) {
            name.push(' ');
            name.push_str(&text);
        }
    }
    name
}

fn operation(method: &str) -> Operation {
    Operation::named(method, super::bounded(&format!("JSON-RPC {method}")))
}

/// All calls of the body. Without a declaration only what says `jsonrpc` is JSON-RPC.
pub(super) fn calls<'a>(asked: &Asked<'a>) -> Result<Vec<Call<'a>>, Otherwise> {
    let declared = asked.service.is_some();
    if asked.head.method != "POST" || !asked.has_content() {
        return Err(Otherwise::NotMine);
    }
    // Many clients of JSON-RPC send no type, or another; what is declared is read all the same.
    if !declared && !asked.is_json() && asked.media_type() != "application/json-rpc" {
        return Err(Otherwise::NotMine);
    }
    let root = match asked.json() {
        Ok(document) => document.root(),
        Err(Otherwise::Unclear(_)) if !declared => return Err(Otherwise::NotMine),
        Err(otherwise) => return Err(otherwise),
    };
    let says = |value: Value<'_>| value.is_object() && value.get("jsonrpc").is_some();
    let first = if root.is_array() { root.items().next() } else { Some(root) };
    if !declared && !first.is_some_and(says) {
        return Err(Otherwise::NotMine);
    }
    match root.is_array() {
        true if root.is_empty() => Err(Otherwise::unclear("an empty batch")),
        true => root.items().map(call).collect(),
        false => Ok(vec![call(root)?]),
    }
}

fn call(value: Value<'_>) -> Result<Call<'_>, Otherwise> {
    if !value.is_object() {
        return Err(Otherwise::unclear("an item of the batch is no object"));
    }
    if value.get("jsonrpc").is_some_and(|version| version.as_str().as_deref() != Some("2.0")) {
        return Err(Otherwise::unclear("`jsonrpc` is not \"2.0\""));
    }
    let method = value.get("method").and_then(|method| method.as_str());
    let method = method.ok_or_else(|| Otherwise::unclear("a call has no `method`"))?;
    let params = value.get("params");
    // Whatever else stands there, servers differ on it; what they agree on are these.
    let known = ["jsonrpc", "method", "params", "id"];
    if value.members().any(|(name, _)| !known.contains(&name.as_ref())) {
        return Err(Otherwise::unclear("a call has a member that JSON-RPC does not know"));
    }
    Ok(Call { method, params })
}
