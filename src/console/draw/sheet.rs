//! A text that is read page by page: where one is in it, and its lines.

use unicode_width::UnicodeWidthStr;

use super::Canvas;
use crate::approve::words::{count, number};
use crate::approve::{Line, Style};
use crate::console::detail::Detail;
use crate::console::keys::name;
use crate::console::sheet::Sheet;
use crate::console::view::View;

impl Canvas<'_> {
    /// A text that was read from its top: where one is in it, and its lines.
    pub(super) fn sheet(&mut self, view: View, top: u16, height: usize) {
        let state = self.state;
        let sheet = state.sheets.get(&view);
        let places = sheet.map_or_else(Vec::new, |sheet| place(sheet, height, view != View::Audit));
        let title = fitting(&self.titles_of(view), &places, self.area.width.into());
        self.put(0, top, &title, Style::Title);
        for (at, line) in sheet.map_or(&[][..], |sheet| sheet.visible(height)).iter().enumerate() {
            self.line(top + 1 + at as u16, line);
        }
    }

    /// What it is, in ever fewer letters.
    fn titles_of(&self, view: View) -> Vec<String> {
        let state = self.state;
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        match view {
            View::Detail => state.detail.iter().flat_map(|detail| self.titles_of_one(detail)).collect(),
            View::Batch => {
                let many = state.batch.as_ref().map_or(0, |batch| batch.holds().count());
                let many = count(many as u64, "hold");
                vec![format!("{many} to be decided as one"), many]
            }
            View::Difference => texts(&["what was changed", "changes"]),
            View::Audit => texts(&["audit log, the newest first", "audit log"]),
            View::Help => texts(&["keys"]),
            View::Holds | View::Grants | View::Agents => Vec::new(),
        }
    }

    fn titles_of_one(&self, detail: &Detail) -> [String; 3] {
        let (code, state) = (self.state.safe(&detail.hold.code), self.state.safe(&detail.hold.state));
        let (how, approvals) = (name(detail.shown), &detail.hold.approvals);
        let (long, short) = match (approvals.given.len(), approvals.needed) {
            (_, 0 | 1) => Default::default(),
            (given, needed) => (format!(" ({given} of {needed} approvals)"), format!(" {given} of {needed}")),
        };
        [
            format!("{code} is {state}{long}, {how}"),
            format!("{code} {state}{short}, {how}"),
            format!("{code} {state}{short}"),
        ]
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

/// Where one is in it and how much of it was never displayed, in ever fewer letters. That something was not comes last to
/// go: it decides what a release asks for.
fn place(sheet: &Sheet, height: usize, counts: bool) -> Vec<String> {
    if sheet.is_empty() {
        return Vec::new();
    }
    let (above, below, unseen) = sheet.rest(height);
    let (first, last, all) = (above + 1, sheet.len() - below, sheet.len());
    if unseen == 0 || !counts {
        return vec![format!("   lines {first} to {last} of {all}"), format!("  {first}-{last}/{all}")];
    }
    let lines = count(unseen as u64, "line");
    let unseen = number(unseen as u64);
    vec![
        format!("   lines {first} to {last} of {all}, {lines} not displayed yet"),
        format!("  {first}-{last}/{all}, {unseen} not displayed yet"),
        format!("  {unseen} not displayed yet"),
    ]
}

/// The first that fits: rather a shorter title than a shorter place.
fn fitting(titles: &[String], places: &[String], room: usize) -> String {
    let nothing = [String::new()];
    let places = if places.is_empty() { &nothing } else { places };
    let both = places.iter().flat_map(|place| titles.iter().map(move |title| format!("{title}{place}")));
    let mut last = String::new();
    for text in both {
        if text.width() <= room {
            return text;
        }
        last = text;
    }
    last
}
