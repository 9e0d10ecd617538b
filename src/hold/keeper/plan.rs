//! Planning: what one event orders, sorted into store steps, records and effects. Nothing is done here.

use super::Keeper;
use crate::clock::Now;
use crate::hold::answer::encode_fields;
use crate::hold::happenings::News;
use crate::hold::queue::{AttemptId, By, Freeze, Note, Order};
use crate::hold::records::{frozen, record, revoked, thawed};
use crate::hold::turn::{Effect, Point, Turn};
use crate::hold::{Answer, Ended, HoldId};
use crate::snapshot::Digest;
use crate::store::{AnswerRow, Replacement, Row, Step};

impl Keeper {
    /// Sorts the orders of one event into store steps, records and effects.
    pub(super) fn plan(&mut self, now: Now, orders: Vec<Order>, turn: &mut Turn) {
        if orders.is_empty() {
            return;
        }
        turn.pass(Point::of(&orders));
        turn.more |= !Point::is_plain(&orders);
        let mut steps = Vec::new();
        for order in orders {
            match order {
                Order::Insert { attempt, hold } => steps.extend(self.insert(attempt, hold, turn)),
                Order::Save { hold, from, to, course } => {
                    let answer = (from != to).then(|| self.keep_answer(hold, to, turn)).flatten();
                    let course = json(&*course);
                    steps.push(Step::Move { id: hold.0, from, to, course, answer });
                }
                Order::Replace { hold, from } => steps.extend(self.replace(hold, from, turn)),
                Order::Restate { hold, state } => {
                    let facts = self.queue.hold(hold).map(|entry| json(&*entry.facts));
                    steps.extend(facts.map(|facts| Step::Restate { id: hold.0, state, facts }));
                }
                Order::Precedent { hold } => self.note_precedent(now, hold),
                Order::ForgetPrecedent { hold, kind } => {
                    self.examples.retain(|example| example.hold != hold);
                    steps.push(Step::ForgetPrecedent { kind: kind.0, id: hold.0 });
                }
                Order::Strip { hold, state, course } => {
                    steps.push(Step::Strip { id: hold.0, state, course: json(&*course) });
                    turn.stripped.push(hold);
                }
                Order::Erase { hold, state, code, until } => {
                    steps.push(Step::Erase { id: hold.0, state, code, until, now: now.wall.0 });
                    turn.stripped.push(hold);
                }
                Order::Record { hold, note } => {
                    if let Some(entry) = self.queue.hold(hold) {
                        if let Some(what) = note.happening() {
                            let news = News::of_hold(what, self.queue.view(entry));
                            let grant = match &note {
                                Note::Granted { view, .. } => Some((**view).clone()),
                                _ => None,
                            };
                            turn.news.push(News { grant, ..news });
                        }
                        turn.records.push(record(entry, note));
                    }
                }
                Order::Place { attempt, hold } => turn.effects.push(Effect::Place(attempt, hold)),
                Order::Refuse { attempt, refused } => turn.effects.push(Effect::Refuse(attempt, refused)),
                Order::Tell { attempt, ended } => turn.effects.push(Effect::Tell(attempt, self.armed(ended))),
                Order::Fetch { attempt, hold, status } => {
                    turn.effects.push(Effect::Fetch(attempt, hold, status));
                }
                Order::Orphan(approval) => {
                    let approval = approval.with_alarm(self.tools.departures.clone());
                    turn.effects.push(Effect::Orphan(approval));
                }
                Order::Grant { from, view } => {
                    let (used, facts) = (view.used, json(&view));
                    let id = view.id.parse().unwrap_or_default();
                    let state = view.state;
                    steps.push(Step::Grant { id, from, state, used, facts });
                }
                Order::RecordRevoked { view, again: true } => turn.records.push(revoked(&view, true)),
                Order::RecordRevoked { view, again: false } => {
                    turn.records.push(revoked(&view, false));
                    turn.news.push(News { what: "revoked", grant: Some(*view), ..News::default() });
                }
                Order::ForgetGrant(id) => steps.push(Step::ForgetGrant { id }),
                Order::Freeze { freeze, again } => {
                    if !again {
                        steps.push(Step::Freeze { whom: whom(&freeze), facts: json(&freeze) });
                    }
                    // Before anybody is answered; an earlier thaw of this turn may not have opened it yet.
                    self.tools.brake.add(freeze.agent.as_deref());
                    turn.news.push(News { what: "frozen", freeze: Some(freeze.view()), ..News::default() });
                    turn.records.push(frozen(&freeze, again));
                }
                Order::Thaw(end) => {
                    steps.push(Step::Thaw { whom: whom(&end.freeze), facts: json(&end) });
                    turn.effects.push(Effect::Release);
                    let freeze = Some(end.freeze.view());
                    turn.news.push(News { what: "thawed", freeze, ..News::default() });
                    turn.records.push(thawed(&end, false));
                }
                Order::ThawAgain { thawed: end, freeze_too } => {
                    steps.push(Step::ThawAgain { facts: json(&end), freeze_too });
                    turn.records.extend(freeze_too.then(|| frozen(&end.freeze, true)));
                    turn.records.push(thawed(&end, true));
                }
            }
        }
        if !steps.is_empty() {
            turn.jobs.push(steps);
        }
    }

    /// The record that was planned last, of a hold that is being sent, also names the digest of what is sent, where
    /// that is not what was approved.
    pub(super) fn note_sent(&mut self, hold: HoldId, digest: Digest, turn: &mut Turn) {
        if self.queue.hold(hold).is_some_and(|entry| entry.digest != digest)
            && let Some(record) = turn.records.pop()
        {
            turn.records.push(record.with("sent_digest", digest.to_string()));
        }
    }

    pub(super) fn armed(&self, ended: Ended) -> Ended {
        match ended {
            Ended::Released(approval) => Ended::Released(approval.with_alarm(self.tools.departures.clone())),
            other => other,
        }
    }

    pub(super) fn insert(&mut self, attempt: AttemptId, hold: HoldId, turn: &mut Turn) -> Option<Step> {
        let new = self.parked.remove(&attempt)?;
        let (head, body, digest) = new.snapshot.into_parts();
        self.keep_file(hold, &body, turn);
        let entry = self.queue.hold(hold)?;
        Some(Step::Insert(Box::new(Row {
            id: hold.0,
            state: "held",
            kin: entry.key.0,
            digest,
            facts: json(&*entry.facts),
            course: json(&entry.course),
            head: head.encode(),
            body,
        })))
    }

    /// The request that a person made of a held one.
    fn replace(&mut self, hold: HoldId, from: &'static str, turn: &mut Turn) -> Option<Step> {
        let (head, body, digest) = self.edit.take()?.into_parts();
        self.keep_file(hold, &body, turn);
        let entry = self.queue.hold(hold)?;
        let (facts, course, head) = (json(&*entry.facts), json(&entry.course), head.encode());
        Some(Step::Replace(Box::new(Replacement { id: hold.0, from, digest, facts, course, head, body })))
    }

    pub(super) fn keep_answer(&mut self, hold: HoldId, to: &str, turn: &mut Turn) -> Option<AnswerRow> {
        if to != "done" {
            return None;
        }
        let answer = turn.answers.get(&hold)?.clone();
        self.keep_file(hold, &answer.body, turn);
        let Answer { status, fields, body } = answer;
        Some(AnswerRow { status, fields: encode_fields(&fields), body })
    }

    pub(super) fn keep_file(&mut self, hold: HoldId, body: &crate::snapshot::Body, turn: &mut Turn) {
        if let Some(path) = body.path() {
            let files = self.files.entry(hold).or_default();
            if !files.contains(path) {
                files.push(path.clone());
            }
            turn.kept.push(body.clone());
        }
    }
}

/// Whom a freeze stops, as its row's key.
fn whom(freeze: &Freeze) -> String {
    match (&freeze.by, &freeze.agent) {
        (By::File, _) => "file".to_owned(),
        (_, None) => "all".to_owned(),
        (_, Some(agent)) => format!("agent {agent}"),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers, texts and lists of them are JSON")
}
