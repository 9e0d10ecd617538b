//! `state/admin.token`: the token of the approver `admin`, made on first start where no `[[approver]]` is
//! configured. A file that others can read is refused, not repaired: whoever has read it may keep the token.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::limits;
use crate::secret::{Masked, random};

/// Where the token lies.
pub fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("admin.token")
}

/// Reads the token, or makes it where there is none.
pub fn read_or_make(state_dir: &Path) -> Result<Masked<String>, String> {
    let file = path(state_dir);
    match file.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write(&file).map_err(|error| format!("{}: {error}", file.display()))
        }
        _ => read(state_dir),
    }
}

/// Reads the token. The error says which file, and what to do.
pub fn read(state_dir: &Path) -> Result<Masked<String>, String> {
    let file = path(state_dir);
    let named = |error: String| format!("{}: {error}", file.display());
    let nofollow = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
    let open = OpenOptions::new().read(true).custom_flags(nofollow).open(&file);
    let open = open.map_err(|error| named(error.to_string()))?;
    check(&open).map_err(named)?;
    let mut text = String::new();
    open.take(limits::TOKEN_FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| named(error.to_string()))?;
    let token = text.trim_end();
    if token.len() < 32 || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(named("this is no token; delete the file, and `holdpoint serve` makes a new one".into()));
    }
    Ok(Masked::new(token.to_owned()))
}

fn check(open: &File) -> Result<(), String> {
    let facts = open.metadata().map_err(|error| error.to_string())?;
    if !facts.is_file() {
        return Err("this is not a regular file".into());
    }
    if facts.mode() & 0o077 != 0 {
        return Err(
            "others may read this token; delete the file, and `holdpoint serve` makes a new one".into()
        );
    }
    if facts.uid() != rustix::process::geteuid().as_raw() {
        return Err("this token belongs to another user".into());
    }
    Ok(())
}

/// Under its own name only once it is whole: a token cut short by a crash would keep every later start away. What
/// a crash has left under the other name is thrown away, whoever may have read it.
fn write(file: &Path) -> io::Result<Masked<String>> {
    let fresh = file.with_extension("token.new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let token = make();
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writeln!(out, "{token}")?;
    out.sync_all()?;
    fs::rename(&fresh, file)?;
    Ok(Masked::new(token))
}

/// 43 letters and digits: 256 bits, and nothing that a shell or a header would read otherwise.
pub fn make() -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut token = String::with_capacity(43);
    while token.len() < 43 {
        // 248 is the largest multiple of 62 in a byte: what lies above would make some letters likelier.
        let fair = random::<64>().into_iter().filter(|byte| *byte < 248);
        token.extend(fair.take(43 - token.len()).map(|byte| LETTERS[usize::from(byte) % 62] as char));
    }
    token
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_token_is_made_once_for_its_owner_alone_and_then_read() {
        let dir = tempfile::tempdir().unwrap();
        let made = read_or_make(dir.path()).unwrap();
        assert_eq!(made.reveal().len(), 43);
        assert_eq!(fs::metadata(path(dir.path())).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read_or_make(dir.path()).unwrap(), made);
        assert_eq!(read(dir.path()).unwrap(), made);
        assert_ne!(make(), make());
    }

    /// A crash on the first start leaves no token, and never half of one.
    #[test]
    fn what_a_crash_has_left_of_a_token_is_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join("admin.token.new");
        fs::write(&left, "half a tok").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        let made = read_or_make(dir.path()).unwrap();
        assert_eq!(fs::metadata(path(dir.path())).unwrap().mode() & 0o777, 0o600);
        assert!(!left.exists() && read(dir.path()) == Ok(made));
    }

    /// CASES AP-20: a token that somebody else may have read is worth nothing.
    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        read_or_make(dir.path()).unwrap();
        fs::set_permissions(path(dir.path()), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_make(dir.path()).unwrap_err().contains("others may read this token"));
    }

    #[test]
    fn a_link_an_empty_file_and_a_directory_are_no_tokens() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(path(dir.path()), "").unwrap();
        fs::set_permissions(path(dir.path()), fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read_or_make(dir.path()).unwrap_err().contains("no token"));
        fs::remove_file(path(dir.path())).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        read_or_make(elsewhere.path()).unwrap();
        symlink(path(elsewhere.path()), path(dir.path())).unwrap();
        assert!(read_or_make(dir.path()).is_err());
        fs::remove_file(path(dir.path())).unwrap();
        fs::create_dir(path(dir.path())).unwrap();
        assert!(read_or_make(dir.path()).is_err());
    }
}
