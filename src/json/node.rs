//! A node of a document: a key or a value, and where it stands in the source.

use std::borrow::Cow;

use super::token;

/// What a node is; a string that holds an escape is told apart, because only it must be copied to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Array,
    Bool,
    EscapedString,
    Null,
    Number,
    Object,
    String,
}

/// A key or a value. The children of an array follow it, each with its own; those of an object are key, value,
/// key, value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its first byte in the source, a string's quote.
    pub(super) start: u32,
    /// The byte after its last.
    pub(super) end: u32,
    /// The node after its last child.
    pub(super) next: u32,
    /// Items or members.
    pub(super) count: u32,
    pub(super) shape: Shape,
}

impl Node {
    pub(super) fn outer<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize..self.end as usize]
    }

    /// What stands between a string's quotes.
    pub(super) fn inner<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize + 1..self.end as usize - 1]
    }

    pub(super) fn text<'a>(&self, source: &'a str) -> Option<Cow<'a, str>> {
        match self.shape {
            Shape::String => Some(Cow::Borrowed(self.inner(source))),
            Shape::EscapedString => Some(token::unescape(self.inner(source))),
            _ => None,
        }
    }

    pub(super) fn says(&self, source: &str, text: &str) -> bool {
        match self.shape {
            Shape::String => self.inner(source) == text,
            Shape::EscapedString => token::unescape(self.inner(source)) == text,
            _ => false,
        }
    }
}
