//! Operations named by an operator's OpenAPI document (3.x, or Swagger 2.0; JSON): the name is the `operationId`, the
//! effect what `x-holdpoint-effect` says, else what the method says. A request that the document does not know is
//! not a read, whatever its method.

use std::collections::HashMap;

use serde_json::Value;

use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::{Effect, acts, methods, overrides, rest};
use crate::limits;

/// What the operator's document says.
#[derive(Debug)]
pub struct Document {
    /// Paths that stand before all others, from `servers` or `basePath`; the empty one where there are none.
    bases: Vec<String>,
    /// By method, the operations in the order of the document.
    operations: HashMap<String, Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    /// `None` is a template's parameter.
    segments: Vec<Option<String>>,
    name: String,
    effect: Option<Effect>,
}

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let document = asked.service.and_then(|service| service.documents.openapi.as_deref());
    let document = document.ok_or(Otherwise::NotMine)?;
    let method = if head.method == "HEAD" { "GET" } else { head.method.as_str() };
    let Some(known) = document.find(method, head.path()) else {
        return Err(Otherwise::unclear("the OpenAPI document has no such operation"));
    };
    let label = super::bounded(&format!("{} ({} {})", known.name, head.method, head.path()));
    let operation = Operation::named(known.name.clone(), label);
    if let Some(effect) = known.effect {
        let operation = operation.says(effect, "the OpenAPI document says so with `x-holdpoint-effect`");
        if asked.service.is_some_and(|service| !service.judge(&operation).effect.is_mutating()) {
            overrides::refuse_in_json(asked)?;
        }
        return Ok(vec![operation]);
    }
    let said = methods::lookup(method).map_or(Effect::Unknown, |method| method.effect);
    if !said.is_mutating() && asked.has_content() && !asked.content()?.is_empty() {
        return Err(Otherwise::unclear(
            "a safe method with content, and the document says nothing of its effect",
        ));
    }
    let raised = if said.is_mutating() { rest::raise(head.path()) } else { acts::look(head) };
    let (effect, why) =
        raised.unwrap_or((said, "its method says so; the document has no `x-holdpoint-effect`"));
    Ok(vec![operation.says(effect.max(said), why)])
}

impl Document {
    /// Reads an OpenAPI document. The error is for people.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let root: Value = serde_json::from_slice(bytes).map_err(|error| {
            format!("the OpenAPI document is not JSON (YAML is converted first): {error}")
        })?;
        let paths =
            root.get("paths").and_then(Value::as_object).ok_or("the OpenAPI document has no `paths`")?;
        let mut document = Self { bases: bases(&root), operations: HashMap::new() };
        let mut count = 0;
        for (path, item) in paths {
            if item.get("$ref").is_some() {
                return Err(format!("the path {path} is a `$ref`, which is not followed: resolve it first"));
            }
            for (method, operation) in item.as_object().into_iter().flatten() {
                let upper = method.to_ascii_uppercase();
                if methods::lookup(&upper).is_none() || !operation.is_object() {
                    continue;
                }
                count += 1;
                document
                    .operations
                    .entry(upper.clone())
                    .or_default()
                    .push(known(path, &upper, item, operation)?);
            }
        }
        if count > limits::OPENAPI_OPERATIONS_MAX {
            return Err(format!(
                "the OpenAPI document has more than {} operations",
                limits::OPENAPI_OPERATIONS_MAX
            ));
        }
        Ok(document)
    }

    /// The operation of a method whose template fits; of several the one with the most plain segments, and where
    /// several have as many, which servers resolve differently, the most cautious of them.
    fn find(&self, method: &str, path: &str) -> Option<&Known> {
        let fits = |known: &&Known| {
            self.bases
                .iter()
                .any(|base| path.strip_prefix(base.as_str()).is_some_and(|rest| known.fits(rest)))
        };
        let plain = |known: &&Known| known.segments.iter().filter(|segment| segment.is_some()).count();
        let said = methods::lookup(method).map_or(Effect::Unknown, |method| method.effect);
        let rank = |known: &&Known| (plain(known), known.effect.unwrap_or(said));
        self.operations.get(method)?.iter().filter(fits).max_by_key(rank)
    }
}

impl Known {
    fn fits(&self, path: &str) -> bool {
        let Some(rest) = path.strip_prefix('/') else { return false };
        let mut found = rest.split('/');
        let all = self.segments.iter().all(|wanted| match (wanted, found.next()) {
            (_, None) => false,
            (None, Some(segment)) => !segment.is_empty(),
            (Some(wanted), Some(segment)) => wanted == segment,
        });
        all && found.next().is_none()
    }
}

fn known(path: &str, method: &str, item: &Value, operation: &Value) -> Result<Known, String> {
    let rest =
        path.strip_prefix('/').ok_or_else(|| format!("the path {path} does not begin with a slash"))?;
    // `/things/{id}.json` and its like: a segment with a parameter in it is taken for a parameter as a whole.
    let segments = rest.split('/').map(|part| (!part.contains('{')).then(|| part.to_owned())).collect();
    let name = operation
        .get("operationId")
        .and_then(Value::as_str)
        .map_or_else(|| format!("{method} {path}"), str::to_owned);
    let word = operation.get("x-holdpoint-effect").or_else(|| item.get("x-holdpoint-effect"));
    let effect = match word.map(|word| word.as_str().and_then(Effect::parse)) {
        None => None,
        Some(Some(effect)) => Some(effect),
        Some(None) => return Err(format!("{method} {path}: `x-holdpoint-effect` is no effect")),
    };
    Ok(Known { segments, name, effect })
}

fn bases(root: &Value) -> Vec<String> {
    let of_url = |url: &str| {
        let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        path.trim_end_matches('/').to_owned()
    };
    let servers = root.get("servers").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<_> = servers.filter_map(|server| server.get("url")?.as_str()).map(of_url).collect();
    all.extend(root.get("basePath").and_then(Value::as_str).map(of_url));
    if all.is_empty() {
        all.push(String::new());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"openapi":"3.1.0","servers":[{"url":"https://a.example/v1/"}],"paths":{
        "/things":{"get":{"operationId":"listThings"},"post":{"operationId":"searchThings","x-holdpoint-effect":"read"}},
        "/things/{id}":{"get":{},"delete":{"operationId":"dropThing"}},
        "/things/mine":{"get":{"operationId":"myThings"}}}}"#;

    #[test]
    fn the_most_plain_template_names_the_operation() {
        let document = Document::read(DOCUMENT.as_bytes()).unwrap();
        let name = |method, path| document.find(method, path).map(|known| known.name.as_str());
        assert_eq!(name("GET", "/v1/things"), Some("listThings"));
        assert_eq!(name("GET", "/v1/things/7"), Some("GET /things/{id}"));
        assert_eq!(name("GET", "/v1/things/mine"), Some("myThings"));
        assert_eq!(document.find("POST", "/v1/things").unwrap().effect, Some(Effect::Read));
        for (method, path) in
            [("GET", "/things"), ("GET", "/v1/things/"), ("PUT", "/v1/things"), ("GET", "/v1/things/7/x")]
        {
            assert_eq!(name(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_document_that_says_what_cannot_be_followed_is_an_error() {
        for text in [
            "",
            "openapi: 3.1.0",
            "{}",
            r#"{"paths":{"/a":{"$ref":"x"}}}"#,
            r#"{"paths":{"a":{"get":{}}}}"#,
            r#"{"paths":{"/a":{"get":{"x-holdpoint-effect":"harmless"}}}}"#,
        ] {
            assert!(Document::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
