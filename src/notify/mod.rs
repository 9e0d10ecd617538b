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
    /// For the waits between two tries.
    pub clock: Clock,
    /// What came of it.
    pub metrics: Metrics,
}

/// All who are to be told, ready and not yet listening.
pub struct Notifier(Vec<(Notify, Post)>);

impl Notifier {
    /// Reads the secrets. `tls`: whom upstreams and these are trusted by; not asked for where nobody is to be told. The
    /// error names the config key.
    pub fn new(
        all: &[Notify],
        tls: impl FnOnce() -> Result<Arc<ClientConfig>, String>,
    ) -> Result<Self, String> {
        if all.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let tls = tls()?;
        let posts = all.iter().map(|one| Ok((one.clone(), Post::new(one, secret(one)?, &tls)?)));
        Ok(Self(posts.collect::<Result<Vec<_>, String>>()?))
    }

    /// Starts telling, on the current runtime.
    pub fn start(self, tools: &Tools) {
        self.0.into_iter().for_each(|(notify, post)| Teller::start(notify, post, tools));
    }
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
