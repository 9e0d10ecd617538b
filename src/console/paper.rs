//! What ratatui draws on: a terminal that is only ever written to. The sequences are these few of our own (the cursor to a
//! place, erase, five kinds of letters), whatever is in the cells; the terminal is never asked anything, so that it has
//! nothing to answer (CASES AP-01, AP-03, AP-04).

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use crate::approve::unicode::kind;

/// A terminal that is written to.
pub struct Paper<W> {
    out: W,
    colour: bool,
    size: Size,
    cursor: Position,
    text: String,
}

impl<W: Write> Paper<W> {
    /// Of this size, until it is told another.
    pub fn new(out: W, colour: bool, (columns, rows): (u16, u16)) -> Self {
        let size = Size::new(columns, rows);
        Self { out, colour, size, cursor: Position::ORIGIN, text: String::new() }
    }

    /// The window has this size now.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.size = Size::new(columns, rows);
    }

    /// Writes what opens or closes a screen.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// The letters of a cell. Without colours none differs; the cursor's row has its sign.
fn sequence(cell: &Cell, colour: bool) -> &'static str {
    let has = |modifier| cell.modifier.contains(modifier);
    match () {
        () if !colour => "",
        () if has(Modifier::REVERSED) => "\x1b[7m",
        () if cell.fg == Color::Yellow => "\x1b[1;33m",
        () if has(Modifier::BOLD) => "\x1b[1m",
        () if has(Modifier::DIM) => "\x1b[2m",
        () => "",
    }
}

impl<W: Write> Backend for Paper<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut next = None;
        let mut letters = "";
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                self.text.push_str(&format!("\x1b[{};{}H", y + 1, x + 1));
            }
            let wanted = sequence(cell, self.colour);
            if wanted != letters {
                self.text.push_str(if letters.is_empty() { "" } else { "\x1b[0m" });
                self.text.push_str(wanted);
                letters = wanted;
            }
            // A control in a cell would be a fault of ours; it does not get out for that.
            let symbol = cell.symbol();
            let clean = if symbol.chars().any(|letter| kind(letter).is_some()) { "?" } else { symbol };
            self.text.push_str(clean);
            // Terminals disagree on how wide a letter is: behind such a one the place is said anew.
            next = clean.is_ascii().then(|| (x + 1, y));
        }
        if !letters.is_empty() {
            self.text.push_str("\x1b[0m");
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.text.push_str("\x1b[?25l");
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.text.push_str("\x1b[?25h");
        Ok(())
    }

    /// As it was put; a terminal that was asked would answer on its keyboard.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        self.text.push_str(&format!("\x1b[{};{}H", self.cursor.y + 1, self.cursor.x + 1));
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.text.push_str("\x1b[2J");
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    /// All of it in one write, so that a slow line shows no half screens.
    fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() { Ok(()) } else { self.say(&text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(symbols: &[(&'static str, Modifier)], colour: bool) -> String {
        let cells: Vec<Cell> = symbols
            .iter()
            .map(|(symbol, modifier)| {
                let mut cell = Cell::new(symbol);
                cell.modifier = *modifier;
                cell
            })
            .collect();
        let mut paper = Paper::new(Vec::new(), colour, (80, 24));
        paper.draw(cells.iter().enumerate().map(|(at, cell)| (at as u16, 0, cell))).unwrap();
        paper.flush().unwrap();
        String::from_utf8(paper.out).unwrap()
    }

    /// CASES AP-01, AP-04: whatever is in a cell.
    #[test]
    fn a_control_in_a_cell_does_not_get_out() {
        for symbol in ["\x1b[6n", "\x05", "\u{9b}", "\u{202e}", "a\x1b"] {
            assert_eq!(written(&[(symbol, Modifier::empty())], true), "\x1b[1;1H?");
        }
    }

    #[test]
    fn letters_are_ours_alone_and_none_without_colour() {
        let cells = [("a", Modifier::BOLD), ("b", Modifier::BOLD), ("c", Modifier::REVERSED)];
        assert_eq!(written(&cells, true), "\x1b[1;1H\x1b[1mab\x1b[0m\x1b[7mc\x1b[0m");
        assert_eq!(written(&cells, false), "\x1b[1;1Habc");
    }

    #[test]
    fn behind_a_letter_of_doubtful_width_the_place_is_said_anew() {
        let cells = [("é", Modifier::empty()), ("b", Modifier::empty())];
        assert_eq!(written(&cells, true), "\x1b[1;1Hé\x1b[1;2Hb");
    }
}
