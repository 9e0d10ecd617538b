//! JSON-RPC's error object (https://www.jsonrpc.org/specification#error_object), which MCP has too. Its `data` is the
//! problem document.
//!
//! The status stays the code's own: from 2.0 on the Python MCP SDK reads an object of `application/json` at any status
//! (and nothing else), and TypeScript's shows the body. Before 2.0 Python's gave its whole session up at any status
//! but 200, and nobody was told why: a call that comes from there is answered with 200, and the error is in the object
//! (tried with mcp 1.30.0 and 2.3.0, @modelcontextprotocol/sdk 1.x).

use serde_json::json;

use super::{End, Said};
use crate::classify::decode;
use crate::code::Code;
use crate::json::{self, Value};
use crate::limits::{RPC_ID_BYTES_MAX, RPC_IDS_MAX};
use crate::snapshot::Head;

use super::tongue::is_type;

/// Whom the answer is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// JSON texts; a notification has none. Without any, the answer is one object with the id null.
    ids: Vec<String>,
    /// The request was an array, and so is its answer.
    batch: bool,
    /// The client gives its session up at a status of failure.
    gives_up: bool,
}

impl Calls {
    /// Whether the head alone says that this is JSON-RPC.
    pub(super) fn unmistakable(head: &Head) -> bool {
        is_type(head, "application/json-rpc") || is_mcp(head)
    }

    /// The ids in this content; what is not read in one way only has none.
    pub(super) fn of(head: &Head, seen: &[u8]) -> Self {
        let Ok(content) = decode::content(head, seen) else { return Self::default() };
        let Ok(document) = json::read(&content) else { return Self::default() };
        let root = document.root();
        let gives_up = gives_up(head);
        if !root.is_array() {
            return Self { ids: root.get("id").map(id).into_iter().collect(), batch: false, gives_up };
        }
        let ids: Vec<_> =
            root.items().filter_map(|call| call.get("id")).take(RPC_IDS_MAX + 1).map(id).collect();
        if ids.is_empty() || ids.len() > RPC_IDS_MAX {
            return Self::default();
        }
        Self { ids, batch: true, gives_up }
    }

    pub(super) fn say(&self, end: &End) -> Said {
        let error =
            json!({ "code": number(end.code), "message": end.text(), "data": end.problem() }).to_string();
        let object = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#);
        let objects: Vec<_> = self.ids.iter().map(|id| object(id)).collect();
        let body = match objects.as_slice() {
            [] => object("null"),
            all if self.batch => format!("[{}]", all.join(",")),
            [one, ..] => one.clone(),
        };
        // What calls nobody who waits for an object says by its status that nothing came of it.
        let status = if self.gives_up && !objects.is_empty() { 200 } else { end.code.status() };
        Said { status, content_type: "application/json", fields: Vec::new(), body: body.into_bytes() }
    }
}

/// The fields that MCP's transport has of its own, from the second request of a session on.
fn is_mcp(head: &Head) -> bool {
    ["mcp-session-id", "mcp-protocol-version"].iter().any(|name| head.text(name).is_some())
}

/// Python's SDK before 2.0 goes by the name of the client under it, and from 2.0 on there is another one.
fn gives_up(head: &Head) -> bool {
    is_mcp(head) && head.text("user-agent").is_some_and(|agent| agent.starts_with("python-httpx/"))
}

/// The id as JSON. It is repeated, so it is bounded and written anew (CASES AP-34); anything else is null.
fn id(value: Value<'_>) -> String {
    let text = match (value.number_text(), value.as_str()) {
        (Some(number), _) => Some(number.to_owned()),
        (_, Some(text)) if text.len() <= RPC_ID_BYTES_MAX => Some(json!(text).to_string()),
        _ => None,
    };
    let short = text.filter(|text| text.len() <= 2 * RPC_ID_BYTES_MAX);
    short.unwrap_or_else(|| "null".to_owned())
}

/// JSON-RPC leaves -32000 to -32099 to servers, and MCP of these only -32000 to -32019 to who implements it, the first
/// two taken by its SDKs.
fn number(code: Code) -> i32 {
    match code {
        Code::Malformed | Code::TargetMismatch => -32600,
        Code::Internal => -32603,
        _ if code.status() == 503 => -32011,
        _ => -32010,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::classify::Dialect;
    use crate::hold::HoldId;
    use crate::reply::Tongue;
    use crate::reply::tongue::tests::head;

    fn answer(code: Code, body: &str) -> (u16, Value) {
        let tongue =
            Tongue::of(Dialect::Mcp, &head("/mcp", &[("content-type", "application/json")]), body.as_bytes());
        let response = End::new(code).of_hold(HoldId(uuid::Uuid::nil())).response_in(&tongue);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["holdpoint-code"], code.as_str());
        assert!(response.headers().contains_key("holdpoint-hold"));
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    #[test]
    fn a_call_is_answered_by_its_id_with_what_it_reads() {
        let (status, answer) = answer(Code::Denied, r#"{"jsonrpc":"2.0","id":7,"method":"tools/call"}"#);
        assert_eq!((status, &answer["id"], &answer["jsonrpc"]), (403, &json!(7), &json!("2.0")));
        assert_eq!(answer["error"]["code"], -32010);
        assert!(answer["error"]["message"].as_str().unwrap().contains("refused"));
        assert_eq!(answer["error"]["data"]["code"], "denied");
        assert_eq!(answer["error"]["data"]["status"], 403);
    }

    #[test]
    fn a_ticket_says_that_it_is_one() {
        let (status, answer) = answer(Code::Held, r#"{"jsonrpc":"2.0","id":"a\"b","method":"m"}"#);
        assert_eq!((status, &answer["id"], &answer["error"]["code"]), (503, &json!("a\"b"), &json!(-32011)));
    }

    #[test]
    fn a_batch_is_answered_call_by_call_and_a_notification_not_at_all() {
        let (status, answers) =
            answer(Code::Held, r#"[{"id":1,"method":"a"},{"method":"b"},{"id":null,"method":"c"}]"#);
        let ids: Vec<_> = answers.as_array().unwrap().iter().map(|answer| answer["id"].clone()).collect();
        assert_eq!((status, ids), (503, vec![json!(1), Value::Null]));
    }

    #[test]
    fn what_cannot_be_answered_by_its_id_gets_one_object_without() {
        for body in [r#"{"jsonrpc":"2.0","method":"n"}"#, r#"[{"method":"n"}]"#, "", "{", "7", "[7]"] {
            let (status, answer) = answer(Code::Denied, body);
            assert_eq!((status, &answer["id"]), (403, &Value::Null), "{body}");
        }
        let many = format!("[{}]", vec![r#"{"id":1}"#; RPC_IDS_MAX + 1].join(","));
        assert_eq!(answer(Code::Denied, &many).1["id"], Value::Null);
        let most = format!("[{}]", vec![r#"{"id":1}"#; RPC_IDS_MAX].join(","));
        assert_eq!(answer(Code::Denied, &most).1.as_array().unwrap().len(), RPC_IDS_MAX);
    }

    #[test]
    fn a_client_that_gives_up_at_a_failure_is_told_in_a_success() {
        let status = |agent: &str, version: &str, body: &str| {
            let head = head("/mcp", &[("user-agent", agent), (version, "2025-06-18")]);
            let tongue = Tongue::of(Dialect::Mcp, &head, body.as_bytes());
            End::new(Code::Held).response_in(&tongue).status().as_u16()
        };
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#;
        assert_eq!(status("python-httpx/0.28.1", "mcp-protocol-version", call), 200);
        assert_eq!(status("python-httpx2/2.16.2", "mcp-protocol-version", call), 503);
        assert_eq!(status("python-httpx/0.28.1", "x-version", call), 503);
        let notification = r#"{"jsonrpc":"2.0","method":"notifications/x"}"#;
        assert_eq!(status("python-httpx/0.28.1", "mcp-protocol-version", notification), 503);
    }

    /// CASES AP-34
    #[test]
    fn an_id_is_repeated_only_where_it_is_short_and_plain() {
        let longest = "x".repeat(RPC_ID_BYTES_MAX);
        for (id, repeated) in [
            ("-1.50", true),
            (&format!("\"{longest}\""), true),
            (&format!("\"{longest}x\""), false),
            (&"1".repeat(2 * RPC_ID_BYTES_MAX + 1), false),
            ("true", false),
            (r#"{"a":1}"#, false),
            (r#"["canary"]"#, false),
        ] {
            let (_, answer) = answer(Code::Denied, &format!(r#"{{"id":{id},"method":"m"}}"#));
            assert_eq!(!answer["id"].is_null(), repeated, "{id}");
        }
        // Two ids are no id.
        assert_eq!(answer(Code::Denied, r#"{"id":1,"id":2,"method":"m"}"#).1["id"], Value::Null);
    }
}
