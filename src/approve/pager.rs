//! Shows all of a request, a screen at a time. A body that is larger than one view is read piece by piece, and no
//! more than a piece of it is in memory. Whether the end was reached is what the caller learns: it is what a
//! release of a long request needs (CASES AP-10).

use bytes::Bytes;

use super::answer::{self, Answer};
use super::body::BodyView;
use super::content::is_encoded;
use super::known::Known;
use super::line::{Line, Style};
use super::options::Options;
use super::prompt::{Left, Prompt};
use super::render::{END, render, stretch, top};
use super::tty::Input;
use super::words::number;
use crate::hold::HoldView;
use crate::limits::{PROMPT_TICK, SHOWN_PAGE};
use crate::snapshot::Head;

/// What is on show.
pub struct Request<'a> {
    /// The hold.
    pub view: &'a HoldView,
    /// Its head.
    pub head: &'a Head,
    /// What is at hand of its body.
    pub body: &'a BodyView,
    /// What is known besides.
    pub known: &'a Known,
}

/// Pages through all of it; true when the end was reached.
pub fn page(prompt: &mut Prompt, request: &Request, options: &Options) -> Result<bool, Left> {
    let options = Options { all: true, ..*options };
    let mut pager = Pager { prompt, width: options.width, shown: 0, on_screen: 0 };
    let BodyView::Parts(parts) = request.body else {
        let rendering = render(request.view, request.head, request.body, request.known, &options);
        // Where not all can be shown, its end is not all of it.
        return Ok(pager.show(&rendering.lines, Some(rendering.lines.len()), true)? && !rendering.elided);
    };
    if !pager.show(&top(request.view, request.head, request.body, request.known, &options), None, false)? {
        return Ok(false);
    }
    let (mut from, mut carry) = (0, Vec::new());
    while from < parts.total {
        let piece = pager.prompt.counter.body(&request.view.id, from, SHOWN_PAGE).unwrap_or_default();
        if piece.is_empty() {
            pager.prompt.screen.say("! the body cannot be read to its end", Style::Warning)?;
            return Ok(false);
        }
        let (at, last) = (from - carry.len() as u64, from + piece.len() as u64 >= parts.total);
        from += piece.len() as u64;
        let bytes = cut(&mut carry, &piece, last);
        if !pager.show(&stretch(&bytes, at, &options), None, last)? {
            return Ok(false);
        }
    }
    pager.prompt.screen.say(END, Style::Title)?;
    Ok(!is_encoded(request.head))
}

/// What was left of the piece before and this one, without the unfinished line (or, in a line without an end, the
/// unfinished character) at its end, which is left for the next.
fn cut(carry: &mut Vec<u8>, piece: &Bytes, last: bool) -> Vec<u8> {
    let mut bytes = std::mem::take(carry);
    bytes.extend_from_slice(piece);
    if last {
        return bytes;
    }
    let line_end = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
    // A character has at most four bytes, so the last three may be the beginning of one.
    let start = bytes.iter().rev().take(4).position(|byte| *byte & 0xc0 != 0x80).unwrap_or(0);
    let character_end = bytes.len() - (start + 1).min(bytes.len());
    // A carry is shorter than a piece: lines that are longer are cut.
    let end = line_end.filter(|end| bytes.len() - end < SHOWN_PAGE / 2).unwrap_or(character_end.max(1));
    *carry = bytes.split_off(end);
    bytes
}

struct Pager<'p, 'a> {
    prompt: &'p mut Prompt<'a>,
    /// The options' width; pages of another are not gone on with.
    width: usize,
    shown: usize,
    on_screen: usize,
}

impl Pager<'_, '_> {
    /// Shows lines, stopping when the screen is full; false when the person has had enough.
    fn show(&mut self, lines: &[Line], total: Option<usize>, last: bool) -> Result<bool, Left> {
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
                Ok(Answer::Unclear) => return Ok(false),
                Ok(_) => self.prompt.screen.say("not a decision: this only turns pages", Style::Warning)?,
                Err(noise) => self.prompt.screen.say(noise, Style::Warning)?,
            }
        }
    }

    fn line(&mut self) -> Result<Result<Answer, &'static str>, Left> {
        loop {
            self.prompt.still_wanted()?;
            if !self.prompt.stands_at(self.width) {
                return Ok(Ok(Answer::Unclear));
            }
            match self.prompt.tty.line(PROMPT_TICK)? {
                Input::Nothing => {}
                Input::End => return Ok(Ok(Answer::Unclear)),
                Input::Line(bytes) => return Ok(answer::parse(&bytes).map_err(|noise| noise.words())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cut_at_lines_or_between_characters_and_nothing_is_lost() {
        for text in ["ab\ncd\nef", "漢字漢字漢字", "no end of line at all", "\n\n\n"] {
            for size in 1..text.len() {
                let (mut carry, mut all, mut at) = (Vec::new(), Vec::new(), 0);
                for piece in text.as_bytes().chunks(size) {
                    at += piece.len();
                    let bytes = cut(&mut carry, &Bytes::copy_from_slice(piece), at == text.len());
                    all.extend(bytes);
                }
                assert!(carry.is_empty());
                assert_eq!(all, text.as_bytes());
            }
        }
        let (mut carry, text) = (Vec::new(), "漢字".as_bytes());
        assert_eq!(cut(&mut carry, &Bytes::copy_from_slice(&text[..4]), false), &text[..3]);
        assert_eq!(carry, &text[3..4]);
    }
}
