//! A captured body that lies in a file, read back to be judged: whole up to `INSPECT_BYTES_MAX`, and of a larger one
//! the beginning. What was read is compared with the digest, so that what is judged is what is frozen.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use tokio::sync::Semaphore;

use crate::code::Code;
use crate::limits;
use crate::reply::End;
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
    /// Calls `judge` with the body, in memory where it is not too large, and with the bytes of it that are seen: all,
    /// or those at the beginning. Who judges holds a desk for as long as that takes, because what is read back is in
    /// memory.
    pub async fn inspect<T>(&self, body: &Body, judge: impl FnOnce(&Body, &[u8]) -> T) -> Result<T, End> {
        let Some(path) = body.path().cloned() else {
            return Ok(judge(body, body.bytes().map_or(&[], |bytes| bytes)));
        };
        let _desk = self.0.acquire().await.map_err(|_| End::new(Code::Internal))?;
        let stored = body.clone();
        let read = tokio::task::spawn_blocking(move || beginning(path, &stored)).await;
        match read {
            Ok(Ok(seen)) if seen.len() == body.len() => {
                Ok(judge(&seen, seen.bytes().map_or(&[], |bytes| bytes)))
            }
            Ok(Ok(seen)) => Ok(judge(body, seen.bytes().map_or(&[], |bytes| bytes))),
            Ok(Err(_)) | Err(_) => Err(End::new(Code::StoreUnavailable)
                .detail("the captured body could not be read back to be judged, so nothing is sent")),
        }
    }
}

fn beginning(path: PathBuf, body: &Body) -> std::io::Result<Body> {
    let whole = body.len() <= limits::INSPECT_BYTES_MAX as u64;
    let wanted = if whole { body.len() } else { limits::INSPECT_START_BYTES as u64 };
    let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
    File::open(path)?.take(wanted).read_to_end(&mut bytes)?;
    let seen = Body::memory(bytes.into());
    if seen.len() != wanted || (whole && seen.sha256() != body.sha256()) {
        return Err(crate::store::pieces::changed());
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::secret::sha256;

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
            assert_eq!(desks.inspect(&body, |_, seen| seen.len()).await.unwrap(), seen);
        }
    }

    /// CASES HI-01
    #[tokio::test]
    async fn a_body_that_was_changed_on_disk_is_not_judged() {
        let (dir, body) = stored(b"what was captured");
        std::fs::write(dir.path().join("body"), b"what was put there").unwrap();
        let end = Desks::default().inspect(&body, |_, seen| seen.len()).await.unwrap_err();
        assert_eq!(end.code, Code::StoreUnavailable);
    }
}
