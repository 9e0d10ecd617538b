//! Open connections of one core, for reads. Keyed by origin and agent, so that agents never share a connection:
//! some schemes (NTLM, Negotiate) bind an identity to it, and such connections are not kept at all (CASES PR-35).
//!
//! A connection of HTTP/1.1 carries one read at a time and lies idle between them; one of HTTP/2 is shared by as many
//! as it has room for. Where neither is there a read dials; while one dials, others for the same place wait, unless
//! the place is known to speak HTTP/1.1, because they may be able to share what comes of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::http2::Channel;
use super::shared::{Place, Shared};
use super::shelf::{Idle, Key, Lane, News, Shelf};
use super::spoken::Spoken;
use crate::limits::{POOL_IDLE_MAX, POOL_IDLE_PER_KEY, POOL_SHARED_PER_KEY};

/// What there is for a read.
pub enum Reserved {
    /// This.
    Lane(Lane),
    /// Nothing: it has to dial, and to say what came of it where others wait for that.
    Dial(Option<Dial>),
}

/// The pool.
#[derive(Clone, Default)]
pub struct Pool(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    shelves: HashMap<Key, Shelf>,
    /// Connections on all of them.
    count: usize,
}

enum Taken {
    Lane(Lane),
    Wait(watch::Receiver<News>),
    Dial(Option<Dial>),
}

impl Pool {
    /// Finds a connection, or tells the read to dial.
    pub async fn reserve(&self, key: &Key) -> Reserved {
        loop {
            let mut dialling = match self.take(key) {
                Taken::Lane(lane) => return Reserved::Lane(lane),
                Taken::Dial(dial) => return Reserved::Dial(dial),
                Taken::Wait(dialling) => dialling,
            };
            let news = dialling.wait_for(|news| *news != News::None).await.map(|news| *news);
            if news.unwrap_or(News::Alone) == News::Alone {
                return Reserved::Dial(None);
            }
        }
    }

    fn take(&self, key: &Key) -> Taken {
        let mut inner = self.lock();
        if let Some(lane) = inner.find(key) {
            return Taken::Lane(lane);
        }
        if inner.shelves.len() >= POOL_IDLE_MAX {
            inner.sweep();
        }
        let full = inner.shelves.len() >= POOL_IDLE_MAX;
        if key.is_http1() || (full && !inner.shelves.contains_key(key)) {
            return Taken::Dial(None);
        }
        let shelf = inner.shelves.entry(key.clone()).or_default();
        if shelf.spoken == Some(Spoken::Http1) || shelf.shared.len() >= POOL_SHARED_PER_KEY {
            return Taken::Dial(None);
        }
        if let Some(dialling) = &shelf.dialling {
            return Taken::Wait(dialling.clone());
        }
        let (news, dialling) = watch::channel(News::None);
        shelf.dialling = Some(dialling);
        Taken::Dial(Some(Dial { pool: self.clone(), key: key.clone(), result: News::Alone, news }))
    }

    /// Keeps a connection of HTTP/1.1 for the next read.
    pub fn give(&self, key: Key, idle: Idle) {
        if idle.sender.is_closed() {
            return;
        }
        let mut inner = self.lock();
        if !inner.has_room() {
            return;
        }
        let shelf = inner.shelves.entry(key).or_default();
        shelf.spoken = Some(Spoken::Http1);
        if shelf.idle.len() < POOL_IDLE_PER_KEY {
            shelf.idle.push((Instant::now(), idle));
            inner.count += 1;
        }
    }

    /// Lets others share a connection of HTTP/2, where there is room to keep it; the first place on it is the
    /// caller's.
    pub fn share(&self, key: &Key, channel: Channel) -> Place {
        let (shared, place) = Shared::new(channel);
        let mut inner = self.lock();
        if !inner.has_room() {
            return place;
        }
        let shelf = inner.shelves.entry(key.clone()).or_default();
        shelf.spoken = Some(Spoken::Http2);
        if shelf.shared.len() < POOL_SHARED_PER_KEY {
            shelf.shared.push(shared);
            inner.count += 1;
        }
        place
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
    fn find(&mut self, key: &Key) -> Option<Lane> {
        let shelf = self.shelves.get_mut(key)?;
        let before = shelf.len();
        let lane = shelf.place().map(Lane::Place).or_else(|| shelf.idle().map(Lane::Whole));
        let gone = before - shelf.len();
        self.count -= gone;
        lane
    }

    fn has_room(&mut self) -> bool {
        if self.count >= POOL_IDLE_MAX {
            self.sweep();
        }
        self.count < POOL_IDLE_MAX
    }

    fn sweep(&mut self) {
        self.shelves.retain(|_, shelf| {
            shelf.sweep();
            shelf.len() > 0 || shelf.dialling.is_some()
        });
        self.count = self.shelves.values().map(Shelf::len).sum();
    }
}

/// A connection is being dialled, and others wait for it. Dropped without a word it has failed.
pub struct Dial {
    pool: Pool,
    key: Key,
    result: News,
    news: watch::Sender<News>,
}

impl Dial {
    /// What came of it: something to share, or nothing.
    pub fn over(mut self, shared: bool) {
        self.result = if shared { News::Shared } else { News::Alone };
    }
}

impl Drop for Dial {
    fn drop(&mut self) {
        if let Some(shelf) = self.pool.lock().shelves.get_mut(&self.key) {
            shelf.dialling = None;
        }
        // Behind the shelf: who is told looks there at once.
        self.news.send_replace(self.result);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::agent::Agent;
    use crate::origin::{Host, Origin, Scheme};

    fn key(scheme: Scheme, spoken: Spoken) -> Key {
        let agent = Agent { name: "triage-bot".into(), source: IpAddr::from([10, 0, 0, 1]), advisory: false };
        Key::new(Origin::new(scheme, Host::parse("forum.example").unwrap(), None), &agent, spoken)
    }

    fn dial(taken: Taken) -> Option<Dial> {
        match taken {
            Taken::Dial(dial) => dial,
            Taken::Lane(_) | Taken::Wait(_) => panic!("it was to dial"),
        }
    }

    #[tokio::test]
    async fn one_read_dials_and_the_others_dial_for_themselves_when_it_fails() {
        let (pool, key) = (Pool::default(), key(Scheme::Https, Spoken::Http1));
        let first = dial(pool.take(&key)).unwrap();
        let other = pool.clone();
        let waiting = tokio::spawn({
            let key = key.clone();
            async move { matches!(other.reserve(&key).await, Reserved::Dial(None)) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        assert!(waiting.await.unwrap());
        assert!(dial(pool.take(&key)).is_some(), "the next one is the first again");
    }

    #[tokio::test]
    async fn nobody_waits_where_http_1_is_spoken() {
        let (pool, clear) = (Pool::default(), key(Scheme::Http, Spoken::Http1));
        assert!(dial(pool.take(&clear)).is_none());
        assert!(dial(pool.take(&clear)).is_none());
        let prior = key(Scheme::Http, Spoken::Http2);
        let first = dial(pool.take(&prior));
        assert!(first.is_some());
        assert!(matches!(pool.take(&prior), Taken::Wait(_)));
        assert_ne!(clear, prior, "a version is a place of its own in the clear");
        assert_eq!(key(Scheme::Https, Spoken::Http1), key(Scheme::Https, Spoken::Http2));
    }
}
