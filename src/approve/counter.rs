//! What the prompt needs of the desk. The prompt is a plain thread without a runtime, and who stands on the other
//! side (the desk of this process, a server elsewhere, or a fake one in a test) is none of its business.

use bytes::Bytes;

use super::body::BodyView;
use super::content::is_encoded;
use super::known::Known;
use super::line::{Line, Rendering};
use super::options::Options;
use super::render::{render, stretch, top};
use super::sketch::Sketch;
use crate::hold::said::Choice;
use crate::hold::{FreezeView, GrantAsk, HoldView};
use crate::limits::{GROUP_BODY_MAX, SHOWN_COLUMNS_MAX, SHOWN_PAGE};
use crate::snapshot::{Digest, Head};

/// What a person at this terminal says of one hold.
#[derive(Clone, Debug)]
pub struct Said {
    /// The hold.
    pub id: String,
    /// Of exactly what was on screen; an approval always names it.
    pub digest: Option<Digest>,
    /// What is decided.
    pub choice: Choice,
    /// A denial's reason, an approval's note.
    pub reason: Option<String>,
    /// Like requests are to be covered too.
    pub grant: Option<GrantAsk>,
}

/// A part of a request that is too large for one view.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    /// In order.
    pub lines: Vec<Line>,
    /// Where to go on; `None` at the end.
    pub next: Option<u64>,
    /// What is shown is not what it means, so that its end is not all of it.
    pub elided: bool,
}

/// Where holds are asked for and decisions handed in. Every call may block for as long as the desk takes.
pub trait Counter: Send {
    /// The undecided holds (state `held`) that were created after this one, oldest first: `limits::PAGE_MAX` of them, and
    /// fewer only where there are no more.
    fn page(&self, after: Option<&str>) -> Vec<HoldView>;

    /// The oldest of them.
    fn pending(&self) -> Vec<HoldView> {
        self.page(None)
    }

    /// One hold as it is now; `None` where it is gone.
    fn look(&self, id: &str) -> Option<HoldView>;

    /// Some holds as they are now, in their order.
    fn look_all(&self, ids: &[&str]) -> Vec<Option<HoldView>> {
        ids.iter().map(|id| self.look(id)).collect()
    }

    /// A hold's request, its body as `BodyView::read` gives it; `None` where it cannot be read.
    fn request(&self, id: &str) -> Option<(Head, BodyView)>;

    /// What is known of a hold besides its request: what was approved before, what its messages are made of.
    fn known(&self, _view: &HoldView, _head: &Head) -> Known {
        Known::default()
    }

    /// A stretch of a hold's body, shorter than `max` only at the body's end.
    fn body(&self, id: &str, from: u64, max: usize) -> Option<Bytes>;

    /// The rendering of a hold; `None` where its request cannot be read.
    fn rendering(&self, view: &HoldView, options: &Options) -> Option<Rendering> {
        let (head, body) = self.request(&view.id)?;
        Some(render(view, &head, &body, &self.known(view, &head), options))
    }

    /// A part of a request with a large body: all that comes before the body, or what comes from a byte of it on.
    fn stretch(&self, view: &HoldView, from: Option<u64>, options: &Options) -> Option<Stretch> {
        let (head, body) = self.request(&view.id)?;
        let Some(from) = from else {
            let lines = top(view, &head, &body, &self.known(view, &head), options);
            return Some(Stretch { lines, next: Some(0), elided: is_encoded(&head) });
        };
        let piece = self.body(&view.id, from, SHOWN_PAGE)?;
        stretch_of(piece, from, body.total(), &head, options)
    }

    /// A hold as a group's page compares it; `None` where it is too large for that, or cannot be shown whole.
    fn sketch(&self, view: &HoldView, options: &Options) -> Option<Sketch> {
        if view.body_bytes > GROUP_BODY_MAX as u64 {
            return None;
        }
        let options = Options { all: true, width: SHOWN_COLUMNS_MAX, ..*options };
        Sketch::of(&self.rendering(view, &options)?)
    }

    /// Why the approval of the person at this terminal would not count for a hold, where it would not.
    fn counts(&self, _view: &HoldView) -> Result<(), String> {
        Ok(())
    }

    /// Hands in what the person at this terminal says: all of it is taken, or nothing. The error is a text for people;
    /// then nothing was decided.
    fn decide(&self, said: &[Said]) -> Result<Vec<HoldView>, String>;

    /// The freezes that are on.
    fn freezes(&self) -> Vec<FreezeView>;

    /// Freezes one agent, or all. The error is a text for people.
    fn freeze(&self, agent: Option<&str>, reason: Option<&str>) -> Result<FreezeView, String>;

    /// Takes a freeze back; the one that was told of here, where one was, and no later one in its place.
    fn thaw(&self, agent: Option<&str>, seen: Option<&FreezeView>) -> Result<FreezeView, String>;

    /// A number that changes whenever a hold changes. Asked ten times a second: it must be cheap.
    fn version(&self) -> u64;

    /// Holdpoint is shutting down: the prompt ends.
    fn stopping(&self) -> bool;

    /// Lines that stand between two holds: the story of the demo. It may block for a moment.
    fn aside(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a piece of a body, which begins at `from`, shows; `None` for a piece without a byte.
pub fn stretch_of(piece: Bytes, from: u64, total: u64, head: &Head, options: &Options) -> Option<Stretch> {
    if piece.is_empty() {
        return None;
    }
    let last = from + piece.len() as u64 >= total;
    let end = if last { piece.len() } else { whole_until(&piece) };
    let next = (!last).then_some(from + end as u64);
    Some(Stretch { lines: stretch(&piece[..end], from, options), next, elided: is_encoded(head) })
}

/// Up to where a piece ends with a whole line or, in a line without an end, a whole character: the rest is for the
/// next piece.
pub fn whole_until(bytes: &[u8]) -> usize {
    let line_end = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
    // A character has at most four bytes, so the last three may be the beginning of one.
    let start = bytes.iter().rev().take(4).position(|byte| *byte & 0xc0 != 0x80).unwrap_or(0);
    let character_end = bytes.len() - (start + 1).min(bytes.len());
    // What is left for the next is shorter than a piece: lines that are longer are cut.
    line_end.filter(|end| bytes.len() - end < SHOWN_PAGE / 2).unwrap_or(character_end.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cut_at_lines_or_between_characters_and_nothing_is_lost() {
        for text in ["ab\ncd\nef", "漢字漢字漢字", "no end of line at all", "\n\n\n"] {
            for size in 4..text.len() {
                let (mut at, mut cuts) = (0, 0);
                while at + size < text.len() {
                    let end = whole_until(&text.as_bytes()[at..at + size]);
                    assert!((1..=size).contains(&end));
                    (at, cuts) = (at + end, cuts + 1);
                    assert!(text.is_char_boundary(at), "{text} {size} {at}");
                }
                assert!(cuts > 0);
            }
        }
        assert_eq!(whole_until(&"漢字".as_bytes()[..4]), 3);
    }
}
