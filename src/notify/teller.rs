//! Two tasks for each `[[notify]]`. The first hears what happens, and never waits but for that; the second tells it,
//! one note at a time. What the first misses (it starts after a restart, or too much happened at once) it finds in
//! the list of what is pending, so that every hold is told of at least once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify as Bell;
use tokio::sync::broadcast::error::RecvError;

use super::note::{HELD, Note, held_id};
use super::post::Post;
use super::queue::Queue;
use super::{Tools, message};
use crate::config::Notify;
use crate::hold::said::Filter;
use crate::hold::{Happening, HoldId, HoldView};
use crate::limits::PAGE_MAX;
use crate::metrics::Told;

/// What the two share.
pub struct Teller {
    notify: Notify,
    post: Post,
    tools: Tools,
    queue: Mutex<Queue>,
    /// Something waits to be told.
    filled: Bell,
    /// There is room again for what was missed.
    drained: Bell,
}

impl Teller {
    /// Starts both.
    pub fn start(notify: Notify, post: Post, tools: &Tools) {
        let tools = tools.clone();
        let teller = Arc::new(Self {
            notify,
            post,
            tools,
            queue: Mutex::default(),
            filled: Bell::new(),
            drained: Bell::new(),
        });
        tokio::spawn(Arc::clone(&teller).hear());
        tokio::spawn(teller.tell());
    }

    fn queue<T>(&self, with: impl FnOnce(&mut Queue) -> T) -> T {
        with(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn hear(self: Arc<Self>) {
        let (_, mut receiver) = self.tools.desk.happenings(None);
        self.catch_up().await;
        loop {
            tokio::select! {
                heard = receiver.recv() => match heard {
                    Ok(happening) => self.take(happening),
                    Err(RecvError::Lagged(count)) => {
                        tracing::warn!(count, "more happened at once than is told one by one; what is pending is");
                        self.catch_up().await;
                    }
                    Err(RecvError::Closed) => return,
                },
                () = self.drained.notified() => self.catch_up().await,
            }
        }
    }

    fn take(&self, happening: Happening) {
        if let Some(hold) = happening.hold.as_deref().filter(|hold| hold.state != HELD) {
            self.queue(|queue| queue.forget(&held_id(hold)));
        }
        if self.wants(&happening.what, happening.hold.as_deref()) {
            self.push(Note::of(happening, self.notify.link.as_deref()));
        }
    }

    /// By what happened, or by the state that the hold is in since. A denial is a decision and an end: who names the state
    /// is told of it once.
    fn wants(&self, what: &str, hold: Option<&HoldView>) -> bool {
        let named = |name: &str| self.notify.events.iter().any(|event| event == name);
        let by_state = hold.is_some_and(|hold| {
            let goes_on = matches!(hold.state.as_str(), "approved" | "armed");
            named(&hold.state) && ((what == "ended" && !goes_on) || (what == "decided" && goes_on))
        });
        named(what) || by_state
    }

    fn push(&self, note: Note) {
        if !self.queue(|queue| queue.push(note)) {
            self.tools.metrics.notified(Told::PutOff);
        }
        self.filled.notify_one();
    }

    /// Looks through what is pending: what is not known yet is to be told.
    async fn catch_up(&self) {
        if !self.wants(HELD, None) {
            return;
        }
        let mut held = HashSet::new();
        let mut after = None;
        loop {
            let filter = Filter { state: Some(HELD.to_owned()), after, limit: PAGE_MAX, ..Filter::default() };
            let page = self.tools.desk.list(filter).await;
            after = page.last().and_then(|last| last.id.parse().ok()).map(HoldId);
            for hold in &page {
                let note = Note::of_hold(HELD, &hold.created_at, hold, self.notify.link.as_deref());
                held.insert(note.id.clone());
                self.push(note);
            }
            if page.len() < PAGE_MAX || after.is_none() {
                break;
            }
        }
        self.queue(|queue| queue.keep_known(&held));
    }

    async fn tell(self: Arc<Self>) {
        let mut is_well = true;
        loop {
            let now = self.tools.clock.now();
            let Some(note) = self.queue(|queue| queue.next(now.mono)) else {
                self.rest().await;
                continue;
            };
            let message = message::write(&note, self.notify.kind);
            match self.post.deliver(message, now.wall).await {
                Ok(()) => {
                    self.queue(|queue| queue.done(&note.id));
                    self.tools.metrics.notified(Told::Delivered);
                    is_well = true;
                }
                Err(error) => {
                    let after = self.tools.clock.now().mono;
                    self.queue(|queue| queue.failed(&note.id, after));
                    self.tools.metrics.notified(Told::Failed);
                    if std::mem::take(&mut is_well) {
                        let whom = self.post.whom();
                        tracing::warn!(
                            whom,
                            error,
                            "a notification was not taken; it is tried again until it is"
                        );
                    }
                }
            }
            if self.queue(Queue::take_missed) {
                self.drained.notify_one();
            }
        }
    }

    /// Until something is due, or comes in.
    async fn rest(&self) {
        let due = self.queue(|queue| queue.due());
        let wait = async {
            match due {
                Some(moment) => self.tools.clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = self.filled.notified() => {}
        }
    }
}
