//! notify: tells people outside that something waits for them (`[[notify]]`). It only ever links: nothing is decided by
//! what it sends, nor by anything that comes back (CASES AP-15).
//!
//! `teller` hears what happens and queues it, `queue` keeps it until it was taken, `message` says it in the tongue
//! of whoever listens, `post` delivers. Nothing here makes a hold wait: what cannot be queued is told later, from the
//! list of what is pending. Bodies, field values and query values are never in it.

mod message;
mod note;
mod post;
mod queue;
mod teller;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustls::ClientConfig;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::Notify;
use crate::hold::Desk;
use crate::limits;
use crate::metrics::Metrics;
use crate::secret::Masked;

use post::Post;
use teller::Teller;

/// What everybody who tells needs.
#[derive(Clone)]
pub struct Tools {
    /// What happens, and what is pending.
    pub desk: Desk,
    /// Whom upstreams and these are trusted by.
    pub tls: Arc<ClientConfig>,
    /// For the waits between two tries.
    pub clock: Clock,
    /// What came of it.
    pub metrics: Metrics,
}

/// Starts telling, on the current runtime. The tasks end when they are aborted, or with the desk. The error names the
/// config key.
pub fn start(all: &[Notify], tools: &Tools) -> Result<Vec<JoinHandle<()>>, String> {
    let posts = all.iter().map(|one| Ok((one, Post::new(one, secret(one)?, &tools.tls)?)));
    let posts = posts.collect::<Result<Vec<_>, String>>()?;
    Ok(posts.into_iter().flat_map(|(one, post)| Teller::start(one.clone(), post, tools)).collect())
}

/// The key of the signature: what stands in the file, without a line's end.
fn secret(notify: &Notify) -> Result<Option<Masked<Vec<u8>>>, String> {
    let Some(file) = &notify.secret_file else { return Ok(None) };
    let named = |what: &str| format!("[[notify]] secret_file: {}: {what}", file.display());
    let bytes = std::fs::read(file).map_err(|error| named(&error.to_string()))?;
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    if !(limits::NOTIFY_SECRET_BYTES_MIN..=limits::TOKEN_FILE_BYTES_MAX as usize).contains(&end) {
        return Err(named(&format!(
            "a secret has {} to {} bytes; make one with: openssl rand -hex 32",
            limits::NOTIFY_SECRET_BYTES_MIN,
            limits::TOKEN_FILE_BYTES_MAX
        )));
    }
    Ok(Some(Masked::new(bytes[..end].to_vec())))
}
