//! Files beside the CA's certificate, where agents of other users can read them: the roots, as the runtimes want them,
//! and the agents' guide. Who may not write there (an agent under another user, a directory that is mounted read-only)
//! takes what `serve` wrote, as long as it is fit to be used.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a file whole, where it is not there already with exactly these bytes, and says where it is.
pub fn write(
    ca_file: &Path,
    name: &str,
    bytes: &[u8],
    is_fit: impl Fn(&[u8]) -> bool,
) -> Result<PathBuf, String> {
    let named = |error: io::Error| format!("{}: {error}", ca_file.display());
    let file = std::path::absolute(ca_file.with_file_name(name)).map_err(named)?;
    let old = fs::read(&file).ok();
    if old.as_deref() == Some(bytes) {
        return Ok(file);
    }
    match replace(&file, bytes) {
        Ok(()) => Ok(file),
        Err(error) if is_closed(&error) && old.is_some_and(|old| is_fit(&old)) => Ok(file),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&draft)?;
    out.write_all(bytes)?;
    fs::rename(&draft, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_left_alone_where_nothing_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let ca = dir.path().join("ca.pem");
        let fresh = |bytes: &[u8]| write(&ca, "guide.md", bytes, |_| false).unwrap();
        let file = fresh(b"one");
        let inode = |file: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(file).unwrap());
        let first = inode(&file);
        fresh(b"one");
        assert_eq!(inode(&file), first);
        fresh(b"two");
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn where_nothing_can_be_written_and_nothing_fit_is_there_it_is_an_error() {
        assert!(write(Path::new("/nonexistent/ca.pem"), "guide.md", b"", |_| true).is_err());
    }
}
