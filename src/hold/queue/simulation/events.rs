//! What can happen: attempts come and go, people decide, sendings begin and end, time passes.

use super::*;
use crate::decide::{Approvers, Terms};
use crate::hold::facts::Judged;
use crate::hold::{GrantAsk, Scope, Who};

impl World {
    pub(super) fn arrive(&mut self) {
        let attempt = AttemptId(self.next_attempt);
        self.next_attempt += 1;
        let kind = self.chance.below(4) as u8;
        let agent = ["a", "b"][usize::from(kind) % 2];
        let head = Head {
            method: "POST".to_owned(),
            origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
            target: format!("/{kind}"),
            fields: Vec::new(),
        };
        let facts = Facts {
            code: String::new(),
            agent: agent.to_owned(),
            source: "192.0.2.1".to_owned(),
            advisory: false,
            http_version: "HTTP/1.1".to_owned(),
            effect: "write".to_owned(),
            dialect: "http".to_owned(),
            operation: "POST".to_owned(),
            rule: "r".to_owned(),
            why: Vec::new(),
            timeout_ms: 60_000,
            created_at: 0,
            address: None,
            grantable: Some(Scope::Operation),
        };
        let arrival = Arrival {
            attempt,
            key: Key([kind; 32]),
            digest: Digest::of(&head, 0, &[0; 32]),
            head: Arc::new(head),
            body_len: 0,
            facts,
            retry: self.chance.below(6) == 0,
            // Requests with and without the field are never the same, so it belongs to the kind.
            idempotent: kind == 3,
            at: self.now.mono,
            approvers: asked_of(kind),
            owner: (kind == 2).then(|| "root".to_owned()),
        };
        self.clients.insert(attempt, Client::default());
        self.tell(Event::Arrive(Box::new(arrival))).expect("an arrival is always taken");
    }

    pub(super) fn present(&self) -> Vec<AttemptId> {
        let mut present: Vec<_> =
            self.clients.iter().filter(|(_, client)| !client.gone).map(|(attempt, _)| *attempt).collect();
        present.sort();
        present
    }

    pub(super) fn leave(&mut self) {
        let Some(attempt) = self.chance.pick(&self.present()) else { return };
        // The agent has gone before the queue hears of it; what was due by then is still told.
        self.tell(Event::Tick).expect("a tick is always taken");
        self.tell(Event::Left(attempt)).expect("a departure is always taken");
        self.client(attempt).gone = true;
    }

    pub(super) fn deliver(&mut self) {
        let answered: Vec<_> =
            self.present().into_iter().filter(|attempt| self.clients[attempt].has_an_answer()).collect();
        let Some(attempt) = self.chance.pick(&answered) else { return };
        self.tell(Event::Tick).expect("a tick is always taken");
        self.tell(Event::Delivered(attempt)).expect("a delivery is always taken");
        self.client(attempt).gone = true;
    }

    pub(super) fn decide(&mut self) {
        let mut holds: Vec<_> = self.disk.keys().copied().collect();
        holds.sort();
        let count = 1 + self.chance.below(3);
        let by = self.person();
        let mut batch = Vec::new();
        for _ in 0..count {
            let Some(hold) = self.chance.pick(&holds) else { return };
            let choice = if self.chance.below(3) == 0 { Choice::Deny } else { Choice::Approve };
            let digest = match self.chance.below(12) {
                0 => None,
                1 => Digest::parse(&format!("sha256:{}", "0".repeat(64))),
                _ => Some(self.disk[&hold].digest),
            };
            let scope = Scope::ALL[self.chance.below(3)];
            let ask = GrantAsk { ttl: Duration::from_secs(20), uses: 1 + self.chance.below(3) as u32, scope };
            let grant = (choice == Choice::Approve && self.chance.below(3) == 0).then_some(ask);
            batch.push(Decision { hold, choice, digest, reason: None, by: by.clone(), grant });
        }
        // An approval counts for the model only where the batch is taken, the hold was undecided and the person counts.
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let fresh: Vec<_> = batch
            .iter()
            .filter(|decision| {
                decision.choice == Choice::Approve && self.disk[&decision.hold].state == "held"
            })
            .map(|decision| decision.hold)
            .collect();
        let before = self.votes.clone();
        let named = batch.iter().all(|decision| {
            decision.choice == Choice::Deny || decision.digest == Some(self.disk[&decision.hold].digest)
        });
        let not_theirs = fresh.iter().any(|hold| !self.counts(&by, *hold));
        for hold in fresh {
            self.votes.entry(hold).or_default().insert(by.name.clone());
        }
        match self.tell(Event::Decide(batch)) {
            Ok(()) => {
                assert!(named, "an approval without the right digest was taken");
                assert!(!not_theirs, "the word of one who does not count was taken");
            }
            Err(_) => self.votes = before,
        }
    }

    /// A person changes a request: with other people to approve it, and perhaps of a digest that is not its own.
    pub(super) fn edit(&mut self) {
        let mut holds: Vec<_> = self.disk.keys().copied().collect();
        holds.sort();
        let Some(hold) = self.chance.pick(&holds) else { return };
        let entry = self.queue.hold(hold).expect("the queue and the disk know the same holds");
        let mut head = Head::clone(&entry.head);
        self.edits += 1;
        head.target = format!("/edited/{}", self.edits);
        let stale = self.chance.below(5) == 0;
        let of = if stale { Digest::of(&head, 1, &[1; 32]) } else { entry.digest };
        let facts = Facts::clone(&entry.facts);
        let judged = Judged {
            effect: facts.effect,
            dialect: facts.dialect,
            operation: format!("edited {}", self.chance.below(2)),
            rule: facts.rule,
            why: Vec::new(),
            address: None,
            approvers: asked_of(self.chance.below(4) as u8),
        };
        let digest = Digest::of(&head, 0, &[0; 32]);
        let edited =
            Edited { hold, of, digest, head: Arc::new(head), body_len: 0, judged, by: "ana".to_owned() };
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let state = self.disk.get(&hold).map(|row| row.state);
        let waits = matches!(state, Some("held" | "approved" | "armed"));
        let taken = self.tell(Event::Edit(Box::new(edited))).is_ok();
        assert_eq!(taken, waits && !stale, "what waits can be edited, by its digest, and nothing else");
    }

    pub(super) fn send(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let index = self.chance.below(self.out.len());
        let (hold, release, digest, carrier, sending) = self.out[index];
        if sending {
            return;
        }
        if self.chance.below(8) == 0 {
            self.out.remove(index);
            let event = match self.chance.below(3) {
                0 => Event::Failed(hold, release, "tampered".to_owned()),
                1 => Event::Reconsider(hold, release, self.stricter()),
                _ => Event::Unsent(hold, release, "no route".to_owned()),
            };
            if !matches!(event, Event::Reconsider(..)) {
                self.carried(carrier);
            }
            return self.tell(event).expect("a report is always taken");
        }
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let state = self.disk.get(&hold).map(|row| row.state);
        match self.tell(Event::Sending(hold, release)) {
            Ok(()) => {
                assert_eq!(state, Some("approved"));
                assert_eq!(self.disk[&hold].state, "forwarding", "stored before the first byte");
                assert!(self.is_approved(hold), "sent without enough approvals");
                assert!(!self.is_frozen(&self.disk[&hold].facts.agent), "sent while frozen");
                assert_eq!(self.disk[&hold].digest, digest);
                *self.sent.entry(hold).or_default() += 1;
                let unsent = self.unsent.get(&hold).copied().unwrap_or(0);
                assert!(self.sent[&hold] - unsent <= 1, "sent twice");
                self.out[index].4 = true;
            }
            Err(_) => {
                self.out.remove(index);
            }
        }
    }

    pub(super) fn end(&mut self) {
        let sending: Vec<_> = (0..self.out.len()).filter(|index| self.out[*index].4).collect();
        let Some(index) = self.chance.pick(&sending) else { return };
        let (hold, release, _, carrier, _) = self.out.remove(index);
        let event = match self.chance.below(5) {
            0 => {
                *self.unsent.entry(hold).or_default() += 1;
                Event::Unsent(hold, release, "refused".to_owned())
            }
            1 => Event::Ended(hold, release, Sent::Unknown { error: "reset".to_owned() }),
            2 => Event::Ended(hold, release, Sent::Answered { status: 200, kept: false }),
            _ => Event::Ended(hold, release, Sent::Answered { status: 200, kept: true }),
        };
        self.tell(event).expect("a report is always taken");
        self.carried(carrier);
    }

    pub(super) fn abandon(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let index = self.chance.below(self.out.len());
        let (hold, release, ..) = self.out.remove(index);
        self.tell(Event::Abandoned(hold, release)).expect("a loss is always taken");
    }

    pub(super) fn pass_time(&mut self) {
        let wait = match self.chance.below(8) {
            0..=2 => 50,
            3..=4 => 260,
            5 => 5_000,
            6 => 31_000,
            _ => 4_000_000,
        };
        let wait = if wait > 100_000 && self.chance.below(6) > 0 { 1_000 } else { wait };
        self.now = Now { mono: Moment(self.now.mono.0 + wait), wall: Wall(self.now.wall.0 + wait as i64) };
        self.tell(Event::Tick).expect("a tick is always taken");
        if let Some(deadline) = self.queue.next_deadline() {
            assert!(deadline > self.now.mono, "a tick does all that is due");
        }
    }
}

/// Requests of one kind need two of a group, those of another one of it, the rest anybody.
fn asked_of(kind: u8) -> Option<Approvers> {
    let of = |quorum| Approvers { groups: vec!["oncall".to_owned()], quorum };
    match kind {
        1 => Some(of(1)),
        2 => Some(of(2)),
        _ => None,
    }
}

impl World {
    /// Two on call, one on call who has the name of an agent, one as whom an agent runs, and one who is not on call.
    fn person(&mut self) -> Who {
        let (name, groups, user) = self
            .chance
            .pick(&[
                ("ana", "oncall", "ana"),
                ("ana", "oncall", "ana"),
                ("ben", "oncall", "ben"),
                ("a", "oncall", "eve"),
                ("root", "oncall", "root"),
                ("eve", "guests", "eve"),
            ])
            .expect("there are some");
        Who { name: name.to_owned(), groups: vec![groups.to_owned()], user: Some(user.to_owned()) }
    }

    /// Whether the person's approval counts, by another reading of the same rules.
    fn counts(&self, who: &Who, hold: HoldId) -> bool {
        let row = &self.disk[&hold];
        let own = row.facts.agent == who.name || row.course.owners.contains(&who.name);
        row.course.approvers.is_none() || (who.groups == ["oncall"] && !own)
    }

    /// A rule asks again, and at times for one more.
    fn stricter(&mut self) -> Reconsidered {
        let oncall = || Approvers { groups: vec!["oncall".to_owned()], quorum: 2 };
        let terms = |approvers| Terms {
            rule: "stricter".to_owned(),
            timeout: None,
            approvers,
            note: None,
            grantable: None,
        };
        let terms = match self.chance.below(3) {
            0 => None,
            1 => Some(terms(None)),
            _ => Some(terms(Some(oncall()))),
        };
        Reconsidered { why: "stricter".to_owned(), terms }
    }
}
