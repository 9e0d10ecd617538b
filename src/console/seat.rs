//! A person before the screen, for the tests of this module: without a terminal and without a server.

use crate::approve::{Look, Said};
use crate::clock::{Moment, Now, Wall};
use crate::console::errand::{Ask, News, Page, Wanted};
use crate::console::input::{Burst, Key};
use crate::console::sample::{hold, rendering};
use crate::console::state::{Act, State};
use crate::hold::HoldView;
use crate::limits;

pub const LOOK: Look = Look { colour: true, charset: crate::approve::Charset::Utf8 };

/// A person at a console of 24 rows, with a clock that is moved by hand.
pub struct Seat {
    pub state: State,
    pub now: Now,
    pub asked: Vec<Ask>,
}

impl Seat {
    pub fn new(holds: Vec<HoldView>) -> Self {
        let now = Now { mono: Moment(60_000), wall: Wall(125_000) };
        let mut seat = Self { state: State::new(LOOK, "unix:state/admin.sock", now), now, asked: Vec::new() };
        seat.hear(News::Holds(holds));
        seat
    }

    pub fn settle(&mut self) {
        self.state.display();
        for act in std::mem::take(&mut self.state.acts) {
            if let Act::Ask(ask) = act {
                self.asked.push(ask);
            }
        }
    }

    pub fn hear(&mut self, news: News) {
        self.state.hear(news, self.now);
        self.settle();
    }

    pub fn key(&mut self, key: Key) {
        self.state.press(&Burst::Keys(vec![key]), self.now);
        self.settle();
    }

    pub fn keys(&mut self, text: &str) {
        text.chars().for_each(|letter| self.key(Key::Char(letter)));
    }

    pub fn wait(&mut self) {
        self.now.mono = self.now.mono.after(limits::PROMPT_DEAD);
        self.state.tick(self.now);
        self.settle();
    }

    /// Types a word below a question that stands there, and Enter.
    pub fn answer(&mut self, word: &str) {
        self.wait();
        self.keys(word);
        self.key(Key::Enter);
    }

    /// The server gives each rendering that was asked for, with so many lines.
    pub fn serve(&mut self, lines: usize) {
        self.serve_with(|hold| rendering(hold, lines));
    }

    /// The server gives each rendering that was asked for, as it is made here.
    pub fn serve_with(&mut self, make: impl Fn(&HoldView) -> crate::approve::Rendering) {
        let wanted: Vec<Wanted> = self.asked.drain(..).filter_map(page).collect();
        for wanted in wanted {
            let found = self.state.list.get(&wanted.id).cloned();
            let hold =
                found.or_else(|| self.state.detail.as_ref().map(|detail| detail.hold.clone())).unwrap();
            let page = Page { rendering: make(&hold), not_yours: None };
            self.hear(News::Page(wanted, Ok(Box::new(page))));
        }
    }

    pub fn decisions(&mut self) -> Vec<Vec<Said>> {
        let decided = |ask| match ask {
            Ask::Decide(said) => Some(said),
            _ => None,
        };
        self.asked.drain(..).filter_map(decided).collect()
    }

    pub fn said(&self) -> &str {
        self.state.said.as_ref().map_or("", |(text, _)| text)
    }
}

pub fn page(ask: Ask) -> Option<Wanted> {
    match ask {
        Ask::Page(wanted) => Some(wanted),
        _ => None,
    }
}

pub fn posts(count: usize) -> Vec<HoldView> {
    (1..=count).map(|number| hold(number, "triage-bot", "write", "POST /posts")).collect()
}
