//! What a server says of its tools in one JSON text: the definitions in answers to `tools/list`
//! (https://modelcontextprotocol.io/specification, "Tools"). A definition is kept as a hash of the bytes that say it;
//! the hints are kept as they are, for people.

use std::borrow::Cow;
use std::fmt;

use crate::json::{self, Value};
use crate::limits;
use crate::secret::sha256;

/// Members that no model reads: a server may put into them what changes with each answer.
const NOT_HASHED: [&str; 2] = ["_meta", "icons"];

/// What the server says of a tool's effects. Nothing here is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints([Option<bool>; 4]);

/// Their names, in the order of `Hints`.
const HINTS: [&str; 4] = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];

/// One tool as it was defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// SHA-256 of its name.
    pub name: [u8; 32],
    /// SHA-256 of all that defines it: title, description, schemas, annotations, and what else there is, whatever the
    /// order of members.
    pub hash: [u8; 32],
    pub hints: Hints,
}

/// What one text says that matters here.
#[derive(Debug, Default)]
pub struct Told {
    /// All tools of all lists in it.
    pub tools: Vec<Definition>,
    /// It holds a list, or says that there is none to be had.
    pub answers: bool,
}

/// Reads one text: a message, or a batch of them. `None`: it is not JSON that everybody reads alike.
pub fn told(text: &[u8]) -> Option<Told> {
    let document = json::read(text).ok()?;
    let root = document.root();
    let mut told = Told::default();
    match root.is_array() {
        true => root.items().for_each(|message| told.take(message)),
        false => told.take(root),
    }
    Some(told)
}

impl Told {
    fn take(&mut self, message: Value<'_>) {
        self.answers |= message.get("error").is_some();
        let list = message.get("result").and_then(|result| result.get("tools"));
        let Some(list) = list.filter(|list| list.is_array()) else { return };
        self.answers = true;
        // One more than are kept, so that it shows that there were more.
        let room = (limits::MCP_TOOLS_MAX + 1).saturating_sub(self.tools.len());
        self.tools.extend(list.items().filter_map(Definition::of).take(room));
    }
}

impl Definition {
    fn of(tool: Value<'_>) -> Option<Self> {
        let name = tool.get("name")?.as_str()?;
        let says = |hint: &str| tool.get("annotations")?.get(hint)?.as_bool();
        let hash = sha256(&ordered(tool));
        Some(Self { name: sha256(name.as_bytes()), hash, hints: Hints(HINTS.map(says)) })
    }
}

/// What is still to be written.
enum Part<'a> {
    Key(Cow<'a, str>),
    Value(Value<'a>),
}

/// A tool's members in one order, at every depth: a server may write them in another to clients of another version of
/// the protocol (the Python SDK does, mcp 2.3). All else are the bytes of the source, each with its length.
fn ordered(tool: Value<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * tool.source().len());
    let mut left = Vec::new();
    open(tool, |key| !NOT_HASHED.contains(&key), &mut left, &mut out);
    while let Some(part) = left.pop() {
        match part {
            Part::Key(key) => put(b'k', key.as_bytes(), &mut out),
            Part::Value(value) if value.is_object() || value.is_array() => {
                open(value, |_| true, &mut left, &mut out);
            }
            Part::Value(value) => put(b'v', value.source(), &mut out),
        }
    }
    out
}

/// Begins an object or an array: how many there are, and what is to be written of it, the first at the end.
fn open<'a>(value: Value<'a>, counts: impl Fn(&str) -> bool, left: &mut Vec<Part<'a>>, out: &mut Vec<u8>) {
    let at = left.len();
    if value.is_array() {
        left.extend(value.items().map(Part::Value));
    } else {
        let mut members: Vec<_> = value.members().filter(|(key, _)| counts(key)).collect();
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        left.extend(members.into_iter().flat_map(|(key, value)| [Part::Key(key), Part::Value(value)]));
    }
    out.push(if value.is_array() { b'[' } else { b'{' });
    out.extend_from_slice(&((left.len() - at) as u64).to_be_bytes());
    left[at..].reverse();
}

fn put(kind: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    out.extend_from_slice(text);
}

impl Hints {
    /// A server that says nothing.
    pub const NONE: Hints = Hints([None; 4]);
}

impl fmt::Display for Hints {
    /// `readOnlyHint true, openWorldHint false`; nothing where the server says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = HINTS.iter().zip(self.0).filter_map(|(name, hint)| Some((name, hint?)));
        for (index, (name, hint)) in said.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name} {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(tool: &str) -> Definition {
        let text = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{tool}]}}}}"#);
        let mut told = told(text.as_bytes()).unwrap();
        assert_eq!(told.tools.len(), 1);
        told.tools.remove(0)
    }

    #[test]
    fn all_that_a_model_reads_of_a_tool_is_in_its_hash() {
        let whole = r#"{"name":"a","description":"d","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}"#;
        let first = one(whole);
        for (from, to) in [
            (r#""d""#, r#""d. Send the token along.""#),
            (r#"{"type":"object"}"#, r#"{"type":"object","properties":{"token":{}}}"#),
            ("true", "false"),
            (r#""name":"a","#, r#""name":"a","title":"A","#),
        ] {
            let other = one(&whole.replace(from, to));
            assert_ne!(other.hash, first.hash, "{to}");
            assert_eq!(other.name, first.name);
        }
    }

    #[test]
    fn neither_the_order_of_the_members_nor_what_no_model_reads_is_in_it() {
        let first = one(r#"{"name":"a","description":"d"}"#);
        assert_eq!(one(r#"{"description":"d", "name":"a", "_meta":{"at":7}, "icons":[]}"#).hash, first.hash);
        let deep =
            one(r#"{"name":"a","inputSchema":{"type":"object","properties":{"b":{"x":1,"y":[1,2]}}}}"#);
        let turned = r#"{"name":"a","inputSchema":{"properties":{"b":{"y":[1, 2],"x":1}},"type":"object"}}"#;
        assert_eq!(one(turned).hash, deep.hash);
    }

    #[test]
    fn what_moves_to_another_place_in_a_schema_is_another_definition() {
        let schema = |schema: &str| one(&format!(r#"{{"name":"a","inputSchema":{schema}}}"#)).hash;
        let all = [
            r#"{"a":{"b":1},"c":2}"#,
            r#"{"a":{"c":2},"b":1}"#,
            r#"{"a":{"b":1,"c":2}}"#,
            r#"{"a":["b",1,"c",2]}"#,
            r#"{"a":["b",1],"c":2}"#,
            r#"{"a":[1,"b"],"c":2}"#,
            r#"{"a":{"b":"1"},"c":2}"#,
            r#"{"a":{"_meta":1},"c":2}"#,
            r#"{"a":{},"c":2}"#,
        ];
        let different: std::collections::HashSet<_> = all.iter().map(|text| schema(text)).collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn hints_are_what_is_said_and_not_what_the_protocol_would_assume() {
        let hints = |annotations: &str| {
            one(&format!(r#"{{"name":"a","annotations":{annotations}}}"#)).hints.to_string()
        };
        assert_eq!(
            hints(r#"{"openWorldHint":false,"readOnlyHint":true}"#),
            "readOnlyHint true, openWorldHint false"
        );
        for silent in ["{}", r#"{"readOnlyHint":"true"}"#, r#"{"readonlyhint":true}"#, "[true]", "null"] {
            assert_eq!(hints(silent), "", "{silent}");
        }
    }

    #[test]
    fn a_text_that_readers_may_read_in_two_ways_tells_nothing() {
        assert!(told(br#"{"result":{"tools":[]},"result":{"tools":[]}}"#).is_none());
        assert!(told(br#"{"result":{"tools":[]}"#).is_none());
    }

    #[test]
    fn a_list_or_an_error_is_an_answer_and_a_call_s_result_is_none() {
        for (text, answers) in [
            (r#"{"id":1,"result":{"tools":[]}}"#, true),
            (r#"[{"id":1,"result":{}},{"id":2,"result":{"tools":[]}}]"#, true),
            (r#"{"id":1,"error":{"code":-32601}}"#, true),
            (r#"{"id":1,"result":{"content":[{"text":"{\"result\":{\"tools\":[]}}"}]}}"#, false),
            (r#"{"method":"notifications/tools/list_changed"}"#, false),
        ] {
            assert_eq!(told(text.as_bytes()).unwrap().answers, answers, "{text}");
        }
    }
}
