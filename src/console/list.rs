//! The holds that wait, in the order in which people should see them, and the selected one. The selection is a hold and
//! no place: whatever comes and goes around it, it stays on that hold and on that line of the screen. A hold that ends
//! under the cursor stays there with its end, until the person moves on.

mod order;
mod pattern;
mod standing;

use std::collections::{BTreeSet, HashMap};

use crate::hold::HoldView;
use standing::{ARMED, GONE};
pub use standing::{slim, stands, waits};

/// The list.
#[derive(Debug, Default)]
pub struct List {
    known: HashMap<String, HoldView>,
    rows: Vec<Row>,
    selected: Option<String>,
    top: usize,
    marks: BTreeSet<String>,
    filter: String,
    /// It was approved under the cursor, and stays where it was until the cursor has left it.
    pinned: Option<String>,
    /// The rows are not those of `known` any more.
    stale: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// So many holds follow that were approved, and of which nothing was sent yet.
    Armed(usize),
    /// A hold.
    Hold(String),
    /// Holds of one operation follow.
    Title(Title),
}

/// Above holds of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The first of them.
    pub first: String,
    /// How many follow.
    pub many: usize,
    /// Where they are too many for one group: which part of how many this is.
    pub part: Option<(usize, usize)>,
}

impl List {
    /// All that stands, as the server has it now.
    pub fn replace(&mut self, holds: Vec<HoldView>) {
        let before = std::mem::take(&mut self.known);
        self.known = holds.into_iter().map(|hold| (hold.id.clone(), slim(hold))).collect();
        let ended = self.selected.as_ref().filter(|id| !self.known.contains_key(*id));
        if let Some(mut hold) = ended.and_then(|id| before.get(id).cloned()) {
            if stands(&hold) {
                GONE.clone_into(&mut hold.state);
            }
            self.known.insert(hold.id.clone(), hold);
        }
        self.marks.retain(|id| self.known.get(id).is_some_and(waits));
        self.stale = true;
    }

    /// Some of what stands.
    pub fn add(&mut self, holds: Vec<HoldView>) {
        holds.into_iter().for_each(|hold| self.change(hold));
    }

    /// A hold as it is now.
    pub fn change(&mut self, hold: HoldView) {
        let is_selected = self.selected.as_ref() == Some(&hold.id);
        if !waits(&hold) {
            self.marks.remove(&hold.id);
        }
        let before = self.known.get(&hold.id).map(waits);
        if is_selected && before == Some(true) && !waits(&hold) {
            self.pinned = Some(hold.id.clone());
        }
        self.stale |= match stands(&hold) || is_selected {
            // It has another place where it is new, or approved, or held again.
            true => {
                let now = waits(&hold);
                self.known.insert(hold.id.clone(), slim(hold));
                before != Some(now)
            }
            false => self.known.remove(&hold.id).is_some(),
        };
    }

    /// Moves the selection by so many holds; whether there was another one to go to.
    pub fn step(&mut self, by: i64) -> bool {
        let ids: Vec<&String> = self.ids().collect();
        let Some(last) = ids.len().checked_sub(1) else { return false };
        let here = self.selected.as_ref().and_then(|id| ids.iter().position(|known| *known == id));
        let there = here.map_or(0, |here| here as i64 + by).clamp(0, last as i64);
        let id = ids[there as usize].clone();
        self.select(id);
        here != Some(there as usize)
    }

    fn select(&mut self, id: String) {
        let Some(before) = self.selected.replace(id).filter(|before| Some(before) != self.selected.as_ref())
        else {
            return;
        };
        self.stale |= self.pinned.take().is_some();
        // What ended is gone once the cursor has left it.
        let Some(hold) = self.known.get(&before) else { return };
        self.stale |= !stands(hold) || !self.finds(hold);
        if !stands(hold) {
            self.known.remove(&before);
        }
    }

    /// Narrows it down, without regard to letter case.
    pub fn find(&mut self, text: &str) {
        self.filter = text.to_lowercase();
        self.stale = true;
        let hidden = self.selected().is_some_and(|hold| !self.finds(hold));
        if hidden {
            self.selected = None;
            self.known.retain(|_, hold| stands(hold));
        }
    }

    /// What it is narrowed down to.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Marks the selected hold, or takes its mark back; `false`: it was decided, or there is none.
    pub fn mark(&mut self) -> bool {
        let Some(id) = self.selected().filter(|hold| waits(hold)).map(|hold| hold.id.clone()) else {
            return false;
        };
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
        true
    }

    /// Takes the marks of these back.
    pub fn unmark(&mut self, ids: &[String]) {
        self.marks.retain(|id| !ids.contains(id));
    }

    /// The marked ones, the oldest first.
    pub fn marked(&self) -> Vec<&HoldView> {
        self.marks.iter().filter_map(|id| self.known.get(id)).collect()
    }

    /// Whether it is marked.
    pub fn is_marked(&self, id: &str) -> bool {
        self.marks.contains(id)
    }

    /// The hold under the cursor.
    pub fn selected(&self) -> Option<&HoldView> {
        self.known.get(self.selected.as_ref()?)
    }

    /// A hold of the list.
    pub fn get(&self, id: &str) -> Option<&HoldView> {
        self.known.get(id)
    }

    /// How many wait for a person, and how many were approved and not sent yet.
    pub fn counts(&self) -> (usize, usize) {
        let held = self.known.values().filter(|hold| waits(hold)).count();
        (held, self.known.values().filter(|hold| hold.state == ARMED).count())
    }
}

#[cfg(test)]
mod tests;
