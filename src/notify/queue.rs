//! What waits to be told to one listener. A note stays until it was taken; one that fails goes to the end, so that a
//! single note that is never taken holds up no other. No I/O and no clock.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::note::{HELD, Note};
use crate::clock::Moment;
use crate::limits;

/// A note that waits.
#[derive(Debug)]
struct Item {
    note: Note,
    tries: u32,
    due: Moment,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    items: VecDeque<Item>,
    /// Ids of the holds' notes that wait or were taken, as long as the hold is held.
    known: HashSet<String>,
    /// Failures since the last success: the listener itself is unwell.
    failures: u32,
    rest_until: Moment,
    /// There was no room: what is pending must be looked through once there is.
    missed: bool,
}

impl Queue {
    /// Takes a note in. `false`: there was no room. A hold that is known is not taken twice.
    pub fn push(&mut self, note: Note) -> bool {
        if note.event == HELD && self.known.contains(&note.id) {
            return true;
        }
        if self.items.len() >= limits::NOTIFY_QUEUE {
            self.missed |= note.event == HELD;
            return false;
        }
        if note.event == HELD {
            self.known.insert(note.id.clone());
        }
        self.items.push_back(Item { note, tries: 0, due: Moment(0) });
        true
    }

    /// A hold is no longer held: where it comes to be again, that is told again.
    pub fn forget(&mut self, held_id: &str) {
        self.known.remove(held_id);
    }

    /// These holds are held; of all others nothing needs to be known any more.
    pub fn keep_known(&mut self, held: &HashSet<String>) {
        let waiting: HashSet<&String> = self.items.iter().map(|item| &item.note.id).collect();
        self.known.retain(|id| held.contains(id) || waiting.contains(id));
    }

    /// The note that may be tried now.
    pub fn next(&self, now: Moment) -> Option<Note> {
        if now < self.rest_until {
            return None;
        }
        self.items.iter().find(|item| item.due <= now).map(|item| item.note.clone())
    }

    /// When something may be tried, if anything waits.
    pub fn due(&self) -> Option<Moment> {
        self.items.iter().map(|item| item.due).min().map(|due| due.max(self.rest_until))
    }

    /// It was taken.
    pub fn done(&mut self, id: &str) {
        self.failures = 0;
        self.items.retain(|item| item.note.id != id);
    }

    /// It was not taken: it comes again later, after the others.
    pub fn failed(&mut self, id: &str, now: Moment) {
        self.failures = self.failures.saturating_add(1);
        self.rest_until = now.after(rest(self.failures));
        let Some(at) = self.items.iter().position(|item| item.note.id == id) else { return };
        let Some(mut item) = self.items.remove(at) else { return };
        item.tries = item.tries.saturating_add(1);
        item.due = now.after(rest(item.tries));
        self.items.push_back(item);
    }

    /// Whether something that is pending did not find room, and there is room now.
    pub fn take_missed(&mut self) -> bool {
        self.items.len() < limits::NOTIFY_QUEUE / 2 && std::mem::take(&mut self.missed)
    }
}

/// 1 s, 2 s, 4 s and so on, up to `limits::NOTIFY_REST_MAX`.
fn rest(tries: u32) -> Duration {
    let doubled = Duration::from_secs(1).saturating_mul(1 << tries.saturating_sub(1).min(20));
    doubled.min(limits::NOTIFY_REST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(event: &str, id: &str) -> Note {
        Note {
            id: format!("{event}:{id}"),
            event: event.into(),
            at: String::new(),
            hold: None,
            freeze: None,
            grant: None,
            link: None,
        }
    }

    fn at(seconds: u64) -> Moment {
        Moment(seconds * 1000)
    }

    #[test]
    fn a_note_stays_until_it_was_taken_and_a_hold_is_told_once() {
        let mut queue = Queue::default();
        assert!(queue.push(note("held", "a")));
        assert!(queue.push(note("held", "a")));
        assert_eq!(queue.items.len(), 1);
        assert_eq!(queue.next(at(0)).unwrap().id, "held:a");
        queue.failed("held:a", at(0));
        assert_eq!((queue.next(at(0)), queue.due()), (None, Some(at(1))));
        assert_eq!(queue.next(at(1)).unwrap().id, "held:a");
        queue.failed("held:a", at(1));
        assert_eq!(queue.due(), Some(at(3)));
        queue.done("held:a");
        assert_eq!(queue.due(), None);
        assert!(queue.push(note("held", "a")), "it is known");
        assert_eq!(queue.next(at(9)), None);
        queue.keep_known(&HashSet::new());
        queue.push(note("held", "a"));
        assert!(queue.next(at(9)).is_some(), "it was no longer held, and is again");
    }

    /// Ids are not kept for as long as the process lives, and an approval that came to nothing is told of again.
    #[test]
    fn a_hold_that_was_decided_is_known_no_longer() {
        let mut queue = Queue::default();
        queue.push(note("held", "a"));
        queue.done("held:a");
        queue.forget("held:a");
        assert!(queue.known.is_empty());
        queue.push(note("held", "a"));
        assert!(queue.next(at(0)).is_some());
    }

    #[test]
    fn one_that_is_never_taken_holds_up_no_other() {
        let mut queue = Queue::default();
        queue.push(note("held", "poison"));
        queue.push(note("held", "b"));
        queue.failed("held:poison", at(0));
        assert_eq!(queue.next(at(1)).unwrap().id, "held:b");
        queue.done("held:b");
        queue.failed("held:poison", at(1));
        queue.push(note("frozen", "c"));
        assert_eq!(queue.next(at(2)).unwrap().id, "frozen:c");
    }

    #[test]
    fn the_wait_grows_to_a_bound_and_never_ends() {
        assert_eq!([1, 2, 3].map(rest), [1, 2, 4].map(Duration::from_secs));
        assert_eq!(rest(u32::MAX), limits::NOTIFY_REST_MAX);
    }

    #[test]
    fn what_finds_no_room_is_remembered_as_missed_once_there_is() {
        let mut queue = Queue::default();
        for number in 0..limits::NOTIFY_QUEUE {
            assert!(queue.push(note("ended", &number.to_string())));
        }
        assert!(!queue.push(note("held", "late")));
        assert!(!queue.take_missed(), "there is no room yet");
        queue.items.clear();
        assert!(queue.take_missed());
        assert!(!queue.take_missed());
        assert!(queue.push(note("held", "late")));
    }
}
