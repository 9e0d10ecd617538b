//! The word that nothing is waited for any more: a second signal to stop, or the end of the wait after the first.
//! A mutation that is being sent then has an unknown outcome, and its agent is told so rather than left with a
//! connection that closes: an empty reply is sent again by itself by many clients. Reads may be; they are cut.

use tokio::sync::watch;

/// The word. Once given it stays.
#[derive(Debug, Default)]
pub struct Hurry(watch::Sender<bool>);

impl Hurry {
    /// Gives it.
    pub fn call(&self) {
        self.0.send_replace(true);
    }

    /// What comes of `work`, or `None` where the word comes first; then the work is dropped where it stands.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut called = self.0.subscribe();
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = called.wait_for(|called| *called) => None,
        }
    }
}

/// Why the outcome is not known.
pub const CUT_OFF: &str = "Holdpoint was told again to stop before an answer came";

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn what_is_done_counts_and_what_is_not_is_dropped_at_the_word() {
        let hurry = Hurry::default();
        assert_eq!(hurry.or(ready(1)).await, Some(1));
        let (got, ()) = tokio::join!(hurry.or(pending::<()>()), async { hurry.call() });
        assert_eq!(got, None);
        assert_eq!(hurry.or(pending::<()>()).await, None, "whoever asks later hears it too");
        assert_eq!(hurry.or(ready(2)).await, Some(2));
    }
}
