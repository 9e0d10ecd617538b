//! Requests as data (SPEC section 9), for the commands that judge without a server: read line by line in bounded
//! memory, and judged as the proxy would judge them. They touch no state.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::classify::{Effect, Finding};
use crate::cli::Trouble;
use crate::cli::hold::safe;
use crate::config::Config;
use crate::limits;
use crate::parse::data::Data;
use crate::snapshot::Snapshot;

/// A source of requests: a file, or standard input for `-` and where none is named.
pub struct Source {
    /// What errors call it.
    pub name: String,
    /// It.
    pub reader: BufReader<Box<dyn Read>>,
}

impl Source {
    /// Opens it.
    pub fn open(file: Option<&Path>) -> Result<Self, Trouble> {
        let file = file.filter(|file| file.as_os_str() != "-");
        let name = file.map_or_else(|| "standard input".to_owned(), |file| safe(&file.to_string_lossy()));
        let open = |file| File::open(file).map_err(|error| Trouble::Wrong(format!("{name}: {error}")));
        let reader: Box<dyn Read> = match file {
            Some(file) => Box::new(open(file)?),
            None => Box::new(io::stdin()),
        };
        Ok(Self { reader: BufReader::with_capacity(limits::PIECE_BYTES, reader), name })
    }

    /// All of it, where it is one text.
    pub fn text(mut self) -> Result<(String, String), Trouble> {
        let failed = |what: String| Trouble::Failed(format!("{}: {what}", self.name));
        let mut bytes = Vec::new();
        let most = limits::DATA_FILE_BYTES_MAX as u64 + 1;
        self.reader.by_ref().take(most).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
        if bytes.len() > limits::DATA_FILE_BYTES_MAX {
            return Err(failed(format!("more than {} bytes", limits::DATA_FILE_BYTES_MAX)));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed("not UTF-8".to_owned()))?;
        Ok((self.name, text))
    }
}

/// What stood in a line.
pub enum Line {
    /// The input is over.
    End,
    /// These bytes, without the line feed; they are in the buffer that was given.
    Read,
    /// More than `limits::DATA_LINE_BYTES_MAX`; all of it was skipped.
    TooLong,
}

/// Reads the next line, of bounded length, into an emptied buffer.
pub fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut any, mut too_long) = (false, false);
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        any = true;
        let end = piece.iter().position(|byte| *byte == b'\n');
        let part = &piece[..end.unwrap_or(piece.len())];
        too_long |= line.len() + part.len() > limits::DATA_LINE_BYTES_MAX;
        if too_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let used = end.map_or(piece.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(match (any, too_long) {
        (false, _) => Line::End,
        (true, true) => Line::TooLong,
        (true, false) => Line::Read,
    })
}

/// A request that was judged.
pub enum Judged {
    /// As the proxy would have judged it.
    Found(Box<Snapshot>, Finding),
    /// The proxy would have refused it: nobody can tell what it is.
    Refused(Finding),
}

impl Judged {
    /// What is said of it.
    pub fn into_finding(self) -> Finding {
        match self {
            Judged::Found(_, finding) | Judged::Refused(finding) => finding,
        }
    }
}

/// Judges a request by the config.
pub fn judge(config: &Config, data: &Data) -> Judged {
    match data.freeze() {
        Ok(snapshot) => {
            let bytes: &[u8] = snapshot.body().bytes().map_or(&[], |bytes| bytes);
            // Of a larger body the proxy reads no more than this back.
            let whole = bytes.len() <= limits::INSPECT_BYTES_MAX;
            let seen = if whole { bytes } else { &bytes[..limits::INSPECT_START_BYTES] };
            let finding = config.classifier.seeing(&snapshot, seen);
            Judged::Found(Box::new(snapshot), finding)
        }
        Err(refusal) => Judged::Refused(Finding {
            effect: Effect::Unknown,
            dialect: "http",
            operation: label(data),
            why: vec![format!("the proxy refuses it as `{}`: {}", refusal.code.as_str(), refusal.detail)],
            declared: None,
        }),
    }
}

/// What was written, cut to the length of a label.
fn label(data: &Data) -> String {
    let path = data.path.split('?').next().unwrap_or_default();
    let whole = data.method.chars().chain([' ']).chain(path.chars());
    whole.take(limits::LABEL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], capacity: usize) -> Vec<Option<Vec<u8>>> {
        let (mut reader, mut line, mut out) =
            (BufReader::with_capacity(capacity, text), Vec::new(), Vec::new());
        loop {
            match next_line(&mut reader, &mut line).unwrap() {
                Line::End => return out,
                Line::Read => out.push(Some(line.clone())),
                Line::TooLong => out.push(None),
            }
        }
    }

    #[test]
    fn lines_are_read_whole_whatever_the_pieces() {
        for capacity in [1, 2, 3, 64] {
            let read: Vec<_> = lines(b"ab\n\ncd\r\ne", capacity).into_iter().flatten().collect();
            assert_eq!(read, [&b"ab"[..], b"", b"cd\r", b"e"], "{capacity}");
            assert!(lines(b"", capacity).is_empty());
            assert_eq!(lines(b"\n", capacity).len(), 1);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_one_is_read() {
        let mut text = vec![b'x'; limits::DATA_LINE_BYTES_MAX];
        text.extend_from_slice(b"\nyy");
        assert_eq!(lines(&text, 4096).len(), 2);
        assert!(lines(&text, 4096)[0].is_some());
        text.insert(0, b'x');
        assert_eq!(lines(&text, 4096), [None, Some(b"yy".to_vec())]);
    }
}
