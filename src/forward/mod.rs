//! forward: the one way out. It takes a release and a receipt: without permission or without a record nothing is
//! sent, and the compiler sees to it.
//!
//! A mutation goes on one fresh connection, once: no pool, no retry, no redirect followed, no proxy of the
//! environment (CASES HI-16, 17, DE-33, 34). A read may use a pooled connection of the same agent, or a stream of
//! one, and goes once more on a fresh one if the pooled one did nothing with it. Names are resolved once; the connector
//! takes addresses, not names.
//!
//! Upstreams are spoken to in HTTP/2 where ALPN agrees on it, or, in the clear, where the agent itself speaks it;
//! else in HTTP/1.1. Nothing was sent means: no byte of the request was taken by the stream under hyper. In HTTP/2 the
//! preface, SETTINGS and whatever else is the connection's own are the handshake, and are no part of the request.

mod addresses;
mod answer;
mod body;
mod certificate;
mod connect;
mod fields;
mod frames;
mod http2;
mod pool;
mod read;
mod request;
mod resolve;
mod roots;
mod send;
mod shared;
mod shelf;
mod spoken;
mod stream;
mod tally;
mod witness;

use crate::code::Code;

pub use addresses::Guard;
pub use answer::Answer;
pub use certificate::{Flaw, SHOWS_AUTHORITY};
pub use connect::{Line, Upstream};
pub use pool::Pool;
pub use read::fetch;
pub use resolve::{Resolve, SystemResolver};
pub use roots::trust;
pub use send::{Sent, send};
pub use spoken::Spoken;

/// Why nothing came back. `sent` tells whether the stream took any byte of the request.
#[derive(Debug)]
pub struct Failure {
    /// What the agent is told.
    pub code: Code,
    /// In words, for the agent and the record; no bytes of the request.
    pub detail: String,
    /// Whether a byte of the request was taken by the connection.
    pub sent: bool,
}

impl Failure {
    fn unsent(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), sent: false }
    }
}
