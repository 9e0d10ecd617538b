//! The request, frozen: exactly what would be sent. It alone is judged, shown, digested, stored and sent.
//!
//! It does not depend on the HTTP version of either side: names are lower case, the values of one name stand
//! together where the first stood, hop-by-hop fields are gone, and `host`, `content-length` and `via` are
//! Holdpoint's own (SPEC section 7). The digest covers all of it in a length-prefixed, versioned,
//! domain-separated encoding (CASES HI-03).

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::origin::{Host, Origin, Scheme};
use crate::secret::{hex, sha256};

/// Opens the encoding, so that no other hash of Holdpoint's can be taken for a request's digest.
const DOMAIN: &[u8] = b"holdpoint request v1\0";

/// One field: a lower-case name and its value's bytes.
pub type Field = (String, Bytes);

/// A request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method, as sent; methods are case-sensitive (RFC 9110 section 9.1).
    pub method: String,
    /// Where it goes.
    pub origin: Origin,
    /// Path and query in the bytes the agent sent.
    pub target: String,
    /// All fields in their final order, Holdpoint's own among them.
    pub fields: Vec<Field>,
}

impl Head {
    /// The raw path, without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The raw query, without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The values of a field, in order. `name` is in lower case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Bytes> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value)
    }

    /// The first value of a field, as text; fields that must stand alone were checked on the way in.
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(field, _)| field == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The whole URL.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.target)
    }

    /// The head as HTTP/1.1, blank line included: the very bytes that an HTTP/1.1 upstream receives.
    pub fn http1(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        for part in [self.method.as_bytes(), b" ", self.target.as_bytes(), b" HTTP/1.1\r\n"] {
            out.extend_from_slice(part);
        }
        for (name, value) in &self.fields {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    /// The length-prefixed form that is digested and stored.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = DOMAIN.to_vec();
        put(&mut out, self.method.as_bytes());
        put(&mut out, self.origin.scheme.as_str().as_bytes());
        put(&mut out, self.origin.host.to_string().as_bytes());
        put(&mut out, &self.origin.port.to_be_bytes());
        put(&mut out, self.target.as_bytes());
        out.extend_from_slice(&(self.fields.len() as u64).to_be_bytes());
        for (name, value) in &self.fields {
            put(&mut out, name.as_bytes());
            put(&mut out, value);
        }
        out
    }

    /// Reads back what `encode` wrote; anything else is `None`.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(DOMAIN)?;
        let method = take_text(&mut rest)?;
        let scheme = Scheme::parse(&take_text(&mut rest)?)?;
        let host = Host::parse(&take_text(&mut rest)?).ok()?;
        let port = u16::from_be_bytes(take(&mut rest)?.try_into().ok()?);
        let target = take_text(&mut rest)?;
        let count = take_number(&mut rest)?;
        let mut fields = Vec::new();
        for _ in 0..count {
            let name = take_text(&mut rest)?;
            fields.push((name, Bytes::copy_from_slice(take(&mut rest)?)));
        }
        rest.is_empty().then_some(Self { method, origin: Origin { scheme, host, port }, target, fields })
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let (number, tail) = rest.split_first_chunk::<8>()?;
    *rest = tail;
    Some(u64::from_be_bytes(*number))
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (bytes, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(bytes)
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    String::from_utf8(take(rest)?.to_vec()).ok()
}

/// A body that was captured whole.
#[derive(Clone)]
pub struct Body {
    len: u64,
    sha256: [u8; 32],
    place: Place,
}

#[derive(Clone)]
enum Place {
    Memory(Bytes),
    File {
        path: PathBuf,
        /// Never read: the file lives as long as it does.
        _guard: Arc<dyn Any + Send + Sync>,
    },
}

impl Body {
    /// No body at all.
    pub fn empty() -> Self {
        Self::memory(Bytes::new())
    }

    /// A body in memory.
    pub fn memory(bytes: Bytes) -> Self {
        Self { len: bytes.len() as u64, sha256: sha256(&bytes), place: Place::Memory(bytes) }
    }

    /// A body in a spool file of this length and hash. `guard` keeps the file for as long as a clone of this
    /// value lives; the spool decides what dropping it means.
    pub fn file(path: PathBuf, len: u64, sha256: [u8; 32], guard: Arc<dyn Any + Send + Sync>) -> Self {
        Self { len, sha256, place: Place::File { path, _guard: guard } }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// SHA-256 of its bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The bytes, where they are in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.place {
            Place::Memory(bytes) => Some(bytes),
            Place::File { .. } => None,
        }
    }

    /// The spool file, where they are in one.
    pub fn path(&self) -> Option<&PathBuf> {
        match &self.place {
            Place::Memory(_) => None,
            Place::File { path, .. } => Some(path),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len)
    }
}

/// SHA-256 over the whole frozen request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a head and of a body with this length and hash.
    pub fn of(head: &Head, body_len: u64, body_sha256: &[u8; 32]) -> Self {
        let mut whole = head.encode();
        whole.extend_from_slice(&body_len.to_be_bytes());
        whole.extend_from_slice(body_sha256);
        Self(sha256(&whole))
    }

    /// Reads `sha256:` and 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut out = [0; 32];
        for (index, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[index * 2..index * 2 + 2], 16).ok()?;
        }
        Some(Self(out))
    }

    /// The 64 hexadecimal digits alone.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The stored form does not have the digest that was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored request no longer has its digest: it was changed on disk")]
pub struct Tampered;

/// A whole frozen request. Not `Clone`: there is one, and it moves.
#[derive(Debug)]
pub struct Snapshot {
    head: Head,
    body: Body,
    digest: Digest,
}

impl Snapshot {
    /// Freezes a request. Only `parse/` may call this (the floors test keeps it so).
    pub fn freeze(head: Head, body: Body) -> Self {
        let digest = Digest::of(&head, body.len(), body.sha256());
        Self { head, body, digest }
    }

    /// Makes a stored request whole again, if it still is the one with this digest. Only `store/` may call this.
    /// `body` carries the hash of the bytes as they were just read.
    pub fn thaw(encoded_head: &[u8], body: Body, digest: &Digest) -> Result<Self, Tampered> {
        let head = Head::decode(encoded_head).ok_or(Tampered)?;
        let found = Digest::of(&head, body.len(), body.sha256());
        if found == *digest { Ok(Self { head, body, digest: found }) } else { Err(Tampered) }
    }

    /// The same request with another body, and its `content-length`. Only `hold/` may call this, and compares the
    /// bodies before. `None` where the length was not in its one place.
    pub fn readdress(approved: Self, body: Body) -> Option<Self> {
        let Self { mut head, body: old, .. } = approved;
        let mut lengths = head.fields.iter_mut().filter(|(name, _)| name == "content-length");
        let (Some((_, length)), None) = (lengths.next(), lengths.next()) else { return None };
        if *length != old.len().to_string() {
            return None;
        }
        *length = body.len().to_string().into();
        Some(Self::freeze(head, body))
    }

    /// The same request with other values of fields that it has once each. Only `hold/` may call this, and compares
    /// what is signed. `None` where it has one of them not at all, or twice.
    pub fn resign<const N: usize>(approved: Self, fields: [(&str, Bytes); N]) -> Option<Self> {
        let Self { mut head, body, .. } = approved;
        for (name, value) in fields {
            let mut found = head.fields.iter_mut().filter(|(field, _)| field == name);
            let (Some((_, place)), None) = (found.next(), found.next()) else { return None };
            *place = value;
        }
        Some(Self::freeze(head, body))
    }

    /// The request without its body.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Its body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// What an approval names.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Takes it apart, for sending.
    pub fn into_parts(self) -> (Head, Body, Digest) {
        (self.head, self.body, self.digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head() -> Head {
        Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Http, Host::parse("forum.example").expect("a host"), Some(8080)),
            target: "/posts?draft=1".into(),
            fields: vec![
                ("host".into(), Bytes::from_static(b"forum.example:8080")),
                ("x-note".into(), Bytes::from_static(b"caf\xe9")),
            ],
        }
    }

    #[test]
    fn the_head_as_http_1_1_is_request_line_fields_and_a_blank_line() {
        let expected = b"POST /posts?draft=1 HTTP/1.1\r\nhost: forum.example:8080\r\nx-note: caf\xe9\r\n\r\n";
        assert_eq!(head().http1(), expected);
    }

    #[test]
    fn a_stored_head_comes_back_as_it_was_and_a_cut_one_not_at_all() {
        let encoded = head().encode();
        assert_eq!(Head::decode(&encoded), Some(head()));
        for cut in 0..encoded.len() {
            assert_eq!(Head::decode(&encoded[..cut]), None);
        }
    }

    #[test]
    fn a_digest_is_read_back_only_from_its_one_spelling() {
        let text = Snapshot::freeze(head(), Body::empty()).digest().to_string();
        assert_eq!(Digest::parse(&text).map(|digest| digest.to_string()), Some(text.clone()));
        assert_eq!(Digest::parse(&text.to_uppercase()), None);
        assert_eq!(Digest::parse(&text[..70]), None);
    }

    /// CASES HI-01: one flipped byte in the store, and the request cannot be thawed.
    #[test]
    fn a_changed_body_is_not_thawed() {
        let frozen = Snapshot::freeze(head(), Body::memory(Bytes::from_static(b"$82,000")));
        let digest = frozen.digest();
        assert!(
            Snapshot::thaw(&head().encode(), Body::memory(Bytes::from_static(b"$82,000")), &digest).is_ok()
        );
        assert!(
            Snapshot::thaw(&head().encode(), Body::memory(Bytes::from_static(b"$820,00")), &digest).is_err()
        );
    }

    proptest! {
        /// CASES HI-03: moving a byte between neighbours, or changing any part, gives another digest.
        #[test]
        fn no_two_different_requests_share_an_encoding(
            a in "[A-Z]{1,6}", b in "/[a-z?=&]{0,12}", c in "[a-z]{1,5}", d in "[a-z ]{0,8}",
            e in "[A-Z]{1,6}", f in "/[a-z?=&]{0,12}", g in "[a-z]{1,5}", h in "[a-z ]{0,8}",
        ) {
            let build = |m: &str, t: &str, n: &str, v: &str| Head {
                method: m.into(), target: t.into(), fields: vec![(n.into(), Bytes::copy_from_slice(v.as_bytes()))], ..head()
            };
            let (one, two) = (build(&a, &b, &c, &d), build(&e, &f, &g, &h));
            prop_assert_eq!(one == two, one.encode() == two.encode());
        }
    }
}
