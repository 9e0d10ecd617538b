//! A connection of HTTP/2 that reads of one agent share, and a read's place on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use super::http2::Channel;
use crate::limits::POOL_IDLE_WAIT;

/// The pool's side.
pub struct Shared {
    channel: Channel,
    load: Arc<Load>,
    /// When a place on it was last taken.
    used: Instant,
}

#[derive(Default)]
struct Load {
    streams: AtomicUsize,
    /// Nobody is to use it any more.
    retired: AtomicBool,
}

/// A read's side: one stream. Given back when dropped.
pub struct Place {
    pub(super) channel: Channel,
    load: Arc<Load>,
}

impl Shared {
    /// A new one, and the first place on it.
    pub fn new(channel: Channel) -> (Self, Place) {
        let load = Arc::new(Load { streams: AtomicUsize::new(1), ..Load::default() });
        let place = Place { channel: channel.clone(), load: load.clone() };
        (Self { channel, load, used: Instant::now() }, place)
    }

    /// One more, if there is room. Only the pool asks, under its lock.
    pub fn place(&mut self) -> Option<Place> {
        if self.load.streams.load(Ordering::Relaxed) >= self.channel.room() {
            return None;
        }
        self.load.streams.fetch_add(1, Ordering::Relaxed);
        self.used = Instant::now();
        Some(Place { channel: self.channel.clone(), load: self.load.clone() })
    }

    /// Whether it is worth keeping: open, and used, now or not long ago.
    pub fn is_good(&self) -> bool {
        let busy = self.load.streams.load(Ordering::Relaxed) > 0;
        let fresh = busy || self.used.elapsed() < POOL_IDLE_WAIT;
        fresh && !self.load.retired.load(Ordering::Relaxed) && !self.channel.sender.is_closed()
    }
}

impl Place {
    /// The connection showed that it is of no more use: no read after this one gets it.
    pub fn retire(&self) {
        self.load.retired.store(true, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.load.streams.fetch_sub(1, Ordering::Relaxed);
    }
}
