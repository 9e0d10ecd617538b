//! A question over the lower end of the view.

use ratatui::layout::Position;

use super::Canvas;
use crate::approve::{Charset, Style};

impl Canvas<'_> {
    /// Where the cursor is, if there is a question. `foot` is the row below the view.
    pub(super) fn question(&mut self, foot: u16) -> Option<Position> {
        let state = self.state;
        let dialog = state.dialog.as_ref()?;
        let rows = dialog.facts.len() as u16 + 4;
        let top = (foot + 1).saturating_sub(rows).max(1);
        for y in top..(foot + 2).min(self.area.height) {
            self.put(0, y, &" ".repeat(self.area.width.into()), Style::Plain);
        }
        let rule = if state.look.charset == Charset::Utf8 { "─" } else { "-" };
        self.put(0, top, &rule.repeat(self.area.width.into()), Style::Title);
        let mut y = top + 1;
        for (at, fact) in dialog.facts.iter().enumerate() {
            let text = self.fit(fact, self.area.width.into());
            self.put(0, y, &text, if at == 0 { Style::Title } else { Style::Plain });
            y += 1;
        }
        if !dialog.is_open(state.now.mono) {
            self.put(0, y, "...", Style::Quiet);
            return None;
        }
        self.put(0, y, &dialog.question(), Style::Warning);
        // The end of what is typed stays on the screen.
        let room = usize::from(self.area.width).saturating_sub(4);
        let hidden = dialog.typed.chars().count().saturating_sub(room);
        let typed: String = dialog.typed.chars().skip(hidden).collect();
        let x = self.put(0, y + 1, "> ", Style::Quiet);
        let x = self.put(x, y + 1, &typed, Style::Plain);
        if let Some(note) = dialog.note {
            self.put(0, y + 2, note, Style::Warning);
        }
        Some(Position { x: self.area.x + x, y: self.area.y + y + 1 })
    }
}
