//! Requests inside a request, as JSON: `{"requests": [{"method": "GET", "url": "/v1/things"}]}` at a route that the
//! catalog calls a batch. Each is judged as if it had come by itself, and the worst counts (CASES CL-12). What is not
//! plainly such a list is unclear, and so is a URL that is not plainly a path of the same service.

use super::Word;
use crate::classify::asked::Asked;
use crate::classify::names::Name;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::overrides::{self, in_head, pairs};
use crate::classify::service::Batch;
use crate::json::Value;
use crate::pattern::path_is_odd;
use crate::snapshot::Head;
use crate::{classify::Effect, limits};

/// The requests of a batch; `None` where the route is none.
pub(super) fn read(asked: &Asked<'_>) -> Option<Reading> {
    let head = asked.head;
    let route = Name::Route { method: &head.method, path: head.path(), parameters: &[] };
    let batches = &asked.service?.entry.batches;
    let batch = batches.iter().find(|batch| batch.route.matches(route))?;
    Some(requests(asked, batch))
}

fn requests(asked: &Asked<'_>, batch: &Batch) -> Reading {
    let root = asked.json()?.root();
    let items = root.get(&batch.items).filter(|_| !root.has_lookalike_of(&batch.items));
    let items = items.filter(|items| items.is_array() && items.len() <= limits::OPERATIONS_MAX);
    let items = items.ok_or_else(|| Otherwise::unclear("its body is no list of requests"))?;
    items.items().map(|item| operation(asked.head, item, batch)).collect()
}

fn operation(outer: &Head, item: Value<'_>, batch: &Batch) -> Result<Operation, Otherwise> {
    let text =
        |key: &str| item.get(key).filter(|_| !item.has_lookalike_of(key)).and_then(|value| value.as_str());
    let (Some(method), Some(url)) = (text("method"), text("url")) else {
        return Err(Otherwise::unclear("a request of the batch has no method or no URL"));
    };
    let target = if url.starts_with('/') { url.into_owned() } else { format!("{}{url}", batch.base) };
    let head = Head { method: method.into_owned(), origin: outer.origin.clone(), target, fields: Vec::new() };
    // `@{…}` stands for a part of an earlier answer, which nobody knows yet.
    let odd = path_is_odd(head.path()) || head.target.contains(['@', '#', ';']);
    if odd || !in_head(&head).is_empty() || overrides::in_members(item) {
        return Err(Otherwise::unclear("a URL in the batch is not plainly a path of the service"));
    }
    let route = format!("{} {}", head.method, head.path());
    let said = Word::of(&head);
    let mut operation = Operation::named(route.clone(), crate::classify::dialect::bounded(&route))
        .says(said.effect, said.parts().concat());
    let query = head.query().unwrap_or_default();
    operation.parameters = pairs(query.as_bytes()).map(|(key, value)| (key.into_owned(), value)).collect();
    // A read that brings content along may ask for anything.
    let brings =
        said.effect == Effect::Read && ["body", "richInput"].iter().any(|key| item.get(key).is_some());
    Ok(if brings { operation.at_least(Effect::Unknown) } else { operation })
}
