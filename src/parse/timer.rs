//! A timer that is asked on each poll whether a moment has come. A deadline that moves away costs nothing: the
//! timer wakes early once, and is set again.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// The timer. Made within a runtime.
#[derive(Debug)]
pub struct Timer(Pin<Box<Sleep>>);

impl Timer {
    /// A timer that is set when it is first asked.
    pub fn new() -> Self {
        Self(Box::pin(sleep(Duration::ZERO)))
    }

    /// Whether `at` has come; if not, the caller is woken then.
    pub fn poll_at(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        if self.0.deadline() > at || self.0.is_elapsed() {
            self.0.as_mut().reset(at);
        }
        loop {
            ready!(self.0.as_mut().poll(cx));
            if Instant::now() >= at {
                return Poll::Ready(());
            }
            self.0.as_mut().reset(at);
        }
    }
}
