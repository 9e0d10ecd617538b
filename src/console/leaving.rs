//! Back out of a view, and out of the program: only `q` in the list ends it, and where something would be lost by that it
//! asks first. Nothing that is held is touched by it.

use crate::approve::Style;
use crate::approve::words::count;
use crate::console::dialog::{Dialog, Fact, What};
use crate::console::state::{Act, State};
use crate::console::view::View;

impl State {
    /// `Esc`: in the list it ends a search and nothing else.
    pub(super) fn back(&mut self) {
        if !self.leave() {
            self.say("this is the list: q ends the console", Style::Quiet);
        }
    }

    /// `q`: from the list it ends the console.
    pub(super) fn out(&mut self) {
        if self.leave() {
            return;
        }
        let lost = self.lost_by_ending();
        if lost.is_empty() {
            self.acts.push(Act::Quit);
        } else {
            self.dialog = Some(Dialog::new(What::End, lost, self.now.mono));
            self.acts.push(Act::Forget);
        }
    }

    /// One view back; `false`: this is the list, and all of it is on the screen.
    fn leave(&mut self) -> bool {
        match (self.stack.len(), self.view()) {
            (1, View::Holds) if !self.list.filter().is_empty() => self.list.find(""),
            (1, View::Holds) => return false,
            (1, _) => self.stack = vec![View::Holds],
            (_, view) => self.close(view),
        }
        true
    }

    fn lost_by_ending(&self) -> Vec<Fact> {
        let mut lost = Vec::new();
        let marked = self.list.marked().len();
        if marked > 0 {
            lost.push(format!("{} marked; the marks are not kept", count(marked as u64, "hold")));
        }
        if self.deciding {
            lost.push("a decision is on its way; what comes of it is told to nobody then".to_owned());
        }
        lost.into_iter().map(Fact::Own).collect()
    }
}
