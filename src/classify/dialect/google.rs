//! Google's discovery-style REST: a method, a path of collections and ids, and at its end perhaps a custom verb,
//! `:search`, `:setIamPolicy` (AIP-136, https://google.aip.dev/136). What a service says of routes stands first
//! (`POST /v1/projects/*/policies:resolve`); here stands what Google's conventions say where it says nothing.
//!
//! A POST becomes a read only by a verb that `words.toml` has among Google's reads, behind a colon and under a version
//! (`/v1/…:search`). A verb without a colon is believed of Compute Engine alone, whose ids have no capital letters:
//! elsewhere the last segment may be the caller's own word, as in Firestore's `POST /v1/…/documents/search`. Raising
//! is done by both. Declared hosts only: nothing here is unmistakable.

mod act;
mod batch;
mod label;

use crate::classify::asked::Asked;
use crate::classify::content::is_form;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::overrides::{in_head, pairs};
use crate::classify::{Effect, methods};
use crate::snapshot::Head;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    if asked.service.is_none() || asked.media_type().starts_with("application/grpc") {
        return Err(Otherwise::NotMine);
    }
    if batch::is_one(asked.head) {
        return batch::read(asked);
    }
    if pairs(asked.head.query().unwrap_or_default().as_bytes()).any(|(key, _)| brings_fields(&key)) {
        return Err(Otherwise::unclear("a query key brings header fields of its own"));
    }
    let head = asked.head;
    let method = effective(asked)?;
    let (mut effect, mut why) = act::says(method, head.path());
    let sent_as_is = method == head.method;
    if !effect.is_mutating() && safe(method) && sent_as_is && has_content(asked)? {
        (effect, why) = (Effect::Unknown, "a safe method with content may ask for anything".to_owned());
    }
    if !sent_as_is {
        why.push_str("; a POST that says by x-http-method-override that it is a GET too long for a URL");
    }
    let route = format!("{method} {}", head.path());
    let mut operation = Operation::named(route, label::of(method, head)).says(effect, why);
    operation.parameters = parameters(asked)?;
    Ok(vec![operation])
}

/// The method that Google's servers act upon: a form that is POSTed with `X-HTTP-Method-Override: GET` is a GET with
/// a long query. Any other override is left to the recogniser of overrides, which raises.
fn effective<'a>(asked: &Asked<'a>) -> Result<&'a str, Otherwise> {
    let head = asked.head;
    let sent = head.method.as_str();
    let wants_get = sent == "POST" && asked.field("x-http-method-override") == Some("GET");
    if !wants_get || in_head(head).len() != 1 {
        return Ok(sent);
    }
    if asked.has_content() {
        if !is_form(head) {
            return Ok(sent);
        }
        if pairs(asked.content()?).any(|(key, _)| brings_fields(&key)) {
            return Err(Otherwise::unclear("a key of the form brings header fields of its own"));
        }
    }
    Ok("GET")
}

/// `$httpHeaders`: browsers put header fields there that would cost them a preflight, an override among them.
fn brings_fields(key: &str) -> bool {
    let letters = key.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    letters.eq(b"httpheaders".iter().copied())
}

fn safe(method: &str) -> bool {
    methods::lookup(method).is_some_and(|method| !method.effect.is_mutating())
}

/// Announced content may turn out to be empty, and then it is none.
fn has_content(asked: &Asked<'_>) -> Result<bool, Otherwise> {
    Ok(asked.has_content() && !asked.content()?.is_empty())
}

/// The query's pairs, where a route of the service looks at them.
fn parameters(asked: &Asked<'_>) -> Result<Vec<(String, String)>, Otherwise> {
    let Head { method, .. } = asked.head;
    let matter = asked.service.is_some_and(|service| {
        [&service.own, &service.entry.table]
            .into_iter()
            .any(|table| table.parameters_matter(method, asked.head.path()))
    });
    if !matter {
        return Ok(Vec::new());
    }
    Ok(asked.query()?.into_iter().map(|(key, value)| (key.into_owned(), value)).collect())
}
