//! The keeper: the one task that owns the queue. It takes what waits in its inbox, lets the queue decide, makes that
//! durable (`turn`), and wakes. While one turn is on its way to the disk the next one gathers, so that many decisions
//! share one commit.
//!
//! When the store or the log fails it stops for good: everybody who waits is told, and nothing is taken any more.

mod examples;
mod figures;
mod finish;
mod plan;
mod ready;
mod stop;
mod trouble;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, interval};

use crate::audit::Audit;
use crate::classify;
use crate::clock::{Clock, Moment, Now};
use crate::hold::brake::Brake;
use crate::hold::departures::{Departure, Departures};
use crate::hold::happenings::Board;
use crate::hold::orphans::Orphans;
use crate::hold::queue::{Arrival, AttemptId, Edited, Event, Order, Queue, Refusal, Sent};
use crate::hold::said::Outcome;
use crate::hold::turn::{Cleared, Effect, Look, Turn};
use crate::hold::{
    Decision, DecisionError, Ended, GrantView, HoldId, HoldView, NewHold, Permit, Refused, SeenFreeze, Who,
};
use crate::limits;
use crate::snapshot::{Digest, Snapshot};
use crate::store::spool::Spool;
use crate::store::{Content, Reading, Store};

use examples::Example;
use stop::FreezeFile;

/// What the keeper is told.
pub enum Message {
    /// A request asks to be held.
    Arrive {
        arrival: Box<Arrival>,
        new: Box<NewHold>,
        mailbox: mpsc::Sender<Box<Ended>>,
        reply: oneshot::Sender<Result<HoldId, Refused>>,
    },
    /// People decide.
    Decide(Vec<Decision>, oneshot::Sender<Result<Vec<HoldView>, DecisionError>>),
    /// A person changed a request.
    Edit(Box<Edited>, Box<Snapshot>, oneshot::Sender<Result<Vec<HoldView>, DecisionError>>),
    /// The first byte is about to go, of a request with this digest.
    Sending(HoldId, u64, Digest, Cleared),
    /// A mutation of this agent that nobody decides over asks whether it may start.
    Admit(String, classify::Effect, oneshot::Sender<Result<Permit, Refused>>),
    /// Nothing mutating may start any more, of one agent or of all; why, and who says so.
    Freeze(Option<String>, Option<String>, Who, stop::Answer),
    /// A grant covers nothing any more; who says so.
    Revoke(String, Who, oneshot::Sender<Result<GrantView, DecisionError>>),
    /// It may again.
    Thaw(Option<String>, SeenFreeze, Who, stop::Answer),
    /// A release has ended in a way that brings no answer.
    Report(Event, oneshot::Sender<()>),
    /// A release was sent, and this came of it.
    Ended(HoldId, u64, Outcome, oneshot::Sender<()>),
    /// Somebody looks.
    Look(Look),
    /// The keeper ends; what is not done stays as it is.
    Close(oneshot::Sender<()>),
}

/// What the keeper needs.
pub struct Tools {
    pub store: Store,
    pub spool: Spool,
    pub audit: Audit,
    pub clock: Clock,
    pub brake: Brake,
    pub departures: Departures,
    pub orphans: Orphans,
    pub changes: watch::Sender<u64>,
    pub board: Board,
    pub healthy: Arc<AtomicBool>,
}

/// The task.
pub struct Keeper {
    queue: Queue,
    file: FreezeFile,
    watch: Interval,
    /// When precedents that have grown too old are looked for next.
    sweep: Moment,
    tools: Tools,
    inbox: mpsc::Receiver<Message>,
    turn: i64,
    parked: HashMap<AttemptId, Box<NewHold>>,
    replies: HashMap<AttemptId, oneshot::Sender<Result<HoldId, Refused>>>,
    mailboxes: HashMap<AttemptId, mpsc::Sender<Box<Ended>>>,
    files: HashMap<HoldId, Vec<PathBuf>>,
    releases: VecDeque<u64>,
    /// What the store was asked for, for those who will carry it.
    asked: Vec<(HoldId, Reading<Option<Content>>)>,
    /// What was approved and is to be stored as a precedent.
    examples: Vec<Example>,
    /// The request that an edit brings, until it is planned.
    edit: Option<Snapshot>,
    broken: Option<Refused>,
}

impl Keeper {
    pub fn new(
        queue: Queue,
        freeze_file: PathBuf,
        tools: Tools,
        inbox: mpsc::Receiver<Message>,
        turn: i64,
        files: HashMap<HoldId, Vec<PathBuf>>,
    ) -> Self {
        Self {
            file: FreezeFile::new(freeze_file, queue.knows_file()),
            queue,
            watch: interval(limits::FREEZE_FILE_EVERY),
            sweep: Moment::default(),
            tools,
            inbox,
            turn,
            parked: HashMap::new(),
            replies: HashMap::new(),
            mailboxes: HashMap::new(),
            files,
            releases: VecDeque::new(),
            asked: Vec::new(),
            examples: Vec::new(),
            edit: None,
            broken: None,
        }
    }

    /// Carries out what a restart orders, before anybody else may speak.
    pub async fn begin(&mut self, now: Now, orders: Vec<Order>) -> Result<(), Refused> {
        let mut turn = Turn::default();
        self.plan(now, orders, &mut turn);
        self.look_at_file(&mut turn);
        self.sweep_precedents(now, &mut turn);
        self.finish(turn).await;
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// Runs until it is closed or nobody is left to talk to it.
    pub async fn run(mut self) {
        while let Some(first) = self.next().await {
            let mut turn = Turn::default();
            let mut closing = None;
            let messages = batch(first, &mut self.inbox, limits::KEEPER_BATCH);
            // Whoever was answered comes back after that, so it is known first that the answer was delivered.
            self.take_departures(&mut turn);
            for message in messages {
                match message {
                    Message::Close(reply) => {
                        closing = Some(reply);
                        break;
                    }
                    message => self.take(message, &mut turn),
                }
            }
            closing = match closing {
                None => self.make_ready(&mut turn).await,
                closing => closing,
            };
            self.take_departures(&mut turn);
            self.tick(&mut turn);
            self.look_at_file(&mut turn);
            self.sweep_precedents(self.tools.clock.now(), &mut turn);
            turn.releases &= closing.is_none();
            self.store_precedents(&mut turn);
            self.finish(turn).await;
            if let Some(reply) = closing {
                self.tools.store.close().await;
                let _ = reply.send(());
                break;
            }
        }
        self.tools.orphans.close();
    }

    /// A message, or `Some(None)` when somebody has gone or something is due; `None` when nobody is left.
    async fn next(&mut self) -> Option<Option<Message>> {
        let deadline = self.queue.next_deadline().filter(|_| self.broken.is_none());
        let clock = self.tools.clock.clone();
        let due = async move {
            match deadline {
                Some(moment) => clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        let rest = self.rest();
        let rested = async move {
            match rest {
                Some(rest) => tokio::time::sleep(rest).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            message = self.inbox.recv() => message.map(Some),
            () = self.tools.departures.rung() => Some(None),
            () = self.tools.departures.settled() => Some(None),
            () = due => Some(None),
            () = rested => Some(None),
            _ = self.watch.tick() => Some(None),
        }
    }

    fn take(&mut self, message: Message, turn: &mut Turn) {
        if let Some(refused) = self.broken.clone() {
            return self.refuse(message, refused, turn);
        }
        match message {
            Message::Arrive { arrival, new, mailbox, reply } => {
                self.take_arrival(arrival, new, mailbox, reply, turn);
            }
            Message::Decide(decisions, reply) => {
                let holds = decisions.iter().map(|decision| decision.hold).collect();
                self.ask_ahead(&decisions);
                match self.tell(Event::Decide(decisions), turn) {
                    Ok(()) => turn.effects.push(Effect::Decided(reply, holds)),
                    Err(Refusal::Decision(error)) => drop(reply.send(Err(error))),
                    Err(Refusal::Release(_)) => drop(reply.send(Err(DecisionError::Unavailable))),
                }
            }
            Message::Admit(agent, effect, reply) => self.admit(agent, effect, reply, turn),
            Message::Freeze(agent, reason, by, reply) => self.freeze(agent, reason, &by, reply, turn),
            Message::Revoke(grant, by, reply) => {
                match self.tell(Event::Revoke(grant.clone(), by.name), turn) {
                    Ok(()) => {
                        let view = self.queue.grant(&grant).cloned();
                        turn.effects.push(Effect::Revoked(reply, view));
                    }
                    Err(refusal) => drop(reply.send(Err(stop::decision_error(refusal)))),
                }
            }
            Message::Thaw(agent, seen, by, reply) => self.thaw(agent, &seen, &by, reply, turn),
            Message::Edit(edited, snapshot, reply) => {
                let hold = edited.hold;
                self.edit = Some(*snapshot);
                match self.tell(Event::Edit(edited), turn) {
                    Ok(()) => turn.effects.push(Effect::Decided(reply, vec![hold])),
                    Err(Refusal::Decision(error)) => drop(reply.send(Err(error))),
                    Err(Refusal::Release(_)) => drop(reply.send(Err(DecisionError::Unavailable))),
                }
                self.edit = None;
            }
            Message::Sending(hold, release, digest, reply) => {
                self.look_at_file(turn);
                let index = turn.records.len();
                match self.tell(Event::Sending(hold, release), turn) {
                    Ok(()) => {
                        // Its own record is the last that the event ordered; a tick before it may have had others.
                        let index = turn.records.len().checked_sub(1).filter(|last| *last >= index);
                        let agent = self.queue.hold(hold).map(|entry| entry.facts.agent.clone());
                        match index.zip(agent) {
                            Some((index, agent)) => turn.effects.push(Effect::Receipt(reply, index, agent)),
                            None => drop(reply.send(Err(Refused::Withdrawn))),
                        }
                        self.note_release(hold);
                        self.note_sent(hold, digest, turn);
                    }
                    Err(Refusal::Release(refused)) => drop(reply.send(Err(refused))),
                    Err(Refusal::Decision(_)) => drop(reply.send(Err(Refused::Withdrawn))),
                }
            }
            Message::Report(event, reply) => {
                let _ = self.tell(event, turn);
                turn.effects.push(Effect::Done(reply));
            }
            Message::Ended(hold, release, outcome, reply) => {
                let sent = self.take_outcome(hold, outcome, turn);
                let _ = self.tell(Event::Ended(hold, release, sent), turn);
                turn.effects.push(Effect::Done(reply));
            }
            Message::Look(look) => turn.effects.push(Effect::Look(look)),
            Message::Close(reply) => drop(reply),
        }
    }

    fn take_arrival(
        &mut self,
        mut arrival: Box<Arrival>,
        new: Box<NewHold>,
        mailbox: mpsc::Sender<Box<Ended>>,
        reply: oneshot::Sender<Result<HoldId, Refused>>,
        turn: &mut Turn,
    ) {
        // Whoever gave up before its message came has given its seat back already.
        if reply.is_closed() {
            return;
        }
        let attempt = arrival.attempt;
        arrival.at = self.tools.clock.now().mono;
        self.parked.insert(attempt, new);
        self.replies.insert(attempt, reply);
        self.mailboxes.insert(attempt, mailbox);
        let _ = self.tell(Event::Arrive(arrival), turn);
    }

    fn take_outcome(&mut self, hold: HoldId, outcome: Outcome, turn: &mut Turn) -> Sent {
        match outcome {
            Outcome::Unknown { error } => Sent::Unknown { error },
            Outcome::Done { status, answer } => {
                let kept = answer.is_some();
                if let Some(answer) = answer {
                    turn.answers.insert(hold, answer);
                }
                Sent::Answered { status, kept }
            }
        }
    }

    fn take_departures(&mut self, turn: &mut Turn) {
        for departure in self.tools.departures.take() {
            let event = match departure {
                Departure::Left(attempt) => {
                    self.lose(attempt);
                    Event::Left(attempt)
                }
                Departure::Delivered(attempt) => {
                    self.lose(attempt);
                    Event::Delivered(attempt)
                }
                Departure::Abandoned(hold, release) => Event::Abandoned(hold, release),
            };
            if self.broken.is_none() {
                let _ = self.tell(event, turn);
            }
        }
    }

    fn tick(&mut self, turn: &mut Turn) {
        if self.broken.is_none() {
            let _ = self.tell(Event::Tick, turn);
        }
    }

    fn lose(&mut self, attempt: AttemptId) {
        self.mailboxes.remove(&attempt);
        self.parked.remove(&attempt);
        self.replies.remove(&attempt);
    }

    /// Lets the queue decide, what is due first, and plans what it orders.
    fn tell(&mut self, event: Event, turn: &mut Turn) -> Result<(), Refusal> {
        let now = self.tools.clock.now();
        if !matches!(event, Event::Tick) {
            let due = self.queue.handle(now, Event::Tick)?;
            self.plan(now, due, turn);
        }
        let silent = matches!(event, Event::Tick);
        let orders = self.queue.handle(now, event)?;
        turn.changed |= !silent || !orders.is_empty();
        self.plan(now, orders, turn);
        Ok(())
    }
}

/// What is taken together with the first: all that waits, up to a number. What is over stays in the inbox.
fn batch<T>(first: Option<T>, inbox: &mut mpsc::Receiver<T>, most: usize) -> Vec<T> {
    let mut taken: Vec<T> = first.into_iter().collect();
    while taken.len() < most {
        match inbox.try_recv() {
            Ok(message) => taken.push(message),
            Err(_) => break,
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_no_message_that_it_has_no_room_for() {
        let (sender, mut inbox) = mpsc::channel(10);
        for message in 1..=9 {
            sender.try_send(message).unwrap();
        }
        assert_eq!(batch(Some(0), &mut inbox, 4), [0, 1, 2, 3]);
        assert_eq!(batch(None, &mut inbox, 4), [4, 5, 6, 7]);
        assert_eq!(batch(None, &mut inbox, 4), [8, 9]);
        assert_eq!(batch(None, &mut inbox, 4), Vec::<i32>::new());
    }
}
