//! Replacing the config as a whole: another file takes its name once it is on disk, with the mode and the owner of the one
//! before. Whoever reads it meanwhile has the old text or the new one. Also: whose server it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Uid, fchown};
use rustix::process::Pid;

/// Why it was not replaced.
#[derive(Debug)]
pub enum Fault {
    /// This user may not.
    Closed(String),
    /// Something else.
    Other(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Closed(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

/// The text as it is now. It was read as a config before, so it is small and text.
pub fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Replaces `old` by `new`; a text that is neither is somebody else's, and stays.
pub fn replace(file: &Path, old: &str, new: &str) -> Result<(), Fault> {
    // A link stays a link.
    let file = fs::canonicalize(file)?;
    // Who may write to the directory alone may not write this file.
    let before = OpenOptions::new().write(true).open(&file)?.metadata()?;
    let mut draft = file.clone().into_os_string();
    draft.push(format!(".new-{}", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = write(&draft, new, &before).map_err(Fault::from).and_then(|()| {
        if fs::read_to_string(&file)? != old {
            return Err(Fault::Other("it changed meanwhile; look at it again".to_owned()));
        }
        Ok(fs::rename(&draft, &file)?)
    });
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written?;
    Ok(File::open(file.parent().unwrap_or(Path::new("/")))?.sync_all()?)
}

fn write(draft: &Path, text: &str, before: &fs::Metadata) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    out.write_all(text.as_bytes())?;
    let now = out.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        fchown(&out, Some(Uid::from_raw(before.uid())), Some(Gid::from_raw(before.gid())))?;
    }
    out.set_permissions(fs::Permissions::from_mode(before.mode() & 0o7777))?;
    out.sync_all()
}

/// The process of the server that runs on a state directory, where it is this user's own.
pub fn server(state_dir: &Path) -> Option<Pid> {
    if !state_dir.join("proxy.addr").exists() {
        return None;
    }
    let pid: i32 = fs::read_to_string(state_dir.join("lock")).ok()?.trim().parse().ok()?;
    // After a crash the number may be anybody's: a process of this user's and of this program's name is meant.
    let process = PathBuf::from(format!("/proc/{pid}"));
    let ours = fs::metadata(&process).ok()?.uid() == rustix::process::geteuid().as_raw();
    let name = |process: &Path| fs::read_to_string(process.join("comm")).ok();
    let same = name(&process).is_some_and(|name_of_it| Some(name_of_it) == name(Path::new("/proc/self")));
    (ours && same).then_some(pid).and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_keeps_its_mode_its_link_and_what_somebody_else_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("holdpoint.toml"), dir.path().join("link.toml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(matches!(replace(&file, "old", "newer"), Err(Fault::Other(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no draft is left");
    }

    #[test]
    fn a_process_of_another_name_is_no_server() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("lock"), "1\n").unwrap();
        assert!(server(dir.path()).is_none(), "nobody listens");
        fs::write(dir.path().join("proxy.addr"), "127.0.0.1:1\n").unwrap();
        assert!(server(dir.path()).is_none(), "that is init");
        fs::write(dir.path().join("lock"), format!("{}\n", std::process::id())).unwrap();
        assert_eq!(server(dir.path()), Some(rustix::process::getpid()));
    }
}
