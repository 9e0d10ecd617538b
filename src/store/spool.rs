//! The spool: Holdpoint's own copies of bodies, 0600 files in `state/spool` (0700), together at most
//! `hold.max_spool` bytes (SPEC sections 3 and 6).
//!
//! A small body stays in memory. A larger one goes into a file that lives exactly as long as somebody needs it:
//! until the last clone of its `Body` is dropped, or, once the store has taken it over (`keep`), until the store
//! gives it up (`remove`). Room is reserved before it is written. When unsure (a failed or abandoned write) the
//! body is given up and its file deleted; a file that nobody names is deleted at start (`sweep`).

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;

use crate::limits;
use crate::secret::{hex, random};
use crate::snapshot::Body;

/// Where bodies are kept.
#[derive(Clone)]
pub struct Spool(Arc<Room>);

/// A body on its way in.
pub struct Draft {
    room: Arc<Room>,
    stage: Stage,
    len: u64,
}

/// The spool takes no more.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// `hold.max_spool` is reached.
    #[error("the spool is full (hold.max_spool)")]
    Full,
    /// The disk refused.
    #[error("the spool cannot be written: {0}")]
    Io(#[from] io::Error),
}

impl Spool {
    /// Opens the directory (0700), with room for `max` bytes.
    pub fn open(dir: &Path, max: u64) -> Result<Self, SpoolError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
        Ok(Self(Arc::new(Room { dir: dir.to_owned(), max, books: Mutex::default() })))
    }

    /// Starts a body.
    pub fn draft(&self) -> Draft {
        Draft { room: self.0.clone(), stage: Stage::Memory(Vec::new()), len: 0 }
    }

    /// Bytes in files now, reserved ones among them.
    pub fn used(&self) -> u64 {
        self.0.books().used
    }

    /// The store takes the body's file over: it outlives the `Body`, until `remove`. A body in memory has no file,
    /// and nothing happens.
    pub fn keep(&self, body: &Body) {
        if let Some(path) = body.path()
            && let Some(entry) = self.0.books().files.get_mut(path)
        {
            entry.kept = true;
        }
    }

    /// A body that the store has a row of, with the length and hash that it recorded; the file stays the store's.
    /// The spool's directory may have moved since: the file is found by its name. Nothing is read here.
    pub fn adopt(&self, path: &Path, len: u64, sha256: [u8; 32]) -> Body {
        let path = self.0.place(path);
        let mut books = self.0.books();
        if let Some(entry) = books.files.get_mut(&path) {
            entry.guards += 1;
        } else {
            // Kept files count even where the limit was lowered since: what is held stays held.
            books.used = books.used.saturating_add(len);
            books.files.insert(path.clone(), Entry { len, kept: true, guards: 1 });
        }
        drop(books);
        let guard = Guard { path: path.clone(), room: self.0.clone() };
        Body::file(path, len, sha256, Arc::new(guard))
    }

    /// The store gives a kept file up. It is deleted now, or, while a `Body` of it lives, with the last of them.
    pub fn remove(&self, path: &Path) {
        let path = self.0.place(path);
        let mut books = self.0.books();
        match books.files.get_mut(&path) {
            Some(entry) if entry.guards > 0 => entry.kept = false,
            _ => {
                books.forget(&path);
                drop(books);
                delete(&path);
            }
        }
    }

    /// Deletes the files that neither `named` nor a living `Body` names: what a crash left behind. Returns how
    /// many there were.
    pub fn sweep(&self, named: &[PathBuf]) -> Result<usize, SpoolError> {
        let named: Vec<PathBuf> = named.iter().map(|path| self.0.place(path)).collect();
        let mut swept = 0;
        for entry in fs::read_dir(&self.0.dir)? {
            let path = entry?.path();
            let wanted = named.contains(&path) || self.0.books().files.contains_key(&path);
            if !wanted {
                fs::remove_file(&path)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

impl Draft {
    /// Adds a piece. Up to `limits::BODY_INLINE_MAX` in memory, then in a file, written off the runtime's thread.
    /// After an error, or when its future was dropped half-way, the draft takes nothing more.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), SpoolError> {
        if let Stage::Memory(bytes) = &mut self.stage {
            if bytes.len() + piece.len() <= limits::BODY_INLINE_MAX {
                bytes.extend_from_slice(&piece);
                self.len += piece.len() as u64;
                return Ok(());
            }
            self.spill()?;
        }
        let Stage::File(sink) = &mut self.stage else { return Err(abandoned()) };
        sink.guard.reserve(piece.len() as u64)?;
        sink.batch.extend_from_slice(&piece);
        self.len += piece.len() as u64;
        if sink.batch.len() >= limits::SPOOL_BATCH {
            self.on_disk(Sink::flush).await?;
        }
        Ok(())
    }

    /// Bytes so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Closes the body; a file is synced, and its name in the directory too. The file is deleted when the last
    /// clone of the body is dropped, unless the store has taken it over (`Spool::keep`).
    pub async fn finish(mut self) -> Result<Body, SpoolError> {
        if let Stage::Memory(bytes) = &mut self.stage {
            return Ok(Body::memory(Bytes::from(std::mem::take(bytes))));
        }
        self.on_disk(Sink::sync).await?;
        let Stage::File(sink) = self.stage else { return Err(abandoned()) };
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(sink.hash.finish().as_ref());
        Ok(Body::file(sink.guard.path.clone(), self.len, sha256, sink.guard))
    }

    /// Moves from memory to a file; the file itself is made with the first batch.
    fn spill(&mut self) -> Result<(), SpoolError> {
        let guard = Arc::new(Guard::take(&self.room));
        guard.reserve(self.len)?;
        let Stage::Memory(batch) = std::mem::replace(&mut self.stage, Stage::Broken) else {
            return Err(abandoned());
        };
        self.stage = Stage::File(Box::new(Sink { guard, file: None, hash: Context::new(&SHA256), batch }));
        Ok(())
    }

    /// Runs a step of the sink where blocking is allowed. The sink goes along, so that a step whose future was
    /// dropped ends with the file deleted, not with a file that nobody knows.
    async fn on_disk(&mut self, step: fn(&mut Sink) -> io::Result<()>) -> Result<(), SpoolError> {
        let Stage::File(mut sink) = std::mem::replace(&mut self.stage, Stage::Broken) else {
            return Err(abandoned());
        };
        let work = tokio::task::spawn_blocking(move || step(&mut sink).map(|()| sink));
        self.stage = Stage::File(work.await.map_err(io::Error::other)??);
        Ok(())
    }
}

fn abandoned() -> SpoolError {
    SpoolError::Io(io::Error::other("an earlier write to this body failed or was abandoned"))
}

/// Where a draft's bytes are.
enum Stage {
    Memory(Vec<u8>),
    File(Box<Sink>),
    /// A write failed or was dropped half-way: what the file holds is not known.
    Broken,
}

/// A file that is being written.
struct Sink {
    guard: Arc<Guard>,
    file: Option<File>,
    hash: Context,
    batch: Vec<u8>,
}

impl Sink {
    fn flush(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let new =
                    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.guard.path)?;
                self.file.insert(new)
            }
        };
        file.write_all(&self.batch)?;
        self.hash.update(&self.batch);
        self.batch.clear();
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.as_ref().map_or(Ok(()), File::sync_all)?;
        // The row that will name this file must not be more durable than the name itself.
        File::open(&self.guard.room.dir)?.sync_all()
    }
}

/// The directory and what is known of its files.
struct Room {
    dir: PathBuf,
    max: u64,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    used: u64,
    files: HashMap<PathBuf, Entry>,
}

struct Entry {
    len: u64,
    kept: bool,
    guards: usize,
}

impl Room {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a file of this name lies. Names are random, so the name alone says which file is meant.
    fn place(&self, path: &Path) -> PathBuf {
        path.file_name().map_or_else(|| path.to_owned(), |name| self.dir.join(name))
    }
}

impl Books {
    fn forget(&mut self, path: &Path) {
        if let Some(entry) = self.files.remove(path) {
            self.used = self.used.saturating_sub(entry.len);
        }
    }
}

/// Keeps a file for as long as it lives; see `Room` for what the last one does.
struct Guard {
    path: PathBuf,
    room: Arc<Room>,
}

impl Guard {
    /// Takes a new name.
    fn take(room: &Arc<Room>) -> Self {
        let path = room.dir.join(hex(&random::<16>()));
        room.books().files.insert(path.clone(), Entry { len: 0, kept: false, guards: 1 });
        Self { path, room: room.clone() }
    }

    /// Reserves room for `more` bytes before they are written.
    fn reserve(&self, more: u64) -> Result<(), SpoolError> {
        let mut books = self.room.books();
        let after = books.used.saturating_add(more);
        if after > self.room.max {
            return Err(SpoolError::Full);
        }
        books.used = after;
        if let Some(entry) = books.files.get_mut(&self.path) {
            entry.len += more;
        }
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut books = self.room.books();
        let Some(entry) = books.files.get_mut(&self.path) else { return };
        entry.guards = entry.guards.saturating_sub(1);
        if entry.guards == 0 && !entry.kept {
            books.forget(&self.path);
            drop(books);
            delete(&self.path);
        }
    }
}

/// Deletes a file. One that cannot be deleted stays until the next start sweeps it.
fn delete(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "a spool file could not be deleted; the next start deletes it");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::sha256;

    const LARGE: usize = limits::BODY_INLINE_MAX + 1;

    fn spool(max: u64) -> (tempfile::TempDir, Spool) {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(&dir.path().join("spool"), max).unwrap();
        (dir, spool)
    }

    async fn body(spool: &Spool, len: usize) -> Result<Body, SpoolError> {
        let mut draft = spool.draft();
        for piece in vec![b'x'; len].chunks(1000) {
            draft.write(Bytes::copy_from_slice(piece)).await?;
        }
        draft.finish().await
    }

    fn files(spool: &Spool) -> usize {
        fs::read_dir(&spool.0.dir).unwrap().count()
    }

    #[tokio::test]
    async fn a_body_is_in_memory_up_to_the_limit_and_one_byte_more_makes_a_file() {
        let (_dir, spool) = spool(1 << 20);
        let small = body(&spool, limits::BODY_INLINE_MAX).await.unwrap();
        assert!(small.path().is_none());
        assert_eq!((spool.used(), files(&spool)), (0, 0));
        let large = body(&spool, LARGE).await.unwrap();
        assert!(large.bytes().is_none());
        assert_eq!((spool.used(), files(&spool)), (LARGE as u64, 1));
    }

    #[tokio::test]
    async fn a_file_holds_the_bytes_their_length_and_their_hash() {
        let (_dir, spool) = spool(1 << 20);
        let mut draft = spool.draft();
        let bytes: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
        for piece in bytes.chunks(7001) {
            draft.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        let body = draft.finish().await.unwrap();
        assert_eq!(fs::read(body.path().unwrap()).unwrap(), bytes);
        assert_eq!(body.len(), bytes.len() as u64);
        assert_eq!(body.sha256(), &sha256(&bytes));
    }

    #[tokio::test]
    async fn only_the_owner_can_read_the_directory_and_its_files() {
        let (_dir, spool) = spool(1 << 20);
        let body = body(&spool, LARGE).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&spool.0.dir), 0o700);
        assert_eq!(mode(body.path().unwrap()), 0o600);
    }

    #[tokio::test]
    async fn the_last_clone_takes_the_file_along_and_an_earlier_one_does_not() {
        let (_dir, spool) = spool(1 << 20);
        let first = body(&spool, LARGE).await.unwrap();
        let second = first.clone();
        drop(first);
        assert_eq!(files(&spool), 1);
        drop(second);
        assert_eq!((spool.used(), files(&spool)), (0, 0));
    }

    #[tokio::test]
    async fn a_kept_file_stays_until_it_is_removed() {
        let (_dir, spool) = spool(1 << 20);
        let body = body(&spool, LARGE).await.unwrap();
        let path = body.path().unwrap().clone();
        spool.keep(&body);
        drop(body);
        assert_eq!((spool.used(), files(&spool)), (LARGE as u64, 1));
        spool.remove(&path);
        assert_eq!((spool.used(), files(&spool)), (0, 0));
    }

    #[tokio::test]
    async fn a_removed_file_stays_for_as_long_as_somebody_reads_it() {
        let (_dir, spool) = spool(1 << 20);
        let body = body(&spool, LARGE).await.unwrap();
        spool.keep(&body);
        spool.remove(body.path().unwrap());
        assert_eq!(files(&spool), 1);
        drop(body);
        assert_eq!((spool.used(), files(&spool)), (0, 0));
    }

    #[tokio::test]
    async fn an_adopted_file_is_the_stores_counts_once_and_survives_its_bodies() {
        let (_dir, first) = spool(1 << 20);
        let old = body(&first, LARGE).await.unwrap();
        first.keep(&old);
        let (path, hash) = (old.path().unwrap().clone(), *old.sha256());
        drop(old);
        let second = Spool::open(&first.0.dir, 1 << 20).unwrap();
        let one = second.adopt(&path, LARGE as u64, hash);
        let two = second.adopt(&path, LARGE as u64, hash);
        assert_eq!(second.used(), LARGE as u64);
        drop((one, two));
        assert_eq!((second.used(), files(&second)), (LARGE as u64, 1));
        second.remove(&path);
        assert_eq!((second.used(), files(&second)), (0, 0));
    }

    #[tokio::test]
    async fn a_sweep_deletes_what_nobody_names_and_nothing_else() {
        let (_dir, spool) = spool(1 << 20);
        let living = body(&spool, LARGE).await.unwrap();
        let named = spool.0.dir.join("named");
        fs::write(&named, "held").unwrap();
        fs::write(spool.0.dir.join("left-behind"), "by a crash").unwrap();
        let moved = PathBuf::from("/elsewhere/spool/named");
        assert_eq!(spool.sweep(&[moved]).unwrap(), 1);
        assert!(named.exists() && living.path().unwrap().exists());
    }

    /// CASES HI-32: room is reserved before it is written, and given back when the body is given up.
    #[tokio::test]
    async fn a_full_spool_takes_no_byte_more_and_one_that_fits_exactly_is_taken() {
        let (_dir, spool) = spool(2 * LARGE as u64);
        let first = body(&spool, LARGE).await.unwrap();
        assert!(matches!(body(&spool, LARGE + 1).await, Err(SpoolError::Full)));
        assert_eq!((spool.used(), files(&spool)), (LARGE as u64, 1));
        let second = body(&spool, LARGE).await.unwrap();
        assert_eq!(spool.used(), 2 * LARGE as u64);
        drop((first, second));
        assert_eq!(spool.used(), 0);
    }

    #[tokio::test]
    async fn a_body_that_the_disk_refuses_is_an_error_and_its_draft_takes_nothing_more() {
        let (_dir, spool) = spool(1 << 20);
        fs::remove_dir_all(&spool.0.dir).unwrap();
        let mut draft = spool.draft();
        let piece = Bytes::from(vec![b'x'; 2 * limits::SPOOL_BATCH]);
        assert!(matches!(draft.write(piece.clone()).await, Err(SpoolError::Io(_))));
        assert!(draft.write(piece).await.is_err());
        assert!(draft.finish().await.is_err());
        assert_eq!(spool.used(), 0);
    }

    #[tokio::test]
    async fn an_abandoned_draft_leaves_no_file() {
        let (_dir, spool) = spool(1 << 20);
        let mut draft = spool.draft();
        draft.write(Bytes::from(vec![b'x'; 2 * limits::SPOOL_BATCH])).await.unwrap();
        assert_eq!(files(&spool), 1);
        drop(draft);
        assert_eq!((spool.used(), files(&spool)), (0, 0));
    }
}
