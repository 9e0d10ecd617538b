//! JSON-RPC error objects (https://www.jsonrpc.org/specification#error_object), one for each call that waits for an
//! answer. The status stays what it is: the Python MCP SDK reads an error object of `application/json` at any status
//! from 400 on, and nothing else (mcp 2.3, `streamable_http.py`).

use serde_json::{Value, json};

use super::End;
use crate::json;

/// From -32000 to -32099 servers name errors of their own.
const REFUSED: i64 = -32000;
/// Longer ids are nobody's: an id is a number or a UUID.
const ID_BYTES_MAX: usize = 256;
/// Ids of a batch that are answered one by one.
const IDS_MAX: usize = 1000;

/// The ids of the calls, as they are written back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// One call; `Null` where it has no id, or one that is not written back.
    One(Value),
    /// A batch.
    Batch(Vec<Value>),
}

impl Ids {
    /// Those of a body; one unknown id where it is no JSON that everybody reads alike.
    pub fn of(content: &[u8]) -> Self {
        let Ok(document) = json::read(content) else { return Self::One(Value::Null) };
        let root = document.root();
        if !root.is_array() {
            return Self::One(id(root));
        }
        let calls = root.items().filter(|call| call.is_object() && call.get("id").is_some());
        Self::Batch(calls.take(IDS_MAX).map(id).collect())
    }

    /// The body.
    pub(super) fn answer(&self, end: &End) -> Vec<u8> {
        let error = |id: &Value| {
            json!({"jsonrpc": "2.0", "id": id,
                "error": {"code": REFUSED, "message": end.text(), "data": end.problem()}})
        };
        match self {
            Self::One(id) => error(id),
            Self::Batch(ids) if ids.is_empty() => error(&Value::Null),
            Self::Batch(ids) => ids.iter().map(error).collect(),
        }
        .to_string()
        .into_bytes()
    }
}

/// A number as it was written, or a string; `null` for anything else.
fn id(call: json::Value<'_>) -> Value {
    let Some(id) = call.is_object().then(|| call.get("id")).flatten() else { return Value::Null };
    if id.source().len() > ID_BYTES_MAX {
        return Value::Null;
    }
    match (id.as_str(), id.number_text()) {
        (Some(text), _) => Value::String(text.into_owned()),
        (None, Some(number)) => number.parse::<i64>().map_or(Value::Null, Value::from),
        (None, None) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    fn answer(content: &str) -> Value {
        let end = End::new(Code::Denied).with("reason", "no");
        serde_json::from_slice(&Ids::of(content.as_bytes()).answer(&end)).unwrap()
    }

    #[test]
    fn the_answer_has_the_id_of_the_call() {
        for (content, id) in [
            (r#"{"jsonrpc":"2.0","id":7,"method":"a"}"#, json!(7)),
            (r#"{"jsonrpc":"2.0","id":"x\u0041","method":"a"}"#, json!("xA")),
            (r#"{"jsonrpc":"2.0","method":"a"}"#, Value::Null),
            (r#"{"id":1,"id":2}"#, Value::Null),
            (r#"{"id":{"a":1}}"#, Value::Null),
            ("", Value::Null),
        ] {
            let answer = answer(content);
            assert_eq!(answer["id"], id, "{content}");
            assert_eq!(answer["error"]["data"]["code"], "denied");
            assert!(answer["error"]["message"].as_str().unwrap().ends_with("Reason: no"));
        }
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(300));
        assert_eq!(self::answer(&long)["id"], Value::Null);
    }

    #[test]
    fn a_batch_is_answered_call_by_call_but_for_its_notifications() {
        let answer = answer(r#"[{"id":1,"method":"a"},{"method":"b"},{"id":2,"method":"c"}]"#);
        let ids: Vec<_> = answer.as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(1), json!(2)]);
    }
}
