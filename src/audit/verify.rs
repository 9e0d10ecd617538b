//! Verifying: reads the segments itself, whether or not a server runs, in constant memory, and names the first bad
//! record. Nothing is repaired and nothing is guessed: whatever is not exactly what the writer makes is bad.
//!
//! The chain has no key, so that whoever may write the files may also write a whole new chain. What shows that,
//! and what shows a cut at the end, is a checkpoint kept elsewhere: the database's, or one that a person noted.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::audit::chain::{Chain, Fault};
use crate::audit::line;
use crate::audit::lines::{Lines, Next, Spot};
use crate::audit::{Checkpoint, segment};
use crate::limits::AUDIT_RECORD_MAX;
use crate::secret::hex;

/// How the checkpoint that the writer leaves beside the segments is called.
pub(super) const BESIDE: &str = "the log's own checkpoint";

/// A log that is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Segments.
    pub segments: usize,
    /// Records.
    pub records: u64,
    /// The last record: what to note elsewhere.
    pub last: Checkpoint,
    /// The first record's time, RFC 3339.
    pub first_at: Option<String>,
    /// The last record's time, RFC 3339.
    pub last_at: Option<String>,
    /// Records before which the machine's clock had been set back.
    pub clock_backs: u64,
    /// Bytes of an unfinished last line: a server is writing it, or one crashed and has not been started since.
    pub unfinished_bytes: u64,
    /// Whose checkpoints it was compared with.
    pub compared: Vec<&'static str>,
}

/// A log that is not whole, and the first record that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The segment; the directory where there is none.
    pub file: PathBuf,
    /// The line in it, from 1; 0 where it is not about a line.
    pub line: u64,
    /// The number that the record there has, or should have.
    pub seq: u64,
    /// What is wrong.
    pub what: String,
    /// It could not be read, so that nothing is known of it.
    pub unread: bool,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}, seq {}: {}", self.file.display(), self.line, self.seq, self.what)
    }
}

impl std::error::Error for Broken {}

impl Broken {
    fn at(spot: &Spot, seq: u64, what: impl Into<String>) -> Self {
        Self { file: spot.file.clone(), line: spot.line, seq, what: what.into(), unread: false }
    }
}

/// Verifies the log in `dir` from its first record to its last, against a checkpoint that the caller keeps, the one
/// that the database kept and the one that lies beside the log. Read the database first: a running server may write
/// on meanwhile.
pub fn verify(
    dir: &Path,
    checkpoint: Option<Checkpoint>,
    database: Option<Checkpoint>,
) -> Result<Summary, Broken> {
    let own = segment::noted(dir);
    let marks = [("the checkpoint", checkpoint), ("the database's checkpoint", database), (BESIDE, own)];
    let marks = marks.into_iter().filter_map(|(whose, mark)| Some((whose, mark?))).collect();
    let mut walk = Walk::new(Chain::new(), marks);
    let nowhere = Spot { file: dir.to_owned(), line: 0 };
    let segments = segment::list(dir).map_err(|error| walk.unreadable(&nowhere, &error))?;
    let gap = segment::first_gap(&segments);
    let whole = segments.iter().zip(1..).take_while(|((number, _), expected)| number == expected);
    walk.summary.segments = whole.clone().count();
    let mut lines = Lines::of(whole.map(|((_, path), _)| path.clone()).collect());
    walk.run(&mut lines)?;
    if let Some(gap) = gap {
        let spot = Spot { file: dir.join(segment::name(gap)), line: 1 };
        return Err(Broken::at(&spot, walk.chain.seq() + 1, "the segment is missing"));
    }
    walk.end(&nowhere)
}

/// A walk along the chain.
pub(super) struct Walk {
    pub(super) chain: Chain,
    pub(super) summary: Summary,
    marks: Vec<(&'static str, Checkpoint)>,
    /// Where the last good record stands.
    spot: Spot,
    /// Bytes of its file before a line with a zero byte, which no writer makes and a power loss can leave.
    pub(super) hole: Option<u64>,
}

impl Walk {
    pub(super) fn new(chain: Chain, marks: Vec<(&'static str, Checkpoint)>) -> Self {
        Self { chain, summary: Summary::default(), marks, spot: Spot::default(), hole: None }
    }

    /// Follows the chain until the lines end.
    pub(super) fn run(&mut self, lines: &mut Lines) -> Result<(), Broken> {
        loop {
            let next = lines.advance().map_err(|error| self.unreadable(lines.spot(), &error))?;
            if next != Next::End && lines.bytes().contains(&0) {
                self.hole = Some(lines.offset());
            }
            match next {
                Next::Line => self.step(lines)?,
                Next::Unfinished(bytes) if lines.in_last_file() => self.summary.unfinished_bytes = bytes,
                Next::Unfinished(_) => {
                    return Err(self.bad(lines.spot(), "the line does not end, and a later segment follows"));
                }
                Next::TooLong => {
                    let what =
                        format!("the line is longer than the {AUDIT_RECORD_MAX} bytes a record may have");
                    return Err(self.bad(lines.spot(), what));
                }
                Next::End => return Ok(()),
            }
        }
    }

    /// All records were good: do the checkpoints lie among them?
    pub(super) fn end(mut self, nowhere: &Spot) -> Result<Summary, Broken> {
        self.summary.last = self.chain.checkpoint();
        self.summary.compared = self.marks.iter().map(|(whose, _)| *whose).collect();
        let last = self.chain.seq();
        for (whose, mark) in &self.marks {
            if mark.seq > last {
                let spot = if self.spot.line == 0 { nowhere } else { &self.spot };
                let spot = Spot { line: spot.line + 1, ..spot.clone() };
                let what =
                    format!("the log ends at seq {last}, but {whose} knows seq {}: it was cut", mark.seq);
                return Err(Broken::at(&spot, last + 1, what));
            }
            if mark.seq == 0 && !mark.is_start() {
                return Err(Broken::at(nowhere, 0, format!("{whose} names no record and yet has a hash")));
            }
        }
        Ok(self.summary)
    }

    fn step(&mut self, lines: &mut Lines) -> Result<(), Broken> {
        let line = line::read(lines.bytes()).map_err(|what| self.bad(lines.spot(), what))?;
        match self.chain.follow(&line, lines.bytes()) {
            Ok(()) => {}
            Err(Fault::Prev) => return Err(self.blame(lines)),
            Err(fault) => return Err(self.bad(lines.spot(), fault.to_string())),
        }
        self.spot.clone_from(lines.spot());
        self.check_marks()?;
        self.summary.records += 1;
        self.summary.clock_backs += u64::from(line.fields.contains_key("clock_back_ms"));
        let at = line.at.rfc3339();
        self.summary.first_at.get_or_insert_with(|| at.clone());
        self.summary.last_at = Some(at);
        Ok(())
    }

    fn check_marks(&self) -> Result<(), Broken> {
        let here = self.marks.iter().filter(|(_, mark)| mark.seq == self.chain.seq());
        for (whose, mark) in here {
            if mark.hash != self.chain.checkpoint().hash {
                let what =
                    format!("{whose} has another hash for this record: it, or one before it, was changed");
                return Err(Broken::at(&self.spot, mark.seq, what));
            }
        }
        Ok(())
    }

    /// A record does not follow the one before it: one of the two was changed. If the next record follows this
    /// one, or a checkpoint knows this one, it was the one before.
    fn blame(&self, lines: &mut Lines) -> Broken {
        let (spot, hash) = (lines.spot().clone(), line::hash(lines.bytes()));
        let seq = self.chain.seq() + 1;
        let known = |hash: &line::Hash, seq| {
            self.marks.iter().any(|(_, mark)| mark.seq == seq && mark.hash == hex(hash))
        };
        let this_is_whole = match lines.advance() {
            Ok(Next::Line) => line::read(lines.bytes()).is_ok_and(|next| next.prev == hash),
            _ => known(&hash, seq) || !known(self.chain.hash(), seq - 1),
        };
        if this_is_whole && self.spot.line > 0 {
            let what =
                format!("the record was changed: its hash is not the one that seq {seq} has kept of it");
            return Broken::at(&self.spot, seq - 1, what);
        }
        Broken::at(&spot, seq, Fault::Prev.to_string())
    }

    fn bad(&self, spot: &Spot, what: impl Into<String>) -> Broken {
        Broken::at(spot, self.chain.seq() + 1, what)
    }

    fn unreadable(&self, spot: &Spot, error: &io::Error) -> Broken {
        Broken { unread: true, ..self.bad(spot, format!("cannot be read: {error}")) }
    }
}
