//! Why a request is not read any further. The texts are fixed: no byte of the request stands in them (P5), so
//! that they may go into answers, records and screens as they are.

use crate::code::Code;
use crate::origin::{Host, Origin};

/// A request that is answered without being judged, and what is known of it for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the agent is told (SPEC section 8).
    pub code: Code,
    /// What is wrong and what to do about it, in fixed words.
    pub detail: String,
    /// The method, once it was read and found well-formed.
    pub method: Option<String>,
    /// The host that the target names, once it was read and found well-formed.
    pub host: Option<Host>,
    /// Its port.
    pub port: Option<u16>,
    /// The path without its query, once it was read and found well-formed.
    pub path: Option<String>,
}

impl Refusal {
    /// A refusal of which nothing more is known yet.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), method: None, host: None, port: None, path: None }
    }

    /// `malformed`, the code of everything that must not be guessed at.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::Malformed, detail)
    }

    /// Adds the method.
    pub fn with_method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Adds host and port.
    pub fn with_destination(mut self, host: &Host, port: u16) -> Self {
        (self.host, self.port) = (Some(host.clone()), Some(port));
        self
    }

    /// Adds the host and port of an origin.
    pub fn with_origin(self, origin: &Origin) -> Self {
        self.with_destination(&origin.host, origin.port)
    }

    /// Adds the path of a target, without its query, which may hold secrets.
    pub fn with_target(mut self, target: &str) -> Self {
        self.path = Some(target.split_once('?').map_or(target, |(path, _)| path).to_owned());
        self
    }
}
