//! One hold at the prompt, from its first line on screen to the line that says what came of it.
//!
//! A word counts only when it was typed after the question stood, alone on its line, and is one of the few that mean
//! something; where parts of the request were left out a yes is not enough (CASES AP-10, 24).

use super::answer::{self, Answer, Noise};
use super::line::{Rendering, Style};
use super::outcome::moved;
use super::pager::{self, Request};
use super::prompt::{Left, Prompt, name};
use super::render::render;
use super::tty::Input;
use crate::hold::HoldView;
use crate::hold::said::Choice;
use crate::limits::{PROMPT_BURST, PROMPT_DEAD, PROMPT_TICK};
use crate::snapshot::{Digest, Head};

/// How far one hold's question has come.
struct Question {
    rendering: Rendering,
    /// The options' width that it was laid out for.
    width: usize,
    seen_whole: bool,
    said_alone: bool,
    version: u64,
}

/// What happens after a line was looked at.
enum Next {
    AskAgain,
    GoOn,
}

impl Prompt<'_> {
    /// One hold, from its first line on screen to what came of it.
    pub(super) fn hold(&mut self, view: &HoldView) -> Result<(), Left> {
        if self.idle.take().is_some() {
            self.screen.bell()?;
        }
        if self.waited_for_width()? {
            // The hold may have moved on in this time.
            return Ok(());
        }
        let version = self.counter.version();
        let Some((head, body)) = self.counter.request(&view.id) else {
            let text = format!("hold {}: its request cannot be read; it stays as it is", view.code);
            self.screen.say(&text, Style::Warning)?;
            self.aside.insert(name(view));
            return Ok(());
        };
        let options = self.options(false);
        let known = self.counter.known(view, &head);
        let rendering = render(view, &head, &body, &known, &options);
        self.screen.say("", Style::Plain)?;
        for line in &rendering.lines {
            self.screen.line(line)?;
        }
        let seen_whole = !rendering.elided;
        let mut question =
            Question { rendering, width: options.width, seen_whole, said_alone: view.waiting == 0, version };
        let request = Request { view, head: &head, body: &body, known: &known };
        self.ask_until_done(&request, &mut question)
    }

    fn ask_until_done(&mut self, request: &Request, question: &mut Question) -> Result<(), Left> {
        let view = request.view;
        loop {
            if self.settle()? {
                self.screen.say(EARLY, Style::Warning)?;
            }
            if self.is_reflowed(question)? {
                return Ok(());
            }
            self.put_question(view, request.head, question)?;
            let Some(line) = self.line_for(view, question)? else { return Ok(()) };
            let heard = self.heard(&line)?;
            // Looked at after the answer came, so that none is taken to a screen that it was not typed before.
            if self.is_reflowed(question)? {
                return Ok(());
            }
            let answer = match heard {
                Ok(answer) => answer,
                Err(text) => {
                    self.screen.say(text, Style::Warning)?;
                    continue;
                }
            };
            match self.take(answer, view, request, question)? {
                Next::AskAgain => {}
                Next::GoOn => return Ok(()),
            }
        }
    }

    /// Nothing that was typed until now, or in the next half second, is an answer (CASES AP-24). True when a line was
    /// thrown away: the terminal echoed it, so the person is to be told.
    fn settle(&self) -> Result<bool, Left> {
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
    fn is_reflowed(&mut self, question: &Question) -> Result<bool, Left> {
        if self.stands_at(question.width) {
            return Ok(false);
        }
        self.screen.say("", Style::Plain)?;
        self.screen.say(REFLOWED, Style::Warning)?;
        Ok(true)
    }

    fn put_question(&mut self, view: &HoldView, head: &Head, question: &Question) -> Result<(), Left> {
        let title = match question.rendering.digest {
            Some(digest) => format!(
                "Release {}: {} to {}, digest {}?",
                view.code,
                view.effect,
                head.origin.host,
                short(&digest)
            ),
            None => format!("{} cannot be released; refuse it?", view.code),
        };
        self.screen.say(&title, Style::Title)?;
        if !question.seen_whole {
            self.screen.say(PARTS, Style::Warning)?;
        }
        self.screen.ask("[yes | no REASON | Enter leaves it held | ? helps]:")?;
        Ok(())
    }

    /// Waits for a line; `None` when the hold is no longer to be asked for.
    fn line_for(&mut self, view: &HoldView, question: &mut Question) -> Result<Option<Vec<u8>>, Left> {
        loop {
            self.still_wanted()?;
            if self.is_reflowed(question)? {
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
            if version == question.version {
                continue;
            }
            question.version = version;
            let now = self.counter.look(&view.id);
            if let Some(text) = moved(view, now.as_ref()) {
                self.screen.say("", Style::Plain)?;
                self.screen.say(&text, Style::Warning)?;
                return Ok(None);
            }
            if !question.said_alone && now.is_some_and(|now| now.waiting == 0) {
                question.said_alone = true;
                self.screen.say("", Style::Plain)?;
                self.screen.say(ALONE, Style::Quiet)?;
                self.screen.ask("Release it?")?;
            }
        }
    }

    /// A line that came alone and is an answer; else what to say.
    fn heard(&self, line: &[u8]) -> Result<Result<Answer, &'static str>, Left> {
        // The rest of a paste may be on its way still; no person is that quick.
        self.tty.pause(PROMPT_BURST)?;
        if self.tty.has_input()? || line.iter().filter(|byte| **byte == b'\n').count() > 1 {
            // The rest of it is spoken of by the same remark.
            self.tty.forget_input()?;
            return Ok(Err("ignored: more than one line came at once, as a paste does"));
        }
        Ok(answer::parse(line).map_err(Noise::words))
    }

    fn take(
        &mut self,
        answer: Answer,
        view: &HoldView,
        request: &Request,
        question: &mut Question,
    ) -> Result<Next, Left> {
        match answer {
            Answer::Leave => {
                self.aside.insert(name(view));
                self.screen.say(&format!("{} was not released; it stays held", view.code), Style::Quiet)?;
                Ok(Next::GoOn)
            }
            Answer::Deny(reason) => {
                let digest = Digest::parse(&view.digest);
                self.decide(view, digest, Choice::Deny, reason.as_deref())
            }
            Answer::Approve => match (question.rendering.digest, question.seen_whole) {
                (Some(digest), true) => self.decide(view, Some(digest), Choice::Approve, None),
                (None, _) => self.remark("it has no digest that could be released; only a no is possible"),
                (Some(_), false) => self.remark(PARTS),
            },
            Answer::Digest(digits) => match question.rendering.digest {
                Some(digest) if digest.hex().starts_with(&digits) => {
                    self.decide(view, Some(digest), Choice::Approve, None)
                }
                _ => self.remark("nothing done: that is not the digest of what is on screen"),
            },
            Answer::More | Answer::Raw => {
                let options = self.options(answer == Answer::Raw);
                question.seen_whole |= pager::page(self, request, &options)?;
                Ok(Next::AskAgain)
            }
            Answer::Help => self.remark(HELP),
            Answer::Unclear => self.remark("nothing done: type yes, no, more, or Enter alone"),
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
        reason: Option<&str>,
    ) -> Result<Next, Left> {
        let text = match self.counter.decide(&view.id, digest, choice, reason) {
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
const EARLY: &str = "ignored: that was typed before the question, which comes after half a second";
const REFLOWED: &str = "The width of this terminal has changed; no answer to the above counts any more.";
const ALONE: &str = "No attempt of its agent is connected now; an approval waits for the next one.";
const HELP: &str = "yes           release exactly what is on screen, once
no [reason]   refuse it; the agent is told the reason
Enter, skip   leave it held and go on; it comes up again when you ask for it
more          page through the whole request
raw           the same, body bytes as they are, nothing laid out
DIGITS        release by the first 12 digits (or more) of the digest
Anything else does nothing.";

fn short(digest: &Digest) -> String {
    digest.hex()[..12].to_owned()
}
