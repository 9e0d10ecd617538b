//! Waiting for a condition, with a deadline that says what never came. Nothing else in the tests waits for time.

use std::time::{Duration, Instant};

/// Longer than anything here takes on a slow machine, shorter than a person's patience with a red build.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Looks again and again until `look` finds something; panics with `what` when the deadline passes.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(DEADLINE, what, look)
}

/// `until`, with a deadline of its own.
pub fn within<T>(deadline: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < deadline, "waited {deadline:?} for {what}, which never came");
        // The pause between two looks; the condition decides, not the pause.
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// `until`, for a yes or no.
pub fn until_true(what: &str, mut look: impl FnMut() -> bool) {
    until(what, || look().then_some(()));
}
