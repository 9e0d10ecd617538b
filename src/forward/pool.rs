//! Idle connections of one core, for reads. Keyed by origin and agent, so that agents never share a connection:
//! some schemes (NTLM, Negotiate) bind an identity to it, and such connections are not kept at all (CASES PR-35).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::client::conn::http1::SendRequest;

use super::body::Outgoing;
use super::witness::Tally;
use crate::agent::Agent;
use crate::limits::{POOL_IDLE_MAX, POOL_IDLE_PER_KEY, POOL_IDLE_WAIT};
use crate::origin::Origin;

/// Whose connection it is, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    origin: Origin,
    agent: String,
    source: Option<IpAddr>,
}

impl Key {
    /// Anonymous agents are told apart by their address.
    pub fn new(origin: Origin, agent: &Agent) -> Self {
        let source = agent.is_anonymous().then_some(agent.source);
        Self { origin, agent: agent.name.clone(), source }
    }
}

/// A connection that may take a request.
pub struct Idle {
    pub(super) sender: SendRequest<Outgoing>,
    pub(super) tally: Tally,
}

/// The pool.
#[derive(Clone, Default)]
pub struct Pool(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    idle: HashMap<Key, Vec<(Instant, Idle)>>,
    count: usize,
}

impl Pool {
    /// Takes the connection that was used last, if one is still open. One whose answer has ended this moment may not
    /// be ready yet: it stays for the next read.
    pub fn take(&self, key: &Key) -> Option<Idle> {
        let mut inner = self.lock();
        let list = inner.idle.get_mut(key)?;
        let before = list.len();
        let mut found = None;
        for index in (0..list.len()).rev() {
            let (since, idle) = &list[index];
            if idle.sender.is_closed() || since.elapsed() >= POOL_IDLE_WAIT {
                list.swap_remove(index);
            } else if idle.sender.is_ready() {
                found = Some(list.remove(index).1);
                break;
            }
        }
        let gone = before - list.len();
        if list.is_empty() {
            inner.idle.remove(key);
        }
        inner.count -= gone;
        found
    }

    /// Keeps a connection for the next read.
    pub fn give(&self, key: Key, idle: Idle) {
        if idle.sender.is_closed() {
            return;
        }
        let mut inner = self.lock();
        if inner.count >= POOL_IDLE_MAX {
            inner.sweep();
        }
        if inner.count >= POOL_IDLE_MAX {
            return;
        }
        let list = inner.idle.entry(key).or_default();
        if list.len() < POOL_IDLE_PER_KEY {
            list.push((Instant::now(), idle));
            inner.count += 1;
        }
    }

    /// Gives up connections that are closed or too old. Called from time to time.
    pub fn sweep(&self) {
        self.lock().sweep();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn sweep(&mut self) {
        self.idle.retain(|_, list| {
            list.retain(|(since, idle)| since.elapsed() < POOL_IDLE_WAIT && !idle.sender.is_closed());
            !list.is_empty()
        });
        self.count = self.idle.values().map(Vec::len).sum();
    }
}
