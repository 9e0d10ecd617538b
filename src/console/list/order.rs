//! The rows: what waits for a person, outliers first, and below it what was approved and not sent. They are put in order
//! around the selected hold, which stays on its line of the screen.

use std::collections::BTreeMap;

use super::{ARMED, List, Row, Title};
use crate::approve::groups::{Group, Grouped, groups};
use crate::hold::HoldView;

impl List {
    /// Puts the rows in order, so that the selected one stays on its line of a screen with so many.
    pub fn settle(&mut self, height: usize) {
        if self.stale {
            let line = self.place().map(|place| place.saturating_sub(self.top));
            self.rows = self.order();
            self.stale = false;
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
            let is_below_title = place > 0 && !matches!(self.rows[place - 1], Row::Hold(_));
            if place == self.top && height > 1 && is_below_title {
                self.top -= 1;
            }
        }
    }

    fn order(&self) -> Vec<Row> {
        let wanted = |hold: &&HoldView| self.selected.as_ref() == Some(&hold.id) || self.finds(hold);
        let mut holds: Vec<&HoldView> = self.known.values().filter(wanted).collect();
        holds.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let below = |hold: &&HoldView| hold.state == ARMED && self.pinned.as_ref() != Some(&hold.id);
        let (armed, held): (Vec<&HoldView>, Vec<&HoldView>) = holds.into_iter().partition(below);
        let mut rows = Vec::with_capacity(held.len() + armed.len());
        let groups = groups(held);
        let parts = parts(&groups);
        for (group, part) in groups.into_iter().zip(parts) {
            if group.is_many() {
                let (first, many) = (group.members[0].id.clone(), group.members.len());
                rows.push(Row::Title(Title { first, many, part }));
            }
            rows.extend(group.members.into_iter().map(|hold| Row::Hold(hold.id.clone())));
        }
        if !armed.is_empty() {
            rows.push(Row::Armed(armed.len()));
            rows.extend(armed.into_iter().map(|hold| Row::Hold(hold.id.clone())));
        }
        rows
    }

    pub(super) fn finds(&self, hold: &HoldView) -> bool {
        let fields = [&hold.agent, &hold.operation, &hold.url, &hold.effect, &hold.code];
        self.filter.is_empty() || fields.iter().any(|text| text.to_lowercase().contains(&self.filter))
    }

    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = &String> {
        self.rows.iter().filter_map(|row| match row {
            Row::Hold(id) => Some(id),
            Row::Armed(_) | Row::Title(_) => None,
        })
    }

    fn place(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.rows.iter().position(|row| matches!(row, Row::Hold(id) if id == selected))
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
}

/// Which part of how many each group is, where what is of one operation is too many for one.
fn parts(groups: &[Group<&HoldView>]) -> Vec<Option<(usize, usize)>> {
    let mut of_kind: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.is_many()) {
        of_kind.entry(group.members[0].kind()).or_default().1 += 1;
    }
    let mut parts = Vec::with_capacity(groups.len());
    for group in groups {
        // What stands alone is no part of anything.
        let place = if group.is_many() { of_kind.get_mut(&group.members[0].kind()) } else { None };
        parts.push(place.filter(|(_, all)| *all > 1).map(|(so_far, all)| {
            *so_far += 1;
            (*so_far, *all)
        }));
    }
    parts
}
