//! A question over the lower end of the view. Its lines are set as those of a rendering are: what an agent wrote stands
//! behind the bar, also where it goes on in another line, and what is far too long loses its middle and says so.

use ratatui::layout::Position;

use super::Canvas;
use crate::approve::wrap::{Budget, Setting, set};
use crate::approve::{Charset, Gutter, Line, Style, Untrusted};
use crate::console::dialog::{Dialog, Fact};

/// Lines of one fact: two of its beginning, one that says what is missing, one of its end.
const BUDGET: Budget = Budget { head: 2, tail: 1 };

impl Canvas<'_> {
    /// Where the cursor is, if there is a question. `foot` is the row above the last one.
    pub(super) fn question(&mut self, foot: u16) -> Option<Position> {
        let state = self.state;
        let dialog = state.dialog.as_ref()?;
        let question = self.own(&dialog.question(), Style::Warning);
        let note = dialog.note.map(|note| self.own(note, Style::Warning)).unwrap_or_default();
        // The rule above, the answer and what is said of it below.
        let around = question.len() + 2 + note.len().max(1);
        let facts = self.facts(dialog, foot.saturating_sub(around as u16));
        let rows = (facts.len() + around) as u16;
        let top = (foot + 2).saturating_sub(rows).max(1);
        for y in top..(foot + 2).min(self.area.height) {
            self.put(0, y, &" ".repeat(self.area.width.into()), Style::Plain);
        }
        let rule = if state.look.charset == Charset::Utf8 { "─" } else { "-" };
        self.put(0, top, &rule.repeat(self.area.width.into()), Style::Title);
        let mut y = top + 1;
        for line in &facts {
            self.line(y, line);
            y += 1;
        }
        if !dialog.is_open(state.now.mono) {
            self.put(0, y, "...", Style::Quiet);
            return None;
        }
        for line in &question {
            self.line(y, line);
            y += 1;
        }
        // The end of what is typed stays on the screen.
        let room = usize::from(self.area.width).saturating_sub(4);
        let hidden = dialog.typed.chars().count().saturating_sub(room);
        let typed: String = dialog.typed.chars().skip(hidden).collect();
        let x = self.put(0, y, "> ", Style::Quiet);
        let x = self.put(x, y, &typed, Style::Plain);
        for (at, line) in note.iter().enumerate() {
            self.line(y + 1 + at as u16, line);
        }
        Some(Position { x: self.area.x + x, y: self.area.y + y })
    }

    /// What it is about, in so many rows at the most: on a screen that is too low for all of it the last ones are cut, and
    /// the first says what is asked.
    fn facts(&self, dialog: &Dialog, room: u16) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for (at, fact) in dialog.facts.iter().enumerate() {
            match fact {
                Fact::Own(text) => {
                    lines.extend(self.own(text, if at == 0 { Style::Title } else { Style::Plain }))
                }
                Fact::Theirs(label, text) => lines.extend(self.theirs(label, text)),
            }
        }
        if lines.len() > usize::from(room) {
            lines.truncate(usize::from(room).saturating_sub(1));
            lines.push(Line::own("... this window is too low for the rest", Style::Warning));
        }
        lines
    }

    fn own(&self, text: &str, style: Style) -> Vec<Line> {
        self.set(text, Setting { style, ..Setting::default() })
    }

    fn theirs(&self, label: &str, text: &str) -> Vec<Line> {
        let label = Untrusted::from(label).show(self.state.look.charset).text;
        self.set(text, Setting { label, gutter: Gutter::Start, ..Setting::default() })
    }

    fn set(&self, text: &str, setting: Setting) -> Vec<Line> {
        let shown = Untrusted::from(text).show(self.state.look.charset);
        set(&shown, &setting, self.area.width.into(), Some(BUDGET)).0
    }
}
