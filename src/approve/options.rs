//! How a hold is to be rendered.

use super::shown::Charset;
use super::wrap::Budget;
use crate::clock::Wall;
use crate::limits;

/// How a hold is to be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns of the surface; `limits::SHOWN_COLUMNS_MIN` at the least.
    pub width: usize,
    /// What the surface can show.
    pub charset: Charset,
    /// The body as text or bytes, nothing laid out.
    pub raw: bool,
    /// The values of secret fields as the view has them. `false` shows them, which is to be on record first.
    pub mask: bool,
    /// Leave nothing out of what is at hand.
    pub all: bool,
    /// For ages and deadlines.
    pub now: Wall,
}

impl Options {
    /// As a screen wants it: masked, laid out, the middle of long things left out.
    pub fn new(width: usize, charset: Charset, now: Wall) -> Self {
        Self { width, charset, raw: false, mask: true, all: false, now }
    }

    pub(super) fn columns(&self) -> usize {
        self.width.max(limits::SHOWN_COLUMNS_MIN)
    }

    pub(super) fn wraps(&self) -> Option<Budget> {
        (!self.all).then_some(Budget { head: limits::SHOWN_WRAPS_HEAD, tail: limits::SHOWN_WRAPS_TAIL })
    }

    pub(super) fn lines(&self) -> Option<Budget> {
        (!self.all).then_some(Budget { head: limits::SHOWN_LINES_HEAD, tail: limits::SHOWN_LINES_TAIL })
    }
}
