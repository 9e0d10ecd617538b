//! Which file is the config, and reading it (SPEC section 4). A file that was asked for and is not there, or one
//! that is there and cannot be read, is an error: it never falls through to the next place.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::limits;

/// The variable that names the file.
pub(super) const VARIABLE: &str = "HOLDPOINT_CONFIG";

/// Where it is looked for when nobody names it.
pub(super) const PLACES: [&str; 2] = ["config/holdpoint.toml", "/etc/holdpoint/holdpoint.toml"];

/// The file to read; `None` for the defaults.
pub(super) fn find(flag: Option<&Path>, variable: Option<&OsStr>, places: &[&str]) -> Option<PathBuf> {
    let variable = variable.filter(|text| !text.is_empty()).map(Path::new);
    if let Some(named) = flag.or(variable) {
        return Some(named.to_owned());
    }
    // A place that cannot be looked at, or a link that leads nowhere, counts as there, so that reading it says what is wrong.
    let is_there = |place: &&Path| place.is_symlink() || place.try_exists().unwrap_or(true);
    places.iter().map(Path::new).find(is_there).map(Path::to_owned)
}

/// The config's text.
pub(super) fn read(file: &Path) -> Result<String, String> {
    let fail = |what: String| format!("error: the config cannot be read: {what}\n --> {}", file.display());
    let bytes = limited(file, limits::CONFIG_BYTES_MAX).map_err(fail)?;
    String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8".to_owned()))
}

/// A file that the config names.
pub(super) fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    limited(file, limits::DOCUMENT_BYTES_MAX).map_err(|what| format!("{}: {what}", file.display()))
}

fn limited(file: &Path, limit: usize) -> Result<Vec<u8>, String> {
    let opened = File::open(file).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    opened.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > limit { Err(format!("it has more than {limit} bytes")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_comes_first_then_the_variable_then_the_places() {
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().join("there.toml");
        std::fs::write(&there, "").unwrap();
        let there = there.to_str().unwrap();
        let find = |flag: Option<&str>, variable: Option<&str>, places: &[&str]| {
            find(flag.map(Path::new), variable.map(OsStr::new), places)
        };
        assert_eq!(find(Some("a"), Some("b"), &[there]), Some("a".into()));
        assert_eq!(find(None, Some("b"), &[there]), Some("b".into()));
        assert_eq!(find(None, Some(""), &["/nowhere/at/all.toml", there]), Some(there.into()));
        assert_eq!(find(None, None, &["/nowhere/at/all.toml"]), None);
        let link = dir.path().join("link.toml");
        std::os::unix::fs::symlink("/nowhere/at/all.toml", &link).unwrap();
        assert_eq!(
            find(None, None, &[link.to_str().unwrap()]),
            Some(link.clone()),
            "it leads nowhere, and is an error"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let missing = read(&dir.path().join("missing.toml")).unwrap_err();
        assert!(missing.contains("missing.toml"), "{missing}");
        assert!(read(dir.path()).is_err(), "a directory is no file");
        let binary = dir.path().join("binary.toml");
        std::fs::write(&binary, b"\xff").unwrap();
        assert!(read(&binary).unwrap_err().contains("UTF-8"));
        let large = dir.path().join("large.toml");
        std::fs::write(&large, "#".repeat(limits::CONFIG_BYTES_MAX)).unwrap();
        assert!(read(&large).is_ok());
        std::fs::write(&large, "#".repeat(limits::CONFIG_BYTES_MAX + 1)).unwrap();
        assert!(read(&large).is_err());
    }
}
