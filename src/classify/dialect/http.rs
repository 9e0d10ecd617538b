//! Plain HTTP: the operation is method and path, `POST /v1/search`. What the method says stands unless a declaration
//! names the route; words of the path raise it (`rest`), and a safe method that acts is caught (`acts`).

use crate::classify::asked::Asked;
use crate::classify::content::{is_envelope, is_form};
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::overrides::pairs;
use crate::classify::{Effect, acts, methods, rest};

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let route = format!("{} {}", head.method, head.path());
    let mut operation = Operation::named(route.clone(), super::bounded(&route));
    operation.parameters = parameters(asked)?;
    let (effect, why) = match method(asked)? {
        said if asked.has_content() && is_envelope(head) => {
            (Effect::Unknown, format!("{}; its content type can carry requests of its own", said.1))
        }
        said => said,
    };
    Ok(vec![operation.says(effect, why)])
}

/// The method's word, raised by what the path and the query say.
fn method(asked: &Asked<'_>) -> Result<(Effect, String), Otherwise> {
    let head = asked.head;
    let Some(method) = methods::lookup(&head.method) else {
        return Ok((Effect::Unknown, "its method is not in the registry of methods".to_owned()));
    };
    let said = format!("{} {}", method.name, method.why);
    if method.effect.is_mutating() {
        return Ok(match rest::raise(head.path()) {
            Some((effect, why)) if effect > method.effect => (effect, format!("{said}; {why}")),
            _ => (method.effect, said),
        });
    }
    if let Some((effect, why)) = acts::look(head) {
        return Ok((effect, format!("{said}, but {why}")));
    }
    // Announced content may turn out to be empty (chunked, with no chunk), and then it is none.
    if asked.has_content() && !asked.content()?.is_empty() {
        return Ok((Effect::Unknown, "a safe method with content may ask for anything".to_owned()));
    }
    Ok((method.effect, said))
}

/// What routes with a query are compared with; only collected where such a route could match.
fn parameters(asked: &Asked<'_>) -> Result<Vec<(String, String)>, Otherwise> {
    let head = asked.head;
    let Some(service) = asked.service else { return Ok(Vec::new()) };
    let tables = [&service.own, &service.entry.table];
    if !tables.into_iter().any(|table| table.parameters_matter(&head.method, head.path())) {
        return Ok(Vec::new());
    }
    let mut all: Vec<_> = asked.query().into_iter().map(|(key, value)| (key.into_owned(), value)).collect();
    if asked.has_content() && is_form(head) {
        all.extend(pairs(asked.content()?).map(|(key, value)| (key.into_owned(), value)));
    } else if asked.has_content() && asked.is_json() && !service.entry.members.is_empty() {
        let root = asked.json()?.root();
        for member in &service.entry.members {
            let text = root.get(member).and_then(|value| value.as_str());
            all.extend(text.map(|text| (member.clone(), text.into_owned())));
        }
    }
    Ok(all)
}
