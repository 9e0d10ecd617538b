//! A value of a document that was read: what it is, what it says, and the bytes that say so.

use std::borrow::Cow;

use super::node::{Node, Shape};
use super::walk::{Items, Members};
use super::{Document, keys};

/// The six kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Array,
    Bool,
    Null,
    Number,
    Object,
    String,
}

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) node: u32,
}

impl<'a> Value<'a> {
    pub(super) fn root(document: &'a Document<'a>) -> Self {
        Self { document, node: 0 }
    }

    pub(super) fn node(self) -> &'a Node {
        &self.document.nodes[self.node as usize]
    }

    pub fn kind(self) -> Kind {
        match self.node().shape {
            Shape::Array => Kind::Array,
            Shape::Bool => Kind::Bool,
            Shape::Null => Kind::Null,
            Shape::Number => Kind::Number,
            Shape::Object => Kind::Object,
            Shape::EscapedString | Shape::String => Kind::String,
        }
    }

    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    pub fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    pub fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// A string with its escapes undone; borrowed where it has none.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        self.node().text(self.document.source)
    }

    /// Whether this is a string that says `text`; nothing is copied but for escapes.
    pub fn is_str(self, text: &str) -> bool {
        self.node().says(self.document.source, text)
    }

    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.source() == b"true")
    }

    /// A number as it was written, `1.10` or `1e400` (CASES CL-28).
    pub fn number_text(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.node().outer(self.document.source))
    }

    /// Whether this is a number that every reader keeps: no exponent, no negative zero, and an integer within 2^53
    /// or a fraction of at most 15 digits, which is what an IEEE 754 double holds of any (RFC 8259 section 6).
    pub fn number_is_plain(self) -> bool {
        const SAFE: u64 = (1 << 53) - 1;
        let Some(text) = self.number_text() else { return false };
        let amount = text.trim_start_matches('-');
        let digits = amount.bytes().filter(u8::is_ascii_digit).count();
        let negative_zero = amount.len() < text.len() && !amount.contains(|sign| matches!(sign, '1'..='9'));
        match amount.parse::<u64>() {
            _ if negative_zero || amount.contains(['e', 'E']) => false,
            Ok(amount) => amount <= SAFE,
            Err(_) => amount.contains('.') && digits <= 15,
        }
    }

    /// The exact bytes of the value, quotes and brackets among them.
    pub fn source(self) -> &'a [u8] {
        self.node().outer(self.document.source).as_bytes()
    }

    /// Where these bytes stand in the source.
    pub fn span(self) -> std::ops::Range<usize> {
        self.node().start as usize..self.node().end as usize
    }

    /// Items of an array or members of an object; 0 for anything else.
    pub fn len(self) -> usize {
        self.node().count as usize
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The member of that name, letter for letter. A service that pays no heed to letter case may see one where this
    /// gives none: ask `has_lookalike_of` where a missing member makes a request harmless.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.members().named(key)
    }

    /// Whether there is a member whose name differs from `key` in letter case alone: `Method` for `method`. To a
    /// reader that pays no heed to letter case it is that member (CASES CL-25).
    pub fn has_lookalike_of(self, key: &str) -> bool {
        self.members().any(|(name, _)| name != key && keys::are_alike(&name, key))
    }

    /// The members of an object, in the order of the source; of anything else none.
    pub fn members(self) -> Members<'a> {
        Members::of(self)
    }

    /// The items of an array, in the order of the source; of anything else none.
    pub fn items(self) -> Items<'a> {
        Items::of(self)
    }
}
