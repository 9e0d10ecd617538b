//! Sending an approved request with what is the waiting attempt's own (SPEC section 7, P2): the request that was
//! approved, but for the two values of a call's return address, or of a signature and its date, which are those of the
//! attempt that carries the release. Compared before anything is sent; where the comparison fails, nothing is.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;

use crate::hold::Approval;
use crate::hold::address::{Address, Call, Reply};
use crate::hold::credential;
use crate::hold::signature::{FIELDS, Signature};
use crate::limits;
use crate::secret::sha256;
use crate::snapshot::{Body, Head, Snapshot};
use crate::store::{StoreError, ThawError};

/// The key and the return address of a request whose finding names this dialect; `None` where it is compared whole.
/// An error is the disk's.
pub async fn read(dialect: &str, head: &Head, body: &Body) -> io::Result<Option<([u8; 32], Reply)>> {
    if !matches!(dialect, "jsonrpc" | "mcp") || is_bound(head) {
        return Ok(None);
    }
    with_bytes(body, |bytes| Call::read(bytes).map(|call| (call.key(), call.address().clone()))).await
}

/// Whether the body cannot change without its head: it is encoded, or signed with the rest.
fn is_bound(head: &Head) -> bool {
    let signed = |value: &Bytes| credential::is_signature(value);
    head.values("content-encoding").next().is_some() || head.values("authorization").any(signed)
}

/// The approved request as it is sent.
pub async fn addressed(approval: &Approval, approved: Snapshot) -> Result<Snapshot, ThawError> {
    let sent = match approval.address().cloned() {
        None => return Ok(approved),
        Some(Address::Call(reply)) => replied(approved, reply).await?,
        Some(Address::Signed(signature)) => signed(approved, &signature),
    };
    let sent = sent.ok_or(ThawError::Tampered)?;
    if approval.settle(sent.digest()) { Ok(sent) } else { Err(ThawError::Tampered) }
}

/// With another signature, if that is one over this content.
fn signed(approved: Snapshot, signature: &Signature) -> Option<Snapshot> {
    let [authorization, date] = signature.values();
    let sent = Snapshot::resign(approved, [(FIELDS[0], authorization), (FIELDS[1], date)])?;
    (Signature::read(sent.head(), sent.body()).as_ref() == Some(signature)).then_some(sent)
}

/// With another return address.
async fn replied(approved: Snapshot, reply: Reply) -> Result<Option<Snapshot>, ThawError> {
    let intact = *approved.body().sha256();
    let change = move |bytes: &[u8]| {
        let unchanged = sha256(bytes) == intact;
        unchanged.then(|| Call::read(bytes)?.addressed(&reply)).flatten()
    };
    let found = with_bytes(approved.body(), change).await;
    let body = found.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(body.and_then(|body| Snapshot::readdress(approved, Body::memory(body.into()))))
}

/// What `read` says of a body that is short enough; a file is read off the runtime's threads.
async fn with_bytes<T: Send + 'static>(
    body: &Body,
    read: impl FnOnce(&[u8]) -> Option<T> + Send + 'static,
) -> io::Result<Option<T>> {
    if body.len() > limits::READDRESS_BYTES_MAX as u64 {
        return Ok(None);
    }
    if let Some(bytes) = body.bytes() {
        return Ok(read(bytes));
    }
    let Some(path) = body.path().cloned() else { return Ok(None) };
    // The clone keeps the file while it is read.
    let body = body.clone();
    tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        File::open(path)?.take(body.len()).read_to_end(&mut bytes)?;
        Ok(read(&bytes))
    })
    .await
    .map_err(io::Error::other)?
}
