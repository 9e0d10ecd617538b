//! What is said of a key that does nothing where it was pressed: nobody is left to guess whether it was heard.

use crate::approve::Style;
use crate::console::input::Key;
use crate::console::state::State;
use crate::console::view::View;

impl State {
    /// A key that means nothing here.
    pub(super) fn idle(&mut self, key: Key) {
        self.say(&words(self.view(), key), Style::Quiet);
    }

    /// A key that would move, where there is nowhere to go.
    pub(super) fn at_an_end(&mut self, by: i64) {
        let is_list = matches!(self.view(), View::Agents | View::Grants | View::Holds);
        let words = match by {
            _ if !is_list && self.sheet().is_empty() => "it is still being read",
            1.. => "this is the end",
            _ => "this is the beginning",
        };
        self.say(words, Style::Quiet);
    }

    /// Marks the selected hold, or says why not.
    pub(super) fn mark(&mut self) {
        if self.list.mark() {
            self.list.step(1);
            return;
        }
        let selected = self.list.selected();
        let why =
            selected.map(|hold| format!("{} is {}: only what is held can be marked", hold.code, hold.state));
        self.say(&why.unwrap_or_else(|| "nothing is selected".into()), Style::Quiet);
    }
}

fn words(view: View, key: Key) -> String {
    let of_one = matches!(key, Key::Char('a' | 'e' | 'm' | 'v' | 'x'));
    match (view, key) {
        (View::Holds, _) if of_one => "open it first: enter".into(),
        (View::Batch, Key::Char('e' | 'm' | 'v' | 'x')) => "one by one: q goes back, enter opens one".into(),
        (View::Holds | View::Grants | View::Agents, Key::Enter) => "there is nothing to open here".into(),
        _ => format!("{} does nothing here: ? names the keys", name(key)),
    }
}

/// A key as it is called.
fn name(key: Key) -> String {
    let name = match key {
        Key::Char(' ') => "space",
        Key::Char(letter) => return letter.to_string(),
        Key::Backspace => "backspace",
        Key::BackTab => "shift-tab",
        Key::Down => "down",
        Key::End => "end",
        Key::Enter => "enter",
        Key::Esc => "esc",
        Key::Home => "home",
        Key::Interrupt => "ctrl-c",
        Key::PageDown => "page down",
        Key::PageUp => "page up",
        Key::Redraw => "ctrl-l",
        Key::Tab => "tab",
        Key::Up => "up",
    };
    name.into()
}
