//! The holds that wait, in the order in which people should see them, and the selected one. The selection is a hold and
//! no place: whatever comes and goes around it, it stays on that hold and on that line of the screen. A hold that ends
//! under the cursor stays there with its end, until the person moves on.

use std::collections::{BTreeSet, HashMap};

use crate::approve::groups::groups;
use crate::hold::HoldView;

/// The list.
#[derive(Debug, Default)]
pub struct List {
    known: HashMap<String, HoldView>,
    rows: Vec<Row>,
    selected: Option<String>,
    top: usize,
    marks: BTreeSet<String>,
    filter: String,
    /// The rows are not those of `known` any more.
    stale: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// So many holds of one kind follow, of which this is the first.
    Title(String, usize),
    /// A hold.
    Hold(String),
}

impl List {
    /// All that waits, as the server has it now.
    pub fn replace(&mut self, holds: Vec<HoldView>) {
        let before = std::mem::take(&mut self.known);
        self.known = holds.into_iter().map(|hold| (hold.id.clone(), slim(hold))).collect();
        let ended = self.selected.as_ref().filter(|id| !self.known.contains_key(*id));
        if let Some(mut hold) = ended.and_then(|id| before.get(id).cloned()) {
            if waits(&hold) {
                GONE.clone_into(&mut hold.state);
            }
            self.known.insert(hold.id.clone(), hold);
        }
        self.marks.retain(|id| self.known.get(id).is_some_and(waits));
        self.stale = true;
    }

    /// A hold as it is now.
    pub fn change(&mut self, hold: HoldView) {
        let is_selected = self.selected.as_ref() == Some(&hold.id);
        if !waits(&hold) {
            self.marks.remove(&hold.id);
        }
        let changed = match waits(&hold) || is_selected {
            true => self.known.insert(hold.id.clone(), slim(hold)).is_none(),
            false => self.known.remove(&hold.id).is_some(),
        };
        self.stale |= changed;
    }

    /// Puts the rows in order, so that the selected one stays on its line of a screen with so many.
    pub fn settle(&mut self, height: usize) {
        if self.stale {
            let line = self.place().map(|place| place.saturating_sub(self.top));
            self.order();
            if self.selected.is_none() {
                let first = self.ids().next().cloned();
                self.selected = first;
            }
            if let (Some(line), Some(place)) = (line, self.place()) {
                self.top = place.saturating_sub(line);
            }
        }
        let height = height.max(1);
        self.top = self.top.min(self.rows.len().saturating_sub(height));
        if let Some(place) = self.place() {
            self.top = self.top.clamp((place + 1).saturating_sub(height), place);
            // The title of its group is not left above the screen.
            if place == self.top && place > 0 && height > 1 && matches!(self.rows[place - 1], Row::Title(..))
            {
                self.top -= 1;
            }
        }
    }

    fn order(&mut self) {
        let wanted = |hold: &&HoldView| self.selected.as_ref() == Some(&hold.id) || self.finds(hold);
        let mut holds: Vec<HoldView> = self.known.values().filter(wanted).cloned().collect();
        holds.sort_by(|one, other| one.id.cmp(&other.id));
        self.rows.clear();
        for group in groups(holds) {
            if group.is_many() {
                self.rows.push(Row::Title(group.members[0].id.clone(), group.members.len()));
            }
            self.rows.extend(group.members.into_iter().map(|hold| Row::Hold(hold.id)));
        }
        self.stale = false;
    }

    fn finds(&self, hold: &HoldView) -> bool {
        let fields = [&hold.agent, &hold.operation, &hold.url, &hold.effect, &hold.code];
        self.filter.is_empty() || fields.iter().any(|text| text.to_lowercase().contains(&self.filter))
    }

    fn ids(&self) -> impl DoubleEndedIterator<Item = &String> {
        self.rows.iter().filter_map(|row| match row {
            Row::Hold(id) => Some(id),
            Row::Title(..) => None,
        })
    }

    fn place(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.rows.iter().position(|row| matches!(row, Row::Hold(id) if id == selected))
    }

    /// Moves the selection by so many holds.
    pub fn step(&mut self, by: i64) {
        let ids: Vec<&String> = self.ids().collect();
        let Some(last) = ids.len().checked_sub(1) else { return };
        let here = self.selected.as_ref().and_then(|id| ids.iter().position(|known| *known == id));
        let there = here.map_or(0, |here| here as i64 + by).clamp(0, last as i64);
        let id = ids[there as usize].clone();
        self.select(id);
    }

    fn select(&mut self, id: String) {
        let before = self.selected.replace(id);
        // What ended is gone once the cursor has left it.
        if let Some(before) = before.filter(|before| Some(before) != self.selected.as_ref())
            && self.known.get(&before).is_some_and(|hold| !waits(hold) || !self.finds(hold))
        {
            self.stale = true;
            if self.known.get(&before).is_some_and(|hold| !waits(hold)) {
                self.known.remove(&before);
            }
        }
    }

    /// Narrows it down, without regard to letter case.
    pub fn find(&mut self, text: &str) {
        self.filter = text.to_lowercase();
        self.stale = true;
        let hidden = self.selected().is_some_and(|hold| !self.finds(hold));
        if hidden {
            self.selected = None;
            self.known.retain(|_, hold| waits(hold));
        }
    }

    /// What it is narrowed down to.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Marks the selected hold, or takes its mark back; not one that has ended.
    pub fn mark(&mut self) {
        let Some(id) = self.selected().filter(|hold| waits(hold)).map(|hold| hold.id.clone()) else { return };
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
    }

    /// Takes all marks back.
    pub fn unmark(&mut self) {
        self.marks.clear();
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

    /// The rows on a screen with so many.
    pub fn visible(&self, height: usize) -> &[Row] {
        let end = (self.top + height).min(self.rows.len());
        &self.rows[self.top.min(end)..end]
    }

    /// How many rows stand above the screen, and how many there are.
    pub fn extent(&self) -> (usize, usize) {
        (self.top, self.rows.len())
    }

    /// How many wait.
    pub fn held(&self) -> usize {
        self.known.values().filter(|hold| waits(hold)).count()
    }
}

/// Of a hold that was in the list and is not any more.
const GONE: &str = "no longer held";

/// Whether it waits for a person.
pub fn waits(hold: &HoldView) -> bool {
    hold.state == "held"
}

/// What the list never shows is not kept ten thousand times.
fn slim(hold: HoldView) -> HoldView {
    HoldView { headers: Vec::new(), why: Vec::new(), ..hold }
}

#[cfg(test)]
mod tests;
