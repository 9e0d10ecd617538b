//! Which server a command speaks to, and with which token: `--server`, `HOLDPOINT_SERVER` (clap reads it), else the
//! config's socket; `HOLDPOINT_TOKEN`, else, on a port, `state/admin.token`. On the socket the user is enough.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::admin::token;
use crate::cli::{Trouble, load};
use crate::secret::Masked;

/// What the line and the environment say of it.
#[derive(Debug)]
pub struct Place {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--server`
    pub server: Option<String>,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `http://HOST:PORT`
    Tcp(String),
    /// `https://HOST:PORT`
    Tls(String),
    /// `unix:PATH`
    Unix(PathBuf),
}

impl Place {
    /// The server.
    pub fn address(&self) -> Result<Address, Trouble> {
        match self.server.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => parse(text).map_err(Trouble::Wrong),
            None => match load(self.config.as_deref()) {
                Ok(config) => Ok(Address::Unix(config.admin.socket)),
                Err(Trouble::Wrong(error)) => Err(Trouble::Wrong(format!(
                    "{error}\nhint: a server that runs is reached without the config by --server unix:PATH"
                ))),
                Err(error) => Err(error),
            },
        }
    }

    /// The server, and the token for it.
    pub fn find(&self) -> Result<(Address, Option<Masked<String>>), Trouble> {
        let address = self.address()?;
        let token = match (given_token()?, &address) {
            (Some(token), _) => Some(token),
            (None, Address::Unix(_)) => None,
            (None, Address::Tls(authority)) if !is_local(authority) => {
                return Err(Trouble::Failed(format!(
                    "no token for {address}\nhint: set HOLDPOINT_TOKEN; the file of this machine's own server is not sent elsewhere"
                )));
            }
            (None, Address::Tcp(_) | Address::Tls(_)) => {
                let state_dir = load(self.config.as_deref())?.state_dir;
                Some(of_this_machine(&state_dir, &address)?)
            }
        };
        Ok((address, token))
    }
}

/// The token that a server on this machine has made, where no approver has one.
fn of_this_machine(state_dir: &Path, address: &Address) -> Result<Masked<String>, Trouble> {
    let file = token::path(state_dir);
    let said = match file.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => format!(
            "no token for {address}: HOLDPOINT_TOKEN is not set, and there is no {}\nhint: set HOLDPOINT_TOKEN to your \
             token; or run this where that server keeps its state (its directory, or its --config); or use the \
             socket: --server unix:PATH",
            file.display()
        ),
        _ => match token::read(state_dir) {
            Ok(token) => return Ok(token),
            Err(error) => {
                format!("{error}\nhint: set HOLDPOINT_TOKEN, or use the socket: --server unix:PATH")
            }
        },
    };
    Err(Trouble::Failed(said))
}

fn given_token() -> Result<Option<Masked<String>>, Trouble> {
    match std::env::var("HOLDPOINT_TOKEN") {
        Err(std::env::VarError::NotPresent) => Ok(None),
        Ok(token) if token.is_empty() => Ok(None),
        Ok(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(Masked::new(token))),
        _ => Err(Trouble::Wrong(
            "HOLDPOINT_TOKEN is no token: it has a blank or a byte that no header takes".into(),
        )),
    }
}

/// Whether it is on this machine.
pub fn is_local(authority: &str) -> bool {
    match authority.strip_prefix("localhost:") {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port != 0),
        None => authority.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback()),
    }
}

/// `HOST:PORT`, the port 443 where none is named.
fn authority(rest: &str) -> Option<String> {
    let uri: http::Uri = format!("https://{rest}").parse().ok()?;
    let plain = uri.path() == "/" && uri.query().is_none() && !rest.contains(['@', '?', '#']);
    let host = uri.host().filter(|host| plain && !host.is_empty())?;
    let port = uri.port_u16();
    (port != Some(0)).then(|| format!("{host}:{}", port.unwrap_or(443)))
}

/// Reads `http://HOST:PORT`, `https://HOST:PORT` or `unix:PATH`. A token goes over plain HTTP only where it stays on the machine.
fn parse(text: &str) -> Result<Address, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return if path.is_empty() { Err(unknown(text)) } else { Ok(Address::Unix(path.into())) };
    }
    if let Some(rest) = text.strip_prefix("https://") {
        return authority(rest).map(Address::Tls).ok_or_else(|| unknown(text));
    }
    let rest = text.strip_prefix("http://").ok_or_else(|| unknown(text))?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if is_local(authority) {
        return Ok(Address::Tcp(authority.to_owned()));
    }
    Err(format!(
        "{text:?}: only a loopback address with its port is spoken to in the clear; write https:// where the server has TLS"
    ))
}

fn unknown(text: &str) -> String {
    format!("{text:?} names no server: write http://127.0.0.1:8081 or unix:state/admin.sock")
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(authority) => write!(f, "http://{authority}"),
            Self::Tls(authority) => write!(f, "https://{authority}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_socket_or_a_loopback_port() {
        assert_eq!(parse("unix:state/admin.sock"), Ok(Address::Unix("state/admin.sock".into())));
        assert_eq!(parse("unix:///run/h.sock"), Ok(Address::Unix("/run/h.sock".into())));
        for text in ["http://127.0.0.1:8081", "http://localhost:8081/", "http://[::1]:8081"] {
            assert!(matches!(parse(text), Ok(Address::Tcp(_))), "{text}");
        }
        for (text, authority) in [
            ("https://127.0.0.1:8081", "127.0.0.1:8081"),
            ("https://hold.example/", "hold.example:443"),
            ("https://[::1]:8443", "[::1]:8443"),
        ] {
            assert_eq!(parse(text), Ok(Address::Tls(authority.into())), "{text}");
        }
        for text in [
            "https://",
            "https://hold.example:0",
            "https://user@hold.example",
            "https://hold.example/v1",
            "https://hold.example?x",
            "unix:",
            "127.0.0.1:8081",
            "state/admin.sock",
            "http://127.0.0.1",
            "http://localhost:0",
            "http://localhost.evil.example:8081",
            "http://192.0.2.1:8081",
            "http://user@localhost:8081",
            "http://localhost:8081/v1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
