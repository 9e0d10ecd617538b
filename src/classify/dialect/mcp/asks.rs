//! What an MCP request asks of its server, for whoever knows what the server has said of it (the gate does; judgement
//! knows nothing but the request). The same bytes, through the same readers, as the judgement.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::classify::decode;
use crate::json::{self, Value};
use crate::limits;
use crate::snapshot::Head;

/// What one request asks, batches taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// The names of the tools that it calls, in order: the agent's text, unbounded in length.
    pub tools: Vec<String>,
    /// It asks for the list of tools.
    pub lists: bool,
}

/// Reads a captured request's content. What cannot be read asks nothing: to the classifier it is `unknown`.
pub fn asks(head: &Head, body: &[u8]) -> Asks {
    // Decoders may panic on hostile input.
    catch_unwind(AssertUnwindSafe(|| read(head, body))).ok().flatten().unwrap_or_default()
}

fn read(head: &Head, body: &[u8]) -> Option<Asks> {
    let text = decode::content(head, body).ok()?;
    let document = json::read(&text).ok()?;
    let root = document.root();
    let mut asks = Asks::default();
    let mut take = |call: Value<'_>| {
        let Some(method) = call.get("method") else { return };
        asks.lists |= method.is_str("tools/list");
        let tool = method.is_str("tools/call").then(|| call.get("params")?.get("name")?.as_str()).flatten();
        if let Some(tool) = tool.filter(|_| asks.tools.len() < limits::OPERATIONS_MAX) {
            asks.tools.push(tool.into_owned());
        }
    };
    match root.is_array() {
        true => root.items().for_each(take),
        false => take(root),
    }
    Some(asks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn of(body: &str) -> Asks {
        let origin = Origin { scheme: Scheme::Https, host: Host::Name("mcp.example".into()), port: 443 };
        let head = Head { method: "POST".into(), origin, target: "/mcp".into(), fields: Vec::new() };
        asks(&head, body.as_bytes())
    }

    #[test]
    fn tools_are_named_in_order_also_in_a_batch_and_by_escapes() {
        let one = r#"{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"name":"get_\u0061"}}"#;
        assert_eq!(of(one).tools, ["get_a"]);
        let two = r#"[{"method":"tools/call","params":{"name":"b"}},{"method":"tools/list"},{"method":"tools/call","params":{"name":"a"}}]"#;
        assert_eq!(of(two), Asks { tools: vec!["b".into(), "a".into()], lists: true });
    }

    #[test]
    fn what_only_looks_like_a_call_names_no_tool() {
        for body in [
            r#"{"method":"prompts/get","params":{"name":"a"}}"#,
            r#"{"method":"tools/call","params":{"Name":"a"}}"#,
            r#"{"method":"tools/call","name":"a"}"#,
            r#"{"method":"tools/call","method":"ping","params":{"name":"a"}}"#,
            "",
            "[",
        ] {
            assert_eq!(of(body), Asks::default(), "{body}");
        }
    }
}
