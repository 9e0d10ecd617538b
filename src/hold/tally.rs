//! Figures of what people do here: how many requests were held and how they ended, over the last day; how long people
//! took; and which operations they were asked about and always approved (false starts: a rule or a grant could let those
//! pass). They count from the start of the process, in bounded memory, and nothing is decided by them.
//!
//! When unsure they say less: of operations that share a shortened name, a refusal of one counts for all.

use std::collections::{HashMap, VecDeque};

use crate::clock::Wall;
use crate::hold::HoldView;
use crate::hold::happenings::News;
use crate::limits;

/// Upper bounds of the times to a decision, in seconds; what took longer has a last place of its own.
pub const DECISION_SECONDS: [u64; 7] = [1, 5, 15, 60, 300, 900, 3600];

/// How holds came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New holds.
    pub held: u64,
    /// Released by people.
    pub approved: u64,
    /// Released by a grant.
    pub granted: u64,
    /// Refused by people.
    pub denied: u64,
    /// Nobody decided, or nobody came for it.
    pub expired: u64,
    /// Cancelled.
    pub cancelled: u64,
}

/// What people said of one kind of request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// Its operation, shortened; an agent's text.
    pub operation: String,
    /// Scheme, host and port; an agent's text.
    pub origin: String,
    /// How often it was approved.
    pub approved: u64,
    /// How often it was not.
    pub refused: u64,
}

/// All figures, at one time.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Since when they count.
    pub since: Wall,
    /// Since then.
    pub total: Counts,
    /// The last day, the oldest first, each slot `limits::TALLY_SLOT` long; the last is under way.
    pub slots: Vec<Counts>,
    /// How many decisions took up to each of `DECISION_SECONDS`, and longer.
    pub times: [u64; DECISION_SECONDS.len() + 1],
    /// Of those that were decided last.
    pub kinds: Vec<Kind>,
}

/// The figures in the making.
#[derive(Debug, Default)]
pub struct Tally {
    since: Wall,
    total: Counts,
    /// With their numbers since 1970.
    slots: VecDeque<(i64, Counts)>,
    times: [u64; DECISION_SECONDS.len() + 1],
    /// By operation and origin, with when it was decided last.
    kinds: HashMap<(String, String), (Kind, i64)>,
    /// Times to a decision that nobody took yet, in milliseconds.
    untold: VecDeque<u64>,
}

impl Tally {
    /// Counts from now.
    pub fn new(since: Wall) -> Self {
        Self { since, ..Self::default() }
    }

    /// Something happened.
    pub fn note(&mut self, at: Wall, news: &News) {
        let Some(hold) = &news.hold else { return };
        match news.what {
            // A restart holds again what was decided before.
            "held" if hold.decisions.is_empty() => self.count(at, |counts| counts.held += 1),
            "decided" => self.decided(at, hold),
            "ended" if hold.state == "expired" => {
                self.count(at, |counts| counts.expired += 1);
                self.judged(at, hold, false);
            }
            "ended" if hold.state == "cancelled" => self.count(at, |counts| counts.cancelled += 1),
            _ => {}
        }
    }

    fn decided(&mut self, at: Wall, hold: &HoldView) {
        let Some(last) = hold.decisions.last() else { return };
        let approvals = hold.decisions.iter().filter(|said| said.decision == "approve").count();
        let needed = hold.approvals.needed.max(1);
        match (last.decision.as_str(), &last.grant) {
            ("approve", Some(_)) => self.count(at, |counts| counts.granted += 1),
            ("approve", None) if hold.state == "held" => {}
            ("approve", None) => {
                self.count(at, |counts| counts.approved += 1);
                self.took(hold, &last.at);
                self.judged(at, hold, true);
            }
            _ => {
                self.count(at, |counts| counts.denied += 1);
                // One that takes an approval back was no answer to the agent's request.
                if approvals < needed {
                    self.took(hold, &last.at);
                }
                self.judged(at, hold, false);
            }
        }
    }

    fn count(&mut self, at: Wall, add: impl Fn(&mut Counts)) {
        add(&mut self.total);
        // A clock that was set back counts where it was.
        let number = self.slots.back().map_or(slot(at), |(last, _)| slot(at).max(*last));
        if self.slots.back().is_none_or(|(last, _)| *last < number) {
            self.slots.push_back((number, Counts::default()));
        }
        if self.slots.len() > limits::TALLY_SLOTS {
            self.slots.pop_front();
        }
        if let Some((_, counts)) = self.slots.back_mut() {
            add(counts);
        }
    }

    fn took(&mut self, hold: &HoldView, at: &str) {
        let (Some(from), Some(to)) = (Wall::parse(&hold.created_at), Wall::parse(at)) else { return };
        let ms = u64::try_from(to.0 - from.0).unwrap_or(0);
        let place = DECISION_SECONDS.iter().position(|seconds| ms <= seconds * 1000);
        self.times[place.unwrap_or(DECISION_SECONDS.len())] += 1;
        if self.untold.len() == limits::TALLY_UNTOLD {
            self.untold.pop_front();
        }
        self.untold.push_back(ms);
    }

    fn judged(&mut self, at: Wall, hold: &HoldView, approved: bool) {
        let key = (short(&hold.operation), short(origin(&hold.url)));
        if !self.kinds.contains_key(&key) && self.kinds.len() >= limits::TALLY_KINDS {
            let oldest = self.kinds.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.kinds.remove(&oldest);
            }
        }
        let (kind, last) = self.kinds.entry(key.clone()).or_default();
        (kind.operation, kind.origin) = key;
        *last = at.0;
        if approved {
            kind.approved += 1;
        } else {
            kind.refused += 1;
        }
    }

    /// All figures.
    pub fn figures(&self, now: Wall) -> Figures {
        let last = self.slots.back().map_or(slot(now), |(last, _)| slot(now).max(*last));
        let mut slots = vec![Counts::default(); limits::TALLY_SLOTS];
        for (number, counts) in &self.slots {
            let back = usize::try_from(last - number).unwrap_or(usize::MAX);
            if let Some(at) = limits::TALLY_SLOTS.checked_sub(back.saturating_add(1)) {
                slots[at] = *counts;
            }
        }
        Figures {
            since: self.since,
            total: self.total,
            slots,
            times: self.times,
            kinds: self.kinds.values().map(|(kind, _)| kind.clone()).collect(),
        }
    }

    /// Times to a decision, in milliseconds, since the last call.
    pub fn take_times(&mut self) -> Vec<u64> {
        self.untold.drain(..).collect()
    }
}

fn slot(at: Wall) -> i64 {
    at.0.div_euclid(limits::TALLY_SLOT.as_millis() as i64)
}

/// Scheme and authority.
fn origin(url: &str) -> &str {
    let from = url.find("://").map_or(0, |at| at + 3);
    let end = url[from..].find(['/', '?']).map_or(url.len(), |at| from + at);
    &url[..end]
}

fn short(text: &str) -> String {
    match text.char_indices().nth(limits::TALLY_TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
