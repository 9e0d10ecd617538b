//! `body` of an expression: the content as JSON, where every reader would read the same in it (`json`; CASES CL-24 to
//! CL-29). Otherwise it fails as a whole: an expression must not see one `role` and the service the other.

use std::collections::HashMap;

use cel::Value;

use crate::classify::decode;
use crate::decide::when::Failure;
use crate::json;
use crate::limits;
use crate::snapshot::{Body, Head};

/// Reads the content of a request.
pub(super) fn read(head: &Head, content: &Body) -> Result<Value, Failure> {
    if content.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json(head) {
        return Err(Failure::NotJson);
    }
    let bytes = content.bytes().filter(|bytes| bytes.len() <= limits::WHEN_BODY_MAX);
    let decoded = decode::content(head, bytes.ok_or(Failure::BodyTooLarge)?).map_err(|_| Failure::Encoded)?;
    if decoded.len() > limits::WHEN_BODY_MAX {
        return Err(Failure::BodyTooLarge);
    }
    let document = json::read(&decoded).map_err(|_| Failure::Unclear)?;
    let mut left = limits::WHEN_VALUES_MAX;
    value(document.root(), &mut left)
}

/// `application/json`, `text/json` or `…+json`, said once, without a character set other than UTF-8.
fn is_json(head: &Head) -> bool {
    let mut values = head.values("content-type");
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let text = text.to_ascii_lowercase();
    let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
    let essence = essence.trim();
    let utf8 = |parameter: &str| {
        parameter.trim().strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8")
    };
    (matches!(essence, "application/json" | "text/json") || essence.ends_with("+json"))
        && parameters.split(';').all(utf8)
}

/// Descends by recursion, no deeper than `json` reads.
fn value(node: json::Value<'_>, left: &mut usize) -> Result<Value, Failure> {
    *left = left.checked_sub(1).ok_or(Failure::TooMuch)?;
    match node.kind() {
        json::Kind::Null => Ok(Value::Null),
        json::Kind::Bool => node.as_bool().map(Value::Bool).ok_or(Failure::Internal),
        json::Kind::Number => number(node.number_text().unwrap_or_default()),
        json::Kind::String => {
            node.as_str().map(|text| Value::from(text.into_owned())).ok_or(Failure::Internal)
        }
        json::Kind::Array => {
            let items: Result<Vec<_>, _> = node.items().map(|item| value(item, left)).collect();
            items.map(Value::from)
        }
        json::Kind::Object => {
            let members = node.members().map(|(key, member)| Ok((key.into_owned(), value(member, left)?)));
            members.collect::<Result<HashMap<_, _>, _>>().map(Value::from)
        }
    }
}

/// A whole number that 64 bits hold, or a double that is not larger than any: beyond that readers differ.
fn number(text: &str) -> Result<Value, Failure> {
    const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    if let Ok(number) = text.parse() {
        return Ok(Value::Int(number));
    }
    if let Ok(number) = text.parse() {
        return Ok(Value::UInt(number));
    }
    match text.parse::<f64>() {
        Ok(number) if number.abs() < TOO_LARGE => Ok(Value::Float(number)),
        _ => Err(Failure::Number),
    }
}
