//! The views that can be on the screen, one over another, and how one is opened and left.

use crate::approve::Style;
use crate::console::errand::{Draft, Edited};
use crate::console::sheet::Sheet;
use crate::console::state::State;

/// What is on the screen below the title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// What waits.
    #[default]
    Holds,
    /// What was approved for a while.
    Grants,
    /// Who is at work.
    Agents,
    /// The newest records.
    Audit,
    /// One hold.
    Detail,
    /// The marked holds.
    Batch,
    /// What an editor changed.
    Difference,
    /// What the keys mean.
    Help,
}

impl State {
    /// What is on the screen.
    pub fn view(&self) -> View {
        self.stack.last().copied().unwrap_or_default()
    }

    /// The text of the view on the screen.
    pub fn sheet(&mut self) -> &mut Sheet {
        let view = self.view();
        self.sheets.entry(view).or_default()
    }

    /// The editor has ended.
    pub fn edited(&mut self, draft: Draft, edited: Edited) {
        match edited {
            Edited::Not(why) => self.say(&why, Style::Quiet),
            Edited::Changed(text, lines) => {
                self.draft = Some(Draft { text, ..draft });
                self.sheets.insert(View::Difference, Sheet::made_for(self.width(), lines));
                self.stack.push(View::Difference);
            }
        }
    }

    /// Leaves a view, and what stands over it.
    pub(super) fn close(&mut self, view: View) {
        if let Some(at) = self.stack.iter().position(|open| *open == view).filter(|at| *at > 0) {
            self.stack.truncate(at);
        }
        self.dialog = None;
        match view {
            View::Detail => self.detail = None,
            View::Batch => self.batch = None,
            View::Difference => self.draft = None,
            _ => {}
        }
    }
}
