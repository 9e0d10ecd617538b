//! Method overrides: fields, query keys and form keys by which frameworks let a request be taken for one with
//! another method (CASES CL-01, CL-02). They only raise.
//!
//! Keys are compared by their letters and digits alone, in any case, so that `_method`, `$method`, `_METHOD[]` and
//! `X_HTTP_Method_Override` are found too; `shipping_method` is not. An override on a safe method is never a read,
//! whatever it names, because a client with honest intentions has no use for it. JSON bodies are looked into where
//! an operator's word on a route would make them reads.
//!
//! Fields that name another path than the request's own are overrides as well: what the service then does, nobody
//! here has judged.

use std::borrow::Cow;

use bytes::Bytes;

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::methods::{Method, lookup, lookup_in_any_case};
use crate::classify::operation::Otherwise;
use crate::classify::said::{Request, Said};
use crate::json::Value;
use crate::limits;
use crate::snapshot::Head;

/// Fields, by their letters and digits. The last three are what front ends tell a service of the method they saw;
/// services that trust them trust an agent's too.
const FIELDS: [(&str, &str); 9] = [
    ("xhttpmethodoverride", "x-http-method-override"),
    ("xhttpmethod", "x-http-method"),
    ("xmethodoverride", "x-method-override"),
    ("xmethod", "x-method"),
    ("httpmethodoverride", "http-method-override"),
    ("methodoverride", "method-override"),
    ("xoriginalmethod", "x-original-method"),
    ("xforwardedmethod", "x-forwarded-method"),
    ("xrewritemethod", "x-rewrite-method"),
];

/// Fields by which some services let a request name another path than its own.
const PATH_FIELDS: [&str; 5] =
    ["x-original-url", "x-rewrite-url", "x-override-url", "x-original-uri", "x-forwarded-uri"];

/// Keys of a query or a form.
const KEYS: [(&str, &str); 8] = [
    ("method", "_method"),
    ("httpmethod", "_http_method"),
    ("httpmethodoverride", "http_method_override"),
    ("methodoverride", "method_override"),
    ("xhttpmethod", "x-http-method"),
    ("xhttpmethodoverride", "x-http-method-override"),
    ("xmethodoverride", "x-method-override"),
    ("xmethod", "x-method"),
];

/// One override. Its texts are Holdpoint's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    place: &'static str,
    key: &'static str,
    /// The registered method that it names; `None` for anything else.
    pub(crate) method: Option<&'static Method>,
}

/// All overrides of a request's head: fields first, then the query.
pub(crate) fn in_head(head: &Head) -> Vec<Override> {
    let mut found = Vec::new();
    for (name, value) in &head.fields {
        if let Some(key) = known(&FIELDS, name) {
            push(&mut found, "field", key, &String::from_utf8_lossy(value));
        }
    }
    for (key, value) in head.query().into_iter().flat_map(|query| borrowed_pairs(query.as_bytes())) {
        if let Some(key) = known(&KEYS, &key) {
            push(&mut found, "query", key, &value);
        }
    }
    found
}

/// The values of all fields that name a path.
pub(crate) fn paths_in_head(head: &Head) -> impl Iterator<Item = &Bytes> {
    PATH_FIELDS.into_iter().flat_map(|name| head.values(name))
}

/// Whether a field asks for another method.
pub(super) fn is_override_field(name: &str) -> bool {
    known(&FIELDS, name).is_some()
}

/// Whether a query asks for another method.
pub(super) fn is_override_query(query: &str) -> bool {
    pairs(query.as_bytes()).any(|(key, _)| known(&KEYS, &key).is_some())
}

/// Whether some service takes a key for this name: in any case, without the blanks before it and what follows a
/// bracket or a NUL (PHP: ` action`, `action[]`, `action%00`).
pub(super) fn is_key(key: &str, name: &str) -> bool {
    let end = key.find(['[', '\0']).unwrap_or(key.len());
    key[..end].trim().eq_ignore_ascii_case(name)
}

/// Whether the `headers` of a request that is written as JSON ask for another method, or are of a form that is not
/// looked into.
pub(super) fn in_members(item: Value<'_>) -> bool {
    let fields = item.members().filter(|(name, _)| name.to_ascii_lowercase().contains("header"));
    fields.map(|(_, value)| value).any(|fields| {
        !(fields.is_null() || fields.is_object())
            || fields.members().any(|(name, _)| is_override_field(&name))
    })
}

/// Some frameworks take the members of a JSON body for a form's keys (Laravel's `_method`), so that a route by which a
/// declaration makes a POST a read says nothing of such a body. Objects inside are looked into as well: some services
/// unwrap one before they look.
pub(super) fn refuse_in_json(asked: &Asked<'_>) -> Result<(), Otherwise> {
    if !asked.has_content() || !asked.is_json() {
        return Ok(());
    }
    let mut open = vec![asked.json()?.root()];
    while let Some(value) = open.pop() {
        let texts =
            value.members().map(|(name, value)| (name, value.as_str().unwrap_or_default().into_owned()));
        if !in_form(texts).is_empty() {
            return Err(Otherwise::unclear("a member of its body asks for another method"));
        }
        let inside = value.members().map(|(_, value)| value).chain(value.items());
        open.extend(inside.filter(|value| value.is_object() || value.is_array()));
    }
    Ok(())
}

/// All overrides among a form's keys and values. A plain `method` is an ordinary name in a form (of payment, of
/// contact), so that there it counts only where its value is a method.
pub(super) fn in_form<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, String)>) -> Vec<Override> {
    let mut found = Vec::new();
    for (key, value) in pairs {
        let plain = key.trim().eq_ignore_ascii_case("method");
        match known(&KEYS, &key) {
            Some(_) if plain && lookup_in_any_case(value.trim()).is_none() => {}
            Some(key) => push(&mut found, "form", key, &value),
            None => {}
        }
    }
    found
}

/// Splits `a=b&c=d` as the services that are the most generous about it do: at `&` and at `;`.
pub(super) fn pairs(text: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, String)> {
    borrowed_pairs(text).map(|(key, value)| (key, value.into_owned()))
}

/// The same, without an allocation where nothing is escaped.
pub(super) fn borrowed_pairs(text: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    text.split(|byte| matches!(byte, b'&' | b';')).flat_map(form_urlencoded::parse)
}

/// What the overrides of the head mean.
pub(super) fn recognise(request: &Request<'_>) -> Said {
    let head = request.head;
    let mut said = judge(&head.method, &in_head(head));
    if paths_in_head(head).any(|path| path != head.target.as_bytes()) {
        said.add(Effect::Unknown, "override: a field asks for another path".to_owned());
    }
    said
}

/// What overrides mean for a request that was sent with this method.
pub(super) fn judge(sent: &str, overrides: &[Override]) -> Said {
    let safe = lookup(sent).is_some_and(|method| !method.effect.is_mutating());
    let mut said = Said::default();
    for found in overrides {
        let Override { place, key, method } = *found;
        let Some(method) = method else {
            said.add(Effect::Unknown, format!("override: {place} {key} names no registered method"));
            continue;
        };
        let pointless = safe && !method.effect.is_mutating();
        let effect = if pointless { Effect::Unknown } else { method.effect };
        said.add(effect, format!("override: {place} {key} asks for {}", method.name));
        if !said.effective.contains(&method.name) {
            said.effective.push(method.name);
        }
    }
    said
}

fn push(found: &mut Vec<Override>, place: &'static str, key: &'static str, value: &str) {
    // More than a few different ones are nobody's honest request: the last place says that it is unclear.
    let method = lookup_in_any_case(value.trim()).filter(|_| found.len() + 1 < limits::OVERRIDES_MAX);
    let new = Override { place, key, method };
    if found.len() < limits::OVERRIDES_MAX && !found.contains(&new) {
        found.push(new);
    }
}

fn known(table: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    // Most names end here; the names of fields stand on every request's way.
    if !name.bytes().any(|byte| byte.eq_ignore_ascii_case(&b'm')) {
        return None;
    }
    let letters = || name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    table.iter().find(|(known, _)| known.bytes().eq(letters())).map(|(_, shown)| *shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<&'static str> {
        known(&KEYS, text)
    }

    /// CASES CL-02: every spelling that a framework takes, and the near misses that none does.
    #[test]
    fn override_keys_are_found_in_any_spelling_and_their_neighbours_are_not() {
        for text in
            ["_method", "_METHOD", "$method", "method", "_method[]", "__method", " _method", "_method\0"]
        {
            assert_eq!(key(text), Some("_method"), "{text:?}");
        }
        assert_eq!(key("X_HTTP_Method_Override"), Some("x-http-method-override"));
        for text in ["shipping_method", "methods", "_methode", "metod", "", "x-http-methods"] {
            assert_eq!(key(text), None, "{text:?}");
        }
    }

    #[test]
    fn pairs_split_at_ampersand_and_semicolon_and_their_keys_are_decoded() {
        let keys: Vec<_> =
            pairs(b"a=1;%5fmethod=DELETE&+b&=x").map(|(key, value)| (key.into_owned(), value)).collect();
        let expected = [("a", "1"), ("_method", "DELETE"), (" b", ""), ("", "x")];
        assert_eq!(keys, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn an_override_raises_and_never_lowers() {
        let delete = Override { place: "query", key: "_method", method: lookup("DELETE") };
        let get = Override { place: "query", key: "_method", method: lookup("GET") };
        let effects = |sent, found| judge(sent, &[found]).opinions[0].effect;
        assert_eq!(effects("GET", delete), Effect::Delete);
        assert_eq!(effects("GET", get), Effect::Unknown);
        assert_eq!(effects("POST", delete), Effect::Delete);
        assert_eq!(
            effects("POST", get),
            Effect::Read,
            "below the method's own opinion, so it changes nothing"
        );
    }

    #[test]
    fn too_many_different_overrides_are_unclear() {
        let head_with = |count: usize| {
            let methods = ["PUT", "PATCH", "POST", "DELETE", "ACL", "MOVE", "COPY", "LOCK", "BIND", "MERGE"];
            let query: Vec<_> = methods[..count].iter().map(|name| format!("_method={name}")).collect();
            in_form(pairs(query.join("&").as_bytes()))
        };
        let max = limits::OVERRIDES_MAX;
        assert!(head_with(max - 1).iter().all(|found| found.method.is_some()));
        assert!(head_with(max).iter().any(|found| found.method.is_none()));
        assert_eq!(head_with(max + 1).len(), max);
    }
}
