//! What must be true after every event.

use super::*;

impl World {
    pub(super) fn check(&mut self) {
        let now = self.now.wall.0;
        self.resting.retain(|_, until| *until > now);
        let pending: Vec<_> = self.queue.holds(None).filter(|entry| !entry.state.is_over()).collect();
        assert!(pending.len() <= self.limits.max_pending);
        assert_eq!(pending.len(), self.queue.pending);
        for agent in ["a", "b"] {
            let count = pending.iter().filter(|entry| entry.facts.agent == agent).count();
            assert!(count <= self.limits.max_pending_per_agent);
        }
        let mut like: HashMap<Kind, usize> = HashMap::new();
        for entry in pending.iter().filter(|entry| entry.is_undecided()) {
            assert_eq!(entry.kind, Kind::of(&entry.facts, &entry.head.origin));
            *like.entry(entry.kind).or_default() += 1;
        }
        assert_eq!(like, self.queue.like, "like ones are counted as they are");
        assert_eq!(self.queue.holds.len(), self.disk.len(), "the queue and the disk know the same holds");
        for entry in self.queue.holds(None) {
            let row = &self.disk[&entry.id];
            assert_eq!((row.state, &row.facts), (entry.state.name(), &*entry.facts));
            assert_eq!(row.course.owed, entry.course.owed);
            if let State::Over(end) = &entry.state {
                assert_eq!((end.owed, end.whole), (entry.course.owed, entry.course.whole));
                let needed = end.owed || !entry.attempts.is_empty();
                assert_eq!(
                    end.whole, needed,
                    "bodies are kept for as long as they are needed and not longer"
                );
            }
            for attempt in &entry.attempts {
                assert_eq!(self.queue.attempts[attempt].hold, Some(entry.id));
            }
            assert_eq!(entry.alarm, entry.next_alarm(), "the timer is the next thing that happens");
            let frozen = self.is_frozen(&entry.facts.agent);
            assert_eq!(frozen, self.queue.is_frozen(&entry.facts.agent));
            match entry.state {
                State::Approved(_) => assert!(!frozen, "on its way while frozen"),
                State::Armed { .. } if !frozen => {
                    assert!(
                        self.queue.first_waiting(entry.id).is_none(),
                        "approved, waited for and not sent"
                    );
                }
                _ => {}
            }
        }
        let alarms = self.queue.holds.values().filter(|entry| entry.alarm.is_some()).count()
            + self.queue.attempts.values().filter(|attempt| attempt.alarm.is_some()).count();
        let alarms = alarms + self.queue.grants().len();
        assert_eq!(alarms, self.queue.timers.len(), "no timer outlives what it is for");
        for (attempt, client) in &self.clients {
            assert!(client.placed + client.refused <= 1, "answered twice: {attempt:?}");
            assert!(client.tickets <= 1);
            if client.gone {
                assert!(!self.queue.attempts.contains_key(attempt), "one who has gone stays nowhere");
            }
        }
        for (attempt, found) in &self.queue.attempts {
            let client = &self.clients[attempt];
            match found.phase {
                Phase::Knocking(_) => assert_eq!(client.placed, 0),
                _ => assert_eq!(client.placed, 1),
            }
            match found.phase {
                Phase::Told | Phase::Carrying => {}
                _ => assert_eq!((client.tickets, client.ends), (0, 0), "told, and it still waits"),
            }
        }
        // Everybody who is not in the queue any more was answered, or has gone.
        for (attempt, client) in &self.clients {
            if !client.gone && !self.queue.attempts.contains_key(attempt) {
                let answered = client.refused + client.tickets + client.ends > 0;
                assert!(answered || client.carried, "nobody ever answers {attempt:?}");
            }
        }
        for hold in self.precedents.values() {
            let state = self.disk.get(hold).map(|row| row.state);
            assert!(
                !matches!(state, Some("held" | "denied")),
                "an approval that was taken back is a precedent"
            );
        }
        let heads: usize = self.queue.holds.values().map(Entry::head_bytes).sum();
        assert_eq!(heads, self.queue.head_bytes);
    }
}
