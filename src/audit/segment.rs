//! The files of the log: `00000001.jsonl`, `00000002.jsonl` and so on, each 0600 in a directory of 0700. A file that
//! is there is never written anew, a symbolic link never followed, and a new file's name is on disk before its
//! first record is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::audit::Checkpoint;
use crate::limits::{CHECKPOINT_BYTES_MAX, NOTE_READS_MAX};

/// The log's own checkpoint, which can be read while a server has the database to itself.
const CHECKPOINT: &str = "checkpoint";

/// Where the writer's bytes go. The tests' own one fails when told.
pub(super) trait Disk: Send {
    /// Adds bytes to the current segment, all of them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns once everything written is on disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Begins the next segment.
    fn rotate(&mut self) -> io::Result<()>;
    /// Notes beside the segments up to where they are on disk. A note that cannot be written is an old one, which
    /// says less and nothing wrong.
    fn note(&mut self, end: &Checkpoint);
}

/// The current segment.
pub(super) struct Segments {
    dir: PathBuf,
    number: u32,
    file: File,
    notes: File,
    noted: u64,
}

impl Segments {
    /// Goes on with segment `number`, cut to `size` bytes; makes it where it is missing.
    pub(super) fn open(dir: &Path, number: u32, size: u64) -> io::Result<Self> {
        let path = dir.join(name(number));
        let file = if path.symlink_metadata().is_ok() {
            options().append(true).open(&path)?
        } else {
            create(dir, number)?
        };
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        if file.metadata()?.len() != size {
            file.set_len(size)?;
        }
        file.sync_all()?;
        let notes =
            options().write(true).create(true).truncate(false).mode(0o600).open(dir.join(CHECKPOINT))?;
        let noted = notes.metadata()?.len();
        Ok(Self { dir: dir.to_owned(), number, file, notes, noted })
    }
}

impl Disk for Segments {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file = create(&self.dir, self.number + 1)?;
        self.number += 1;
        Ok(())
    }

    /// In place, as one write: a new file and a new name for each would cost more than the sync itself.
    fn note(&mut self, end: &Checkpoint) {
        let line = format!("{end}\n");
        let written = self.notes.write_all_at(line.as_bytes(), 0).and_then(|()| match self.noted {
            length if length == line.len() as u64 => Ok(()),
            _ => self.notes.set_len(line.len() as u64),
        });
        match written {
            Ok(()) => self.noted = line.len() as u64,
            Err(error) => tracing::warn!(%error, "the audit log's checkpoint could not be noted beside it"),
        }
    }
}

/// What `note` wrote last. A file that is missing or, after a power loss, not whole tells nothing: it may be behind
/// the log, which was synced before, and never ahead of it.
pub(super) fn noted(dir: &Path) -> Option<Checkpoint> {
    // It may be written at this moment: what reads twice the same was not cut in between.
    let mut last = read_note(dir)?;
    for _ in 0..NOTE_READS_MAX {
        let text = read_note(dir)?;
        if text == last {
            return text.strip_suffix('\n')?.parse().ok();
        }
        last = text;
    }
    None
}

fn read_note(dir: &Path) -> Option<String> {
    let mut text = String::new();
    let file = options().read(true).open(dir.join(CHECKPOINT)).ok()?;
    file.take(CHECKPOINT_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Makes the directory, for its owner alone.
pub(super) fn prepare(dir: &Path) -> io::Result<()> {
    if !dir.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// The segments in order. Files with other names are none of the log's.
pub(super) fn list(dir: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if let Some(number) = entry.file_name().to_str().and_then(number) {
            found.push((number, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The number of the first segment that is not there though a later one is; segments count from 1.
pub(super) fn first_gap(segments: &[(u32, PathBuf)]) -> Option<u32> {
    let numbers = segments.iter().map(|(number, _)| *number);
    (1..).zip(numbers).find(|(expected, number)| expected != number).map(|(expected, _)| expected)
}

/// A segment's file name.
pub(super) fn name(number: u32) -> String {
    format!("{number:08}.jsonl")
}

fn number(file_name: &str) -> Option<u32> {
    let number = file_name.strip_suffix(".jsonl")?.parse().ok()?;
    (number > 0 && name(number) == file_name).then_some(number)
}

fn create(dir: &Path, number: u32) -> io::Result<File> {
    let file = options().append(true).create_new(true).mode(0o600).open(dir.join(name(number)))?;
    File::open(dir)?.sync_all()?;
    Ok(file)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(OFlags::NOFOLLOW.bits() as i32);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES AU-18: nobody else may read the log.
    #[test]
    fn the_directory_and_its_files_are_their_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("state/audit");
        prepare(&dir).unwrap();
        let mut segments = Segments::open(&dir, 1, 0).unwrap();
        segments.rotate().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("00000001.jsonl")), 0o600);
        assert_eq!(mode(&dir.join("00000002.jsonl")), 0o600);
    }

    /// CASES AU-19: a segment that is there already is never written over, and a link never followed.
    #[test]
    fn rotation_never_takes_a_file_that_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut segments = Segments::open(dir.path(), 1, 0).unwrap();
        fs::write(dir.path().join("00000002.jsonl"), "kept").unwrap();
        assert!(segments.rotate().is_err());
        assert_eq!(fs::read_to_string(dir.path().join("00000002.jsonl")).unwrap(), "kept");
        std::os::unix::fs::symlink("/dev/null", dir.path().join("00000003.jsonl")).unwrap();
        assert!(Segments::open(dir.path(), 3, 0).is_err());
    }

    #[test]
    fn only_the_exact_names_are_segments_and_a_gap_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["00000001.jsonl", "00000003.jsonl", "2.jsonl", "00000002.jsonl~", "00000000.jsonl"] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        let segments = list(dir.path()).unwrap();
        assert_eq!(segments.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(first_gap(&segments), Some(2));
        assert_eq!(first_gap(&segments[..1]), None);
    }
}
