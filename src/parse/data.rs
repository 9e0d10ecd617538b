//! A request as data (SPEC section 9): what `classify`, `policy explain` and `policy test` are given instead of a
//! connection. It becomes a frozen request by the very checks that a request in a tunnel goes through, so that it is
//! judged as the proxy would judge it; what the proxy would refuse is refused here with the same words.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Uri, Version};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::limits;
use crate::origin::{Origin, Scheme, split_authority};
use crate::parse::head::{self, Door};
use crate::parse::{RawHead, Refusal, fields, grammar};
use crate::snapshot::{Body, Snapshot};

/// The name in `Via`: no Holdpoint on the way has it, so that it is never taken for a loop.
const PSEUDONYM: &str = "holdpoint";

/// One request as it is written down. Keys that are not known are somebody else's.
#[derive(Clone, Debug, Deserialize)]
pub struct Data {
    /// What its answer is known by.
    pub id: Option<Id>,
    /// The method.
    pub method: String,
    /// `http` or `https`; `https` where it is not said.
    #[serde(default = "https")]
    pub scheme: String,
    /// `host` or `host:port`.
    pub host: String,
    /// The path with its query.
    pub path: String,
    /// The fields, `Host` only where it is to be checked against `host`.
    #[serde(default)]
    pub headers: Fields,
    /// The content as text.
    #[serde(default)]
    pub body: Option<String>,
    /// The content as base64.
    #[serde(default)]
    pub body_b64: Option<Encoded>,
}

/// A text or a whole number, written back as it came.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Number(number) => number.fmt(f),
            Id::Text(text) => f.write_str(text),
        }
    }
}

/// Names and values in the order in which they were written, also where a name stands twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

/// Bytes that were written as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded(Vec<u8>);

impl Data {
    /// Freezes the request, or says why the proxy would refuse it.
    pub fn freeze(&self) -> Result<Snapshot, Refusal> {
        let scheme = Scheme::parse(&self.scheme)
            .ok_or_else(|| Refusal::malformed("the scheme is not `http` or `https` in lower case"))?;
        let (host, port) = split_authority(&self.host).map_err(grammar::bad_host)?;
        let origin = Origin::new(scheme, host, port);
        let door = Door::Tunnel { host: origin.host.clone(), port: origin.port, scheme };
        let parts = self.parts(&origin)?;
        let content = self.content()?;
        let announced = parts.headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
        if announced.is_some_and(|text| text != content.len().to_string().as_bytes()) {
            return Err(Refusal::malformed("Content-Length is not the length of the body"));
        }
        let raw = RawHead {
            method: Bytes::copy_from_slice(self.method.as_bytes()),
            target: Bytes::copy_from_slice(self.path.as_bytes()),
            version: Version::HTTP_11,
        };
        let received = head::receive(&parts, Some(&raw), &door, PSEUDONYM, content.is_empty())?;
        Ok(received.freeze(Body::memory(Bytes::from(content))))
    }

    /// What hyper would have made of it. Each check comes before the library could repair or refuse anything.
    fn parts(&self, origin: &Origin) -> Result<Parts, Refusal> {
        grammar::check_method(&self.method)?;
        if self.path.len() > limits::TARGET_BYTES_MAX {
            return Err(grammar::target_too_long());
        }
        if !self.path.bytes().all(grammar::is_target_byte) {
            return Err(grammar::bad_target_byte());
        }
        grammar::check_path(&self.path)?;
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = Method::from_bytes(self.method.as_bytes()).map_err(|_| grammar::bad_method())?;
        parts.uri = Uri::try_from(&self.path).map_err(|_| grammar::bad_target_byte())?;
        if self.headers.0.len() > limits::FIELDS_MAX {
            return Err(head::too_many_fields());
        }
        for (name, value) in &self.headers.0 {
            // Blanks around a value are no part of it (RFC 9112 section 5).
            let value = value.trim_matches([' ', '\t']);
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fields::bad_name())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| fields::bad_value())?;
            parts.headers.append(name, value);
        }
        if !parts.headers.contains_key(HOST) {
            let own = HeaderValue::try_from(origin.authority()).map_err(|_| fields::bad_value())?;
            parts.headers.insert(HOST, own);
        }
        Ok(parts)
    }

    fn content(&self) -> Result<Vec<u8>, Refusal> {
        match (&self.body, &self.body_b64) {
            (Some(_), Some(_)) => Err(Refusal::malformed("the request has both `body` and `body_b64`")),
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(encoded)) => Ok(encoded.0.clone()),
            (None, None) => Ok(Vec::new()),
        }
    }
}

fn https() -> String {
    "https".to_owned()
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Encoded).map_err(|_| D::Error::custom("`body_b64` is not padded base64"))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of field names, each with a text or a list of texts")
    }

    fn visit_unit<E>(self) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match map.next_value()? {
                Values::One(value) => fields.push((name, value)),
                Values::Several(values) => {
                    fields.extend(values.into_iter().map(|value| (name.clone(), value)));
                }
            }
        }
        Ok(Fields(fields))
    }
}

/// One value of a field, or all of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
