//! Plain HTTP: the operation is method and path, `POST /v1/search`. What the method says stands unless a declaration
//! names the route; words of the path raise it (`rest`), and a safe method that acts is caught (`acts`).

mod batch;
mod sparql;
mod word;

#[cfg(fuzzing)]
pub use sparql::asks as sparql;

pub(in crate::classify) use word::Word;

use crate::classify::asked::Asked;
use crate::classify::content::{self, Kind, is_envelope};
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::service::Service;
use crate::classify::{Effect, multipart, overrides};
use crate::json::Value;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    if let Some(reading) = batch::read(asked) {
        return reading;
    }
    let route = format!("{} {}", head.method, head.path());
    let mut operation = Operation::named(route.clone(), super::bounded(&route));
    operation.parameters = parameters(asked)?;
    let said = plainly(asked)?;
    let operation = operation.says(said.effect, said.parts().concat());
    let Some(service) = asked.service else { return Ok(vec![operation]) };
    // What makes a route a read says nothing of requests inside the request, or of a form in such a type (Rack takes
    // `_method` out of any multipart).
    if asked.has_content() && is_envelope(head) && !service.judge(&operation).effect.is_mutating() {
        return Ok(vec![operation.at_least(Effect::Unknown)]);
    }
    if service.operator_reads(&operation) {
        overrides::refuse_in_json(asked)?;
    }
    Ok(vec![operation])
}

/// What a request says of itself where nothing is declared: its method's word, raised by path, query and content.
pub(in crate::classify) fn plainly(asked: &Asked<'_>) -> Result<Word, Otherwise> {
    let head = asked.head;
    let said = Word::of(head);
    // Announced content may turn out to be empty (chunked, with no chunk), and then it is none.
    if said.effect == Effect::Read && asked.has_content() && !asked.content()?.is_empty() {
        return Ok(Word::safe_with_content());
    }
    Ok(if asked.has_content() && is_envelope(head) { said.in_an_envelope() } else { said })
}

/// What routes with a query are compared with; only collected where such a route could match.
fn parameters(asked: &Asked<'_>) -> Result<Vec<(String, String)>, Otherwise> {
    let head = asked.head;
    let Some(service) = asked.service else { return Ok(Vec::new()) };
    let tables = [&service.own, &service.entry.table];
    if !tables.into_iter().any(|table| table.parameters_matter(&head.method, head.path())) {
        return Ok(Vec::new());
    }
    let mut all: Vec<_> = asked.query()?.into_iter().map(|(key, value)| (key.into_owned(), value)).collect();
    // What the content is may decide as much as what is in it: a SPARQL query or an update.
    all.push(("content-type".to_owned(), asked.media_type()));
    if asked.has_content() {
        all.extend(in_content(asked, service, &all)?);
    }
    if service.entry.sparql {
        all.push(("sparql".to_owned(), sparql::word(asked, &all)?.to_owned()));
    }
    Ok(all)
}

/// What the content adds to the query's parameters. Services merge the two, and the content's come first in most: so
/// a name that stands in both stands twice, whatever kind of content it is.
fn in_content(
    asked: &Asked<'_>,
    service: &Service,
    known: &[(String, String)],
) -> Result<Vec<(String, String)>, Otherwise> {
    match content::kind(asked.head) {
        Kind::Form => Ok(asked.form()?.into_iter().map(|(key, value)| (key.into_owned(), value)).collect()),
        Kind::Multipart(parameters) => {
            let parts = multipart::parts(asked.content()?, &parameters).map_err(Otherwise::unclear)?;
            let text = |part: multipart::Part<'_>| String::from_utf8_lossy(part.content).into_owned();
            Ok(parts.into_iter().map(|part| (part.name.clone(), text(part))).collect())
        }
        _ if asked.is_json() => {
            let of_query = known.iter().map(|(key, _)| key.as_str());
            let wanted: Vec<_> = service.entry.members.iter().map(String::as_str).chain(of_query).collect();
            Ok(members(asked.json()?.root(), &wanted))
        }
        _ => Ok(Vec::new()),
    }
}

/// The members of that name, also where letter case differs, because to some services they are that member; what is
/// no string by its source.
fn members(root: Value<'_>, wanted: &[&str]) -> Vec<(String, String)> {
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    let text = |value: Value<'_>| match value.as_str() {
        Some(text) => text.into_owned(),
        None => String::from_utf8_lossy(value.source()).into_owned(),
    };
    root.members()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, value)| (name.into_owned(), text(value)))
        .collect()
}
