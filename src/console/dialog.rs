//! A question, and what is typed below it. A release is a word, never a key; nothing counts that was typed before the
//! question had stood there for a while, and Enter counts only where it came by itself (CASES AP-04, AP-24).

mod answer;

use crate::clock::Moment;
use crate::console::errand::{Ask, Draft};
use crate::console::input::Key;
use crate::hold::FreezeView;
use crate::limits::{PROMPT_ANSWER_MAX, PROMPT_DEAD};
use crate::snapshot::Digest;

/// A hold as it was on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub code: String,
    /// Of exactly what was displayed.
    pub digest: Digest,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Whether to release it. Where it was not read whole, by its digest alone.
    Approve(Target, Reading),
    /// Whether to release exactly these.
    ApproveAll(Vec<Target>),
    /// Why these are refused, by their ids.
    Deny(Vec<String>),
    /// Whether to end the console.
    End,
    /// Whether to stop this agent, or all.
    Freeze(Option<String>),
    /// Whether to put this in the place of the held request.
    Replace(Draft),
    /// Whether to end this grant.
    Revoke(String),
    /// Whether to take this freeze back.
    Thaw(FreezeView),
}

/// A line of what a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// In Holdpoint's words.
    Own(String),
    /// What the agent wrote, behind Holdpoint's words and the bar.
    Theirs(String, String),
}

/// How much of a request a person has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Not all of it was displayed.
    Part,
    /// Every line, none left out.
    Whole,
}

/// A question on the screen.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// What is asked.
    pub what: What,
    /// What it is about, line by line; made safe where it is drawn.
    pub facts: Vec<Fact>,
    /// What was typed.
    pub typed: String,
    /// What was wrong with it.
    pub note: Option<&'static str>,
    opens: Moment,
}

/// What a key came to.
#[derive(Debug)]
pub enum Turn {
    /// This is to be done.
    Do(Ask),
    /// It is the end.
    End,
    /// It was left.
    Leave,
    /// It stands.
    Stay,
}

impl Dialog {
    /// Asks, from `now` on; it hears nothing for a while.
    pub fn new(what: What, facts: Vec<Fact>, now: Moment) -> Self {
        Self { what, facts, typed: String::new(), note: None, opens: now.after(PROMPT_DEAD) }
    }

    /// Whether it hears what is typed.
    pub fn is_open(&self, now: Moment) -> bool {
        now >= self.opens
    }

    /// When it begins to.
    pub fn opens(&self) -> Moment {
        self.opens
    }

    /// Whether an answer would decide this hold, or change it.
    pub fn is_about(&self, id: &str) -> bool {
        match &self.what {
            What::Approve(target, _) => target.id == id,
            What::ApproveAll(targets) => targets.iter().any(|target| target.id == id),
            What::Deny(ids) => ids.iter().any(|denied| denied == id),
            What::Replace(draft) => draft.id == id,
            What::End | What::Freeze(_) | What::Revoke(_) | What::Thaw(_) => false,
        }
    }

    /// What has to be typed.
    pub fn question(&self) -> String {
        match &self.what {
            What::Approve(_, Reading::Whole) => {
                "Type yes to release it (or grant 15m). Esc leaves it held:".into()
            }
            What::Approve(..) => {
                "Not all of it was displayed: type 12 digits of its digest. Esc leaves it held:".into()
            }
            What::ApproveAll(targets) => {
                format!("Type all to release exactly these {}. Esc leaves them held:", targets.len())
            }
            What::Deny(_) => "Why? The agent is told. Enter refuses, Esc leaves it held:".into(),
            What::End => "Enter ends the console, Esc stays:".into(),
            What::Freeze(_) => "Why? (may be empty) Enter freezes, Esc does not:".into(),
            What::Replace(_) => "Type yes to put it in its place; it then needs approving:".into(),
            What::Revoke(_) => "Type end to end the grant; Esc leaves it:".into(),
            What::Thaw(_) => {
                "Type thaw; what was approved meanwhile is then sent. Esc leaves it frozen:".into()
            }
        }
    }

    /// Hears a key. `alone`: it came in a read of its own.
    pub fn press(&mut self, key: Key, alone: bool, now: Moment) -> Turn {
        if !self.is_open(now) {
            return Turn::Stay;
        }
        self.note = None;
        match key {
            Key::Esc | Key::Interrupt => return Turn::Leave,
            Key::Backspace => drop(self.typed.pop()),
            Key::Char(letter) if self.typed.len() + letter.len_utf8() <= PROMPT_ANSWER_MAX => {
                self.typed.push(letter)
            }
            Key::Enter if !alone => {
                self.note = Some("press Enter by itself: what comes all at once does not count")
            }
            Key::Enter if self.what == What::End => return Turn::End,
            Key::Enter => match self.answer() {
                Ok(ask) => return Turn::Do(ask),
                Err(note) => {
                    self.typed.clear();
                    self.note = Some(note);
                }
            },
            _ => {}
        }
        Turn::Stay
    }

    /// What was typed is nothing, and it hears nothing for a while.
    pub fn begin_again(&mut self, now: Moment) {
        self.typed.clear();
        self.opens = now.after(PROMPT_DEAD);
    }
}

#[cfg(test)]
mod tests;
