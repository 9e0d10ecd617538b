//! Keys that only move: within a view, and from one list to another.

use crate::approve::Style;
use crate::console::errand::Ask;
use crate::console::state::{Act, State};
use crate::console::view::View;

const LISTS: [View; 4] = [View::Holds, View::Grants, View::Agents, View::Audit];

impl State {
    pub(super) fn travel(&mut self, by: i64) {
        let height = self.height();
        let moved = match self.view() {
            View::Holds => self.list.step(by),
            View::Grants => {
                let here = self.grants.iter().position(|grant| Some(&grant.id) == self.grant.as_ref());
                let there = stepped(here, by, self.grants.len());
                self.grant = self.grants.get(there).map(|grant| grant.id.clone());
                here != Some(there)
            }
            View::Agents => {
                let here = self.agents.iter().position(|agent| Some(&agent.name) == self.agent.as_ref());
                let there = stepped(here, by, self.agents.len());
                self.agent = self.agents.get(there).map(|agent| agent.name.clone());
                here != Some(there)
            }
            _ => self.sheet().scroll(by, height),
        };
        if !moved {
            self.at_an_end(by);
        }
    }

    /// From one list to another; not from within something.
    pub(super) fn next(&mut self, by: i64) {
        let [here] = self.stack[..] else {
            return self.say("tab goes from list to list: q goes back first", Style::Quiet);
        };
        let at = LISTS.iter().position(|view| *view == here).unwrap_or(0) as i64;
        let there = LISTS[(at + by).rem_euclid(LISTS.len() as i64) as usize];
        self.stack = vec![there];
        let ask = match there {
            View::Grants => Some(Ask::Grants),
            View::Agents => Some(Ask::Agents),
            View::Audit => Some(Ask::Audit),
            _ => None,
        };
        self.acts.extend(ask.map(Act::Ask));
    }
}

/// The place so many rows further, of so many.
fn stepped(here: Option<usize>, by: i64, rows: usize) -> usize {
    (here.unwrap_or(0) as i64).saturating_add(by).clamp(0, rows.saturating_sub(1) as i64) as usize
}
