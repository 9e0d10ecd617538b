//! A captured body, read back piece by piece. It is hashed again on the way, and its last piece is held back until
//! the hash agrees: nobody gets the end of a body that was changed on disk (CASES HI-01).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::snapshot::Body;

/// What is read at a time.
pub const PIECE: usize = 64 * 1024;
/// Pieces between the file and whoever takes them.
const AHEAD: usize = 4;

/// The pieces of a body, in order. An error is the last thing that comes. Needs a tokio runtime; the file is read
/// on its blocking threads, and kept for as long as that takes.
pub fn pieces(body: Body) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    match (body.bytes().cloned(), body.path().cloned()) {
        (Some(bytes), _) => {
            let intact = crate::secret::sha256(&bytes) == *body.sha256();
            let piece = if intact { Ok(bytes) } else { Err(changed()) };
            if !matches!(&piece, Ok(bytes) if bytes.is_empty()) {
                let _ = sender.try_send(piece);
            }
        }
        (None, Some(path)) => {
            tokio::task::spawn_blocking(move || {
                if let Err(error) = send(&path, &body, &sender) {
                    let _ = sender.blocking_send(Err(error));
                }
            });
        }
        (None, None) => {}
    }
    receiver
}

/// What a body that was changed ends with.
pub fn changed() -> io::Error {
    io::Error::other("the stored body no longer has its digest")
}

fn send(path: &Path, body: &Body, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut held_back: Option<Bytes> = None;
    let mut total = 0;
    loop {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece)?;
        if count == 0 {
            break;
        }
        piece.truncate(count);
        total += count as u64;
        hash.update(&piece);
        if let Some(earlier) = held_back.replace(piece.into())
            && sender.blocking_send(Ok(earlier)).is_err()
        {
            return Ok(());
        }
    }
    if total != body.len() || hash.finish().as_ref() != body.sha256() {
        return Err(changed());
    }
    if let Some(last) = held_back {
        let _ = sender.blocking_send(Ok(last));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::secret::sha256;

    async fn read(file: &Path, len: u64, hash: [u8; 32]) -> (usize, bool) {
        let mut pieces = pieces(Body::file(file.to_owned(), len, hash, Arc::new(())));
        let mut count = 0;
        while let Some(piece) = pieces.recv().await {
            match piece {
                Ok(piece) => count += piece.len(),
                Err(_) => return (count, false),
            }
        }
        (count, true)
    }

    /// CASES HI-01.
    #[tokio::test]
    async fn the_last_piece_of_a_changed_body_never_comes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("body");
        let mut bytes = vec![7; 3 * PIECE + 5];
        std::fs::write(&file, &bytes).unwrap();
        let (len, hash) = (bytes.len() as u64, sha256(&bytes));
        assert_eq!(read(&file, len, hash).await, (bytes.len(), true));
        bytes[10] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(read(&file, len, hash).await, (3 * PIECE, false));
        std::fs::write(&file, &bytes[..PIECE]).unwrap();
        assert_eq!(read(&file, len, hash).await, (0, false));
    }
}
