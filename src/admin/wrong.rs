//! Tokens that nobody has. On the port, which may be beyond this machine, somebody may try many: the first are answered
//! at once, since people mistype, and all others together one a second. Right ones never wait for wrong ones; who is
//! let in is settled before this is asked. It is no bar to guessing, because a guesser may hang up and come again: that is
//! the length of the tokens. The log says from where they come and how many, and never what they were.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::admin::problem::{Kind, Problem};
use crate::clock::{Clock, Moment};
use crate::limits;

/// What came so far.
#[derive(Debug, Default)]
pub struct Wrong(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the last of those that were answered, or wait, would have its turn at one a second.
    until: Moment,
    told: Option<Moment>,
    untold: u64,
}

/// What is to be done with one.
#[derive(Debug, PartialEq, Eq)]
struct Noted {
    /// How long its answer waits; `None` where so many wait that this one is sent away.
    wait: Option<Duration>,
    /// How many came since the log was told last, where it is to be told now.
    tell: Option<u64>,
}

impl Wrong {
    /// One came: returns once it may be told so, or refuses to say.
    pub async fn came(&self, from: Option<IpAddr>) -> Result<(), Problem> {
        let Noted { wait, tell } = self.note(Clock::system().now().mono);
        if let Some(count) = tell {
            let peer = from.map_or("unknown".to_owned(), |ip| ip.to_canonical().to_string());
            tracing::warn!(%peer, count, "wrong tokens came to the admin port; the peer is that of the last");
        }
        let detail = "too many wrong tokens came lately; a right one is let in at any time";
        let wait = wait.ok_or_else(|| Problem::new(Kind::TooMany, detail))?;
        tokio::time::sleep(wait).await;
        Ok(())
    }

    fn note(&self, now: Moment) -> Noted {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.untold += 1;
        let is_due = state.told.is_none_or(|told| now.since(told) >= limits::WRONG_TOKENS_TOLD);
        let tell = is_due.then(|| std::mem::take(&mut state.untold));
        if is_due {
            state.told = Some(now);
        }
        let turn = state.until.max(now).after(limits::WRONG_TOKEN_REST);
        let free = limits::WRONG_TOKEN_REST * limits::WRONG_TOKENS_FREE;
        let wait = turn.since(now).saturating_sub(free);
        if wait > limits::WRONG_TOKEN_WAIT {
            return Noted { wait: None, tell };
        }
        state.until = turn;
        Noted { wait: Some(wait), tell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment(0).after(Duration::from_millis(ms))
    }

    fn waits(wrong: &Wrong, now: Moment, count: usize) -> Vec<Option<u64>> {
        (0..count).map(|_| wrong.note(now).wait.map(|wait| wait.as_secs())).collect()
    }

    #[test]
    fn the_first_are_answered_at_once_and_all_others_one_a_second() {
        let (wrong, free) = (Wrong::default(), limits::WRONG_TOKENS_FREE as usize);
        assert!(waits(&wrong, at(0), free).iter().all(|wait| *wait == Some(0)));
        assert_eq!(waits(&wrong, at(0), 3), [Some(1), Some(2), Some(3)]);
        // Those three have had their turns: the next waits for its own again.
        assert_eq!(waits(&wrong, at(3000), 2), [Some(1), Some(2)]);
        // After a while without any the first ones are free again.
        let later = at(3_600_000);
        assert_eq!(waits(&wrong, later, free + 1).last(), Some(&Some(1)));
    }

    /// Who waits keeps a place at the port: there are few of those, and who is sent away makes nobody wait longer.
    #[test]
    fn no_more_wait_than_may() {
        let (wrong, most) = (Wrong::default(), limits::WRONG_TOKEN_WAIT.as_secs() as usize);
        let waits = |now, count| waits(&wrong, now, count);
        let first = waits(at(0), limits::WRONG_TOKENS_FREE as usize + most);
        assert_eq!(first.last(), Some(&Some(most as u64)));
        assert_eq!(waits(at(0), 1000), vec![None; 1000]);
        assert_eq!(waits(at(1000), 2), [Some(most as u64), None]);
    }

    #[test]
    fn the_log_is_told_at_once_and_then_of_all_that_came_meanwhile() {
        let wrong = Wrong::default();
        let tell = |ms| wrong.note(at(ms)).tell;
        let rest = limits::WRONG_TOKENS_TOLD.as_millis() as u64;
        assert_eq!([tell(5), tell(6), tell(rest), tell(rest + 5)], [Some(1), None, None, Some(3)]);
        assert_eq!(tell(rest + 6), None);
    }
}
