//! How much room there is on the screen, and what stands in it: from then on it counts as displayed.

use crate::console::state::State;
use crate::limits;

impl State {
    /// Columns that a rendering is made for.
    pub fn width(&self) -> usize {
        usize::from(self.size.0).clamp(limits::SHOWN_COLUMNS_MIN, limits::SHOWN_COLUMNS_MAX)
    }

    /// Lines of freezes above everything: a few, and on a small screen fewer.
    pub fn notices(&self) -> usize {
        self.freezes.len().min(if self.size.1 < 20 { 1 } else { 3 })
    }

    /// Lines for the view: without the title, its own title, what was said, and the keys.
    pub fn height(&self) -> usize {
        let around = 3 + self.notices() + self.message().len().max(1);
        usize::from(self.size.1).saturating_sub(around).max(1)
    }

    /// Whether anything can be read on a screen of this size.
    pub fn is_too_small(&self) -> bool {
        usize::from(self.size.0) < limits::SHOWN_COLUMNS_MIN || self.size.1 < limits::CONSOLE_ROWS_MIN
    }

    /// Makes ready what the screen needs.
    pub fn settle(&mut self) {
        self.list.settle(self.height());
        if !self.is_too_small() {
            self.ask_for_pages();
        }
    }

    /// It is about to be drawn, as it is now: from now on it counts as displayed. What a dialog stands over is not seen.
    pub fn display(&mut self) {
        self.settle();
        if !self.is_too_small() && self.dialog.is_none() {
            let (height, width) = (self.height(), self.width());
            self.sheet().show(height, width);
            self.note_reading();
        }
    }
}
