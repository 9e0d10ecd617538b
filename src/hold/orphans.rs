//! Approvals that no agent waits for and that are sent all the same (`on_disconnect = "forward"`). One taker; the
//! list is bounded by `hold.max_pending`, of which every entry is one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::hold::Approval;

/// The list, and a bell for its taker.
#[derive(Clone, Default)]
pub struct Orphans(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Approval>,
    closed: bool,
}

impl Orphans {
    /// Adds one.
    pub fn push(&self, approval: Approval) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).waiting.push_back(approval);
        self.0.bell.notify_one();
    }

    /// No more will come.
    pub fn close(&self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.bell.notify_one();
    }

    /// The oldest one, when there is one; `None` when no more will come. Cancel-safe.
    pub async fn next(&self) -> Option<Approval> {
        loop {
            {
                let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(approval) = state.waiting.pop_front() {
                    return Some(approval);
                }
                if state.closed {
                    return None;
                }
            }
            self.0.bell.notified().await;
        }
    }
}
