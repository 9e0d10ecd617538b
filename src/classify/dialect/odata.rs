//! OData 4 (https://docs.oasis-open.org/odata/odata/v4.01/): GET reads, `POST …/$query` is a GET whose query stands in
//! the body, and a `$batch` is as bad as the worst of its requests, which are taken apart in both of its forms
//! (CASES CL-12). Actions are POSTs like any other.

use crate::classify::asked::Asked;
use crate::classify::envelope::{self, Inner};
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::{Effect, acts, methods, overrides, rest};
use crate::json::Value;
use crate::limits;
use crate::snapshot::Head;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let path = asked.head.path();
    match (asked.head.method.as_str(), path.rsplit('/').next().unwrap_or_default()) {
        ("POST", "$batch") => batch(asked),
        ("POST", "$query") if asked.media_type() == "text/plain" => {
            let label = super::bounded(&format!("OData query {path}"));
            Ok(vec![
                Operation::named("$query", label)
                    .says(Effect::Read, "a query whose options stand in the body"),
            ])
        }
        ("GET" | "HEAD", "$batch") => Err(Otherwise::unclear("a batch that is asked for by a safe method")),
        _ => Err(Otherwise::NotMine),
    }
}

fn batch(asked: &Asked<'_>) -> Reading {
    let base = asked.head.path().strip_suffix("/$batch").unwrap_or_default();
    let inner = if asked.is_json() {
        requests(asked.json()?.root())?
    } else {
        let parameters = asked.content_type().filter(|(essence, _)| essence == "multipart/mixed");
        let (_, parameters) = parameters.ok_or_else(|| Otherwise::unclear("a batch of an unknown type"))?;
        envelope::parts(asked.content()?, &parameters, 1).map_err(Otherwise::unclear)?
    };
    if inner.is_empty() {
        return Err(Otherwise::unclear("an empty batch"));
    }
    inner.iter().map(|one| operation(asked.head, base, one)).collect()
}

/// `{"requests":[{"id","method","url","body"}]}`
fn requests(root: Value<'_>) -> Result<Vec<Inner>, Otherwise> {
    let list = root.is_object().then(|| root.get("requests")).flatten().filter(|list| list.is_array());
    let list = list.ok_or_else(|| Otherwise::unclear("a JSON batch without `requests`"))?;
    if list.len() > limits::OPERATIONS_MAX {
        return Err(Otherwise::unclear("more requests than are looked at"));
    }
    let text = |item: Value<'_>, name: &str| {
        item.get(name).and_then(|value| value.as_str()).map(|text| text.into_owned())
    };
    let each = |item: Value<'_>| {
        if !item.is_object() {
            return Err(Otherwise::unclear("a request of the batch is no object"));
        }
        let known = ["id", "method", "url", "headers", "body", "dependsOn", "atomicityGroup", "if"];
        if item.members().any(|(name, _)| !known.contains(&name.as_ref())) {
            return Err(Otherwise::unclear("a request of the batch has a member that OData does not know"));
        }
        match (text(item, "method"), text(item, "url")) {
            (Some(method), Some(target)) => Ok(Inner {
                method,
                target,
                content: item.get("body").is_some_and(|body| !body.is_null()),
                overridden: overrides::in_members(item),
            }),
            _ => Err(Otherwise::unclear("a request of the batch has no method or no URL")),
        }
    };
    list.items().map(each).collect()
}

/// One request of a batch, judged as if it had come alone: by method, path and query.
fn operation(outer: &Head, base: &str, inner: &Inner) -> Result<Operation, Otherwise> {
    let path = inner.path_under(base).map_err(Otherwise::unclear)?;
    let method = inner.method.to_ascii_uppercase();
    let known = methods::lookup(&method)
        .ok_or_else(|| Otherwise::unclear("a request of the batch has an unknown method"))?;
    let query = inner.target.split_once('?').map_or("", |(_, query)| query);
    if path.ends_with("/$batch") || inner.overridden || overrides::is_override_query(query) {
        return Err(Otherwise::unclear("a batch in a batch, or a request that asks for another method"));
    }
    if !known.effect.is_mutating() && inner.content {
        return Err(Otherwise::unclear("a safe request of the batch has content"));
    }
    let route = format!("{method} {path}");
    let raised = if known.effect.is_mutating() {
        rest::raise(&path)
    } else {
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        acts::look(&Head { method, origin: outer.origin.clone(), target, fields: Vec::new() })
    };
    let (effect, why) = raised.unwrap_or((known.effect, "its method says so"));
    Ok(Operation::named(route.clone(), super::bounded(&route)).says(effect.max(known.effect), why))
}
