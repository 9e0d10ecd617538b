//! forward: the one way out. It takes a release and a receipt: without permission or without a record nothing is
//! sent, and the compiler sees to it.
//!
//! A mutation goes on one fresh connection, once: no pool, no retry, no redirect followed, no proxy of the
//! environment (CASES HI-16, 17, DE-33, 34). A read may use a pooled connection of the same agent, and goes once
//! more on a fresh one if the pooled one took no byte of it. Names are resolved once; the connector takes
//! addresses, not names.

mod addresses;
mod answer;
mod body;
mod connect;
mod fields;
mod pool;
mod read;
mod resolve;
mod roots;
mod send;
mod witness;

use crate::code::Code;

pub use addresses::Guard;
pub use answer::Answer;
pub use connect::{Line, Upstream};
pub use pool::Pool;
pub use read::fetch;
pub use resolve::{Resolve, SystemResolver};
pub use roots::trust;
pub use send::{Sent, send};

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
