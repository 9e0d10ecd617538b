//! What the keys do. They move the cursor and open questions; what a question's answer asks of the server goes out only
//! while the server answers and no decision is on its way, so that nothing is decided twice.

mod moving;

use crate::approve::Style;
use crate::clock::Now;
use crate::console::dialog::Turn;
use crate::console::errand::Ask;
use crate::console::input::{Burst, Key};
use crate::console::keys::{Meaning, after, meaning, moving};
use crate::console::state::{Act, Link, State};
use crate::console::view::View;
use crate::limits::CONSOLE_SEARCH_MAX;

const NOISE: &str = "ignored: a paste, or what the terminal said by itself";

impl State {
    /// Hears what one read gave.
    pub fn press(&mut self, burst: &Burst, now: Now) {
        self.now = now;
        let Burst::Keys(keys) = burst else {
            if let Some(dialog) = &mut self.dialog {
                dialog.note = Some(NOISE);
            }
            return self.say(NOISE, Style::Quiet);
        };
        let alone = keys.len() == 1;
        let writing = self.dialog.is_some() || self.searching;
        if !alone && !writing && !keys.iter().all(|key| moving(*key).is_some()) {
            return self.say("ignored: keys that come all at once, as a paste does", Style::Quiet);
        }
        for key in keys {
            self.key(*key, alone);
        }
    }

    fn key(&mut self, key: Key, alone: bool) {
        if key == Key::Redraw {
            self.acts.push(Act::Anew);
        } else if let Some(dialog) = &mut self.dialog {
            match dialog.press(key, alone, self.now.mono) {
                Turn::End => self.acts.push(Act::Quit),
                Turn::Stay => {}
                Turn::Leave => {
                    self.dialog = None;
                    self.say("nothing was decided", Style::Quiet);
                }
                Turn::Do(ask) => {
                    self.dialog = None;
                    self.commit(ask);
                }
            }
        } else if self.searching {
            self.search(key);
        } else if let Some(meaning) = meaning(self.view(), key) {
            self.said = None;
            self.mean(meaning);
        } else {
            self.idle(key);
        }
    }

    fn search(&mut self, key: Key) {
        let mut text = self.list.filter().to_owned();
        match key {
            Key::Esc | Key::Interrupt => {
                self.searching = false;
                text.clear();
            }
            Key::Enter => self.searching = false,
            Key::Backspace => drop(text.pop()),
            Key::Char(letter) if text.len() < CONSOLE_SEARCH_MAX => text.push(letter),
            _ => {}
        }
        self.list.find(&text);
    }

    fn mean(&mut self, meaning: Meaning) {
        let height = self.height() as i64;
        match meaning {
            Meaning::Line(by) => self.travel(by),
            Meaning::Page(by) => self.travel(by * (height - 1).max(1)),
            Meaning::Top => self.travel(i64::from(i32::MIN)),
            Meaning::Bottom => self.travel(i64::from(i32::MAX)),
            Meaning::Next(by) => self.next(by),
            Meaning::Back => self.back(),
            Meaning::Out => self.out(),
            Meaning::Quit => self.acts.push(Act::Quit),
            Meaning::Help => self.help(),
            Meaning::Mark => self.mark(),
            Meaning::Batch => self.gather(),
            Meaning::Search => self.searching = true,
            Meaning::Show => match self.list.selected().cloned() {
                Some(hold) => self.open(hold),
                None => self.idle(Key::Enter),
            },
            Meaning::Turn => self.turn(|detail| detail.lens = after(detail.lens)),
            Meaning::More if self.detail.as_ref().is_some_and(|detail| detail.all) => {
                self.say("nothing is left out already", Style::Quiet)
            }
            Meaning::More => self.turn(|detail| detail.all = true),
            Meaning::Curl => self.ask_of_shown(Ask::Curl),
            Meaning::Edit => self.ask_of_shown(Ask::Draft),
            question => self.question(question),
        }
    }

    fn ask_of_shown(&mut self, ask: impl Fn(String) -> Ask) {
        let id = self.detail.as_ref().map(|detail| detail.hold.id.clone());
        if let Some(id) = id.filter(|_| self.is_able()) {
            self.acts.push(Act::Ask(ask(id)));
        }
    }

    /// Whether anything can be asked for at all; says why not.
    pub(super) fn is_able(&mut self) -> bool {
        if self.link != Link::Up {
            self.say("the server does not answer; nothing can be done until it does", Style::Warning);
        } else if self.deciding {
            self.say(
                "the decision before is on its way; wait until it is known what came of it",
                Style::Warning,
            );
        } else {
            return true;
        }
        false
    }

    /// What a person agreed to.
    fn commit(&mut self, ask: Ask) {
        if !self.is_able() {
            return;
        }
        match &ask {
            Ask::Decide(_) => {
                self.deciding = true;
                self.say("on its way ...", Style::Quiet);
            }
            Ask::Replace(_) => self.close(View::Difference),
            _ => {}
        }
        self.acts.push(Act::Ask(ask));
    }
}
