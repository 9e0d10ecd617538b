//! When two requests are the same (SPEC section 7). The list of what is not compared is closed: an unknown field that
//! differs makes another request, and so a hold of its own. When unsure, they differ.
//!
//! The answer is a key: SHA-256 over a length-prefixed encoding of all that is compared. Equal keys, same request.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;

use crate::agent::Agent;
use crate::hold::address::Address;
use crate::hold::multipart::{self, Boundary};
use crate::hold::signature::Signature;
use crate::hold::{credential, readdress};
use crate::secret::sha256;
use crate::snapshot::{Body, Head, Snapshot};

/// Opens the encoding, so that no other hash of Holdpoint's can be taken for a key.
const DOMAIN: &[u8] = b"holdpoint same v1\0";

/// Fields that may differ between two attempts at one request.
const IGNORED: [&str; 31] = [
    // Hop by hop, framing, and what Holdpoint writes itself.
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    // When it was sent.
    "date",
    "x-amz-date",
    "x-ms-date",
    // Traces.
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "sentry-trace",
    // Numbers of requests and retries.
    "x-request-id",
    "x-correlation-id",
    "x-client-request-id",
    "x-ms-client-request-id",
    "x-stainless-retry-count",
    "amz-sdk-request",
    "amz-sdk-invocation-id",
    "x-goog-api-client",
    "grpc-timeout",
    "grpc-previous-rpc-attempts",
    // A proof that is made anew for each request (RFC 9449).
    "dpop",
];

/// And all fields whose names begin so.
const PREFIXES: [&str; 3] = ["proxy-", "x-b3-", "x-datadog-"];

/// Equal for all attempts at the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; 32]);

/// The key of a request, and what of it is its attempt's own. `dialect` is its finding's; `retry_ignores` are
/// further names, in lower case. A body in a file is read only where it is multipart or a call, and never on the
/// runtime's thread; an error is the disk's.
pub async fn key(
    agent: &Agent,
    dialect: &str,
    snapshot: &Snapshot,
    retry_ignores: &[String],
) -> io::Result<(Key, Option<Address>)> {
    let head = snapshot.head();
    let (body, boundary, address) = match readdress::read(dialect, head, snapshot.body()).await? {
        Some((call, reply)) => {
            ([b"call", dialect.as_bytes(), b"\0", &call[..]].concat(), None, Some(Address::Call(reply)))
        }
        None => {
            let (body, boundary) = content(head, snapshot.body()).await?;
            (body, boundary, Signature::read(head, snapshot.body()).map(Address::Signed))
        }
    };
    let mut out = DOMAIN.to_vec();
    put(&mut out, agent.name.as_bytes());
    let source = if agent.is_anonymous() { agent.source.to_string() } else { String::new() };
    for part in [
        source.as_bytes(),
        head.method.as_bytes(),
        head.origin.scheme.as_str().as_bytes(),
        head.origin.host.to_string().as_bytes(),
        &head.origin.port.to_be_bytes(),
        head.target.as_bytes(),
        &body,
    ] {
        put(&mut out, part);
    }
    for (name, values) in compared(head, retry_ignores) {
        put(&mut out, name.as_bytes());
        put(&mut out, &(values.len() as u64).to_be_bytes());
        for value in values {
            match (name, &boundary) {
                ("authorization", _) => put(&mut out, &credential::comparable(value)),
                ("content-type", Some(boundary)) => put(&mut out, boundary.without()),
                _ => put(&mut out, value),
            }
        }
    }
    Ok((Key(sha256(&out)), address))
}

/// The body as it is compared, and the boundary where it is compared part by part.
async fn content(head: &Head, body: &Body) -> io::Result<(Vec<u8>, Option<Boundary>)> {
    if let Some(boundary) = Boundary::of(head)
        && let Some(parts) = multipart::parts(body, &boundary).await?
    {
        let mut out = b"parts".to_vec();
        out.extend_from_slice(&parts);
        return Ok((out, Some(boundary)));
    }
    let mut out = b"bytes".to_vec();
    out.extend_from_slice(&body.len().to_be_bytes());
    out.extend_from_slice(body.sha256());
    Ok((out, None))
}

/// The fields that are compared, by name; the values of one name in their order.
fn compared<'a>(head: &'a Head, retry_ignores: &[String]) -> BTreeMap<&'a str, Vec<&'a Bytes>> {
    let mut fields: BTreeMap<&str, Vec<&Bytes>> = BTreeMap::new();
    for (name, value) in &head.fields {
        if !is_ignored(name) && !retry_ignores.contains(name) {
            fields.entry(name).or_default().push(value);
        }
    }
    fields
}

/// Whether a field may differ between two attempts at one request.
pub fn is_ignored(name: &str) -> bool {
    IGNORED.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Whether the client says that this is not its first attempt.
pub fn is_retry(head: &Head) -> bool {
    let stainless = head.text("x-stainless-retry-count").and_then(|count| count.parse::<u32>().ok());
    let amazon = head.text("amz-sdk-request").and_then(|value| {
        let attempt = value.split(';').find_map(|part| part.trim().strip_prefix("attempt="))?;
        attempt.parse::<u32>().ok()
    });
    stainless.is_some_and(|count| count > 0) || amazon.is_some_and(|attempt| attempt > 1)
}

/// Whether two of these may wait at once and both get the answer.
pub fn has_idempotency_key(head: &Head) -> bool {
    head.values("idempotency-key").next().is_some()
}
