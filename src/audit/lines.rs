//! The lines of some segments, one after the other, in bounded memory. Says what stands there; what it is worth is
//! for `verify` to say.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use crate::audit::segment;
use crate::limits::AUDIT_RECORD_MAX;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A line with its newline; `Lines::bytes` has it without.
    Line,
    /// The file ends with this many bytes that no newline ends.
    Unfinished(u64),
    /// A line is longer than a record may be.
    TooLong,
    /// No segment is left.
    End,
}

/// A place in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// The segment.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: u64,
}

/// A reader of segments.
pub struct Lines {
    left: IntoIter<PathBuf>,
    reader: Option<BufReader<File>>,
    spot: Spot,
    offset: u64,
    bytes: Vec<u8>,
}

impl Lines {
    /// All lines of the log in `dir`.
    pub fn of_log(dir: &Path) -> io::Result<Self> {
        Ok(Self::of(segment::list(dir)?.into_iter().map(|(_, path)| path).collect()))
    }

    /// The same from the segment on in which the record after `seq` is, or would be.
    pub fn of_log_after(dir: &Path, seq: u64) -> io::Result<Self> {
        let mut files: Vec<_> = segment::list(dir)?.into_iter().map(|(_, path)| path).collect();
        let mut skipped = 0;
        for (index, file) in files.iter().enumerate().rev() {
            if first_seq(file)?.is_some_and(|first| first <= seq.saturating_add(1)) {
                skipped = index;
                break;
            }
        }
        files.drain(..skipped);
        Ok(Self::of(files))
    }

    /// A reader for each segment, the last one first.
    pub fn of_log_backwards(dir: &Path) -> io::Result<impl Iterator<Item = Self> + use<>> {
        Ok(segment::list(dir)?.into_iter().rev().map(|(_, path)| Self::of(vec![path])))
    }

    pub(super) fn of(files: Vec<PathBuf>) -> Self {
        Self { left: files.into_iter(), reader: None, spot: Spot::default(), offset: 0, bytes: Vec::new() }
    }

    /// Goes on to the next line. After `Unfinished` the next segment follows; after `TooLong` nothing should.
    pub fn advance(&mut self) -> io::Result<Next> {
        loop {
            let Some(reader) = &mut self.reader else {
                let Some(file) = self.left.next() else { return Ok(Next::End) };
                self.reader = Some(BufReader::with_capacity(128 * 1024, File::open(&file)?));
                self.spot = Spot { file, line: 0 };
                (self.offset, self.bytes) = (0, Vec::new());
                continue;
            };
            self.offset += self.bytes.len() as u64 + u64::from(self.spot.line > 0);
            self.bytes.clear();
            let line_max = AUDIT_RECORD_MAX as u64 + 1;
            let length = reader.take(line_max).read_until(b'\n', &mut self.bytes)?;
            if length == 0 {
                self.reader = None;
                continue;
            }
            self.spot.line += 1;
            if self.bytes.pop_if(|last| *last == b'\n').is_some() {
                return Ok(Next::Line);
            }
            if length as u64 == line_max {
                return Ok(Next::TooLong);
            }
            self.reader = None;
            return Ok(Next::Unfinished(length as u64));
        }
    }

    /// The line, without its newline; of a longer one, its beginning.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where it stands.
    pub fn spot(&self) -> &Spot {
        &self.spot
    }

    /// Bytes of its file that come before it.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether its segment is the last one.
    pub(super) fn in_last_file(&self) -> bool {
        self.left.as_slice().is_empty()
    }
}

/// The number of a segment's first record; none where no whole line says one.
fn first_seq(file: &Path) -> io::Result<Option<u64>> {
    let mut lines = Lines::of(vec![file.to_owned()]);
    Ok(match lines.advance()? {
        Next::Line => crate::audit::read_line(lines.bytes()).ok().map(|line| line.seq),
        Next::End | Next::TooLong | Next::Unfinished(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn steps(files: &[&[u8]]) -> Vec<(Next, Vec<u8>, u64)> {
        let dir = tempfile::tempdir().unwrap();
        for (index, bytes) in files.iter().enumerate() {
            fs::write(dir.path().join(segment::name(index as u32 + 1)), bytes).unwrap();
        }
        let mut lines = Lines::of_log(dir.path()).unwrap();
        let mut steps = Vec::new();
        loop {
            let next = lines.advance().unwrap();
            if next == Next::End {
                return steps;
            }
            steps.push((next, lines.bytes().to_vec(), lines.offset()));
            if next == Next::TooLong {
                return steps;
            }
        }
    }

    #[test]
    fn lines_come_from_segment_after_segment_with_their_offsets() {
        let found = steps(&[b"a\n\nbc\n", b"", b"d\nrest"]);
        let expected: [(Next, &[u8], u64); 5] = [
            (Next::Line, b"a", 0),
            (Next::Line, b"", 2),
            (Next::Line, b"bc", 3),
            (Next::Line, b"d", 0),
            (Next::Unfinished(4), b"rest", 2),
        ];
        assert_eq!(found, expected.map(|(next, bytes, offset)| (next, bytes.to_vec(), offset)));
    }

    #[test]
    fn a_line_as_long_as_a_record_may_be_is_read_and_one_byte_more_is_not() {
        let mut whole = vec![b'x'; AUDIT_RECORD_MAX];
        whole.push(b'\n');
        assert_eq!(steps(&[&whole])[0].0, Next::Line);
        whole.insert(0, b'x');
        assert_eq!(steps(&[&whole])[0].0, Next::TooLong);
        assert_eq!(steps(&[&whole[..AUDIT_RECORD_MAX]])[0].0, Next::Unfinished(AUDIT_RECORD_MAX as u64));
    }
}
