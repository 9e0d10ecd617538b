//! The chain's rule, for the writer, the start and the verifier alike: each record has the next number, the hash of
//! the line before, and a time that is not before the last one, unless it says by how much the clock was set back
//! (CASES AU-16).

use std::fmt;

use crate::audit::Checkpoint;
use crate::audit::line::{self, Hash, Line};
use crate::clock::Wall;

/// The end of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    seq: u64,
    hash: Hash,
    at: Option<Wall>,
    /// The first record that is read is taken as it is, because what comes before it was not looked at.
    trusting: bool,
}

/// Why a record is not the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has another number.
    Seq { expected: u64, found: u64 },
    /// It does not have the hash of the line before.
    Prev,
    /// Its time is before the last one's and it does not say so, or it says so and it is not.
    Clock,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Seq { expected, found } => {
                write!(
                    f,
                    "the record has seq {found} where {expected} follows: one is missing, added or moved"
                )
            }
            Fault::Prev => f.write_str("`prev` is not the hash of the line before"),
            Fault::Clock => f.write_str("`clock_back_ms` and the time of the record before do not agree"),
        }
    }
}

impl Chain {
    /// A chain without a record.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A chain that begins with whatever record is read first.
    pub(super) fn trusting() -> Self {
        Self { trusting: true, ..Self::default() }
    }

    /// The last record's number; 0 where there is none.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// The last line's hash; zeros where there is none.
    pub(super) fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The last record.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(self.seq, &self.hash)
    }

    /// By how much `at` lies before the last record's time, in milliseconds.
    pub(super) fn clock_back_ms(&self, at: Wall) -> Option<u64> {
        u64::try_from(self.at?.0.saturating_sub(at.0)).ok().filter(|back| *back > 0)
    }

    /// Takes the next record's line as written.
    pub(super) fn push(&mut self, at: Wall, line: &[u8]) {
        self.seq += 1;
        self.hash = line::hash(line);
        self.at = Some(at);
    }

    /// Takes the next record's line if it is the next one.
    pub(super) fn follow(&mut self, line: &Line, bytes: &[u8]) -> Result<(), Fault> {
        let first = std::mem::take(&mut self.trusting);
        if first {
            (self.seq, self.hash) = (line.seq.saturating_sub(1), line.prev);
        }
        if line.seq != self.seq + 1 {
            return Err(Fault::Seq { expected: self.seq + 1, found: line.seq });
        }
        if line.prev != self.hash {
            return Err(Fault::Prev);
        }
        let said = line.fields.get("clock_back_ms").map(|back| back.as_u64().unwrap_or(0));
        if !first && said != self.clock_back_ms(line.at) {
            return Err(Fault::Clock);
        }
        self.push(line.at, bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn line(seq: u64, prev: Hash, at: i64, back: Option<u64>) -> Line {
        let mut fields = Map::new();
        if let Some(back) = back {
            fields.insert("clock_back_ms".into(), json!(back));
        }
        Line { seq, prev, at: Wall(at), event: "ended".into(), fields }
    }

    fn one_record() -> Chain {
        let mut chain = Chain::new();
        chain.follow(&line(1, [0; 32], 1000, None), b"one").expect("the first record follows");
        chain
    }

    #[test]
    fn the_next_record_has_the_next_number_and_the_hash_of_the_line_before() {
        let hash = line::hash(b"one");
        assert_eq!(one_record().follow(&line(2, hash, 1000, None), b"two"), Ok(()));
        let skipped = Fault::Seq { expected: 2, found: 3 };
        assert_eq!(one_record().follow(&line(3, hash, 1000, None), b"two"), Err(skipped));
        assert_eq!(one_record().follow(&line(2, [0; 32], 1000, None), b"two"), Err(Fault::Prev));
        assert_eq!(Chain::new().follow(&line(1, [1; 32], 1000, None), b"one"), Err(Fault::Prev));
    }

    /// CASES AU-16: a clock that was set back is on record with the exact step, and only then.
    #[test]
    fn time_goes_back_only_where_the_record_says_by_how_much() {
        let hash = line::hash(b"one");
        for (at, back, follows) in [
            (999, Some(1), true),
            (999, None, false),
            (999, Some(2), false),
            (1000, Some(0), false),
            (1000, Some(1), false),
            (1001, None, true),
        ] {
            let followed = one_record().follow(&line(2, hash, at, back), b"two");
            assert_eq!(followed.is_ok(), follows, "{at} {back:?}");
        }
    }

    #[test]
    fn a_trusting_chain_takes_one_record_as_it_is_and_not_the_second() {
        let mut chain = Chain::trusting();
        assert_eq!(chain.follow(&line(41, [7; 32], 1000, Some(5)), b"one"), Ok(()));
        assert_eq!(chain.seq(), 41);
        assert!(chain.follow(&line(43, line::hash(b"one"), 1000, None), b"two").is_err());
        assert!(chain.follow(&line(42, line::hash(b"one"), 1000, None), b"two").is_ok());
    }
}
