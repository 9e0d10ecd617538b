//! A question, and what is typed below it. A release is a word, never a key; nothing counts that was typed before the
//! question had stood there for a while, and Enter counts only where it came by itself (CASES AP-04, AP-24).

use crate::approve::Said;
use crate::approve::answer::{Answer, parse};
use crate::clock::Moment;
use crate::console::errand::{Ask, Draft};
use crate::console::input::Key;
use crate::hold::said::Choice;
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
    /// Whether to stop this agent, or all.
    Freeze(Option<String>),
    /// Whether to put this in the place of the held request.
    Replace(Draft),
    /// Whether to end this grant.
    Revoke(String),
    /// Whether to take the freeze of this agent, or that of all, back.
    Thaw(Option<String>),
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
    pub facts: Vec<String>,
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
    /// It was left.
    Leave,
    /// It stands.
    Stay,
}

impl Dialog {
    /// Asks, from `now` on; it hears nothing for a while.
    pub fn new(what: What, facts: Vec<String>, now: Moment) -> Self {
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
            What::Freeze(_) | What::Revoke(_) | What::Thaw(_) => false,
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

    fn answer(&self) -> Result<Ask, &'static str> {
        let word = self.typed.trim_matches(' ');
        let text = || Some(word.to_owned()).filter(|text| !text.is_empty());
        match &self.what {
            What::Approve(target, reading) => self.release(target, *reading),
            What::ApproveAll(targets) if word == "all" => {
                Ok(Ask::Decide(targets.iter().map(approval).collect()))
            }
            What::ApproveAll(_) => Err("nothing done: the word is all"),
            What::Deny(ids) => match text() {
                Some(reason) => Ok(Ask::Decide(ids.iter().map(|id| denial(id, &reason)).collect())),
                None => Err("nothing done: without a reason the agent does not know what to do next"),
            },
            What::Freeze(agent) => Ok(Ask::Freeze { agent: agent.clone(), reason: text() }),
            What::Replace(draft) if word == "yes" => Ok(Ask::Replace(draft.clone())),
            What::Revoke(id) if word == "end" => Ok(Ask::Revoke(id.clone())),
            What::Thaw(agent) if word == "thaw" => Ok(Ask::Thaw(agent.clone())),
            What::Replace(_) | What::Revoke(_) | What::Thaw(_) => Err("nothing done: that was not the word"),
        }
    }

    fn release(&self, target: &Target, reading: Reading) -> Result<Ask, &'static str> {
        let answer = parse(format!("{}\n", self.typed).as_bytes()).unwrap_or(Answer::Unclear);
        match (answer, reading) {
            (Answer::Approve, Reading::Whole) => Ok(Ask::Decide(vec![approval(target)])),
            (Answer::Grant(grant), Reading::Whole) => {
                Ok(Ask::Decide(vec![Said { grant: Some(grant), ..approval(target) }]))
            }
            (Answer::Digest(digits), _) if target.digest.hex().starts_with(&digits) => {
                Ok(Ask::Decide(vec![approval(target)]))
            }
            (Answer::Digest(_), _) => Err("nothing done: those are not the digits of its digest"),
            (_, Reading::Part) => Err("nothing done: read it to its end, or type the digits"),
            (_, Reading::Whole) => Err("nothing done: the word is yes"),
        }
    }
}

fn approval(target: &Target) -> Said {
    let (id, digest) = (target.id.clone(), Some(target.digest));
    Said { id, digest, choice: Choice::Approve, reason: None, grant: None }
}

fn denial(id: &str, reason: &str) -> Said {
    Said {
        id: id.to_owned(),
        digest: None,
        choice: Choice::Deny,
        reason: Some(reason.to_owned()),
        grant: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Moment = Moment(10_000);

    fn target() -> Target {
        let digest = Digest::parse(&format!("sha256:{}", "0f".repeat(32))).unwrap();
        Target { id: "1".into(), code: "K7QF".into(), digest }
    }

    /// Types it key by key, and Enter.
    fn typed(what: What, text: &str) -> Turn {
        let mut dialog = Dialog::new(what, Vec::new(), Moment(0));
        for letter in text.chars() {
            assert!(matches!(dialog.press(Key::Char(letter), true, OPEN), Turn::Stay));
        }
        dialog.press(Key::Enter, true, OPEN)
    }

    fn said(turn: Turn) -> Option<Vec<Said>> {
        match turn {
            Turn::Do(Ask::Decide(said)) => Some(said),
            _ => None,
        }
    }

    /// The near misses of the one word that releases.
    #[test]
    fn only_the_word_releases_and_the_decision_names_the_digest_that_was_displayed() {
        let whole = || What::Approve(target(), Reading::Whole);
        let released = said(typed(whole(), "yes")).unwrap();
        assert_eq!((released[0].id.as_str(), released[0].digest), ("1", Some(target().digest)));
        for word in ["", "y", "YES", "yes please", "no", "all", "a", "0f0f0f0f0f0", "0e0f0f0f0f0f"] {
            assert!(said(typed(whole(), word)).is_none(), "{word}");
        }
        let granted = said(typed(whole(), "grant 15m 20 route")).unwrap();
        assert_eq!(granted[0].grant.map(|grant| grant.uses), Some(20));
    }

    /// CASES AP-10
    #[test]
    fn what_was_not_displayed_whole_is_released_by_its_digest_alone() {
        let part = || What::Approve(target(), Reading::Part);
        for word in ["yes", "grant 15m", "0f0f0f0f0f0"] {
            assert!(said(typed(part(), word)).is_none(), "{word}");
        }
        assert!(said(typed(part(), "0f0f0f0f0f0f")).is_some());
    }

    /// CASES AP-24
    #[test]
    fn what_was_typed_ahead_or_comes_with_its_enter_is_no_answer() {
        let mut dialog = Dialog::new(What::Approve(target(), Reading::Whole), Vec::new(), Moment(1_000));
        for key in [Key::Char('y'), Key::Char('e'), Key::Char('s'), Key::Enter] {
            assert!(matches!(dialog.press(key, true, Moment(1_499)), Turn::Stay));
        }
        assert_eq!(dialog.typed, "");
        for key in [Key::Char('y'), Key::Char('e'), Key::Char('s'), Key::Enter] {
            assert!(matches!(dialog.press(key, false, Moment(1_500)), Turn::Stay));
        }
        assert!(dialog.note.is_some());
        assert!(said(dialog.press(Key::Enter, true, Moment(1_500))).is_some());
    }

    #[test]
    fn many_are_released_by_another_word_and_refused_with_a_reason() {
        let all = || What::ApproveAll(vec![target(), Target { id: "2".into(), ..target() }]);
        assert!(said(typed(all(), "yes")).is_none());
        let ids: Vec<String> = said(typed(all(), "all")).unwrap().into_iter().map(|said| said.id).collect();
        assert_eq!(ids, ["1", "2"]);
        let deny = || What::Deny(vec!["1".into()]);
        assert!(said(typed(deny(), " ")).is_none());
        let refused = said(typed(deny(), "not today")).unwrap();
        assert_eq!((refused[0].choice, refused[0].reason.as_deref()), (Choice::Deny, Some("not today")));
    }

    #[test]
    fn esc_leaves_and_a_thaw_needs_its_word() {
        let mut dialog = Dialog::new(What::Thaw(None), Vec::new(), Moment(0));
        assert!(matches!(dialog.press(Key::Esc, true, OPEN), Turn::Leave));
        assert!(matches!(typed(What::Thaw(None), ""), Turn::Stay));
        assert!(matches!(typed(What::Thaw(None), "thaw"), Turn::Do(Ask::Thaw(None))));
        assert!(matches!(typed(What::Freeze(None), ""), Turn::Do(Ask::Freeze { agent: None, reason: None })));
    }
}
