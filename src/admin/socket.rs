//! The listeners: a Unix socket that is 0600 before anybody can connect to it, and a loopback port. Errors name
//! the config key.

use std::fs::DirBuilder;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// Connections that may wait in the kernel to be accepted.
const BACKLOG: i32 = 128;

/// Listens on the port. Beyond loopback only with TLS.
pub fn tcp(listen: SocketAddr, has_tls: bool) -> Result<TcpListener, String> {
    if !listen.ip().to_canonical().is_loopback() && !has_tls {
        return Err(format!(
            "admin.listen: {listen} is beyond loopback, without TLS; name [admin] tls_cert and tls_key"
        ));
    }
    let listener = TcpListener::bind(listen).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "admin.listen: {listen} is in use; is another Holdpoint running? Stop it, or set another port"
        ),
        _ => format!("admin.listen: {listen}: {error}"),
    })?;
    listener.set_nonblocking(true).map_err(|error| format!("admin.listen: {listen}: {error}"))?;
    Ok(listener)
}

/// Listens on the socket. A file that a dead process left is replaced, one that somebody listens on is not.
pub fn unix(path: &Path) -> Result<UnixListener, String> {
    let named = |error: io::Error| format!("admin.socket: {}: {error}", path.display());
    prepare_dir(path)?;
    clear(path)?;
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
    let socket = socket.map_err(|error| named(error.into()))?;
    let address = SocketAddrUnix::new(path).map_err(|error| named(error.into()))?;
    rustix::net::bind(&socket, &address).map_err(|error| named(error.into()))?;
    // Nobody can connect before `listen`, so nobody meets the mode that the umask left.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(named)?;
    rustix::net::listen(&socket, BACKLOG).map_err(|error| named(error.into()))?;
    let listener = UnixListener::from(socket);
    listener.set_nonblocking(true).map_err(named)?;
    Ok(listener)
}

/// Makes the directory (0700) where there is none. One in which others may rename files is refused: they could
/// put a socket of their own in this one's place.
fn prepare_dir(path: &Path) -> Result<(), String> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let named = |error: &dyn std::fmt::Display| format!("admin.socket: {}: {error}", dir.display());
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| named(&error))?;
    let facts = std::fs::metadata(dir).map_err(|error| named(&error))?;
    let (own, sticky) = (rustix::process::geteuid().as_raw(), facts.mode() & 0o1000 != 0);
    if (facts.mode() & 0o022 != 0 && !sticky) || (facts.uid() != own && facts.uid() != 0) {
        return Err(named(&"others may change this directory; use one of your own, mode 0700"));
    }
    Ok(())
}

fn clear(path: &Path) -> Result<(), String> {
    let named = |error: &dyn std::fmt::Display| format!("admin.socket: {}: {error}", path.display());
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(named(&error)),
        Ok(facts) if !facts.file_type().is_socket() => {
            return Err(named(&"there is a file that is no socket"));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(|error| named(&error))
        }
        Err(error) => Err(named(&error)),
        Ok(_) => Err(named(&"somebody listens there; is another Holdpoint running?")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_its_owner_s_alone_and_its_directory_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/admin.sock");
        let _listener = unix(&path).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(UnixStream::connect(&path).is_ok());
    }

    #[test]
    fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin.sock");
        let first = unix(&path).unwrap();
        assert!(unix(&path).unwrap_err().contains("admin.socket"));
        assert!(UnixStream::connect(&path).is_ok(), "the first one is still there");
        drop(first);
        assert!(unix(&path).is_ok());
    }

    #[test]
    fn a_file_that_is_no_socket_is_never_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin.sock");
        std::fs::write(&path, "precious").unwrap();
        assert!(unix(&path).unwrap_err().contains("no socket"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(unix(&dir.path().join("admin.sock")).unwrap_err().contains("others may change"));
    }

    #[test]
    fn an_address_in_use_names_the_config_key() {
        let first = tcp("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let error = tcp(first.local_addr().unwrap(), false).unwrap_err();
        assert!(error.starts_with("admin.listen: 127.0.0.1:") && error.contains("is in use"), "{error}");
        assert!(tcp("0.0.0.0:0".parse().unwrap(), false).unwrap_err().contains("beyond loopback"));
    }
}
