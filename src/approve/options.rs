//! How a hold is to be rendered.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shown::Charset;
use super::wrap::Budget;
use crate::clock::Wall;
use crate::limits;

/// What of a request is looked at, and in which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lens {
    /// Only what it has otherwise than the last approved request of the same operation.
    Differences,
    /// The body in hexadecimal, byte for byte.
    Hex,
    /// The body laid out by what it is.
    #[default]
    Pretty,
    /// The body as text or bytes, nothing laid out.
    Raw,
}

impl Lens {
    /// As the admin API has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Lens::Differences => "differences",
            Lens::Hex => "hex",
            Lens::Pretty => "pretty",
            Lens::Raw => "raw",
        }
    }
}

/// How a hold is to be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns of the surface; `limits::SHOWN_COLUMNS_MIN` at the least.
    pub width: usize,
    /// What the surface can show.
    pub charset: Charset,
    /// What is looked at.
    pub lens: Lens,
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
        Self { width, charset, lens: Lens::Pretty, mask: true, all: false, now }
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
