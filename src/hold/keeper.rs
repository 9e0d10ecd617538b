//! The keeper: the one task that owns the queue. It takes what waits in its inbox, lets the queue decide, makes that
//! durable (`turn`), and wakes. While one turn is on its way to the disk the next one gathers, so that many decisions
//! share one commit.
//!
//! When the store or the log fails it stops for good: everybody who waits is told, and nothing is taken any more.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot, watch};

use crate::audit::{Audit, AuditError, Receipt, Record};
use crate::clock::{Clock, Moment, Now};
use crate::hold::answer::{decode_fields, encode_fields};
use crate::hold::departures::{Departure, Departures};
use crate::hold::desk::{Outcome, Stats};
use crate::hold::orphans::Orphans;
use crate::hold::queue::{Arrival, AttemptId, Event, Order, Queue, Refusal, Sent, State};
use crate::hold::records::record;
use crate::hold::turn::{Effect, Look, Point, Stage, Turn};
use crate::hold::{Answer, Decision, DecisionError, Ended, HoldId, HoldView, NewHold, Refused};
use crate::kind::Mutation;
use crate::limits;
use crate::store::spool::Spool;
use crate::store::{AnswerRow, Row, Step, Store};

/// What the keeper is told.
pub enum Message {
    /// A request asks to be held.
    Arrive {
        arrival: Box<Arrival>,
        new: Box<NewHold>,
        mailbox: mpsc::Sender<Ended>,
        reply: oneshot::Sender<Result<HoldId, Refused>>,
    },
    /// People decide.
    Decide(Vec<Decision>, oneshot::Sender<Result<Vec<HoldView>, DecisionError>>),
    /// The first byte is about to go.
    Sending(HoldId, u64, oneshot::Sender<Result<Receipt<Mutation>, Refused>>),
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
    pub departures: Departures,
    pub orphans: Orphans,
    pub changes: watch::Sender<u64>,
    pub healthy: Arc<AtomicBool>,
}

/// The task.
pub struct Keeper {
    queue: Queue,
    tools: Tools,
    inbox: mpsc::Receiver<Message>,
    turn: i64,
    parked: HashMap<AttemptId, Box<NewHold>>,
    replies: HashMap<AttemptId, oneshot::Sender<Result<HoldId, Refused>>>,
    mailboxes: HashMap<AttemptId, mpsc::Sender<Ended>>,
    files: HashMap<HoldId, Vec<PathBuf>>,
    releases: VecDeque<u64>,
    broken: Option<Refused>,
}

impl Keeper {
    pub fn new(
        queue: Queue,
        tools: Tools,
        inbox: mpsc::Receiver<Message>,
        turn: i64,
        files: HashMap<HoldId, Vec<PathBuf>>,
    ) -> Self {
        Self {
            queue,
            tools,
            inbox,
            turn,
            parked: HashMap::new(),
            replies: HashMap::new(),
            mailboxes: HashMap::new(),
            files,
            releases: VecDeque::new(),
            broken: None,
        }
    }

    /// Carries out what a restart orders, before anybody else may speak.
    pub async fn begin(&mut self, now: Now, orders: Vec<Order>) -> Result<(), Refused> {
        let mut turn = Turn::default();
        self.plan(now, orders, &mut turn);
        self.finish(turn).await;
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// Runs until it is closed or nobody is left to talk to it.
    pub async fn run(mut self) {
        while let Some(first) = self.next().await {
            let mut turn = Turn::default();
            let mut waiting = first;
            let mut closing = None;
            for _ in 0..limits::KEEPER_BATCH {
                match waiting {
                    Some(Message::Close(reply)) => {
                        closing = Some(reply);
                        break;
                    }
                    Some(message) => self.take(message, &mut turn),
                    None => {}
                }
                waiting = match self.inbox.try_recv() {
                    Ok(message) => Some(message),
                    Err(_) => break,
                };
            }
            self.take_departures(&mut turn);
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
        tokio::select! {
            biased;
            message = self.inbox.recv() => message.map(Some),
            () = self.tools.departures.rung() => Some(None),
            () = due => Some(None),
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
                match self.tell(Event::Decide(decisions), turn) {
                    Ok(()) => turn.effects.push(Effect::Decided(reply, holds)),
                    Err(Refusal::Decision(error)) => drop(reply.send(Err(error))),
                    Err(Refusal::Release(_)) => drop(reply.send(Err(DecisionError::Unavailable))),
                }
            }
            Message::Sending(hold, release, reply) => {
                let index = turn.records.len();
                match self.tell(Event::Sending(hold, release), turn) {
                    Ok(()) => {
                        // Its own record is the last that the event ordered; a tick before it may have had others.
                        let index = turn.records.len().checked_sub(1).filter(|last| *last >= index);
                        match index {
                            Some(index) => turn.effects.push(Effect::Receipt(reply, index)),
                            None => drop(reply.send(Err(Refused::Withdrawn))),
                        }
                        self.note_release(hold);
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
        mailbox: mpsc::Sender<Ended>,
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

    /// Sorts the orders of one event into store steps, records and effects.
    fn plan(&mut self, now: Now, orders: Vec<Order>, turn: &mut Turn) {
        if orders.is_empty() {
            return;
        }
        turn.pass(Point::of(&orders));
        let mut steps = Vec::new();
        for order in orders {
            match order {
                Order::Insert { attempt, hold } => steps.extend(self.insert(attempt, hold, turn)),
                Order::Save { hold, from, to, course } => {
                    let answer = (from != to).then(|| self.keep_answer(hold, to, turn)).flatten();
                    let course = json(&*course);
                    steps.push(Step::Move { id: hold.0, from, to, course, answer });
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
            }
        }
        if !steps.is_empty() {
            turn.jobs.push(steps);
        }
    }

    fn armed(&self, ended: Ended) -> Ended {
        match ended {
            Ended::Released(approval) => Ended::Released(approval.with_alarm(self.tools.departures.clone())),
            other => other,
        }
    }

    fn insert(&mut self, attempt: AttemptId, hold: HoldId, turn: &mut Turn) -> Option<Step> {
        let new = self.parked.remove(&attempt)?;
        let (head, body, digest) = new.snapshot.into_parts();
        self.keep_file(hold, &body, turn);
        let entry = self.queue.hold(hold)?;
        Some(Step::Insert(Box::new(Row {
            id: hold.0,
            state: "held",
            kin: entry.key.0,
            digest,
            facts: json(&entry.facts),
            course: json(&entry.course),
            head: head.encode(),
            body,
        })))
    }

    fn keep_answer(&mut self, hold: HoldId, to: &str, turn: &mut Turn) -> Option<AnswerRow> {
        if to != "done" {
            return None;
        }
        let answer = turn.answers.get(&hold)?.clone();
        self.keep_file(hold, &answer.body, turn);
        let Answer { status, fields, body } = answer;
        Some(AnswerRow { status, fields: encode_fields(&fields), body })
    }

    fn keep_file(&mut self, hold: HoldId, body: &crate::snapshot::Body, turn: &mut Turn) {
        if let Some(path) = body.path() {
            self.files.entry(hold).or_default().push(path.clone());
            turn.kept.push(body.clone());
        }
    }

    /// Makes the turn durable and then lets it be seen.
    async fn finish(&mut self, mut turn: Turn) {
        match self.commit(&mut turn).await {
            Ok(mut receipts) => {
                for effect in std::mem::take(&mut turn.effects) {
                    self.show(effect, &turn, &mut receipts).await;
                }
                turn.reach(Stage::AfterWake);
                if turn.changed {
                    self.tools.changes.send_modify(|count| *count += 1);
                }
            }
            Err(refused) => self.give_up(turn, refused),
        }
    }

    async fn commit(&mut self, turn: &mut Turn) -> Result<Vec<Option<Receipt<Mutation>>>, Refused> {
        turn.reach(Stage::BeforeStore);
        if !turn.jobs.is_empty() {
            self.turn += 1;
            let (number, checkpoint) = (self.turn, self.tools.audit.durable());
            let writes = std::mem::take(&mut turn.jobs)
                .into_iter()
                .map(|steps| self.tools.store.write(steps, number, checkpoint.clone()));
            for written in join_all(writes).await {
                written.map_err(|error| {
                    tracing::error!(%error, "a hold could not be stored");
                    Refused::StoreUnavailable
                })?;
            }
        }
        for body in &turn.kept {
            self.tools.spool.keep(body);
        }
        turn.reach(Stage::AfterStore);
        let records = std::mem::take(&mut turn.records);
        let mut receipts = Vec::with_capacity(records.len());
        for receipt in join_all(records.into_iter().map(|record| self.put_on_record(record))).await {
            receipts.push(Some(receipt.map_err(|error| {
                tracing::error!(%error, "a hold could not be put on record");
                Refused::AuditUnavailable
            })?));
        }
        turn.reach(Stage::AfterAudit);
        for hold in &turn.stripped {
            for path in self.files.remove(hold).unwrap_or_default() {
                self.tools.spool.remove(&path);
            }
        }
        Ok(receipts)
    }

    /// A full audit queue is waited for: it empties with every sync, unless the log is broken.
    async fn put_on_record(&self, record: Record) -> Result<Receipt<Mutation>, AuditError> {
        for _ in 0..limits::AUDIT_RETRIES {
            match self.tools.audit.record(record.clone()).await {
                Err(AuditError::Full) => tokio::time::sleep(limits::AUDIT_RETRY).await,
                other => return other,
            }
        }
        Err(AuditError::Full)
    }

    async fn show(&mut self, effect: Effect, turn: &Turn, receipts: &mut [Option<Receipt<Mutation>>]) {
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
                let views =
                    holds.iter().filter_map(|hold| self.queue.hold(*hold)).map(HoldView::of).collect();
                let _ = reply.send(Ok(views));
            }
            Effect::Receipt(reply, index) => {
                let receipt = receipts.get_mut(index).and_then(Option::take);
                let _ = reply.send(receipt.ok_or(Refused::AuditUnavailable));
            }
            Effect::Done(reply) => drop(reply.send(())),
            Effect::Look(look) => self.look(look),
        }
    }

    /// Puts something into an attempt's mailbox. One that is full or gone drops it; an approval says so itself.
    fn post(&mut self, attempt: AttemptId, ended: Ended) {
        let last = matches!(ended, Ended::Ticket | Ended::Refused(_));
        if let Some(mailbox) = self.mailboxes.get(&attempt) {
            let _ = mailbox.try_send(ended);
        }
        if last {
            self.mailboxes.remove(&attempt);
        }
    }

    async fn fetch(&self, hold: HoldId, status: u16) -> Ended {
        match self.tools.store.answer(hold.0).await {
            Ok(Some(content)) => match (decode_fields(&content.head), content.body(&self.tools.spool)) {
                (Some(fields), Some(body)) => Ended::Answer(Answer { status: content.status, fields, body }),
                _ => Ended::AnswerLost(status),
            },
            Ok(None) => Ended::AnswerLost(status),
            Err(_) => Ended::Refused(Refused::StoreUnavailable),
        }
    }

    fn look(&mut self, look: Look) {
        match look {
            Look::List(filter, reply) => {
                let limit =
                    if filter.limit == 0 { limits::PAGE_MAX } else { filter.limit.min(limits::PAGE_MAX) };
                let views = self
                    .queue
                    .holds(filter.after)
                    .filter(|entry| filter.state.as_deref().is_none_or(|state| entry.state.name() == state))
                    .filter(|entry| filter.agent.as_deref().is_none_or(|agent| entry.facts.agent == agent))
                    .take(limit)
                    .map(HoldView::of)
                    .collect();
                let _ = reply.send(views);
            }
            Look::Find(text, reply) => drop(reply.send(self.queue.find(&text).map(HoldView::of))),
            Look::Head(hold, reply) => {
                let _ = reply.send(self.queue.hold(hold).map(|entry| entry.head.clone()));
            }
            Look::Sending(reply) => drop(reply.send(self.queue.is_sending())),
            Look::Stats(reply) => drop(reply.send(self.stats())),
        }
    }

    fn stats(&mut self) -> Stats {
        const NAMES: [&str; 10] = [
            "held",
            "approved",
            "armed",
            "forwarding",
            "done",
            "failed",
            "outcome_unknown",
            "denied",
            "expired",
            "cancelled",
        ];
        let now = self.tools.clock.now();
        let mut by_state = NAMES.map(|name| (name, 0));
        let mut oldest = 0;
        for entry in self.queue.holds(None) {
            let name = entry.state.name();
            if let Some((_, count)) = by_state.iter_mut().find(|(state, _)| *state == name) {
                *count += 1;
            }
            if matches!(entry.state, State::Held { .. }) {
                oldest = oldest.max(now.wall.0 - entry.facts.created_at);
            }
        }
        Stats {
            by_state: by_state.to_vec(),
            oldest_pending_ms: u64::try_from(oldest).unwrap_or(0),
            release_ms: self.releases.drain(..).collect(),
        }
    }

    fn note_release(&mut self, hold: HoldId) {
        let now: Moment = self.tools.clock.now().mono;
        if let Some(State::Forwarding(passage)) = self.queue.hold(hold).map(|entry| &entry.state) {
            if self.releases.len() == limits::RELEASES_KEPT {
                self.releases.pop_front();
            }
            self.releases.push_back(now.since(passage.since).as_millis() as u64);
        }
    }

    /// The disk has failed: nobody can be promised anything any more.
    fn give_up(&mut self, turn: Turn, refused: Refused) {
        // A commit that failed may be on disk all the same: the next start decides what becomes of its files.
        for body in &turn.kept {
            self.tools.spool.keep(body);
        }
        self.broken = Some(refused.clone());
        self.tools.healthy.store(false, Ordering::SeqCst);
        for effect in turn.effects {
            self.deny(effect, refused.clone());
        }
        for (_, reply) in self.replies.drain() {
            let _ = reply.send(Err(refused.clone()));
        }
        for (_, mailbox) in self.mailboxes.drain() {
            let _ = mailbox.try_send(Ended::Refused(refused.clone()));
        }
        self.parked.clear();
        self.tools.changes.send_modify(|count| *count += 1);
    }

    fn deny(&mut self, effect: Effect, refused: Refused) {
        match effect {
            Effect::Decided(reply, _) => drop(reply.send(Err(DecisionError::Unavailable))),
            Effect::Receipt(reply, _) => drop(reply.send(Err(refused))),
            Effect::Done(reply) => drop(reply.send(())),
            Effect::Look(look) => self.look(look),
            Effect::Place(..)
            | Effect::Refuse(..)
            | Effect::Tell(..)
            | Effect::Fetch(..)
            | Effect::Orphan(_) => {}
        }
    }

    fn refuse(&mut self, message: Message, refused: Refused, turn: &mut Turn) {
        match message {
            Message::Arrive { reply, .. } => drop(reply.send(Err(refused))),
            Message::Decide(_, reply) => drop(reply.send(Err(DecisionError::Unavailable))),
            Message::Sending(_, _, reply) => drop(reply.send(Err(refused))),
            Message::Report(_, reply) | Message::Ended(_, _, _, reply) => drop(reply.send(())),
            Message::Look(look) => turn.effects.push(Effect::Look(look)),
            Message::Close(reply) => drop(reply.send(())),
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers, texts and lists of them are JSON")
}
