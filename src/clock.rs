//! Time as a value. The monotonic time decides (deadlines, expiry), the wall time informs (records, screens).
//!
//! The monotonic time is CLOCK_BOOTTIME: it goes on while the machine sleeps and nobody can set it, so that a
//! clock moved back cannot keep an approval alive (CASES HI-26). Tests move a clock of their own by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// A point of monotonic time, in milliseconds since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

impl Moment {
    /// This moment and `wait` more.
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait.as_millis() as u64))
    }

    /// How long from `earlier` until this moment; zero when it lies before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// A point of wall time, in milliseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub i64);

impl Wall {
    /// RFC 3339 in UTC, with milliseconds: `2026-11-21T00:04:00.000Z`.
    pub fn rfc3339(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => format!("{stamp:.3}"),
            Err(_) => "9999-12-31T23:59:59.999Z".to_owned(),
        }
    }

    /// Reads what `rfc3339` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|stamp| Self(stamp.as_millisecond()))
    }
}

/// Both times at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// What decides.
    pub mono: Moment,
    /// What informs.
    pub wall: Wall,
}

impl Now {
    /// The wall time that a monotonic moment has, or will have.
    pub fn wall_of(self, moment: Moment) -> Wall {
        Wall(self.wall.0 + (moment.0 as i64 - self.mono.0 as i64))
    }
}

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<Mutex<Now>>, Arc<watch::Sender<()>>),
}

impl Clock {
    /// The machine's own.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// One that stands still until it is moved.
    pub fn manual() -> Self {
        let start = system_now();
        Self(Source::Manual(Arc::new(Mutex::new(start)), Arc::new(watch::Sender::new(()))))
    }

    /// The time.
    pub fn now(&self) -> Now {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(now, _) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a manual clock on; the system's does not listen.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(now, moved) = &self.0 {
            let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
            now.mono = now.mono.after(by);
            now.wall.0 += by.as_millis() as i64;
            moved.send_replace(());
        }
    }

    /// Returns once the clock shows `moment` or later.
    pub async fn sleep_until(&self, moment: Moment) {
        match &self.0 {
            Source::System => {
                // Timers of the runtime stop while the machine sleeps, CLOCK_BOOTTIME does not: look again.
                loop {
                    let left = moment.since(self.now().mono);
                    if left.is_zero() {
                        return;
                    }
                    tokio::time::sleep(left.min(Duration::from_secs(30))).await;
                }
            }
            Source::Manual(_, moved) => {
                let mut moves = moved.subscribe();
                while self.now().mono < moment {
                    if moves.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

fn system_now() -> Now {
    let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let wall = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    Now {
        mono: Moment(boot.tv_sec as u64 * 1000 + boot.tv_nsec as u64 / 1_000_000),
        wall: Wall(wall.tv_sec * 1000 + wall.tv_nsec / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_is_written_as_rfc_3339_in_utc_and_read_back() {
        assert_eq!(Wall(0).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            Wall::parse("2026-11-21T00:04:00.250Z").map(Wall::rfc3339).as_deref(),
            Some("2026-11-21T00:04:00.250Z")
        );
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_a_sleeper_only_when_it_has_moved_far_enough() {
        let clock = Clock::manual();
        let goal = clock.now().mono.after(Duration::from_secs(10));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(goal).await }
        });
        clock.advance(Duration::from_secs(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.expect("the sleeper wakes");
    }
}
