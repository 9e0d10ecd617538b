//! Lines to be read from their beginning to their end. It knows how far they were really displayed, without a gap:
//! what was jumped over was not read, nor what a narrower window cut off, and a release then asks for more than a yes
//! (CASES AP-10).

use crate::approve::Line;

/// The lines, and where the screen stands in them.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    lines: Vec<Line>,
    top: usize,
    /// The lines before this one were displayed, all of them.
    seen: usize,
    /// Columns that the lines need; none where nothing is decided by what they say.
    columns: usize,
}

impl Sheet {
    /// At its beginning, nothing of it seen.
    pub fn new(lines: Vec<Line>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Lines that were made for so many columns: on fewer of them their ends are missing.
    pub fn made_for(columns: usize, lines: Vec<Line>) -> Self {
        Self { lines, columns, ..Self::default() }
    }

    /// Whether a screen of so many columns cuts the lines off.
    pub fn is_cut(&self, columns: usize) -> bool {
        columns < self.columns
    }

    /// What stands on a screen of so many lines and columns. It is displayed by this, where it is not cut off.
    pub fn show(&mut self, height: usize, columns: usize) {
        self.top = self.top.min(self.lines.len().saturating_sub(height));
        if self.top <= self.seen && !self.is_cut(columns) {
            self.seen = self.seen.max((self.top + height).min(self.lines.len()));
        }
    }

    /// The lines on a screen of so many.
    pub fn visible(&self, height: usize) -> &[Line] {
        let end = (self.top + height).min(self.lines.len());
        &self.lines[self.top.min(end)..end]
    }

    /// Moves by so many lines; whether there was any to go on to.
    pub fn scroll(&mut self, by: i64, height: usize) -> bool {
        let (last, before) = (self.lines.len().saturating_sub(height) as i64, self.top);
        self.top = (self.top as i64).saturating_add(by).clamp(0, last) as usize;
        self.top != before
    }

    /// Whether every line was displayed.
    pub fn is_read(&self) -> bool {
        !self.lines.is_empty() && self.seen >= self.lines.len()
    }

    /// Lines above the screen, lines below it, and those that were never displayed.
    pub fn rest(&self, height: usize) -> (usize, usize, usize) {
        let below = self.lines.len().saturating_sub(self.top + height);
        (self.top, below, self.lines.len().saturating_sub(self.seen))
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::Style;

    fn sheet(lines: usize) -> Sheet {
        Sheet::new((0..lines).map(|at| Line::own(at.to_string(), Style::Plain)).collect())
    }

    /// CASES AP-10
    #[test]
    fn only_what_was_displayed_without_a_gap_is_read() {
        let mut paged = sheet(25);
        for _ in 0..3 {
            assert!(!paged.is_read());
            paged.show(10, 80);
            paged.scroll(10, 10);
        }
        assert!(paged.is_read());
        let mut jumped = sheet(25);
        jumped.show(10, 80);
        jumped.scroll(i64::MAX, 10);
        jumped.show(10, 80);
        assert!(!jumped.is_read());
        assert_eq!(jumped.rest(10), (15, 0, 15));
        jumped.scroll(-6, 10);
        jumped.show(10, 80);
        assert!(!jumped.is_read());
        jumped.scroll(6, 10);
        jumped.show(10, 80);
        assert!(jumped.is_read());
    }

    #[test]
    fn nothing_is_not_read_and_a_short_text_is_read_at_once() {
        let mut nothing = sheet(0);
        nothing.show(10, 80);
        nothing.scroll(3, 10);
        assert!(!nothing.is_read() && nothing.is_empty());
        let mut short = sheet(3);
        assert!(!short.is_read());
        short.show(3, 80);
        assert!(short.is_read());
        assert_eq!((short.len(), short.visible(10).len()), (3, 3));
    }

    /// CASES AP-10
    #[test]
    fn what_a_narrower_screen_cuts_off_is_not_read() {
        let lines = || (0..3).map(|at| Line::own(at.to_string(), Style::Plain)).collect();
        let mut wide = Sheet::made_for(200, lines());
        wide.show(10, 80);
        assert!(!wide.is_read() && wide.is_cut(80));
        let mut fitting = Sheet::made_for(80, lines());
        fitting.show(10, 200);
        assert!(fitting.is_read(), "the near miss: a wider screen has room for all of it");
    }
}
