//! Starting: finds the end of the log that an earlier process left, and whether it may be gone on with.
//!
//! A crash can leave an unfinished last line, or, after a power loss, a tail with holes of zero bytes, which no
//! line has. Nobody was told that such a tail is on disk, so that it may be cut off; a record says so. Everything else
//! that is not whole, and a tail that the database knows to have been on disk, is refused: corrupt state is for a
//! person to look at, never made clean in silence (CASES AU-08).

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::audit::chain::Chain;
use crate::audit::line;
use crate::audit::lines::{Lines, Next, Spot};
use crate::audit::verify::{BESIDE, Broken, Walk};
use crate::audit::{AuditError, Checkpoint, segment};
use crate::secret::{hex, sha256};

/// Where the log goes on.
pub(super) struct End {
    pub(super) chain: Chain,
    /// The segment's number.
    pub(super) segment: u32,
    /// Its good bytes; what follows them is cut off.
    pub(super) size: u64,
    /// What is cut off.
    pub(super) torn: Option<Torn>,
}

/// A tail that is cut off.
pub(super) struct Torn {
    pub(super) file: PathBuf,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Finds the end. Reads from the segment that has the `expected` record, or the one that the checkpoint beside the
/// log names, but the last one at least.
pub(super) fn find(dir: &Path, expected: Option<Checkpoint>) -> Result<End, AuditError> {
    let segments = segment::list(dir).map_err(|error| unreadable(dir, &error))?;
    if let Some(gap) = segment::first_gap(&segments) {
        return Err(not_whole(&dir.join(segment::name(gap)).display(), "the segment is missing"));
    }
    let marks = [("the database", expected), (BESIDE, segment::noted(dir))];
    let marks: Vec<_> = marks.into_iter().filter_map(|(whose, mark)| Some((whose, mark?))).collect();
    let start = first_to_read(&segments, marks.iter().map(|(_, mark)| mark.seq).min())?;
    let chain = if start == 0 { Chain::new() } else { Chain::trusting() };
    let mut walk = Walk::new(chain, marks);
    let mut lines = Lines::of(segments[start..].iter().map(|(_, path)| path.clone()).collect());
    let run = walk.run(&mut lines);
    let Some((number, path)) = segments.last() else {
        return settle(walk, dir, End { chain: Chain::new(), segment: 1, size: 0, torn: None });
    };
    let length = path.metadata().map_err(|error| unreadable(path, &error))?.len();
    let size = match (run, walk.hole) {
        (Ok(()), _) => length - walk.summary.unfinished_bytes,
        (Err(_), Some(hole)) if lines.in_last_file() => hole,
        (Err(broken), _) => return Err(refused(&broken)),
    };
    let torn = if size < length { Some(torn(path, size)?) } else { None };
    let end = End { chain: walk.chain.clone(), segment: *number, size, torn };
    settle(walk, dir, end)
}

/// The chain was good up to its end; the database must not know of more.
fn settle(walk: Walk, dir: &Path, end: End) -> Result<End, AuditError> {
    let nowhere = Spot { file: dir.to_owned(), line: 0 };
    walk.end(&nowhere).map(|_| end).map_err(|broken| refused(&broken))
}

/// The last segment that begins at or before the first record that a checkpoint names; one without a whole line tells nothing.
fn first_to_read(segments: &[(u32, PathBuf)], expected: Option<u64>) -> Result<usize, AuditError> {
    for (index, (_, path)) in segments.iter().enumerate().rev() {
        let mut lines = Lines::of(vec![path.clone()]);
        let next = lines.advance().map_err(|error| unreadable(path, &error))?;
        if next != Next::Line {
            continue;
        }
        let first = line::read(lines.bytes()).map(|line| line.seq);
        if first.is_ok_and(|seq| expected.is_none_or(|mark| seq <= mark)) {
            return Ok(index);
        }
    }
    Ok(0)
}

fn torn(path: &Path, size: u64) -> Result<Torn, AuditError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = fs::File::open(path)?;
        io::Seek::seek(&mut file, io::SeekFrom::Start(size))?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| unreadable(path, &error))?;
    Ok(Torn { file: path.to_owned(), bytes: bytes.len() as u64, sha256: hex(&sha256(&bytes)) })
}

fn unreadable(path: &Path, error: &io::Error) -> AuditError {
    AuditError::Broken(format!("{} cannot be read: {error}", path.display()))
}

fn refused(broken: &Broken) -> AuditError {
    not_whole(broken, "")
}

fn not_whole(what: &dyn std::fmt::Display, more: &str) -> AuditError {
    let colon = if more.is_empty() { "" } else { ": " };
    AuditError::NotWhole(format!(
        "{what}{colon}{more}; `holdpoint audit verify` says more. Put the files back from a copy, or, to begin a new \
         log, keep the audit directory and the database for inquiry and move both away"
    ))
}
