//! The state directory: 0700, owned by one process at a time, and the small files in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::secret::{hex, random};

/// The directory, locked for as long as this value lives.
pub struct StateDir {
    path: PathBuf,
    _lock: File,
}

impl StateDir {
    /// Makes it where it is missing, closes it to others, and locks it.
    pub fn open(path: &Path) -> Result<Self, String> {
        let fault = |error: io::Error| format!("[state] dir: {}: {error}", path.display());
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(fault)?;
        let file = path.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(file)
            .map_err(fault)?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let pid = fs::read_to_string(path.join("lock")).unwrap_or_default();
            return Err(format!(
                "[state] dir: {} belongs to another running Holdpoint (process {}); stop it, or choose another \
                 directory",
                path.display(),
                pid.trim()
            ));
        }
        lock.set_len(0).and_then(|()| writeln!(&lock, "{}", std::process::id())).map_err(fault)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// This installation's name in `Via`, made on first start.
    pub fn pseudonym(&self) -> Result<String, String> {
        let file = self.path.join("via");
        if let Ok(name) = fs::read_to_string(&file) {
            let name = name.trim();
            if name.starts_with("holdpoint-")
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            {
                return Ok(name.to_owned());
            }
        }
        let name = format!("holdpoint-{}", hex(&random::<4>()));
        self.write("via", &name)?;
        Ok(name)
    }

    /// Writes where the listeners are, for scripts and tests that let the system choose the ports.
    pub fn announce(&self, proxy: SocketAddr, admin: Option<SocketAddr>) -> Result<(), String> {
        // A crash leaves them, and this start may have no admin port.
        self.retract();
        self.write("proxy.addr", &proxy.to_string())?;
        match admin {
            Some(admin) => self.write("admin.addr", &admin.to_string()),
            None => Ok(()),
        }
    }

    /// Nobody listens any more: an address that stayed would lead to whoever has the port next.
    pub fn retract(&self) {
        for name in ["proxy.addr", "admin.addr"] {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "state/{name} could not be removed");
                }
                _ => {}
            }
        }
    }

    /// Replaces a small file whole.
    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let (file, fresh) = (self.path.join(name), self.path.join(format!("{name}.new")));
        let write = || -> io::Result<()> {
            let mut out =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            writeln!(out, "{text}")?;
            out.sync_all()?;
            fs::rename(&fresh, &file)
        };
        write().map_err(|error| format!("{}: {error}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES HI-30.
    #[test]
    fn a_second_process_is_turned_away() {
        let dir = tempfile::tempdir().unwrap();
        let first = StateDir::open(dir.path()).unwrap();
        let error = StateDir::open(dir.path()).err().unwrap();
        assert!(error.contains("belongs to another running Holdpoint"), "{error}");
        drop(first);
        assert!(StateDir::open(dir.path()).is_ok());
    }

    #[test]
    fn addresses_are_there_while_somebody_listens_and_not_after() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let there = |name: &str| dir.path().join(name).exists();
        state.announce(addr(1), Some(addr(2))).unwrap();
        assert!(there("proxy.addr") && there("admin.addr"));
        state.announce(addr(3), None).unwrap();
        assert!(there("proxy.addr") && !there("admin.addr"));
        state.retract();
        assert!(!there("proxy.addr"));
    }

    #[test]
    fn the_name_in_via_outlives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let name = StateDir::open(dir.path()).unwrap().pseudonym().unwrap();
        assert_eq!(StateDir::open(dir.path()).unwrap().pseudonym().unwrap(), name);
    }
}
