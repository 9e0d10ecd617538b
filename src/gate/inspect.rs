//! A captured body that lies in a file, read back to be judged: whole up to `INSPECT_BYTES_MAX`, and of a larger one
//! the beginning. What was read is compared with the digest, so that what is judged is what is frozen.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::code::Code;
use crate::limits;
use crate::reply::End;
use crate::secret::sha256;
use crate::snapshot::Body;

/// How many bodies are read back at a time.
#[derive(Debug)]
pub struct Desks(Semaphore);

impl Default for Desks {
    fn default() -> Self {
        Self(Semaphore::new(limits::INSPECTIONS_MAX))
    }
}

impl Desks {
    /// Calls `judge` with the body's bytes: all of them, or those at the beginning. Who judges holds a desk for as
    /// long as that takes, because what is read back is in memory.
    pub async fn inspect<T>(&self, body: &Body, judge: impl FnOnce(&[u8]) -> T) -> Result<T, End> {
        let Some(path) = body.path().cloned() else {
            return Ok(judge(body.bytes().map_or(&[], |bytes| bytes)));
        };
        let _desk = self.0.acquire().await.map_err(|_| End::new(Code::Internal))?;
        let (len, hash) = (body.len(), *body.sha256());
        let read = tokio::task::spawn_blocking(move || beginning(path, len, hash)).await;
        match read {
            Ok(Ok(bytes)) => Ok(judge(&bytes)),
            Ok(Err(_)) | Err(_) => Err(End::new(Code::StoreUnavailable)
                .detail("the captured body could not be read back to be judged, so nothing is sent")),
        }
    }
}

fn beginning(path: PathBuf, len: u64, hash: [u8; 32]) -> std::io::Result<Bytes> {
    let whole = len <= limits::INSPECT_BYTES_MAX as u64;
    let wanted = if whole { len } else { limits::INSPECT_START_BYTES as u64 };
    let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
    File::open(path)?.take(wanted).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != wanted || (whole && sha256(&bytes) != hash) {
        return Err(crate::store::pieces::changed());
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn stored(bytes: &[u8]) -> (tempfile::TempDir, Body) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("body");
        std::fs::write(&path, bytes).unwrap();
        (dir, Body::file(path, bytes.len() as u64, sha256(bytes), Arc::new(())))
    }

    #[tokio::test]
    async fn a_stored_body_is_judged_whole_up_to_the_limit_and_by_its_beginning_above_it() {
        let desks = Desks::default();
        for (len, seen) in [
            (limits::INSPECT_BYTES_MAX, limits::INSPECT_BYTES_MAX),
            (limits::INSPECT_BYTES_MAX + 1, limits::INSPECT_START_BYTES),
        ] {
            let (_dir, body) = stored(&vec![b'x'; len]);
            assert_eq!(desks.inspect(&body, <[u8]>::len).await.unwrap(), seen);
        }
    }

    /// CASES HI-01
    #[tokio::test]
    async fn a_body_that_was_changed_on_disk_is_not_judged() {
        let (dir, body) = stored(b"what was captured");
        std::fs::write(dir.path().join("body"), b"what was put there").unwrap();
        let end = Desks::default().inspect(&body, <[u8]>::len).await.unwrap_err();
        assert_eq!(end.code, Code::StoreUnavailable);
    }
}
