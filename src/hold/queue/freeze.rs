//! Stopping: a freeze of one agent or of all, by a person, by the breaker, or by a file that exists (SPEC section 7).
//! It blocks `→ forwarding` and nothing else: requests still arrive and are decided. What was approved goes back to
//! `armed`, where its time runs on, and its attempts go on waiting; a thaw carries on where one still does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Order, Queue, State};
use crate::clock::{Now, Wall};
use crate::config::OnDisconnect;
use crate::hold::brake::Stopped;
use crate::hold::{DecisionError, FreezeView, HoldId};
use crate::limits;

/// Who has put a freeze on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// A person, by the name on record.
    Approver(String),
    /// The agent went over a limit of `[breaker]`.
    Breaker,
    /// `state/freeze` exists.
    File,
}

impl By {
    /// Its name, for people and on record.
    pub fn as_str(&self) -> &str {
        match self {
            By::Approver(name) => name,
            By::Breaker => "breaker",
            By::File => "file",
        }
    }
}

/// A freeze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// Whom it stops; `None`: everybody.
    pub agent: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// See the type.
    pub by: By,
    /// Wall time, in milliseconds.
    pub at: i64,
}

impl Freeze {
    /// As people see it.
    pub fn view(&self) -> FreezeView {
        FreezeView {
            agent: self.agent.clone(),
            reason: self.reason.clone(),
            by: self.by.as_str().to_owned(),
            at: Wall(self.at).rfc3339(),
        }
    }
}

/// The end of a freeze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thawed {
    /// What was on.
    pub freeze: Freeze,
    /// On whose word it ended; `file` where the file has gone.
    pub by: String,
}

/// The freezes that are on.
#[derive(Debug, Default)]
pub(super) struct Freezes {
    /// By whom they stop; the file's is beside them, because it goes with the file alone.
    put_on: BTreeMap<Option<String>, Freeze>,
    file: Option<Freeze>,
}

impl Freezes {
    pub(super) fn stop(&self, agent: &str) -> bool {
        self.file.is_some()
            || (!self.put_on.is_empty()
                && (self.put_on.contains_key(&None) || self.put_on.contains_key(&Some(agent.to_owned()))))
    }
}

impl Queue {
    /// Whether nothing of this agent's may start.
    pub fn is_frozen(&self, agent: &str) -> bool {
        self.freezes.stop(agent)
    }

    /// All freezes that are on; the file's first.
    pub fn freezes(&self) -> impl Iterator<Item = &Freeze> {
        self.freezes.file.iter().chain(self.freezes.put_on.values())
    }

    /// The freeze of exactly this agent, or of everybody.
    pub fn freeze_of(&self, agent: Option<&str>) -> Option<&Freeze> {
        self.freezes.put_on.get(&agent.map(str::to_owned))
    }

    /// For the brake.
    pub fn stopped(&self) -> Stopped {
        let put_on = self.freezes.put_on.keys();
        Stopped {
            all: self.freezes.file.is_some() || self.freezes.put_on.contains_key(&None),
            agents: put_on.flatten().cloned().collect(),
        }
    }

    /// A freeze is put on. One that is on already stays as it is.
    pub(super) fn freeze(
        &mut self,
        now: Now,
        freeze: Freeze,
        out: &mut Vec<Order>,
    ) -> Result<(), DecisionError> {
        if self.freezes.put_on.contains_key(&freeze.agent) {
            return Ok(());
        }
        if freeze.agent.is_some() && self.freezes.put_on.len() >= limits::FREEZES_MAX {
            let why = format!(
                "there are {} freezes already, and agent {} is not frozen: thaw some, or freeze everybody",
                limits::FREEZES_MAX,
                freeze.agent.as_deref().unwrap_or_default()
            );
            return Err(DecisionError::TooMany(why));
        }
        self.put_on(now, freeze, out);
        Ok(())
    }

    pub(super) fn put_on(&mut self, now: Now, freeze: Freeze, out: &mut Vec<Order>) {
        self.freezes.put_on.insert(freeze.agent.clone(), freeze.clone());
        self.take_back_releases(now, out);
        out.push(Order::Freeze { freeze, again: false });
    }

    /// A freeze is taken back; what was approved by then goes on where somebody waits for it.
    pub(super) fn thaw(
        &mut self,
        now: Now,
        agent: Option<String>,
        by: String,
        out: &mut Vec<Order>,
    ) -> Result<(), DecisionError> {
        let Some(freeze) = self.freezes.put_on.remove(&agent) else {
            return Err(DecisionError::NoSuch(self.no_freeze(agent.as_deref())));
        };
        match &agent {
            Some(agent) => self.breaker.reset(agent),
            None => self.breaker.reset_all(),
        }
        self.count_pending(now, agent.as_deref());
        out.push(Order::Thaw(Thawed { freeze, by }));
        self.go_on(now, out);
        Ok(())
    }

    /// The file is there, with this text, or is not there any more.
    pub(super) fn file(&mut self, now: Now, text: Option<String>, out: &mut Vec<Order>) {
        match (text, &self.freezes.file) {
            (Some(text), None) => {
                let reason = Some(text).filter(|text| !text.is_empty());
                let freeze = Freeze { agent: None, reason, by: By::File, at: now.wall.0 };
                self.freezes.file = Some(freeze.clone());
                self.take_back_releases(now, out);
                out.push(Order::Freeze { freeze, again: false });
            }
            (None, Some(_)) => {
                if let Some(freeze) = self.freezes.file.take() {
                    out.push(Order::Thaw(Thawed { freeze, by: By::File.as_str().to_owned() }));
                }
                self.go_on(now, out);
            }
            _ => {}
        }
    }

    /// What was on when the process ended is on again, and on record again; the file's until somebody has looked.
    pub fn restore_freezes(&mut self, freezes: Vec<Freeze>) -> Vec<Order> {
        let mut out = Vec::new();
        for freeze in freezes {
            match freeze.by {
                By::File => self.freezes.file = Some(freeze.clone()),
                _ => drop(self.freezes.put_on.insert(freeze.agent.clone(), freeze.clone())),
            }
            out.push(Order::Freeze { freeze, again: true });
        }
        out
    }

    /// Whether the file was there when somebody looked last.
    pub fn knows_file(&self) -> bool {
        self.freezes.file.is_some()
    }

    /// Why there is nothing to take back, for people.
    fn no_freeze(&self, agent: Option<&str>) -> String {
        let what = match agent {
            Some(agent) => format!("there is no freeze of agent {agent} alone"),
            None => "there is no freeze of everybody".to_owned(),
        };
        match &self.freezes.file {
            Some(_) => format!("{what}, but for the file `freeze` in the state directory: remove it"),
            None if agent.is_some() && self.freezes.put_on.contains_key(&None) => {
                format!("{what}; everybody is frozen")
            }
            None => what,
        }
    }

    /// approved → armed, of everyone who is stopped now: whoever carried a release waits again.
    fn take_back_releases(&mut self, now: Now, out: &mut Vec<Order>) {
        let approved: Vec<_> = self
            .holds
            .values()
            .filter(|entry| self.is_frozen(&entry.facts.agent))
            .filter_map(|entry| match &entry.state {
                State::Approved(passage) => Some((entry.id, passage.void)),
                _ => None,
            })
            .collect();
        for (hold, void) in approved {
            self.stop_carrying(hold);
            self.arm(now, hold, void, out);
        }
    }

    /// armed → approved, of everyone who is not stopped any more, where somebody waits or it is sent all the same.
    fn go_on(&mut self, now: Now, out: &mut Vec<Order>) {
        let armed: Vec<_> = self
            .holds
            .values()
            .filter(|entry| !self.is_frozen(&entry.facts.agent))
            .filter_map(|entry| match &entry.state {
                State::Armed { void } => Some((entry.id, *void)),
                _ => None,
            })
            .collect();
        for (hold, void) in armed {
            if self.may_be_carried(hold) {
                self.carry(now, hold, void, out);
            }
        }
    }

    /// Whether an approved hold has somebody to send it, and nothing stops it.
    pub(super) fn may_be_carried(&self, hold: HoldId) -> bool {
        let frozen = self.holds.get(&hold).is_some_and(|entry| self.is_frozen(&entry.facts.agent));
        let taker = self.first_waiting(hold).is_some() || self.limits.on_disconnect == OnDisconnect::Forward;
        taker && !frozen
    }
}
