//! The prompt of `serve`: the desk behind the counter that the prompt's thread asks at. Who sits at this terminal
//! is the user that Holdpoint runs as; where approvers are configured and none of them has that user, the person
//! may look and not decide (SPEC section 10).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::admin::name_of;
use crate::approve::body::range;
use crate::approve::prompt::{self, Setup};
use crate::approve::whose;
use crate::approve::{BodyView, Counter, End, Known, Look, Said, Schemas, Tty};
use crate::cli::demo::Told;
use crate::clock::Clock;
use crate::config::Approver;
use crate::hold::said::{Decision, DecisionError, Filter};
use crate::hold::{Desk, FreezeView, HoldId, HoldView, SeenFreeze, Who};
use crate::serve::{Running, schemas};
use crate::snapshot::Head;

/// Whether there is a terminal to prompt on.
pub fn has_terminal() -> bool {
    Tty::open().is_ok()
}

/// Starts the prompt's thread; it ends when `stopping` is set or the terminal has gone.
pub fn start(
    running: &Running,
    approvers: &[Approver],
    log: &Path,
    stopping: Arc<AtomicBool>,
) -> Result<(), String> {
    sit(running, approvers, Seat { log: log.to_owned(), stopping, told: None }, say_end)
}

/// What a prompt is started with, beside the desk.
pub struct Seat {
    /// The file that logs go to meanwhile.
    pub log: PathBuf,
    /// Set: the prompt ends.
    pub stopping: Arc<AtomicBool>,
    /// What is to be said between two holds.
    pub told: Option<Arc<Told>>,
}

/// The same, with what is said between two holds, and what happens at its end.
pub fn sit(
    running: &Running,
    approvers: &[Approver],
    seat: Seat,
    ended: impl FnOnce(End) + Send + 'static,
) -> Result<(), String> {
    let setup = Setup {
        greeting: format!("Holdpoint listens on {}; logs go to {}.", running.proxy(), seat.log.display()),
        stay: true,
        look: Look::here(),
        clock: Clock::system(),
    };
    let counter = DeskCounter {
        desk: running.desk().clone(),
        changes: running.desk().changes(),
        runtime: Handle::current(),
        approver: approver_at_terminal(approvers),
        schemas: schemas(&running.gate().rules),
        seat,
    };
    prompt::spawn(Box::new(counter), setup, ended)
}

/// The person who sat there is gone with the terminal, so whoever looks next looks into the log.
fn say_end(end: End) {
    if end == End::Hangup {
        tracing::warn!(
            "the prompt has ended: its terminal is gone; holds wait for `holdpoint ls` and `holdpoint approve`"
        );
    }
}

fn approver_at_terminal(approvers: &[Approver]) -> Option<Who> {
    let user = name_of(rustix::process::getuid().as_raw());
    if approvers.is_empty() {
        return Some(Who { user: Some(user.clone()), ..Who::named(&user) });
    }
    approvers.iter().find(|approver| approver.user.as_ref() == Some(&user)).map(Who::from)
}

struct DeskCounter {
    desk: Desk,
    changes: watch::Receiver<u64>,
    runtime: Handle,
    approver: Option<Who>,
    schemas: Schemas,
    seat: Seat,
}

impl DeskCounter {
    /// Who sits here, if it is somebody who may decide.
    fn approver(&self) -> Result<Who, String> {
        self.approver.clone().ok_or_else(|| {
            "no [[approver]] names the user that Holdpoint runs as; decide with `holdpoint approve` as one that it \
             names"
                .to_owned()
        })
    }

    fn body_of(&self, id: &str) -> Option<(Head, Option<crate::snapshot::Body>)> {
        let hold = HoldId(id.parse().ok()?);
        self.runtime.block_on(self.desk.request(hold))
    }
}

impl Counter for DeskCounter {
    fn page(&self, after: Option<&str>) -> Vec<HoldView> {
        let after = after.and_then(|id| id.parse().ok()).map(HoldId);
        let filter = Filter { state: Some("held".to_owned()), after, ..Filter::default() };
        self.runtime.block_on(self.desk.list(filter))
    }

    fn look(&self, id: &str) -> Option<HoldView> {
        self.runtime.block_on(self.desk.find(id))
    }

    fn look_all(&self, ids: &[&str]) -> Vec<Option<HoldView>> {
        let known = ids.iter().map(|id| HoldId(id.parse().unwrap_or_default()));
        self.runtime.block_on(self.desk.each(known.collect()))
    }

    fn request(&self, id: &str) -> Option<(Head, BodyView)> {
        let (head, body) = self.body_of(id)?;
        let view = match body {
            Some(body) => BodyView::read(&body).ok()?,
            None => BodyView::Gone,
        };
        Some((head, view))
    }

    fn known(&self, view: &HoldView, head: &Head) -> Known {
        self.runtime.block_on(Known::of(&self.desk, &self.schemas, view, head))
    }

    fn body(&self, id: &str, from: u64, max: usize) -> Option<Bytes> {
        let (_, body) = self.body_of(id)?;
        range(&body?, from, max).ok()
    }

    fn counts(&self, view: &HoldView) -> Result<(), String> {
        whose::counts(view, &self.approver()?)
    }

    fn decide(&self, said: &[Said]) -> Result<Vec<HoldView>, String> {
        let by = self.approver()?;
        let decisions = said.iter().map(|said| {
            let id = said.id.parse().map_err(|_| "this hold has no id that can be read".to_owned())?;
            let Said { id: _, digest, choice, reason, grant } = said.clone();
            Ok(Decision { hold: HoldId(id), choice, digest, reason, by: by.clone(), grant })
        });
        let decisions = decisions.collect::<Result<Vec<_>, String>>()?;
        // Before the decision: what comes of it may be told before it returns.
        self.seat.told.iter().for_each(|told| told.moves());
        self.runtime.block_on(self.desk.decide(decisions)).map_err(|error| {
            self.seat.told.iter().for_each(|told| told.rests());
            in_words(&error)
        })
    }

    fn freezes(&self) -> Vec<FreezeView> {
        self.runtime.block_on(self.desk.freezes())
    }

    fn freeze(&self, agent: Option<&str>, reason: Option<&str>) -> Result<FreezeView, String> {
        let (agent, reason) = (agent.map(str::to_owned), reason.map(str::to_owned));
        let by = self.approver()?;
        self.runtime.block_on(self.desk.freeze(agent, reason, &by)).map_err(|error| in_words(&error))
    }

    fn thaw(&self, agent: Option<&str>, seen: Option<&FreezeView>) -> Result<FreezeView, String> {
        let (agent, by) = (agent.map(str::to_owned), self.approver()?);
        let seen = seen.map(SeenFreeze::from).unwrap_or_default();
        self.runtime.block_on(self.desk.unfreeze_seen(agent, seen, &by)).map_err(|error| in_words(&error))
    }

    fn version(&self) -> u64 {
        let told = self.seat.told.as_ref().map_or(0, |told| told.count());
        self.changes.borrow().wrapping_add(told)
    }

    fn stopping(&self) -> bool {
        self.seat.stopping.load(Ordering::Relaxed)
    }

    fn aside(&self) -> Vec<String> {
        self.seat.told.as_ref().map(|told| told.take()).unwrap_or_default()
    }
}

fn in_words(error: &DecisionError) -> String {
    match error {
        DecisionError::NotFound(_) => "there is no such hold any more".to_owned(),
        DecisionError::OtherDigest(_) => "the request is not the one that was on screen".to_owned(),
        DecisionError::NoDigest(_) => "an approval must name the digest".to_owned(),
        DecisionError::Conflict(_, already) => format!("it was decided elsewhere: it is {already} now"),
        DecisionError::NotYours(_, why) | DecisionError::NoGrant(_, why) | DecisionError::NoEdit(_, why) => {
            why.clone()
        }
        DecisionError::OtherFreeze(freeze) => {
            format!("another freeze is on by now, by {} since {}", freeze.by, freeze.at)
        }
        DecisionError::NoSuch(what) | DecisionError::TooMany(what) => what.clone(),
        DecisionError::Unavailable => {
            "the store or the audit log takes no writes; nothing was decided".to_owned()
        }
    }
}
