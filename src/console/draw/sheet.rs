//! A text that is read page by page: where one is in it, and its lines.

use super::Canvas;
use crate::approve::words::count;
use crate::approve::{Line, Style};
use crate::console::keys::name;
use crate::console::view::View;

impl Canvas<'_> {
    /// A text that was read from its top: where one is in it, and its lines.
    pub(super) fn sheet(&mut self, view: View, top: u16, height: usize) {
        let state = self.state;
        let sheet = state.sheets.get(&view);
        let mut title = self.title_of(view);
        if let Some(sheet) = sheet.filter(|sheet| !sheet.is_empty()) {
            let (above, below, unseen) = sheet.rest(height);
            title.push_str(&format!("   lines {} to {} of {}", above + 1, sheet.len() - below, sheet.len()));
            if unseen > 0 && view != View::Audit {
                title.push_str(&format!(", {} not displayed yet", count(unseen as u64, "line")));
            }
        }
        self.put(0, top, &title, Style::Title);
        for (at, line) in sheet.map_or(&[][..], |sheet| sheet.visible(height)).iter().enumerate() {
            self.line(top + 1 + at as u16, line);
        }
    }

    fn title_of(&self, view: View) -> String {
        let state = self.state;
        match view {
            View::Detail => match &state.detail {
                Some(detail) => {
                    let hold = &detail.hold;
                    let how = name(detail.shown);
                    state.safe(&format!("{} is {}, {how}", hold.code, hold.state))
                }
                None => String::new(),
            },
            View::Batch => {
                let many = state.batch.as_ref().map_or(0, |batch| batch.holds().count());
                format!("{} to be decided as one", count(many as u64, "hold"))
            }
            View::Difference => "what was changed".into(),
            View::Audit => "audit log, the newest first".into(),
            View::Help => "keys".into(),
            View::Holds | View::Grants | View::Agents => String::new(),
        }
    }

    /// A line of a rendering, exactly as it was made.
    pub(super) fn line(&mut self, y: u16, line: &Line) {
        let mut x = self.put(0, y, &line.label, Style::Quiet);
        x = self.put(x, y, line.gutter.text(self.state.look.charset), Style::Quiet);
        for span in &line.spans {
            x = self.put(x, y, &span.text, span.style);
        }
    }
}
