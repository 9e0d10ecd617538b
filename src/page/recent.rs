//! What waits, for pages that bring themselves up to date. Each event makes every open page ask; those that ask at a time
//! are told the same, and the desk is asked anew only where something has changed, and no more than twice a second.
//! Nobody is told what was so before they asked.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::hold::{Desk, Outline};
use crate::limits;

/// The last look.
#[derive(Default)]
pub struct Recent(Mutex<Option<Look>>);

#[derive(Clone)]
struct Look {
    /// When it was begun.
    at: Instant,
    /// What the desk had counted by then.
    change: u64,
    found: Arc<Vec<Outline>>,
}

impl Look {
    /// Whether it says what is so now, or was begun after somebody asked.
    fn serves(&self, asked: Instant, change: u64) -> bool {
        self.change == change || self.at >= asked
    }
}

impl Recent {
    /// All that waits.
    pub async fn outlines(&self, desk: &Desk) -> Arc<Vec<Outline>> {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if let Some(look) = last.as_ref() {
            if look.serves(asked, *desk.changes().borrow()) {
                return Arc::clone(&look.found);
            }
            tokio::time::sleep_until(look.at + limits::LIST_LOOK).await;
        }
        let (at, change) = (Instant::now(), *desk.changes().borrow());
        let found = Arc::new(desk.outlines().await);
        *last = Some(Look { at, change, found: Arc::clone(&found) });
        found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_look_serves_while_nothing_changed_and_whoever_asked_before_it_began() {
        let at = Instant::now();
        let look = Look { at, change: 7, found: Arc::default() };
        let later = at + Duration::from_millis(1);
        assert!(look.serves(later, 7) && look.serves(at, 8));
        assert!(!look.serves(later, 8));
    }
}
