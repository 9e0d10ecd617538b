//! What a rendering is given of a body: all of it, or, of a large one, its two ends. A 64 MiB body is never in
//! memory for the sake of a screen.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;

use crate::limits::{SHOWN_BODY_END, SHOWN_BODY_MAX};
use crate::secret::sha256;
use crate::snapshot::{Body, Digest, Head};

/// The two ends of a large body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyParts {
    /// Its first bytes.
    pub head: Bytes,
    /// Its last bytes; never overlaps the first.
    pub tail: Bytes,
    /// How long it is.
    pub total: u64,
    /// The SHA-256 that was taken when it was captured, and is checked again when it is sent.
    pub sha256: [u8; 32],
}

/// A body as it is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyView {
    /// The hold has ended and its body is deleted.
    Gone,
    /// Too large for a screen.
    Parts(BodyParts),
    /// All of it.
    Whole(Bytes),
}

impl BodyView {
    /// Reads what a rendering needs, `SHOWN_BODY_MAX` bytes at the most. Blocks on the file.
    pub fn read(body: &Body) -> io::Result<Self> {
        if body.len() <= SHOWN_BODY_MAX as u64 {
            return Ok(BodyView::Whole(range(body, 0, SHOWN_BODY_MAX)?));
        }
        let end = SHOWN_BODY_END as u64;
        Ok(BodyView::Parts(BodyParts {
            head: range(body, 0, SHOWN_BODY_END)?,
            tail: range(body, body.len() - end, SHOWN_BODY_END)?,
            total: body.len(),
            sha256: *body.sha256(),
        }))
    }

    /// How long the body is.
    pub fn total(&self) -> u64 {
        match self {
            BodyView::Gone => 0,
            BodyView::Parts(parts) => parts.total,
            BodyView::Whole(bytes) => bytes.len() as u64,
        }
    }

    /// The digest of this body under a head. Of a whole body it is taken from the very bytes that are shown.
    pub fn digest(&self, head: &Head) -> Option<Digest> {
        match self {
            BodyView::Gone => None,
            BodyView::Parts(parts) => Some(Digest::of(head, parts.total, &parts.sha256)),
            BodyView::Whole(bytes) => Some(Digest::of(head, bytes.len() as u64, &sha256(bytes))),
        }
    }
}

/// A stretch of a body, shorter than `max` only at its end. Blocks on the file.
pub fn range(body: &Body, from: u64, max: usize) -> io::Result<Bytes> {
    let length = body.len().saturating_sub(from).min(max as u64) as usize;
    if let Some(bytes) = body.bytes() {
        let from = (from as usize).min(bytes.len());
        return Ok(bytes.slice(from..from + length));
    }
    let path = body.path().ok_or(io::ErrorKind::NotFound)?;
    let mut out = vec![0; length];
    File::open(path)?.read_exact_at(&mut out, from)?;
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::approve::rows::tests::head;

    #[test]
    fn a_large_body_in_a_file_is_read_at_its_ends_and_has_the_same_digest() {
        let bytes: Vec<u8> = (0..SHOWN_BODY_MAX as u32 + 1).map(|at| (at % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let body = Body::file(file.path().into(), bytes.len() as u64, sha256(&bytes), Arc::new(()));
        let view = BodyView::read(&body).unwrap();
        let BodyView::Parts(parts) = &view else { panic!("read whole") };
        assert_eq!(parts.head, bytes[..SHOWN_BODY_END]);
        assert_eq!(parts.tail, bytes[bytes.len() - SHOWN_BODY_END..]);
        let whole = BodyView::Whole(bytes.clone().into());
        assert_eq!(view.digest(&head("")), whole.digest(&head("")));
        assert_eq!(range(&body, 5, 3).unwrap(), bytes[5..8]);
        assert_eq!(range(&body, body.len() - 2, 9).unwrap(), bytes[bytes.len() - 2..]);
        assert!(range(&body, body.len() + 9, 9).unwrap().is_empty());
    }

    #[test]
    fn a_body_at_the_limit_is_read_whole() {
        let body = Body::memory(vec![b'x'; SHOWN_BODY_MAX].into());
        assert!(matches!(BodyView::read(&body).unwrap(), BodyView::Whole(_)));
    }
}
