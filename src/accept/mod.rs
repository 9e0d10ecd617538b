//! accept: the door opens. One listener takes connections and deals each to the core with the fewest.
//!
//! There is no SO_REUSEPORT: with it any process of the same user could bind the port too and take half of the
//! agents. When unsure (no core takes it, too many are open) the connection waits in the kernel's backlog.

mod deal;
mod listener;

use std::net::SocketAddr;

pub use deal::{Cores, Seat};
pub use listener::{bind, serve};

/// A connection that has just been accepted.
#[derive(Debug)]
pub struct Arrival {
    /// The socket, with TCP_NODELAY set.
    pub stream: std::net::TcpStream,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// Its seat on the core it was dealt to; given back when dropped.
    pub seat: Seat,
}
