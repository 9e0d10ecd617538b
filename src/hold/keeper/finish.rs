//! Finishing a turn: the store, then the log (where a turn brings decisions and starts alone, both at once), and only
//! then whoever waits is woken.

use futures_util::future::join_all;

use super::Keeper;
use crate::audit::{AuditError, Pending, Receipt, Record};
use crate::hold::answer::decode_fields;
use crate::hold::queue::AttemptId;
use crate::hold::turn::{Effect, Stage, Turn};
use crate::hold::{Answer, DecisionError, Ended, HoldId, Refused};
use crate::kind::Mutation;
use crate::limits;
use crate::store::Step;

impl Keeper {
    /// Makes the turn durable and then lets it be seen.
    pub(super) async fn finish(&mut self, mut turn: Turn) {
        match self.commit(&mut turn).await {
            Ok(mut receipts) => {
                for effect in std::mem::take(&mut turn.effects) {
                    self.show(effect, &turn, &mut receipts).await;
                }
                self.tools.board.publish(self.tools.clock.now().wall, std::mem::take(&mut turn.news));
                turn.reach(Stage::AfterWake);
                if turn.changed {
                    self.tools.changes.send_modify(|count| *count += 1);
                }
            }
            Err(refused) => self.give_up(turn, refused),
        }
    }

    /// Makes both halves of a turn durable. The store goes before the log, so that no record tells of what was not
    /// stored. But where people only say yes or no, or what they have approved sets out, both go at once, which spares
    /// whoever waits for a release a sync each time: a crash between the two released nothing, sent nothing and answered
    /// nobody, and the restart says on record that the hold is held again, or that its outcome is unknown.
    async fn commit(&mut self, turn: &mut Turn) -> Result<Vec<Option<Receipt<Mutation>>>, Refused> {
        turn.reach(Stage::BeforeStore);
        let (jobs, records) = (std::mem::take(&mut turn.jobs), std::mem::take(&mut turn.records));
        self.turn += i64::from(!jobs.is_empty());
        let receipts = if !turn.more {
            // The store first: it has more to do before it is at the disk.
            let (kept, receipts) = tokio::join!(self.keep(jobs), self.put_all_on_record(records));
            kept?;
            turn.reach(Stage::AfterStore);
            receipts?
        } else {
            self.keep(jobs).await?;
            for body in &turn.kept {
                self.tools.spool.keep(body);
            }
            turn.reach(Stage::AfterStore);
            self.put_all_on_record(records).await?
        };
        turn.reach(Stage::AfterAudit);
        for hold in &turn.stripped {
            for path in self.files.remove(hold).unwrap_or_default() {
                self.tools.spool.remove(&path);
            }
        }
        Ok(receipts)
    }

    /// Stores what each event has brought, all of it in one commit.
    async fn keep(&self, jobs: Vec<Vec<Step>>) -> Result<(), Refused> {
        let checkpoint = self.tools.audit.durable();
        let write = |steps| self.tools.store.write(steps, self.turn, checkpoint.clone());
        for written in join_all(jobs.into_iter().map(write)).await {
            written.map_err(|error| {
                tracing::error!(%error, "a hold could not be stored");
                Refused::StoreUnavailable
            })?;
        }
        Ok(())
    }

    async fn put_all_on_record(
        &self,
        records: Vec<Record>,
    ) -> Result<Vec<Option<Receipt<Mutation>>>, Refused> {
        let broken = |error: AuditError| {
            tracing::error!(%error, "a hold could not be put on record");
            Refused::AuditUnavailable
        };
        // One after the other, so that they stand in the log as they happened; their sync is one.
        let mut pending = Vec::with_capacity(records.len());
        for record in records {
            pending.push(self.hand_in(record).await.map_err(broken)?);
        }
        let receipts = join_all(pending.into_iter().map(Pending::durable)).await;
        receipts.into_iter().map(|receipt| receipt.map(Some).map_err(broken)).collect()
    }

    /// A full audit queue is waited for: it empties with every sync, unless the log is broken.
    async fn hand_in(&self, record: Record) -> Result<Pending, AuditError> {
        for _ in 0..limits::AUDIT_RETRIES {
            match self.tools.audit.begin(record.clone()) {
                Err(AuditError::Full) => tokio::time::sleep(limits::AUDIT_RETRY).await,
                other => return other,
            }
        }
        Err(AuditError::Full)
    }

    pub(super) async fn show(
        &mut self,
        effect: Effect,
        turn: &Turn,
        receipts: &mut [Option<Receipt<Mutation>>],
    ) {
        match effect {
            Effect::Place(attempt, hold) => {
                self.parked.remove(&attempt);
                if let Some(reply) = self.replies.remove(&attempt) {
                    let _ = reply.send(Ok(hold));
                }
            }
            Effect::Refuse(attempt, refused) => {
                if let Some(reply) = self.replies.remove(&attempt) {
                    let _ = reply.send(Err(refused));
                }
                self.lose(attempt);
            }
            Effect::Tell(attempt, ended) => self.post(attempt, ended),
            Effect::Fetch(attempt, hold, status) => {
                let ended = match turn.answers.get(&hold) {
                    Some(answer) => Ended::Answer(answer.clone()),
                    None => self.fetch(hold, status).await,
                };
                self.post(attempt, ended);
            }
            Effect::Orphan(approval) => self.tools.orphans.push(approval),
            Effect::Decided(reply, holds) => {
                let found = holds.iter().filter_map(|hold| self.queue.hold(*hold));
                let views = found.map(|entry| self.queue.view(entry)).collect();
                let _ = reply.send(Ok(views));
            }
            Effect::Receipt(reply, index, agent) => {
                let receipt = receipts.get_mut(index).and_then(Option::take);
                let permit = self.tools.brake.permit(&agent);
                let _ = reply.send(receipt.map(|receipt| (receipt, permit)).ok_or(Refused::AuditUnavailable));
            }
            Effect::Admitted(reply, permit) => drop(reply.send(permit)),
            Effect::Froze(reply, view) => drop(reply.send(view.ok_or(DecisionError::Unavailable))),
            Effect::Revoked(reply, view) => drop(reply.send(view.ok_or(DecisionError::Unavailable))),
            Effect::Release => self.tools.brake.set(self.queue.stopped()),
            Effect::Done(reply) => drop(reply.send(())),
            Effect::Look(look) => self.look(look),
        }
    }

    /// Puts something into an attempt's mailbox. One that is full or gone drops it; an approval says so itself.
    pub(super) fn post(&mut self, attempt: AttemptId, ended: Ended) {
        let last = matches!(ended, Ended::Ticket | Ended::Refused(_));
        if let Some(mailbox) = self.mailboxes.get(&attempt) {
            let _ = mailbox.try_send(Box::new(ended));
        }
        if last {
            self.mailboxes.remove(&attempt);
        }
    }

    pub(super) async fn fetch(&self, hold: HoldId, status: u16) -> Ended {
        match self.tools.store.answer(hold.0).await {
            Ok(Some(content)) => match (decode_fields(&content.head), content.body(&self.tools.spool)) {
                (Some(fields), Some(body)) => Ended::Answer(Answer { status: content.status, fields, body }),
                _ => Ended::AnswerLost(status),
            },
            Ok(None) => Ended::AnswerLost(status),
            Err(_) => Ended::Refused(Refused::StoreUnavailable),
        }
    }
}
