//! The web page: what a browser is told, what a form may do, and the page as people see it, in a real Chromium.

mod attacks;
mod browser;
mod changed;
mod connection;
mod crawl;
mod door;
mod driven;
mod figures;
mod foreign;
mod looks;
mod many;
mod mistakes;
mod parts;
mod pictures;
mod quorum;
mod relay;
mod tls;
mod together;
mod touch;

use std::net::SocketAddr;
use std::path::Path;

use crate::raw::Wire;
use crate::reply::Reply;

/// Somebody with a browser's manners and no browser: forms, a cookie, an origin.
pub struct Visitor {
    pub address: SocketAddr,
    pub cookie: String,
}

impl Visitor {
    /// Not logged in.
    pub fn of(address: SocketAddr) -> Self {
        Self { address, cookie: String::new() }
    }

    /// Logged in with the token of `state/admin.token`.
    pub fn logged_in(address: SocketAddr, dir: &Path) -> Self {
        Self::of(address).with_token(&token(dir))
    }

    /// Logged in with this token.
    pub fn with_token(mut self, token: &str) -> Self {
        let reply = self.post("/login", &format!("token={token}"));
        assert_eq!(reply.status, 303, "{}", reply.text());
        let cookie = reply.head.text("set-cookie").expect("a cookie");
        self.cookie = cookie.split(';').next().expect("a first part").to_owned();
        self
    }

    /// One request with exactly these fields besides `Host`.
    pub fn ask(&self, method: &str, path: &str, fields: &str, body: &str) -> Reply {
        let mut wire = Wire::open(self.address);
        let length = body.len();
        wire.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{fields}Content-Length: {length}\r\n\r\n{body}",
            self.address
        ));
        if method == "HEAD" { wire.head_reply() } else { wire.reply() }
    }

    /// The fields of a form, with the cookie.
    pub fn fields(&self) -> String {
        format!(
            "Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n{}Content-Type: application/x-www-form-urlencoded\r\n",
            self.address,
            self.cookie_field()
        )
    }

    pub fn cookie_field(&self) -> String {
        if self.cookie.is_empty() { String::new() } else { format!("Cookie: {}\r\n", self.cookie) }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &self.cookie_field(), "")
    }

    pub fn post(&self, path: &str, form: &str) -> Reply {
        self.ask("POST", path, &self.fields(), form)
    }
}

/// The token of `state/admin.token`.
pub fn token(dir: &Path) -> String {
    let text = std::fs::read_to_string(dir.join("state/admin.token")).expect("made on first start");
    text.trim().to_owned()
}
