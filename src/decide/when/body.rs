//! `body` of an expression: the content as JSON, where every reader would read the same in it. Keys that stand twice,
//! also in another case, numbers that lose digits, and whatever is no strict JSON in UTF-8 make it fail as a whole
//! (CASES CL-24 to CL-29): an expression must not see one `role` and the service the other.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fmt;

use cel::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::decide::when::Failure;
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
    let coded = |value: &[u8]| !value.trim_ascii().eq_ignore_ascii_case(b"identity");
    if head.values("content-encoding").any(|value| coded(value)) {
        return Err(Failure::Encoded);
    }
    let bytes = content.bytes().filter(|bytes| bytes.len() <= limits::WHEN_BODY_MAX);
    parse(bytes.ok_or(Failure::BodyTooLarge)?)
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

fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    let budget = Budget { values: Cell::new(limits::WHEN_VALUES_MAX), failure: Cell::new(Failure::Unclear) };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = Node(&budget).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    read.map_err(|_| budget.failure.get())
}

struct Budget {
    values: Cell<usize>,
    failure: Cell<Failure>,
}

/// One value on its way; the reader bounds how deep they stand in each other.
#[derive(Clone, Copy)]
struct Node<'b>(&'b Budget);

impl Node<'_> {
    fn fails<T, E: Error>(self, failure: Failure) -> Result<T, E> {
        self.0.failure.set(failure);
        Err(E::custom(""))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.0.values.get();
        if left == 0 {
            return self.fails(Failure::TooMuch);
        }
        self.0.values.set(left - 1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::UInt(value), Value::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // A whole number of this size was written with more digits than it has here.
        const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
        if value.abs() < TOO_LARGE { Ok(Value::Float(value)) } else { self.fails(Failure::Number) }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let (mut map, mut folded) = (HashMap::new(), HashSet::new());
        while let Some(key) = members.next_key::<String>()? {
            if key.contains(char::is_control) || !folded.insert(fold(&key)) {
                return self.fails(Failure::Unclear);
            }
            map.insert(key, members.next_value_seed(self)?);
        }
        Ok(map.into())
    }
}

/// One spelling for all that a reader without regard to case takes for the same key.
fn fold(key: &str) -> String {
    key.to_uppercase().to_lowercase()
}
