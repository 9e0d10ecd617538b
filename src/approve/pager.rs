//! Shows all of a request, a screen at a time. A body that is larger than one view is read piece by piece, and no
//! more than a piece of it is in memory. Whether the end was reached is what the caller learns: it is what a
//! release of a long request needs (CASES AP-10).

use super::answer::{self, Answer};
use super::line::{Line, Style};
use super::options::Options;
use super::prompt::{Left, Prompt};
use super::render::END;
use super::tty::Input;
use super::words::number;
use crate::hold::HoldView;
use crate::limits::{PROMPT_TICK, SHOWN_BODY_MAX};

/// Pages through all of it; true when the end was reached.
pub fn page(prompt: &mut Prompt, view: &HoldView, options: &Options) -> Result<bool, Left> {
    let options = Options { all: true, ..*options };
    if view.body_bytes > SHOWN_BODY_MAX as u64 {
        return large(prompt, view, &options);
    }
    let Some(rendering) = prompt.counter.rendering(view, &options) else { return unread(prompt) };
    let mut pager = Pager::new(prompt, options.width);
    // Where not all can be shown, its end is not all of it.
    Ok(pager.show(&rendering.lines, Some(rendering.lines.len()), true)? && !rendering.elided)
}

/// Piece by piece, so that no more than a piece of a body is in memory.
fn large(prompt: &mut Prompt, view: &HoldView, options: &Options) -> Result<bool, Left> {
    let mut pager = Pager::new(prompt, options.width);
    let mut from = None;
    loop {
        let Some(part) = pager.prompt.counter.stretch(view, from, options) else {
            return unread(pager.prompt);
        };
        if !pager.show(&part.lines, None, part.next.is_none())? {
            return Ok(false);
        }
        from = part.next;
        if from.is_none() {
            pager.prompt.screen.say(END, Style::Title)?;
            return Ok(!part.elided);
        }
    }
}

fn unread(prompt: &mut Prompt) -> Result<bool, Left> {
    prompt.screen.say("! the request cannot be read to its end", Style::Warning)?;
    Ok(false)
}

/// Shows lines, a screen at a time.
pub struct Pager<'p, 'a> {
    prompt: &'p mut Prompt<'a>,
    /// The options' width; pages of another are not gone on with.
    width: usize,
    shown: usize,
    on_screen: usize,
}

impl<'p, 'a> Pager<'p, 'a> {
    /// For lines of this width of options.
    pub fn new(prompt: &'p mut Prompt<'a>, width: usize) -> Self {
        Self { prompt, width, shown: 0, on_screen: 0 }
    }

    /// Shows lines, stopping when the screen is full; false when the person has had enough.
    pub fn show(&mut self, lines: &[Line], total: Option<usize>, last: bool) -> Result<bool, Left> {
        for (index, line) in lines.iter().enumerate() {
            self.prompt.screen.line(line)?;
            self.shown += 1;
            self.on_screen += 1;
            let (_, rows) = self.prompt.tty.size();
            let at_end = last && index + 1 == lines.len();
            if self.on_screen + 1 >= rows && !at_end && !self.goes_on(total)? {
                return Ok(false);
            }
        }
        // What was wrapped anew by the terminal was not seen as it was laid out.
        Ok(self.prompt.stands_at(self.width))
    }

    fn goes_on(&mut self, total: Option<usize>) -> Result<bool, Left> {
        self.on_screen = 0;
        let of = total.map(|total| format!(" of {}", number(total as u64))).unwrap_or_default();
        self.prompt.tty.forget_input()?;
        loop {
            let question = format!("-- {}{of} lines; Enter goes on, q stops --", number(self.shown as u64));
            self.prompt.screen.ask(&question)?;
            match self.line()? {
                Ok(Answer::Leave) => return Ok(true),
                Ok(Answer::Quit) => return Ok(false),
                Ok(_) => self.prompt.screen.say("not a decision: this only turns pages", Style::Warning)?,
                Err(noise) => self.prompt.screen.say(noise, Style::Warning)?,
            }
        }
    }

    fn line(&mut self) -> Result<Result<Answer, &'static str>, Left> {
        loop {
            self.prompt.still_wanted()?;
            if !self.prompt.stands_at(self.width) {
                return Ok(Ok(Answer::Quit));
            }
            match self.prompt.tty.line(PROMPT_TICK)? {
                Input::Nothing => {}
                Input::End => return Ok(Ok(Answer::Quit)),
                Input::Line(bytes) => return Ok(answer::parse(&bytes).map_err(|noise| noise.words())),
            }
        }
    }
}
