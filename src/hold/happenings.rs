//! What happens, told to those who listen: `/v1/events`, notifications. The keeper puts up what one turn brought once
//! it is on disk and on record; who comes later is told what came after what it knows, as far as that is remembered.
//!
//! What is remembered has two bounds, a number and a size, and the oldest goes first. Telling never waits for who
//! listens: one that is too slow loses some, is told so by its channel, and may ask for them here again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::clock::Wall;
use crate::hold::tally::Tally;
use crate::hold::{FreezeView, GrantView, Happening, HoldView};
use crate::limits;

/// Something that happened, not told yet.
#[derive(Debug, Default)]
pub struct News {
    /// See `Happening`.
    pub what: &'static str,
    /// The hold, as it is by then.
    pub hold: Option<Box<HoldView>>,
    /// The grant.
    pub grant: Option<GrantView>,
    /// The freeze.
    pub freeze: Option<FreezeView>,
}

impl News {
    /// To a hold, as it is by then.
    pub fn of_hold(what: &'static str, hold: HoldView) -> Self {
        Self { what, hold: Some(Box::new(hold)), ..Self::default() }
    }
}

/// Where it is put up. Cheap to clone; all clones are one board.
#[derive(Clone)]
pub struct Board(Arc<Inner>);

struct Inner {
    memory: Mutex<Memory>,
    tally: Mutex<Tally>,
    listeners: broadcast::Sender<Happening>,
}

#[derive(Default)]
struct Memory {
    last: u64,
    bytes: usize,
    /// With what each takes, roughly.
    kept: VecDeque<(Happening, usize)>,
}

impl Default for Board {
    fn default() -> Self {
        Self::new(Wall(0))
    }
}

impl Board {
    /// An empty one; what is put up counts from now.
    pub fn new(now: Wall) -> Self {
        let (listeners, _) = broadcast::channel(limits::HAPPENINGS_UNREAD);
        Self(Arc::new(Inner { memory: Mutex::default(), tally: Mutex::new(Tally::new(now)), listeners }))
    }

    /// The figures of what was put up.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something up.
    pub fn publish(&self, at: Wall, news: Vec<News>) {
        if news.is_empty() {
            return;
        }
        let mut memory = self.0.memory.lock().unwrap_or_else(PoisonError::into_inner);
        news.iter().for_each(|news| self.tally().note(at, news));
        for News { what, hold, grant, freeze } in news {
            memory.last += 1;
            let happening =
                Happening { seq: memory.last, at: at.rfc3339(), what: what.to_owned(), hold, grant, freeze };
            // An error says that nobody listens now. The lock keeps the order for those who do.
            if self.0.listeners.receiver_count() > 0 {
                let _ = self.0.listeners.send(happening.clone());
            }
            memory.keep(happening);
        }
    }

    /// What came after `after` and is remembered, and a channel on which all that comes later will be: nothing is
    /// missing between the two. A number that was never given out is one of an earlier process: all that is
    /// remembered came after it.
    pub fn listen(&self, after: Option<u64>) -> (Vec<Happening>, broadcast::Receiver<Happening>) {
        let memory = self.0.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.0.listeners.subscribe();
        let from = match after {
            None => return (Vec::new(), receiver),
            Some(after) if after > memory.last => 0,
            Some(after) => after,
        };
        let missed = memory.kept.iter().map(|(happening, _)| happening);
        (missed.filter(|happening| happening.seq > from).cloned().collect(), receiver)
    }
}

impl Memory {
    fn keep(&mut self, happening: Happening) {
        let bytes = size(&happening);
        self.bytes += bytes;
        self.kept.push_back((happening, bytes));
        while self.kept.len() > limits::HAPPENINGS_KEPT || self.bytes > limits::HAPPENINGS_BYTES_MAX {
            let Some((_, bytes)) = self.kept.pop_front() else { return };
            self.bytes -= bytes;
        }
    }
}

/// What it takes in memory, roughly: its texts, and what each costs beside its bytes.
fn size(happening: &Happening) -> usize {
    const EACH: usize = 32;
    let Some(hold) = &happening.hold else { return 512 };
    let headers: usize = hold.headers.iter().map(|(name, value)| name.len() + value.len() + 2 * EACH).sum();
    let why: usize = hold.why.iter().map(|line| line.len() + EACH).sum();
    let said: usize = hold
        .decisions
        .iter()
        .map(|said| said.reason.as_ref().map_or(0, String::len) + said.approver.len() + 8 * EACH)
        .sum();
    1024 + hold.url.len() + hold.operation.len() + headers + why + said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freeze(reason: &str) -> News {
        let freeze = FreezeView {
            agent: None,
            reason: Some(reason.to_owned()),
            by: "ops".to_owned(),
            at: String::new(),
        };
        News { what: "frozen", freeze: Some(freeze), ..News::default() }
    }

    fn numbers(told: &[Happening]) -> Vec<u64> {
        told.iter().map(|happening| happening.seq).collect()
    }

    #[tokio::test]
    async fn who_comes_back_is_told_what_it_missed_and_then_what_comes_without_a_gap() {
        let board = Board::default();
        board.publish(Wall(0), vec![freeze("one"), freeze("two")]);
        let (missed, mut later) = board.listen(Some(1));
        assert_eq!(numbers(&missed), [2]);
        board.publish(Wall(0), vec![freeze("three")]);
        let told = later.recv().await.unwrap();
        assert_eq!((told.seq, told.what.as_str()), (3, "frozen"));
        assert_eq!(numbers(&board.listen(None).0), [0; 0], "who knows nothing is told what comes");
        assert_eq!(numbers(&board.listen(Some(0)).0), [1, 2, 3]);
        assert_eq!(numbers(&board.listen(Some(99)).0), [1, 2, 3], "a number of an earlier process");
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let board = Board::default();
        let many = limits::HAPPENINGS_KEPT as u64 + 10;
        for _ in 0..many {
            board.publish(Wall(0), vec![freeze("one")]);
        }
        let (missed, _) = board.listen(Some(0));
        assert_eq!(missed.len(), limits::HAPPENINGS_KEPT);
        assert_eq!(missed.last().map(|last| last.seq), Some(many));
    }

    #[tokio::test]
    async fn one_that_does_not_listen_holds_nobody_up_and_is_told_that_it_lost_some() {
        let board = Board::default();
        let (_, mut slow) = board.listen(None);
        for _ in 0..limits::HAPPENINGS_UNREAD * 2 {
            board.publish(Wall(0), vec![freeze("one")]);
        }
        assert!(matches!(slow.recv().await, Err(broadcast::error::RecvError::Lagged(_))));
    }
}
