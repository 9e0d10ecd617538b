//! Elasticsearch and OpenSearch: the operation is the method and the path from its first segment that begins with an
//! underscore, whatever index stands before it: `POST _search`. What an endpoint does is the catalog's business, by
//! name (CASES CL-14); the rest is what the method says. The questions stand in bodies, also of a GET.

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::methods;
use crate::classify::operation::{Operation, Otherwise, Reading};

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let method = if head.method == "HEAD" { "GET" } else { head.method.as_str() };
    let name = format!("{method} {}", endpoint(head.path()));
    let label = super::bounded(&format!("Elasticsearch {} {}", head.method, head.path()));
    let known =
        methods::lookup(method).ok_or_else(|| Otherwise::unclear("a method that is not registered"))?;
    let operation = Operation::named(name, label);
    if known.effect.is_mutating() {
        let effect = if is_bulk(asked) { bulk(asked)? } else { known.effect };
        return Ok(vec![operation.says(effect, format!("{} {}", known.name, known.why))]);
    }
    // A question in the body of a GET is ordinary here: endpoints are told apart by method and path alone.
    Ok(vec![operation.says(Effect::Read, "a GET, and the catalog has no exception for it")])
}

/// `_search` of `/logs/_search`, `(index)` of `/logs`, `(root)` of `/`.
fn endpoint(path: &str) -> &str {
    let rest = path.trim_start_matches('/');
    if rest.is_empty() {
        return "(root)";
    }
    if rest.starts_with('_') {
        return rest;
    }
    rest.find("/_").map_or("(index)", |at| &rest[at + 1..])
}

fn is_bulk(asked: &Asked<'_>) -> bool {
    endpoint(asked.head.path()) == "_bulk" || endpoint(asked.head.path()) == "_aliases"
}

/// The worst of a bulk's actions: lines that name `delete`, or an alias action that removes an index. Reading them
/// wrong costs a label, never a read.
fn bulk(asked: &Asked<'_>) -> Result<Effect, Otherwise> {
    let content = asked.content()?;
    let deletes = content.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii_start();
        line.starts_with(b"{\"delete\"") || line.windows(14).any(|window| window == b"\"remove_index\"")
    });
    Ok(if deletes { Effect::Delete } else { Effect::Write })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_what_follows_the_index() {
        for (path, expected) in [
            ("/_search", "_search"),
            ("/logs,metrics/_search", "_search"),
            ("/logs/_doc/1", "_doc/1"),
            ("/logs", "(index)"),
            ("/", "(root)"),
            ("/_plugins/_ml/models/_search", "_plugins/_ml/models/_search"),
        ] {
            assert_eq!(endpoint(path), expected, "{path}");
        }
    }
}
