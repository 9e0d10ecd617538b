//! Texts of Holdpoint's own that are read page by page: the keys, and the newest records. They are set for the width of the
//! screen, so that no end of a line is cut off.

use crate::approve::wrap::{Setting, set};
use crate::approve::{Gutter, Line, Style, Untrusted};
use crate::console::help::HELP;
use crate::console::sheet::Sheet;
use crate::console::state::State;
use crate::console::view::View;

impl State {
    /// Shows what the keys mean.
    pub(super) fn help(&mut self) {
        if self.view() == View::Help {
            return self.say("these are the keys: q goes back", Style::Quiet);
        }
        let lines = HELP.iter().flat_map(|line| self.set(line, Gutter::None)).collect();
        self.sheets.insert(View::Help, Sheet::new(lines));
        self.stack.push(View::Help);
    }

    /// Sets the records. Only lines that stay where they are can be read: they are asked for anew by who comes anew.
    pub(super) fn lay_out_records(&mut self) {
        // Much of a record is what an agent wrote.
        let lines = self.records.iter().flat_map(|line| self.set(line, Gutter::Start)).collect();
        self.sheets.insert(View::Audit, Sheet::new(lines));
    }

    fn set(&self, text: &str, gutter: Gutter) -> Vec<Line> {
        let shown = Untrusted::from(text).show(self.look.charset);
        // Without a gutter there are three columns more.
        let width = if gutter == Gutter::None { self.width() + 3 } else { self.width() };
        set(&shown, &Setting { gutter, ..Setting::default() }, width, None).0
    }
}
