//! What the queue orders, carried out as the real sides do it, and noted.

use super::*;

impl World {
    /// Hands in a tick and the event, and carries the orders out.
    pub(super) fn tell(&mut self, event: Event) -> Result<(), Refusal> {
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let before: Vec<_> = self.queue.holds(None).map(|entry| (entry.id, entry.state.clone())).collect();
        match self.queue.handle(self.now, event) {
            Ok(orders) => {
                self.carry_out(orders);
                Ok(())
            }
            Err(refusal) => {
                let after: Vec<_> =
                    self.queue.holds(None).map(|entry| (entry.id, entry.state.clone())).collect();
                assert_eq!(before, after, "a refused event changes nothing");
                Err(refusal)
            }
        }
    }

    pub(super) fn carry_out(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Insert { hold, .. } => {
                    let entry = self.queue.hold(hold).expect("an inserted hold is there");
                    let stored = Stored {
                        state: "held",
                        key: entry.key,
                        digest: entry.digest,
                        facts: Facts::clone(&entry.facts),
                        course: entry.course.clone(),
                    };
                    let twin = self.disk.values().any(|row| {
                        row.facts.code == stored.facts.code
                            && matches!(row.state, "held" | "approved" | "armed")
                    });
                    assert!(!twin, "two pending holds have one code");
                    assert!(!self.resting.contains_key(&stored.facts.code), "a resting code was given");
                    assert!(self.disk.insert(hold, stored).is_none());
                    self.seen.insert("held");
                }
                Order::Save { hold, from, to, course } => {
                    let row = self.disk.get_mut(&hold).expect("only what is stored is moved");
                    assert_eq!(row.state, from, "compare and set");
                    row.state = to;
                    row.course = *course;
                    self.seen.insert(to);
                    if (to == "held" && from != "held") || to == "denied" {
                        self.votes.remove(&hold);
                    }
                }
                Order::Replace { hold, from } => {
                    let entry = self.queue.hold(hold).expect("what is replaced is there");
                    let row = self.disk.get_mut(&hold).expect("only what is stored is replaced");
                    assert_eq!(row.state, from, "compare and set");
                    (row.state, row.digest) = ("held", entry.digest);
                    (row.facts, row.course) = (Facts::clone(&entry.facts), entry.course.clone());
                    // Nobody has approved these bytes.
                    self.votes.remove(&hold);
                }
                Order::Restate { hold, state } => {
                    let entry = self.queue.hold(hold).expect("what is restated is there");
                    let row = self.disk.get_mut(&hold).expect("only what is stored is restated");
                    assert_eq!(row.state, state);
                    row.facts = Facts::clone(&entry.facts);
                }
                Order::Precedent { hold } => {
                    assert!(self.is_approved(hold), "only what was approved is a precedent");
                    let kind = self.queue.hold(hold).expect("it is there").kind;
                    self.precedents.insert(kind, hold);
                }
                Order::ForgetPrecedent { hold, kind } => {
                    if self.precedents.get(&kind) == Some(&hold) {
                        self.precedents.remove(&kind);
                    }
                }
                Order::Strip { hold, state, course } => {
                    let row = self.disk.get_mut(&hold).expect("only what is stored is stripped");
                    assert_eq!(row.state, state);
                    assert!(row.course.whole, "stripped once");
                    row.course = *course;
                }
                Order::Erase { hold, state, code, until } => {
                    let row = self.disk.remove(&hold).expect("only what is stored is erased");
                    assert_eq!(row.state, state);
                    assert_eq!(row.facts.code, code);
                    self.resting.insert(code, until);
                }
                Order::Record { hold, note: Note::Decided { grant: Some(grant), .. } } => {
                    self.approved_by_grant(hold, &grant);
                }
                // What it was given with may be forgotten by now.
                Order::Record { note: Note::Granted { again: true, .. }, .. } => {}
                Order::Record { hold, .. } => {
                    assert!(self.disk.contains_key(&hold), "what is on record is stored");
                }
                Order::Place { attempt, hold } => {
                    assert!(self.disk.contains_key(&hold));
                    self.client(attempt).placed += 1;
                }
                Order::Refuse { attempt, refused } => {
                    let expected = if self.draining { Refused::Restarting } else { Refused::QueueFull };
                    assert_eq!(refused, expected);
                    self.client(attempt).refused += 1;
                }
                Order::Tell { attempt, ended } => self.told(attempt, ended),
                Order::Fetch { attempt, hold, .. } => {
                    let row = &self.disk[&hold];
                    assert!(
                        row.state == "done" && row.course.kept && row.course.whole,
                        "the answer is there"
                    );
                    self.end_of(attempt);
                }
                Order::Grant { from, view } => self.granted(from, &view),
                Order::RecordRevoked { view, .. } => assert_eq!(view.state, "revoked"),
                Order::ForgetGrant(id) => {
                    let row = self.grants.remove(&id.to_string()).expect("only what is stored is forgotten");
                    assert_ne!(row.state, "live");
                }
                Order::Freeze { freeze, again } => {
                    let before = match freeze.by {
                        By::File => self.file_row.replace(freeze),
                        _ => self.frozen.insert(freeze.agent.clone(), freeze),
                    };
                    assert_eq!(before.is_some(), again, "a freeze is stored once");
                }
                Order::Thaw(Thawed { freeze, .. }) => {
                    let before = match freeze.by {
                        By::File => self.file_row.take(),
                        _ => {
                            self.count_anew(freeze.agent.as_deref());
                            self.frozen.remove(&freeze.agent)
                        }
                    };
                    assert_eq!(before, Some(freeze), "only what was stored is thawed");
                }
                Order::ThawAgain { .. } => panic!("no record is lost here"),
                Order::Orphan(approval) => {
                    assert_eq!(self.limits.on_disconnect, OnDisconnect::Forward);
                    self.released(approval, None);
                }
            }
        }
    }

    /// Whether as many different people have approved it as it needs.
    pub(super) fn is_approved(&self, hold: HoldId) -> bool {
        let needed = self.disk[&hold].course.approvers.as_ref().map_or(1, |approvers| approvers.quorum);
        self.votes.get(&hold).is_some_and(|votes| votes.len() >= needed)
    }

    pub(super) fn client(&mut self, attempt: AttemptId) -> &mut Client {
        self.clients.get_mut(&attempt).expect("only those who came are told")
    }

    pub(super) fn told(&mut self, attempt: AttemptId, ended: Ended) {
        assert!(!self.client(attempt).gone, "the queue knows who has gone");
        match ended {
            Ended::Released(approval) => self.released(approval, Some(attempt)),
            Ended::Ticket => self.client(attempt).tickets += 1,
            Ended::Answer(_) => panic!("the queue has no answers"),
            _ => self.end_of(attempt),
        }
    }

    pub(super) fn end_of(&mut self, attempt: AttemptId) {
        let client = self.client(attempt);
        client.ends += 1;
        assert_eq!((client.ends, client.tickets), (1, 0), "told twice");
    }

    /// The one who carried a release is answered by its caller.
    pub(super) fn carried(&mut self, carrier: Option<AttemptId>) {
        if let Some(client) = carrier.and_then(|carrier| self.clients.get_mut(&carrier)) {
            client.carried = true;
        }
    }

    pub(super) fn released(&mut self, approval: Approval, carrier: Option<AttemptId>) {
        let hold = approval.hold();
        assert!(self.is_approved(hold), "released without enough approvals");
        assert!(!self.is_frozen(&self.disk[&hold].facts.agent), "released while frozen");
        assert_eq!(self.disk[&hold].state, "approved", "stored before it is told");
        assert_eq!(self.disk[&hold].digest, approval.digest());
        self.out.push((hold, approval.release(), approval.digest(), carrier, false));
    }
}
