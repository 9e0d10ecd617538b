//! The screen, row by row: the title, freezes, the view, what was said, and the keys; a question stands over the lower end
//! of the view. It is drawn from lines that are safe already; a text that was forgotten is made safe here, because the
//! buffer below would drop what it cannot show and nobody would be told (CASES AP-01, AP-08).

mod dialog;
mod frame;
mod rows;
mod sheet;
mod tables;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style as Paint};
use unicode_width::UnicodeWidthStr;

use crate::approve::unicode::kind;
use crate::approve::{Charset, Lens, Style, Untrusted};
use crate::console::help::hint;
use crate::console::state::State;
use crate::console::view::View;

/// Draws it; where the cursor is.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut canvas = Canvas { state, area, buffer };
    if state.is_too_small() {
        canvas.put(0, 0, "this window is too small", Style::Warning);
        return None;
    }
    let (height, notices) = (state.height(), state.notices());
    canvas.title();
    canvas.freezes(notices);
    let top = 1 + notices as u16;
    match state.view() {
        View::Holds => canvas.holds(top, height),
        View::Grants => canvas.grants(top, height),
        View::Agents => canvas.agents(top, height),
        view => canvas.sheet(view, top, height),
    }
    canvas.message(top + 1 + height as u16);
    let last = area.height.saturating_sub(1);
    let lens = state.detail.as_ref().map_or_else(Lens::default, |detail| detail.lens);
    canvas.put(0, last, &hint(state.view(), lens, area.width.into()), Style::Quiet);
    canvas.question(last.saturating_sub(1))
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
        let room = usize::from(self.area.width - x);
        let text = self.marked(self.clean(text), room);
        self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, room, paint(style)).0 - self.area.x
    }

    /// A text that is too wide ends in a sign that says so.
    fn marked(&self, mut text: String, room: usize) -> String {
        if text.trim_end().width() > room {
            while text.width() >= room && text.pop().is_some() {}
            text.push(self.sign());
        }
        text
    }

    /// Where something was cut off.
    fn sign(&self) -> char {
        if self.state.look.charset == Charset::Utf8 { '…' } else { '~' }
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
