//! One hold at the prompt, from its first line on screen to the line that says what came of it.
//!
//! A word counts only when it was typed after the question stood, alone on its line, and is one of the few that mean
//! something; where parts of the request were left out a yes is not enough (CASES AP-10, 24).

use super::answer::{self, Answer, Noise};
use super::counter::Said;
use super::groups::origin;
use super::line::{Rendering, Style};
use super::outcome::moved;
use super::pager;
use super::prompt::{Left, Prompt, name};
use super::tty::Input;
use crate::hold::said::Choice;
use crate::hold::{GrantAsk, HoldView};
use crate::limits::{PROMPT_BURST, PROMPT_DEAD, PROMPT_TICK};
use crate::snapshot::Digest;

/// How far one hold's question has come.
struct Question {
    rendering: Rendering,
    /// The options' width that it was laid out for.
    width: usize,
    seen_whole: bool,
    said_alone: bool,
    /// Goes on record with a yes.
    note: Option<String>,
    /// The person has asked what else there is.
    knows_more: bool,
    /// Why a yes of this person would not count.
    barred: Option<String>,
}

/// What happens after a line was looked at.
enum Next {
    AskAgain,
    GoOn,
}

impl Prompt<'_> {
    /// One hold, from its first line on screen to what came of it.
    pub(super) fn hold(&mut self, view: &HoldView) -> Result<(), Left> {
        self.ring()?;
        if self.waited_for_width()? {
            // The hold may have moved on in this time.
            return Ok(());
        }
        let options = self.options(false);
        let Some(rendering) = self.counter.rendering(view, &options) else {
            let text = format!("hold {}: its request cannot be read; it stays as it is", view.code);
            self.screen.say(&text, Style::Warning)?;
            self.aside.insert(name(view));
            return Ok(());
        };
        self.screen.say("", Style::Plain)?;
        for line in &rendering.lines {
            self.screen.line(line)?;
        }
        let mut question = Question {
            seen_whole: !rendering.elided,
            rendering,
            width: options.width,
            said_alone: view.waiting == 0,
            note: None,
            knows_more: false,
            barred: self.counter.counts(view).err(),
        };
        self.ask_until_done(view, &mut question)
    }

    fn ask_until_done(&mut self, view: &HoldView, question: &mut Question) -> Result<(), Left> {
        loop {
            if self.settle()? {
                self.screen.say(EARLY, Style::Warning)?;
            }
            if self.is_reflowed(question.width)? {
                return Ok(());
            }
            self.put_question(view, question)?;
            let Some(line) = self.line_for(view, question)? else { return Ok(()) };
            let heard = self.heard(&line)?;
            // Looked at after the answer came, so that none is taken to a screen that it was not typed before.
            if self.is_reflowed(question.width)? {
                return Ok(());
            }
            let answer = match heard {
                Ok(answer) => answer,
                Err(text) => {
                    self.screen.say(text, Style::Warning)?;
                    continue;
                }
            };
            match self.take(answer, view, question)? {
                Next::AskAgain => {}
                Next::GoOn => return Ok(()),
            }
        }
    }

    /// Nothing that was typed until now, or in the next half second, is an answer (CASES AP-24). True when a line was
    /// thrown away: the terminal echoed it, so the person is to be told.
    pub(super) fn settle(&self) -> Result<bool, Left> {
        let before = self.tty.has_input()?;
        self.tty.forget_input()?;
        self.tty.pause(PROMPT_DEAD)?;
        let meanwhile = self.tty.has_input()?;
        self.tty.forget_input()?;
        Ok(before || meanwhile)
    }

    /// Whether the terminal is no longer as wide as the hold was laid out for, which is then said. Terminals wrap
    /// anew what stands on them, and an agent's text may begin a line without its gutter; the hold stays the first
    /// that waits, so it is shown and asked for again (CASES AP-12).
    pub(super) fn is_reflowed(&mut self, width: usize) -> Result<bool, Left> {
        if self.stands_at(width) {
            return Ok(false);
        }
        self.screen.say("", Style::Plain)?;
        self.screen.say(REFLOWED, Style::Warning)?;
        Ok(true)
    }

    fn put_question(&mut self, view: &HoldView, question: &Question) -> Result<(), Left> {
        let title = match question.rendering.digest {
            Some(digest) => format!(
                "Release {}: {} to {}, digest {}?",
                view.code,
                view.effect,
                self.safe(host(&view.url)),
                short(&digest)
            ),
            None => format!("{} cannot be released; refuse it?", view.code),
        };
        if let Some(why) = &question.barred {
            return self.put_barred(&view.code, why);
        }
        self.screen.say(&title, Style::Title)?;
        if !question.seen_whole {
            self.screen.say(PARTS, Style::Warning)?;
        }
        self.screen.ask("[yes | no REASON | Enter leaves it held | ? helps]:")?;
        Ok(())
    }

    /// Whoever cannot release it is not asked to.
    fn put_barred(&mut self, code: &str, why: &str) -> Result<(), Left> {
        let text = self.safe(&format!("{code} is not yours to release: {why}"));
        self.say(&text, Style::Warning)?;
        Ok(self.screen.ask("[no REASON | Enter leaves it held | ? helps]:")?)
    }

    /// Waits for a line; `None` when the hold is no longer to be asked for.
    fn line_for(&mut self, view: &HoldView, question: &mut Question) -> Result<Option<Vec<u8>>, Left> {
        let (mut alone, width) = (question.said_alone, question.width);
        let line = self.line_while(width, |prompt| {
            let now = prompt.counter.look(&view.id);
            if let Some(text) = moved(view, now.as_ref()) {
                return Some(text);
            }
            if !alone && now.is_some_and(|now| now.waiting == 0) {
                alone = true;
                let said = prompt.say("", Style::Plain).and_then(|()| prompt.say(ALONE, Style::Quiet));
                // A terminal that has gone is noticed by whoever reads from it.
                let _ = said.and_then(|()| Ok(prompt.screen.ask("Release it?")?));
            }
            None
        })?;
        question.said_alone = alone;
        Ok(line)
    }

    /// Waits for a line while nothing changes that the question is about: `changed` says what has, at every change.
    pub(super) fn line_while(
        &mut self,
        width: usize,
        mut changed: impl FnMut(&mut Self) -> Option<String>,
    ) -> Result<Option<Vec<u8>>, Left> {
        // Looked at once before the first wait: much may have happened while the page was read.
        let mut known = None;
        loop {
            self.still_wanted()?;
            if self.is_reflowed(width)? {
                return Ok(None);
            }
            match self.tty.line(PROMPT_TICK)? {
                Input::Line(bytes) => return Ok(Some(bytes)),
                Input::End => {
                    self.tty.pause(PROMPT_TICK)?;
                    self.screen.say("", Style::Plain)?;
                    return Ok(Some(b"\n".to_vec()));
                }
                Input::Nothing => {}
            }
            let version = self.counter.version();
            if known.replace(version) == Some(version) {
                continue;
            }
            if self.counter.freezes() != self.freezes {
                self.screen.say("", Style::Plain)?;
                self.tell_freezes()?;
                self.screen.ask("Your answer to the above?")?;
            }
            if let Some(text) = changed(self) {
                self.screen.say("", Style::Plain)?;
                self.screen.say(&text, Style::Warning)?;
                return Ok(None);
            }
        }
    }

    /// A line that came alone and is an answer; else what to say.
    pub(super) fn heard(&self, line: &[u8]) -> Result<Result<Answer, &'static str>, Left> {
        // The rest of a paste may be on its way still; no person is that quick.
        self.tty.pause(PROMPT_BURST)?;
        if self.tty.has_input()? || line.iter().filter(|byte| **byte == b'\n').count() > 1 {
            // The rest of it is spoken of by the same remark.
            self.tty.forget_input()?;
            return Ok(Err("ignored: more than one line came at once, as a paste does"));
        }
        Ok(answer::parse(line).map_err(Noise::words))
    }

    fn take(&mut self, answer: Answer, view: &HoldView, question: &mut Question) -> Result<Next, Left> {
        let note = question.note.clone();
        match answer {
            Answer::Leave => {
                self.aside.insert(name(view));
                self.screen.say(&format!("{} was not released; it stays held", view.code), Style::Quiet)?;
                Ok(Next::GoOn)
            }
            Answer::Deny(reason) => {
                let digest = Digest::parse(&view.digest);
                self.decide(view, digest, Choice::Deny, reason, None)
            }
            Answer::Approve | Answer::Digest(_) | Answer::Grant(_) if question.barred.is_some() => {
                self.remark("nothing done: it is not yours to release")
            }
            Answer::Approve => match (question.rendering.digest, question.seen_whole) {
                (Some(digest), true) => self.decide(view, Some(digest), Choice::Approve, note, None),
                (None, _) => self.remark("it has no digest that could be released; only a no is possible"),
                (Some(_), false) => self.remark(PARTS),
            },
            Answer::Digest(digits) => match question.rendering.digest {
                Some(digest) if digest.hex().starts_with(&digits) => {
                    self.decide(view, Some(digest), Choice::Approve, note, None)
                }
                _ => self.remark("nothing done: that is not the digest of what is on screen"),
            },
            // Never on the first screen (CASES HI-21): it is for those who have asked what else there is.
            Answer::Grant(_) if !question.knows_more => {
                self.remark("nothing done: ? says what a grant is, and that it may be typed then")
            }
            Answer::Grant(ask) => match (question.rendering.digest, question.seen_whole) {
                (Some(digest), true) => self.decide(view, Some(digest), Choice::Approve, note, Some(ask)),
                _ => self.remark("nothing done: a grant needs a request that was shown whole"),
            },
            Answer::Note(text) => {
                question.note = Some(text);
                self.remark("the note goes on record with your yes")
            }
            Answer::Freeze { .. } | Answer::Thaw(_) => {
                self.stop_or_go(&answer)?;
                Ok(Next::AskAgain)
            }
            Answer::More | Answer::Raw => {
                let options = self.options(answer == Answer::Raw);
                question.knows_more = true;
                question.seen_whole |= pager::page(self, view, &options)?;
                Ok(Next::AskAgain)
            }
            Answer::Help => {
                question.knows_more = true;
                self.remark(HELP)?;
                if let Some(widest) = view.grantable {
                    let text = format!("grant 15m 20 {}", widest.as_str());
                    self.remark(&format!(
                        "{text:<13} a yes that also lets through 20 like requests within 15 minutes"
                    ))?;
                    self.remark("              exact: the same content; route: same method and path; operation: same operation")?;
                }
                self.remark(NOTHING_ELSE)?;
                Ok(Next::AskAgain)
            }
            Answer::All | Answer::One | Answer::Quit | Answer::Unclear => {
                self.remark("nothing done: type yes, no, more, or Enter alone")
            }
        }
    }

    fn remark(&mut self, text: &str) -> Result<Next, Left> {
        for line in text.lines() {
            self.screen.say(line, Style::Quiet)?;
        }
        Ok(Next::AskAgain)
    }

    fn decide(
        &mut self,
        view: &HoldView,
        digest: Option<Digest>,
        choice: Choice,
        reason: Option<String>,
        grant: Option<GrantAsk>,
    ) -> Result<Next, Left> {
        let said = Said { id: view.id.clone(), digest, choice, reason, grant };
        let decided = self.counter.decide(&[said]).and_then(|mut views| {
            views.pop().ok_or_else(|| "the desk did not say what came of it".to_owned())
        });
        let text = match decided {
            Err(error) => {
                // Refused because the hold has moved on, or because nothing can be promised now: it is left.
                self.aside.insert(name(view));
                format!("{} was not decided: {}", view.code, self.safe(&error))
            }
            Ok(_) if choice == Choice::Deny => format!("{} was refused; nothing of it was sent", view.code),
            Ok(now) => {
                let (text, state) = self.outcome(&view.id, now)?;
                // A hold that needs a second person's word is not asked of this one again.
                if state == "held" {
                    self.aside.insert(name(view));
                }
                text
            }
        };
        self.screen.say(&text, Style::Title)?;
        Ok(Next::GoOn)
    }
}

const PARTS: &str =
    "Parts were left out: type more to see all of it, or the first 12 digits of its digest to release it.";
pub(super) const EARLY: &str = "ignored: that was typed before the question, which comes after half a second";
const REFLOWED: &str = "The width of this terminal has changed; no answer to the above counts any more.";
const ALONE: &str = "No attempt of its agent is connected now; an approval waits for the next one.";
const HELP: &str = "yes           release exactly what is on screen, once
no [reason]   refuse it; the agent is told the reason
Enter, skip   leave it held and go on; it comes up again when you ask for it
more          page through the whole request
raw           the same, body bytes as they are, nothing laid out
note TEXT     put a note on record with your yes
freeze        stop everything that mutates (freeze agent NAME: one agent); thaw takes it back
DIGITS        release by the first 12 digits (or more) of the digest";
pub(super) const NOTHING_ELSE: &str = "Anything else does nothing.";

fn short(digest: &Digest) -> String {
    digest.hex()[..12].to_owned()
}

/// Host and port of a URL.
fn host(url: &str) -> &str {
    origin(url).rsplit('/').next().unwrap_or_default()
}
