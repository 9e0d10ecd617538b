//! The process stops, told or killed, and another one begins with what is on disk.

use super::*;

impl World {
    /// The process is told to stop, and then it does.
    pub(super) fn drain(&mut self) {
        self.draining = true;
        self.tell(Event::Drain).expect("a drain is always taken");
        for attempt in self.queue.attempts.values() {
            assert!(matches!(attempt.phase, Phase::Carrying | Phase::Told), "nobody waits any more");
        }
        for (hold, release, _, _, sending) in self.out.clone() {
            if !sending {
                let refused = self.tell(Event::Sending(hold, release));
                assert_eq!(refused, Err(Refusal::Release(Refused::Restarting)));
            }
        }
        self.arrive();
        self.check();
        self.draining = false;
        self.crash();
    }

    /// The process dies; another one begins with what is on disk.
    pub(super) fn crash(&mut self) {
        for client in self.clients.values_mut() {
            client.gone = true;
        }
        self.out.clear();
        self.votes.clear();
        self.now.mono = Moment(self.now.mono.0 % 7_777);
        self.next_id += 1_000_000;
        self.queue = Queue::new(self.limits.clone(), BREAKER, Box::new(Numbers(self.next_id)));
        let mut rows: Vec<_> = self.disk.iter().map(|(hold, row)| (*hold, row.clone())).collect();
        rows.sort_by_key(|(hold, _)| *hold);
        let before: HashMap<HoldId, &'static str> =
            rows.iter().map(|(hold, row)| (*hold, row.state)).collect();
        let restored = rows
            .into_iter()
            .map(|(id, row)| Restored {
                id,
                state: row.state.to_owned(),
                unrecorded: false,
                key: row.key,
                digest: row.digest,
                head: Arc::new(Head {
                    method: "POST".to_owned(),
                    origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
                    target: "/".to_owned(),
                    fields: Vec::new(),
                }),
                body_len: 0,
                facts: row.facts,
                course: row.course,
            })
            .collect();
        self.passes.clear();
        let unrecorded = Unrecorded(self.chance.below(2) == 0);
        let grants = self.grants.values().cloned().map(|grant| (grant, unrecorded)).collect();
        let orders = self.queue.restore_grants(self.now, grants).expect("what was stored is understood");
        self.carry_out(orders);
        assert!(self.grants.values().all(|grant| grant.state != "live"), "a restart ends all grants");
        let orders =
            self.queue.restore_freezes(self.frozen.values().chain(&self.file_row).cloned().collect());
        self.carry_out(orders);
        assert_eq!(
            self.queue.knows_file(),
            self.file,
            "the file's freeze is as it was, until somebody looks"
        );
        let resting = self.resting.iter().map(|(code, until)| (code.clone(), *until)).collect();
        let orders = self.queue.restore(self.now, restored, resting).expect("what was stored is understood");
        self.carry_out(orders);
        for (hold, state) in before {
            let after = self.disk[&hold].state;
            match state {
                "held" | "approved" | "armed" => assert_eq!(after, "held"),
                "forwarding" => assert_eq!(after, "outcome_unknown"),
                other => assert_eq!(after, other),
            }
        }
        self.tell(Event::Tick).expect("a tick is always taken");
    }
}
