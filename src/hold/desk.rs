//! The desk: how the gate and the people talk to the keeper. Whatever it answers is on disk by then; where that
//! cannot be said, it refuses.

mod people;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot, watch};

use crate::audit::{Audit, Receipt};
use crate::clock::{Clock, Moment};
use crate::config::{Breaker, Hold as Limits};
use crate::decide::Terms;
use crate::hold::brake::Brake;
use crate::hold::departures::Departures;
use crate::hold::facts::Facts;
use crate::hold::happenings::Board;
use crate::hold::keeper::{Keeper, Message, Tools};
use crate::hold::orphans::Orphans;
use crate::hold::queue::{Arrival, AttemptId, Event, Mint, Queue, Reconsidered, Restored};
use crate::hold::same::{self, Key};
use crate::hold::turn::Look;
use crate::hold::view::is_secret_name;
use crate::hold::waiting::Seat;
use crate::hold::{
    Approval, Decision, DecisionError, Figures, Filter, HoldId, HoldView, NewHold, Outcome, Outline, Permit,
    Refused, Stats, Waiting, readdress,
};
use crate::kind::Mutation;
use crate::limits;
use crate::snapshot::{Body, Digest, Field, Head, Snapshot};
use crate::store::spool::Spool;
use crate::store::{Loaded, Store, StoreError, ThawError};

/// The handle that everybody has.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

/// What stops an agent without a person's word.
#[derive(Clone, Debug)]
pub struct Stops {
    /// While it exists everybody is frozen.
    pub freeze_file: PathBuf,
    /// How much may pass without a decision of its own.
    pub breaker: Breaker,
}

struct Inner {
    inbox: mpsc::Sender<Message>,
    store: Store,
    spool: Spool,
    clock: Clock,
    limits: Limits,
    brake: Brake,
    departures: Departures,
    orphans: Orphans,
    changes: watch::Receiver<u64>,
    board: Board,
    attempts: AtomicU64,
    healthy: Arc<AtomicBool>,
}

impl Desk {
    /// Brings a crashed process's holds into order (SPEC section 7, restart), and starts the keeper on the current
    /// runtime. The error is a text for people.
    pub async fn open(
        store: Store,
        spool: Spool,
        audit: Audit,
        clock: Clock,
        limits: Limits,
        stops: Stops,
    ) -> Result<Self, String> {
        let unread = |error: StoreError| format!("the stored holds cannot be read: {error}");
        let loaded = store.load().await.map_err(unread)?;
        let resting = store.resting().await.map_err(unread)?;
        let turn = store.last_turn().await.map_err(unread)?;
        let files = take_files_over(&loaded, &spool)?;
        let restored = loaded.into_iter().map(|hold| restored(hold, turn)).collect::<Result<Vec<_>, _>>()?;
        let now = clock.now();
        let mut queue = Queue::new(limits.clone(), stops.breaker, Box::new(Ids));
        let mut orders = queue.restore_freezes(people::freezes(&store).await?);
        orders.extend(people::thaws(&store, turn).await?);
        orders.extend(queue.restore_grants(now, people::grants(&store, turn).await?)?);
        orders.extend(queue.restore(now, restored, resting)?);

        let (inbox, messages) = mpsc::channel(limits::KEEPER_QUEUE);
        let (changed, changes) = watch::channel(0);
        let (departures, orphans, board) = (Departures::default(), Orphans::default(), Board::new(now.wall));
        let healthy = Arc::new(AtomicBool::new(true));
        let brake = Brake::default();
        let tools = Tools {
            brake: brake.clone(),
            store: store.clone(),
            spool: spool.clone(),
            audit,
            clock: clock.clone(),
            departures: departures.clone(),
            orphans: orphans.clone(),
            changes: changed,
            board: board.clone(),
            healthy: healthy.clone(),
        };
        let mut keeper = Keeper::new(queue, stops.freeze_file, tools, messages, turn, files);
        keeper.begin(now, orders).await.map_err(|refused| {
            format!("what was left over cannot be brought into order: {refused:?}; see the log for the cause")
        })?;
        tokio::spawn(keeper.run());
        Ok(Self(Arc::new(Inner {
            inbox,
            store,
            spool,
            clock,
            limits,
            brake,
            departures,
            orphans,
            changes,
            board,
            attempts: AtomicU64::new(0),
            healthy,
        })))
    }

    /// A request that must be held: joins an earlier hold or becomes one. Returns when it is durable and on
    /// record. Dropped before it returns, the agent counts as gone.
    pub async fn arrive(&self, new: NewHold) -> Result<Waiting, Refused> {
        let inner = &self.0;
        let ignores = &inner.limits.retry_ignores;
        let (key, address) = same::key(&new.agent, new.finding.dialect, &new.snapshot, ignores)
            .await
            .map_err(|_| Refused::StoreUnavailable)?;
        let attempt = AttemptId(inner.attempts.fetch_add(1, Ordering::Relaxed));
        // The seat is taken before, and so given back after, the receiver of the reply: see `Keeper::take_arrival`.
        let seat = Seat::take(attempt, inner.departures.clone());
        let mut arrival = Box::new(self.arrival(attempt, key, &new));
        arrival.facts.address = address;
        let (mailbox, letters) = mpsc::channel(limits::MAILBOX);
        let (reply, answer) = oneshot::channel();
        let message = Message::Arrive { arrival, new: Box::new(new), mailbox, reply };
        inner.inbox.send(message).await.map_err(|_| Refused::StoreUnavailable)?;
        let hold = answer.await.map_err(|_| Refused::StoreUnavailable)??;
        Ok(Waiting::new(hold, letters, seat))
    }

    fn arrival(&self, attempt: AttemptId, key: Key, new: &NewHold) -> Arrival {
        let head = new.snapshot.head();
        Arrival {
            attempt,
            key,
            body_len: new.snapshot.body().len(),
            digest: new.snapshot.digest(),
            facts: Facts::of(new, self.0.limits.timeout),
            retry: same::is_retry(head),
            idempotent: same::has_idempotency_key(head),
            at: Moment::default(),
            approvers: new.terms.approvers.clone(),
            owner: new.owner.clone(),
            head: Arc::new(head.clone()),
        }
    }

    /// The stored form of an approved request, its digest compared, as it is sent: a call has the return address of
    /// the attempt that carries the release. `Withdrawn`: the approval does not stand any more. `Tampered` ends the hold
    /// as `failed`.
    pub async fn thaw(&self, approval: &Approval) -> Result<Snapshot, Refused> {
        let approved = self.approved(approval).await;
        let thawed = match approved {
            Ok(approved) => readdress::addressed(approval, approved).await,
            Err(error) => Err(error),
        };
        match thawed {
            Ok(snapshot) => Ok(snapshot),
            Err(ThawError::Store(_)) => Err(Refused::StoreUnavailable),
            // An edit, or whatever else took the approval back, came first: what is stored is not its any more.
            Err(ThawError::Tampered) if !self.stands(approval).await => Err(Refused::Withdrawn),
            Err(error @ ThawError::Tampered) => {
                let event = Event::Failed(approval.hold(), approval.release(), error.to_string());
                self.ask(|reply| Message::Report(event, reply)).await;
                Err(Refused::Tampered)
            }
        }
    }

    /// The request as it lies on disk, hashed anew.
    async fn approved(&self, approval: &Approval) -> Result<Snapshot, ThawError> {
        let stored = match approval.take_stored() {
            Some(asked) => asked.await.unwrap_or(Err(StoreError::Unavailable("it was closed".to_owned()))),
            None => self.0.store.request(approval.hold().0).await,
        };
        let stored = stored?.ok_or(ThawError::Tampered)?;
        stored.thaw(&self.0.spool, &approval.digest()).await
    }

    async fn stands(&self, approval: &Approval) -> bool {
        let (hold, release) = (approval.hold(), approval.release());
        self.ask(|reply| Message::Look(Look::Stands(hold, release, reply))).await.unwrap_or(false)
    }

    /// The connection stands: makes `forwarding` and its record durable. Refused when a denial or an expiry came
    /// first, a freeze is on, or nothing can be promised; then nothing may be sent.
    pub async fn sending(&self, approval: &Approval) -> Result<(Receipt<Mutation>, Permit), Refused> {
        let (hold, release, digest) = (approval.hold(), approval.release(), approval.sends());
        self.ask(|reply| Message::Sending(hold, release, digest, reply))
            .await
            .unwrap_or(Err(Refused::StoreUnavailable))
    }

    /// No byte was sent (before or after `sending`): the hold is `armed` again, or goes to the next attempt that
    /// waits. The caller answers the agent of the attempt that carried the release. `error` is on record, so it must
    /// not hold bytes of the request.
    pub async fn unsent(&self, approval: Approval, error: String) {
        let (hold, release) = approval.use_up();
        self.ask(|reply| Message::Report(Event::Unsent(hold, release, error), reply)).await;
    }

    /// A byte was sent, and this came of it. An `Unknown`'s `error` is on record and shown to people.
    pub async fn ended(&self, approval: Approval, outcome: Outcome) {
        let (hold, release) = approval.use_up();
        self.ask(|reply| Message::Ended(hold, release, outcome, reply)).await;
    }

    /// A rule has grown stricter since the approval, and nothing was sent: the hold is `held` again, and the attempt
    /// that carried the release goes on waiting (`Waiting::ended`). `terms`: of the rule that holds it from now on, where
    /// that is known; without approvers in them it needs whom it needed before.
    pub async fn reconsider(&self, approval: Approval, why: String, terms: Option<Terms>) {
        let (hold, release) = approval.use_up();
        let stricter = Reconsidered { why, terms };
        self.ask(|reply| Message::Report(Event::Reconsider(hold, release, stricter), reply)).await;
    }

    /// Approvals of holds that nobody waits on and that are to be sent all the same (`on_disconnect = "forward"`).
    /// One taker: `serve`.
    pub async fn orphan(&self) -> Option<Approval> {
        self.0.orphans.next().await
    }

    /// Takes decisions, all or none; on disk and on record when it returns.
    pub async fn decide(&self, decisions: Vec<Decision>) -> Result<Vec<HoldView>, DecisionError> {
        self.ask(|reply| Message::Decide(decisions, reply)).await.unwrap_or(Err(DecisionError::Unavailable))
    }

    /// Holds in the order of their creation.
    pub async fn list(&self, filter: Filter) -> Vec<HoldView> {
        self.ask(|reply| Message::Look(Look::List(filter, reply))).await.unwrap_or_default()
    }

    /// All that is undecided, in the order of its creation, as far as a list must know it: it costs the keeper next to
    /// nothing, however much waits.
    pub async fn outlines(&self) -> Vec<Outline> {
        self.ask(|reply| Message::Look(Look::Outlines(reply))).await.unwrap_or_default()
    }

    /// These holds, in their order; `None` where one is gone.
    pub async fn each(&self, holds: Vec<HoldId>) -> Vec<Option<HoldView>> {
        let gone = vec![None; holds.len()];
        self.ask(|reply| Message::Look(Look::Each(holds, reply))).await.unwrap_or(gone)
    }

    /// One hold, by id or code (codes of the pending first).
    pub async fn find(&self, id_or_code: &str) -> Option<HoldView> {
        let text = id_or_code.to_owned();
        self.ask(|reply| Message::Look(Look::Find(text, reply))).await?
    }

    /// A hold's request: its head, and its body where it still is there (in a spool file until the hold has ended
    /// and its answer is gone, in the database until the hold is forgotten). A head that was changed on disk is
    /// not shown at all.
    pub async fn request(&self, hold: HoldId) -> Option<(Head, Option<Body>)> {
        let head = self.ask(|reply| Message::Look(Look::Head(hold, reply))).await??;
        let stored = self.0.store.request(hold.0).await.ok()??;
        if stored.head != head.encode() {
            return None;
        }
        Some((Arc::unwrap_or_clone(head), stored.body(&self.0.spool)))
    }

    /// Changes whenever a hold changes; what a long poll or the prompt waits on.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.clone()
    }

    /// Figures.
    pub async fn stats(&self) -> Stats {
        self.ask(|reply| Message::Look(Look::Stats(reply))).await.unwrap_or_default()
    }

    /// What people do here.
    pub fn figures(&self) -> Figures {
        self.0.board.tally().figures(self.0.clock.now().wall)
    }

    /// How long decisions took, in milliseconds, since the last call.
    pub fn take_decision_times(&self) -> Vec<u64> {
        self.0.board.tally().take_times()
    }

    /// Whether the store takes writes, and the log records.
    pub fn healthy(&self) -> bool {
        self.0.healthy.load(Ordering::SeqCst) && self.0.store.healthy()
    }

    /// No new holds; attempts that wait are told `Restarting`; returns when nothing is `forwarding` or the wait is
    /// over.
    pub async fn drain(&self) {
        let mut changes = self.changes();
        self.ask(|reply| Message::Report(Event::Drain, reply)).await;
        let enough = self.0.clock.now().mono.after(limits::DRAIN_WAIT);
        let idle =
            async { while self.healthy() && self.is_sending().await && changes.changed().await.is_ok() {} };
        tokio::select! {
            () = idle => {}
            () = self.0.clock.sleep_until(enough) => {}
        }
    }

    async fn is_sending(&self) -> bool {
        self.ask(|reply| Message::Look(Look::Sending(reply))).await.unwrap_or(false)
    }

    /// Ends the keeper and closes the database. Nothing is decided by it: what is pending stays, as in a crash.
    pub async fn close(&self) {
        self.ask(Message::Close).await;
    }

    /// From here on the disk refuses every write.
    #[cfg(test)]
    pub(in crate::hold) async fn break_store(&self) {
        self.0.store.meddle("PRAGMA query_only = ON").await;
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.0.inbox.send(message(reply)).await.ok()?;
        answer.await.ok()
    }
}

/// Ids and chance from the system.
struct Ids;

impl Mint for Ids {
    fn id(&mut self) -> HoldId {
        HoldId(uuid::Uuid::now_v7())
    }

    fn dice(&mut self) -> u32 {
        u32::from_be_bytes(crate::secret::random())
    }
}

/// The files that stored holds name stay, and all others go.
fn take_files_over(loaded: &[Loaded], spool: &Spool) -> Result<HashMap<HoldId, Vec<PathBuf>>, String> {
    let mut files: HashMap<HoldId, Vec<PathBuf>> = HashMap::new();
    for hold in loaded {
        for (path, len, sha256) in &hold.files {
            let body = spool.adopt(path, *len, *sha256);
            files.entry(HoldId(hold.id)).or_default().extend(body.path().cloned());
        }
    }
    let named: Vec<PathBuf> = files.values().flatten().cloned().collect();
    let swept = spool.sweep(&named).map_err(|error| error.to_string())?;
    if swept > 0 {
        tracing::info!(swept, "deleted spool files that belonged to no hold");
    }
    Ok(files)
}

fn restored(hold: Loaded, last_turn: i64) -> Result<Restored, String> {
    let broken =
        |what: &str| format!("stored hold {}: its {what} cannot be read; the database was changed", hold.id);
    Ok(Restored {
        id: HoldId(hold.id),
        unrecorded: hold.turn == last_turn,
        key: Key(hold.kin),
        digest: Digest::parse(&hold.digest).ok_or_else(|| broken("digest"))?,
        head: Arc::new(Head::decode(&hold.head).ok_or_else(|| broken("head"))?),
        body_len: hold.body_len,
        facts: serde_json::from_str(&hold.facts).map_err(|_| broken("facts"))?,
        course: serde_json::from_str(&hold.course).map_err(|_| broken("course"))?,
        state: hold.state,
    })
}

/// The fields of which nobody sees the value unless the bytes are asked for raw.
pub fn is_secret(field: &Field) -> bool {
    is_secret_name(&field.0)
}
