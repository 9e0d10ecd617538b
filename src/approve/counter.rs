//! What the prompt needs of the desk. The prompt is a plain thread without a runtime, and who stands on the other
//! side (the desk of this process, or a fake one in a test) is none of its business.

use bytes::Bytes;

use super::body::BodyView;
use super::known::Known;
use crate::hold::HoldView;
use crate::hold::said::Choice;
use crate::snapshot::{Digest, Head};

/// Where holds are asked for and decisions handed in. Every call may block for as long as the desk takes.
pub trait Counter: Send {
    /// The undecided holds (state `held`), oldest first, `limits::PROMPT_HOLDS_MAX` of them at the most.
    fn pending(&self) -> Vec<HoldView>;

    /// One hold as it is now; `None` where it is gone.
    fn look(&self, id: &str) -> Option<HoldView>;

    /// A hold's request, its body as `BodyView::read` gives it; `None` where it cannot be read.
    fn request(&self, id: &str) -> Option<(Head, BodyView)>;

    /// What is known of a hold besides its request: what was approved before, what its messages are made of.
    fn known(&self, _view: &HoldView, _head: &Head) -> Known {
        Known::default()
    }

    /// A stretch of a hold's body, shorter than `max` only at the body's end.
    fn body(&self, id: &str, from: u64, max: usize) -> Option<Bytes>;

    /// Hands in what the person at this terminal says. An approval always names the digest of what was on screen.
    /// The error is a text for people; then nothing was decided.
    fn decide(
        &self,
        id: &str,
        digest: Option<Digest>,
        choice: Choice,
        reason: Option<&str>,
    ) -> Result<HoldView, String>;

    /// A number that changes whenever a hold changes. Asked ten times a second: it must be cheap.
    fn version(&self) -> u64;

    /// Holdpoint is shutting down: the prompt ends.
    fn stopping(&self) -> bool;

    /// Lines that stand between two holds: the story of the demo. It may block for a moment.
    fn aside(&self) -> Vec<String> {
        Vec::new()
    }
}
