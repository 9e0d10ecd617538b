//! The screen, row by row: the title, freezes, the view, what was said, and the keys; a question stands over the lower end
//! of the view. It is drawn from lines that are safe already; a text that was forgotten is made safe here, because the
//! buffer below would drop what it cannot show and nobody would be told (CASES AP-01, AP-08).

mod dialog;
mod rows;
mod tables;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style as Paint};

use rows::short;

use crate::approve::standing::FILE;
use crate::approve::unicode::kind;
use crate::approve::words::{count, number};
use crate::approve::{Charset, Lens, Line, Style, Untrusted};
use crate::clock::Wall;
use crate::console::help::hint;
use crate::console::keys::{View, name};
use crate::console::state::{Link, State};
use crate::hold::FreezeView;

/// Draws it; where the cursor is.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut canvas = Canvas { state, area, buffer };
    if state.is_too_small() {
        canvas.put(0, 0, "this window is too small", Style::Warning);
        return None;
    }
    let (height, notices) = (state.height(), state.notices());
    canvas.title();
    for (at, freeze) in state.freezes.iter().take(notices).enumerate() {
        let text = canvas.fit(&notice(freeze, state.now.wall), area.width.into());
        canvas.put(0, 1 + at as u16, &text, Style::Warning);
    }
    let top = 1 + notices as u16;
    match state.view() {
        View::Holds => canvas.holds(top, height),
        View::Grants => canvas.grants(top, height),
        View::Agents => canvas.agents(top, height),
        view => canvas.sheet(view, top, height),
    }
    let foot = top + 1 + height as u16;
    canvas.message(foot);
    let lens = state.detail.as_ref().map_or_else(Lens::default, |detail| detail.lens);
    canvas.put(0, foot + 1, &hint(state.view(), lens, area.width.into()), Style::Quiet);
    canvas.question(foot)
}

/// `! FROZEN, t thaws: agent deployer, by ops 2m ago: too fast`
fn notice(freeze: &FreezeView, now: Wall) -> String {
    let way = if freeze.by == FILE { "by a file in the state directory" } else { "t thaws" };
    let whose = freeze.agent.as_ref().map_or("all agents".to_owned(), |agent| format!("agent {agent}"));
    let since =
        Wall::parse(&freeze.at).map_or_else(String::new, |at| format!(" {} ago", short(now.0 - at.0)));
    let why = freeze.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("! FROZEN, {way}: {whose}, by {}{since}{why}", freeze.by)
}

/// What is drawn on.
struct Canvas<'a> {
    state: &'a State,
    area: Rect,
    buffer: &'a mut Buffer,
}

impl Canvas<'_> {
    /// A text from this column on; the column behind it.
    fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if y >= self.area.height || x >= self.area.width {
            return x;
        }
        let (text, room) = (self.clean(text), usize::from(self.area.width - x));
        self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, room, paint(style)).0 - self.area.x
    }

    fn clean(&self, text: &str) -> String {
        let charset = self.state.look.charset;
        let foreign = |letter: char| charset == Charset::Ascii && !letter.is_ascii();
        if text.chars().any(|letter| kind(letter).is_some() || foreign(letter)) {
            return Untrusted::from(text).show(charset).text;
        }
        text.to_owned()
    }

    fn invert(&mut self, y: u16) {
        let row = Rect { x: self.area.x, y: self.area.y + y, width: self.area.width, height: 1 };
        self.buffer.set_style(row, Paint::new().add_modifier(Modifier::REVERSED));
    }

    fn title(&mut self) {
        let state = self.state;
        let mut text = "Holdpoint".to_owned();
        match &state.link {
            Link::Waiting => text.push_str("   reading what waits ..."),
            Link::Up => {
                let (held, armed) = state.list.counts();
                text.push_str(&format!("   {} held", number(held as u64)));
                if armed > 0 {
                    text.push_str(&format!("   {} armed", number(armed as u64)));
                }
                let marked = state.list.marked().len();
                if marked > 0 {
                    text.push_str(&format!("   {marked} marked"));
                }
            }
            Link::Lost(why) => {
                self.put(0, 0, &format!("NO CONNECTION, what stands here is old: {why}"), Style::Warning);
                return;
            }
        }
        text.push_str(&format!("   at {}", state.address));
        self.put(0, 0, &text, Style::Title);
    }

    fn message(&mut self, y: u16) {
        let state = self.state;
        if state.searching || (!state.list.filter().is_empty() && state.view() == View::Holds) {
            let x = self.put(0, y, &format!("/{}", self.state.safe(state.list.filter())), Style::Title);
            let ends = if state.searching { "_" } else { "   esc shows all again" };
            self.put(x, y, ends, Style::Quiet);
        } else if let Some((text, style)) = &state.said {
            self.put(0, y, text, *style);
        } else if let Some(text) = self.standing() {
            self.put(0, y, &text, Style::Warning);
        }
    }

    /// What is to be said where nothing else is.
    fn standing(&self) -> Option<String> {
        let state = self.state;
        let hold = match state.view() {
            View::Holds => state.list.selected(),
            View::Detail => state.detail.as_ref().map(|detail| &detail.hold),
            _ => None,
        };
        let advisory = hold.is_some_and(|hold| hold.advisory);
        advisory.then(|| "* advisory: nothing on this machine can keep this agent from approving".to_owned())
    }

    /// A text that was read from its top: where one is in it, and its lines.
    fn sheet(&mut self, view: View, top: u16, height: usize) {
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
    fn line(&mut self, y: u16, line: &Line) {
        let mut x = self.put(0, y, &line.label, Style::Quiet);
        x = self.put(x, y, line.gutter.text(self.state.look.charset), Style::Quiet);
        for span in &line.spans {
            x = self.put(x, y, &span.text, span.style);
        }
    }
}

fn paint(style: Style) -> Paint {
    match style {
        Style::Plain => Paint::new(),
        Style::Quiet => Paint::new().add_modifier(Modifier::DIM),
        Style::Title => Paint::new().add_modifier(Modifier::BOLD),
        Style::Warning => Paint::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
    }
}

#[cfg(test)]
mod tests;
