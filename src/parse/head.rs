//! From hyper's request to the frozen one: checks, for HTTP/1.1 and HTTP/2 alike, and puts the fields into the
//! canonical order of SPEC section 7, which no version and no library can change any more.
//!
//! Nothing is trusted because the strict reader or h2 looked at it before: what is judged is checked here, from the
//! same values that are sent. Where target, `Host`, `:authority` and destination differ, the request is refused
//! (RFC 9112 section 3.2, RFC 9113 section 8.3.1, CASES FR-19, PR-01 to PR-07).

use std::time::Duration;

use bytes::Bytes;
use http::Version;
use http::header::{COOKIE, HeaderName, VIA};
use http::request::Parts;

use crate::code::Code;
use crate::limits;
use crate::origin::{Host, Origin, Scheme, split_authority};
use crate::parse::fields::{Facts, FieldCheck, Wire};
use crate::parse::grammar::{self, Target, read_target};
use crate::parse::{Framing, RawHead, Refusal};
use crate::snapshot::{Body, Field, Head, Snapshot};

/// Through which door the request came, and so where alone it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// The proxy's own listener: each request names its destination by an absolute URL.
    Explicit,
    /// Inside a tunnel, whose destination was decided once.
    Tunnel {
        /// The destination's host.
        host: Host,
        /// Its port.
        port: u16,
        /// `https` where TLS was taken off, `http` where there was none.
        scheme: Scheme,
    },
}

/// A request whose head was found good.
#[derive(Debug)]
pub struct Received {
    head: Head,
    framing: Framing,
    expects_continue: bool,
    over_http2: bool,
}

/// Checks a request and puts its head into canonical form. `raw` is what the strict reader saw (HTTP/1 only);
/// `ended` says that the body is over with the head (`Body::is_end_stream`), which in HTTP/2 no field tells;
/// `pseudonym` is this Holdpoint's name in `Via`.
pub fn receive(
    parts: &Parts,
    raw: Option<&RawHead>,
    door: &Door,
    pseudonym: &str,
    ended: bool,
) -> Result<Received, Refusal> {
    check(parts, raw, door, pseudonym, ended).map_err(|refusal| about(refusal, parts, door))
}

impl Received {
    /// The head for judging: everything but `content-length`, which only the whole body tells.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How the end of the body is found.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the request announces content: a length above 0, or one that is not known.
    pub fn has_body(&self) -> bool {
        !matches!(self.framing, Framing::None | Framing::Length(0))
    }

    /// How long its body may stand still while it streams. One of messages, over HTTP/2 and without a length, may be
    /// as silent as an upstream: both sides of it talk and listen.
    pub fn stall(&self) -> Duration {
        let messages = self.over_http2 && self.framing == Framing::Unknown;
        if messages { limits::MESSAGES_STALL } else { limits::STREAM_STALL }
    }

    /// The agent waits for a 100 before it sends its body (hyper sends it when the body is first read).
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The head that is sent when the body streams through: `content-length` as announced, and none where the
    /// body ends when it ends.
    pub fn streaming(&self) -> Head {
        let mut head = self.head.clone();
        match self.framing {
            Framing::None => put_length(&mut head, 0),
            Framing::Length(length) => put_length(&mut head, length),
            Framing::Unknown => {}
        }
        head
    }

    /// Freezes the request with its captured body.
    pub fn freeze(self, body: Body) -> Snapshot {
        let mut head = self.head;
        put_length(&mut head, body.len());
        Snapshot::freeze(head, body)
    }
}

/// `content-length` stands before `via`, which is the last field always; and only where there is a body, or the
/// method has one.
pub(super) fn put_length(head: &mut Head, length: u64) {
    if length > 0 || grammar::has_length(&head.method) {
        let via = head.fields.iter().position(|(name, _)| name == "via").unwrap_or(head.fields.len());
        head.fields.insert(via, ("content-length".to_owned(), Bytes::from(length.to_string())));
    }
}

fn check(
    parts: &Parts,
    raw: Option<&RawHead>,
    door: &Door,
    pseudonym: &str,
    ended: bool,
) -> Result<Received, Refusal> {
    if parts.extensions.get::<hyper::ext::Protocol>().is_some() {
        return Err(Refusal::new(Code::NotSupported, "extended CONNECT (a `:protocol`) is not allowed here"));
    }
    let method = parts.method.as_str();
    grammar::check_method(method)?;
    if method == "CONNECT" {
        return Err(Refusal::malformed("a tunnel inside a tunnel is not allowed"));
    }
    let wire = wire(parts.version)?;
    agree(parts, raw, wire)?;
    let facts = check_fields(parts, wire)?;
    let (origin, target) = destination(parts, raw, wire, door)?;
    check_host(&facts, &origin, wire)?;
    let framing = match (facts.framing, wire, ended) {
        (Framing::Unknown, Wire::Http2, true) => Framing::None,
        (Framing::Length(1..), Wire::Http2, true) => {
            return Err(Refusal::malformed("the stream ended before its content-length"));
        }
        (framing, ..) => framing,
    };
    let fields = canonical(parts, &origin, pseudonym)?;
    let head = Head { method: method.to_owned(), origin, target, fields };
    let over_http2 = wire == Wire::Http2;
    Ok(Received { head, framing, expects_continue: facts.expects_continue, over_http2 })
}

/// The version, as far as it matters here.
pub(super) fn wire(version: Version) -> Result<Wire, Refusal> {
    match version {
        Version::HTTP_10 => Ok(Wire::Http10),
        Version::HTTP_11 => Ok(Wire::Http11),
        Version::HTTP_2 => Ok(Wire::Http2),
        _ => Err(Refusal::malformed("this version of HTTP is not spoken here")),
    }
}

/// What hyper read and what stood on the wire are the same bytes; else one of the two would be judged and the
/// other sent.
pub(super) fn agree(parts: &Parts, raw: Option<&RawHead>, wire: Wire) -> Result<(), Refusal> {
    if wire == Wire::Http2 {
        return Ok(());
    }
    let same = raw.is_some_and(|raw| {
        raw.version == parts.version && raw.method == parts.method.as_str() && same_target(parts, &raw.target)
    });
    if same { Ok(()) } else { Err(Refusal::malformed("the request line could be read in two ways")) }
}

fn same_target(parts: &Parts, mut raw: &[u8]) -> bool {
    let pieces = [
        parts.uri.scheme_str(),
        parts.uri.scheme_str().map(|_| "://"),
        parts.uri.authority().map(|authority| authority.as_str()),
        parts.uri.path_and_query().map(|path| path.as_str()),
    ];
    for piece in pieces.into_iter().flatten() {
        match raw.strip_prefix(piece.as_bytes()) {
            Some(rest) => raw = rest,
            None => return false,
        }
    }
    raw.is_empty()
}

/// Every field is looked at, and their number and size bounded, in HTTP/2 too. The crumbs of a cookie, which HTTP/2
/// sends one by one, count as one field.
pub(super) fn check_fields(parts: &Parts, wire: Wire) -> Result<Facts, Refusal> {
    let crumbs = parts.headers.get_all(COOKIE).iter().count();
    let bytes: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if parts.headers.len() - crumbs.saturating_sub(1) > limits::FIELDS_MAX || bytes > limits::HEAD_BYTES_MAX {
        return Err(too_many_fields());
    }
    let mut check = FieldCheck::new(wire);
    for (name, value) in &parts.headers {
        check.field(name.as_str().as_bytes(), value.as_bytes())?;
    }
    check.end(parts.method.as_str())
}

/// Every version says the same of too many fields.
pub(super) fn too_many_fields() -> Refusal {
    Refusal::new(Code::HeadersTooLarge, "the request has more than 128 fields, or more than 64 KiB of them")
}

/// Where the request goes, and its path and query in the agent's bytes.
fn destination(
    parts: &Parts,
    raw: Option<&RawHead>,
    wire: Wire,
    door: &Door,
) -> Result<(Origin, String), Refusal> {
    if wire == Wire::Http2 {
        return stream_destination(parts, door);
    }
    let target = raw.and_then(|raw| std::str::from_utf8(&raw.target).ok()).unwrap_or_default();
    match (door, read_target(parts.method.as_str(), target)?) {
        (Door::Explicit, Target::Absolute(origin, path)) => Ok((origin, path.to_owned())),
        (Door::Explicit, _) => Err(Refusal::malformed(
            "a proxy is asked with an absolute URL (`GET http://host/path HTTP/1.1`) or with CONNECT",
        )),
        (Door::Tunnel { host, port, scheme }, Target::Origin(path)) => {
            Ok((Origin::new(*scheme, host.clone(), Some(*port)), path.to_owned()))
        }
        (Door::Tunnel { .. }, _) => {
            Err(Refusal::malformed("inside a tunnel the request target is a path, not a URL"))
        }
    }
}

fn stream_destination(parts: &Parts, door: &Door) -> Result<(Origin, String), Refusal> {
    let Door::Tunnel { host, port, scheme } = door else {
        return Err(Refusal::malformed("HTTP/2 is spoken only inside a tunnel"));
    };
    let path = parts.uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
    if path.len() > limits::TARGET_BYTES_MAX {
        return Err(grammar::target_too_long());
    }
    if !path.bytes().all(grammar::is_target_byte) {
        return Err(grammar::bad_target_byte());
    }
    grammar::check_path(path)?;
    if parts.uri.scheme_str() != Some(scheme.as_str()) {
        return Err(Refusal::malformed("`:scheme` is not that of the connection"));
    }
    let origin = Origin::new(*scheme, host.clone(), Some(*port));
    let authority =
        parts.uri.authority().ok_or_else(|| Refusal::malformed("the request has no `:authority`"))?;
    let named = split_authority(authority.as_str()).map_err(grammar::bad_host)?;
    if !names(&named, &origin) {
        return Err(mismatch("`:authority` is not the host and port that the tunnel was opened to"));
    }
    Ok((origin, path.to_owned()))
}

fn check_host(facts: &Facts, origin: &Origin, wire: Wire) -> Result<(), Refusal> {
    match &facts.host {
        Some(named) if names(named, origin) => Ok(()),
        Some(_) => Err(mismatch("Host is not the host and port of the request's destination")),
        None if wire == Wire::Http2 => Ok(()),
        None => Err(Refusal::malformed("the request has no Host; send exactly one")),
    }
}

fn names((host, port): &(Host, Option<u16>), origin: &Origin) -> bool {
    *host == origin.host && port.unwrap_or(origin.scheme.default_port()) == origin.port
}

/// Two places of one request name two destinations.
pub(super) fn mismatch(detail: &str) -> Refusal {
    Refusal::new(Code::TargetMismatch, detail)
}

/// Canonical order: `host`, the agent's fields with the values of one name together where the first stood, and
/// `via` with our name behind those that it has.
fn canonical(parts: &Parts, origin: &Origin, pseudonym: &str) -> Result<Vec<Field>, Refusal> {
    let mut fields: Vec<Field> = Vec::with_capacity(parts.headers.len() + 3);
    fields.push(("host".to_owned(), Bytes::from(origin.authority())));
    for name in parts.headers.keys() {
        if *name == COOKIE {
            let crumbs: Vec<&[u8]> =
                parts.headers.get_all(name).iter().map(|crumb| crumb.as_bytes()).collect();
            fields.push(("cookie".to_owned(), Bytes::from(crumbs.join(&b"; "[..]))));
        } else if *name != VIA && !is_ours_or_the_hops(name.as_str()) {
            fields.extend(values(parts, name));
        }
    }
    for (_, value) in values(parts, &VIA) {
        if passed_here(&value, pseudonym) {
            return Err(Refusal::new(
                Code::Loop,
                "the request has come through this Holdpoint already; look for a proxy that sends it back",
            ));
        }
        fields.push(("via".to_owned(), value));
    }
    fields.push(("via".to_owned(), Bytes::from(format!("1.1 {pseudonym}"))));
    Ok(fields)
}

fn values<'a>(parts: &'a Parts, name: &'a HeaderName) -> impl Iterator<Item = Field> + 'a {
    let own = |value: &http::HeaderValue| Bytes::copy_from_slice(value.as_bytes());
    parts.headers.get_all(name).iter().map(move |value| (name.as_str().to_owned(), own(value)))
}

/// Fields that end at this hop, or that Holdpoint writes itself.
pub(super) fn is_ours_or_the_hops(name: &str) -> bool {
    name.starts_with("proxy-")
        || matches!(
            name,
            "connection"
                | "content-length"
                | "expect"
                | "host"
                | "http2-settings"
                | "keep-alive"
                | "te"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
        )
}

/// Whether a `Via` value names us, as any of its words (RFC 9110 section 7.6.3).
fn passed_here(value: &[u8], pseudonym: &str) -> bool {
    value
        .split(|byte| matches!(byte, b' ' | b'\t' | b',' | b'(' | b')'))
        .any(|word| word.eq_ignore_ascii_case(pseudonym.as_bytes()))
}

/// Adds to a refusal what is known of the request.
pub(super) fn about(refusal: Refusal, parts: &Parts, door: &Door) -> Refusal {
    let method = parts.method.as_str();
    let well_formed = method.len() <= limits::METHOD_BYTES_MAX && method.bytes().all(grammar::is_method_byte);
    let refusal = if well_formed { refusal.with_method(method) } else { refusal };
    let path = parts.uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
    let refusal = if grammar::check_path(path).is_ok() { refusal.with_target(path) } else { refusal };
    match (door, parts.uri.authority(), parts.uri.scheme_str().and_then(Scheme::parse)) {
        (Door::Tunnel { host, port, .. }, ..) => refusal.with_destination(host, *port),
        (Door::Explicit, Some(authority), scheme) => match split_authority(authority.as_str()) {
            Ok((host, port)) => {
                refusal.with_origin(&Origin::new(scheme.unwrap_or(Scheme::Https), host, port))
            }
            Err(_) => refusal,
        },
        (Door::Explicit, None, _) => refusal,
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
