//! One shelf of the pool: the open connections of one agent to one origin.

use std::net::IpAddr;
use std::time::Instant;

use hyper::client::conn::http1::SendRequest;
use tokio::sync::watch;

use super::body::Outgoing;
use super::shared::{Place, Shared};
use super::spoken::Spoken;
use super::tally::Tally;
use crate::agent::Agent;
use crate::limits::POOL_IDLE_WAIT;
use crate::origin::{Origin, Scheme};

/// Whose connection it is, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    origin: Origin,
    agent: String,
    source: Option<IpAddr>,
    /// In the clear, where nothing but the agent says which version is spoken.
    clear: Option<Spoken>,
}

impl Key {
    /// Anonymous agents are told apart by their address. `spoken`: what the agent speaks.
    pub fn new(origin: Origin, agent: &Agent, spoken: Spoken) -> Self {
        let source = agent.is_anonymous().then_some(agent.source);
        let clear = (origin.scheme == Scheme::Http).then_some(spoken);
        Self { origin, agent: agent.name.clone(), source, clear }
    }

    /// Whether HTTP/1.1 is spoken there in any case.
    pub fn is_http1(&self) -> bool {
        self.clear == Some(Spoken::Http1)
    }
}

/// A connection of HTTP/1.1 that may take a request.
pub struct Idle {
    pub(super) sender: SendRequest<Outgoing>,
    pub(super) tally: Tally,
}

/// What a read goes on.
pub enum Lane {
    /// A connection of its own.
    Whole(Idle),
    /// A stream of a shared one.
    Place(Place),
}

/// What there is for one key.
#[derive(Default)]
pub struct Shelf {
    /// Of HTTP/1.1, and since when they are idle.
    pub idle: Vec<(Instant, Idle)>,
    /// Of HTTP/2.
    pub shared: Vec<Shared>,
    /// What the last connection spoke.
    pub spoken: Option<Spoken>,
    /// Somebody dials, and tells here what comes of it.
    pub dialling: Option<watch::Receiver<News>>,
}

/// What those who wait for a dial are told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Not yet.
    None,
    /// Look again.
    Shared,
    /// Nothing to share: dial for yourself.
    Alone,
}

impl Shelf {
    /// Connections on it.
    pub fn len(&self) -> usize {
        self.idle.len() + self.shared.len()
    }

    /// Gives up connections that are closed or too old.
    pub fn sweep(&mut self) {
        self.idle.retain(|(since, idle)| since.elapsed() < POOL_IDLE_WAIT && !idle.sender.is_closed());
        self.shared.retain(Shared::is_good);
    }

    /// A place on the first shared connection that has one: those behind it become idle, and close.
    pub fn place(&mut self) -> Option<Place> {
        self.shared.retain(Shared::is_good);
        self.shared.iter_mut().find_map(Shared::place)
    }

    /// The connection that was used last, if one is still open. One whose answer has ended this moment may not be
    /// ready yet: it stays for the next read.
    pub fn idle(&mut self) -> Option<Idle> {
        for index in (0..self.idle.len()).rev() {
            let (since, idle) = &self.idle[index];
            if idle.sender.is_closed() || since.elapsed() >= POOL_IDLE_WAIT {
                self.idle.swap_remove(index);
            } else if idle.sender.is_ready() {
                return Some(self.idle.remove(index).1);
            }
        }
        None
    }
}
