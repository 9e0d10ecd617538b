//! Whether JSON is as a schema of `/openapi.json` says. It knows the words that the document uses, and fails on any
//! other, so that nothing passes because it was not understood.

use serde_json::Value;

/// What is wrong with a value; nothing where it fits. `document` is where references lead.
pub fn faults(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let members = match schema {
        Value::Bool(true) => return Vec::new(),
        Value::Object(members) => members,
        other => panic!("{place}: no schema: {other}"),
    };
    let mut found = Vec::new();
    for (word, said) in members {
        match word.as_str() {
            "title" | "description" | "default" | "format" | "maxLength" => {}
            "$ref" => {
                let path = said.as_str().expect("a text").trim_start_matches('#');
                let target =
                    document.pointer(path).unwrap_or_else(|| panic!("{place}: {path} leads nowhere"));
                found.extend(faults(document, target, value, place));
            }
            "type" => {
                let fits = match said {
                    Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
                    kind => is(kind, value),
                };
                push(&mut found, fits, || format!("{place}: {value} is no {said}"));
            }
            "minimum" => {
                let fits = value.as_f64().is_none_or(|number| number >= said.as_f64().expect("a number"));
                push(&mut found, fits, || format!("{place}: {value} is below {said}"));
            }
            "maximum" => {
                let fits = value.as_f64().is_none_or(|number| number <= said.as_f64().expect("a number"));
                push(&mut found, fits, || format!("{place}: {value} is above {said}"));
            }
            "minItems" | "maxItems" => {
                let (length, bound) =
                    (value.as_array().map_or(0, Vec::len) as u64, said.as_u64().expect("a number"));
                let fits = if word == "minItems" { length >= bound } else { length <= bound };
                push(&mut found, fits, || format!("{place}: {length} items"));
            }
            "const" => push(&mut found, value == said, || format!("{place}: {value} is not {said}")),
            "enum" => {
                let fits = said.as_array().expect("a list").contains(value);
                push(&mut found, fits, || format!("{place}: {value} is none of {said}"));
            }
            "anyOf" | "oneOf" => {
                let any = said.as_array().expect("a list");
                let fits = any.iter().any(|schema| faults(document, schema, value, place).is_empty());
                push(&mut found, fits, || format!("{place}: {value} fits none of {said}"));
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(document, said, item, &format!("{place}[{at}]")));
                }
            }
            "prefixItems" => {
                for (schema, item) in
                    said.as_array().expect("a list").iter().zip(value.as_array().into_iter().flatten())
                {
                    found.extend(faults(document, schema, item, place));
                }
            }
            "required" => {
                for name in said.as_array().expect("a list") {
                    let there = value.get(name.as_str().expect("a name")).is_some();
                    push(&mut found, there || !value.is_object(), || format!("{place}: no {name}"));
                }
            }
            "properties" => {
                for (name, schema) in said.as_object().expect("members") {
                    if let Some(value) = value.get(name) {
                        found.extend(faults(document, schema, value, &format!("{place}.{name}")));
                    }
                }
            }
            "additionalProperties" => found.extend(additional(said, members, value, place)),
            other => panic!("{place}: the schema says `{other}`, which this does not know"),
        }
    }
    found
}

/// Members that are not named, where none may be.
fn additional(
    said: &Value,
    schema: &serde_json::Map<String, Value>,
    value: &Value,
    place: &str,
) -> Vec<String> {
    if *said != Value::Bool(false) {
        return Vec::new();
    }
    let named = schema.get("properties").and_then(Value::as_object);
    let names = value.as_object().into_iter().flat_map(|members| members.keys());
    names
        .filter(|name| named.is_none_or(|named| !named.contains_key(*name)))
        .map(|name| format!("{place}: {name} is not named"))
        .collect()
}

fn push(found: &mut Vec<String>, fits: bool, what: impl FnOnce() -> String) {
    if !fits {
        found.push(what());
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a kind") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("{other} is no kind"),
    }
}
