//! Model Context Protocol over streamable HTTP (https://modelcontextprotocol.io/specification). What lists and gets is
//! a read by the protocol; a tool is what the operator's list, or the catalog, says of its name, and nothing else: a
//! server's own hints (`readOnlyHint`) are shown to people and never believed, in neither direction: some servers'
//! libraries say `destructiveHint` of every tool (CASES CL-31, CL-32). Whether a tool is still the one that the list
//! was made for, the gate knows: see `gate::tools`.

mod asks;

pub use asks::{Asks, asks};

use std::borrow::Cow;

use super::jsonrpc::{self, Call};
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::{Effect, acts};
use crate::json::Value;

/// Methods that read by the protocol.
const READS: [&str; 15] = [
    "initialize",
    "server/discover",
    "ping",
    "tools/list",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "completion/complete",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "notifications/initialized",
    "notifications/progress",
];

/// Methods that change nothing but what the server sends to this client.
const SESSION: [&str; 5] = [
    "subscriptions/listen",
    "notifications/cancelled",
    "notifications/roots/list_changed",
    "resources/subscribe",
    "resources/unsubscribe",
];

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    match head.method.as_str() {
        // The stream by which the server speaks to the client.
        "GET" if is_mcp(asked) && !asked.has_content() && acts::look(head).is_none() => {
            Ok(vec![Operation::named("stream", "MCP stream").says(Effect::Read, "it listens to the server")])
        }
        "DELETE" if ends_session(asked) => Ok(vec![
            Operation::named("session/end", "MCP session end").says(Effect::Read, "it ends its own session"),
        ]),
        "POST" if asked.service.is_some() || is_mcp(asked) => post(asked),
        _ => Err(Otherwise::NotMine),
    }
}

/// A session is ended where it was begun: at a path that is declared, or that looks like an endpoint. Elsewhere a
/// session's field must not make a DELETE harmless.
fn ends_session(asked: &Asked<'_>) -> bool {
    let last = asked.head.path().rsplit('/').next().unwrap_or_default();
    let is_endpoint = matches!(last, "mcp" | "sse" | "message" | "messages")
        || asked.head.path() == "/"
        || asked.service.is_some_and(|service| !service.paths.is_empty() || !service.entry.paths.is_empty());
    is_endpoint && asked.field("mcp-session-id").is_some() && !asked.has_content()
}

/// Fields by which an MCP client is known, or, where a service is declared, nothing more than that.
fn is_mcp(asked: &Asked<'_>) -> bool {
    let named = ["mcp-session-id", "mcp-protocol-version", "mcp-method"];
    asked.service.is_some() || named.iter().any(|name| asked.head.values(name).next().is_some())
}

fn post(asked: &Asked<'_>) -> Reading {
    // A client answers what the server asked it (sampling, elicitation, roots): no call, and nothing to hold back.
    let calls = match answer(asked)? {
        Some(operation) => return Ok(vec![operation]),
        None => jsonrpc::calls(asked)?,
    };
    let operations: Vec<_> = calls.iter().map(operation).collect::<Result<_, _>>()?;
    mirrors(asked, &calls)?;
    Ok(operations)
}

/// `{"jsonrpc","id","result"}` or `error`, alone: an answer of the client's.
fn answer(asked: &Asked<'_>) -> Result<Option<Operation>, Otherwise> {
    if !asked.has_content() || !asked.is_json() {
        return Ok(None);
    }
    let Ok(document) = asked.json() else { return Ok(None) };
    let root = document.root();
    let has = |name: &str| root.is_object() && root.get(name).is_some();
    let known = ["jsonrpc", "id", "result", "error"];
    let answers = has("id")
        && (has("result") != has("error"))
        && root.members().all(|(name, _)| known.contains(&name.as_ref()));
    // What the server does with a person's or a model's words, nobody can tell.
    Ok(answers.then(|| Operation::named("answer", "MCP answer of the client")))
}

fn operation(call: &Call<'_>) -> Result<Operation, Otherwise> {
    let method = call.method.as_ref();
    let text = |name: &str| {
        let value = call.params.and_then(|params: Value<'_>| params.get(name));
        value.and_then(|value| value.as_str())
    };
    Ok(match method {
        "tools/call" => {
            let name = text("name").ok_or_else(|| Otherwise::unclear("`tools/call` names no tool"))?;
            Operation::named(name.as_ref(), super::bounded(&format!("MCP tools/call {name}")))
        }
        _ if READS.contains(&method) => {
            let what = text("name").or_else(|| text("uri")).unwrap_or(Cow::Borrowed(""));
            let label = super::bounded(format!("MCP {method} {what}").trim_end());
            Operation::named(method, label)
                .says(Effect::Read, "the protocol's methods that list and get read")
        }
        _ if SESSION.contains(&method) => Operation::named(method, format!("MCP {method}"))
            .says(Effect::Read, "it changes nothing but what this client is sent"),
        "logging/setLevel" => Operation::named(method, "MCP logging/setLevel")
            .says(Effect::Write, "some servers keep one level for everybody"),
        "tasks/cancel" => {
            Operation::named(method, "MCP tasks/cancel").says(Effect::Execute, "it stops what runs")
        }
        _ => Operation::named(method, super::bounded(&format!("MCP {method}"))),
    })
}

/// Fields that repeat what the body says must say the same: else what a front end routes by is not what the server
/// does (CASES CL-33).
fn mirrors(asked: &Asked<'_>, calls: &[Call<'_>]) -> Result<(), Otherwise> {
    let says = |field: &str, of: &dyn Fn(&Call<'_>) -> Option<String>| {
        let values: Vec<_> = asked.head.values(field).collect();
        values.is_empty()
            || (values.len() == 1
                && calls.len() == 1
                && of(&calls[0]).is_some_and(|known| known.as_bytes() == values[0].as_ref()))
    };
    let named = |call: &Call<'_>| {
        let get =
            |name: &str| call.params.and_then(|params| params.get(name)).and_then(|value| value.as_str());
        get("name").or_else(|| get("uri")).map(Cow::into_owned)
    };
    if says("mcp-method", &|call| Some(call.method.clone().into_owned())) && says("mcp-name", &named) {
        return Ok(());
    }
    Err(Otherwise::unclear("a field says another method or name than the body"))
}
