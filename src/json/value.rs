//! A value of a document that was read: what it is, what it says, and the bytes that say so.

use std::borrow::Cow;

use super::{Document, keys, token};

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
    fn outer<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize..self.end as usize]
    }

    /// What stands between a string's quotes.
    pub(super) fn inner<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize + 1..self.end as usize - 1]
    }

    fn text<'a>(&self, source: &'a str) -> Option<Cow<'a, str>> {
        match self.shape {
            Shape::String => Some(Cow::Borrowed(self.inner(source))),
            Shape::EscapedString => Some(token::unescape(self.inner(source))),
            _ => None,
        }
    }

    fn says(&self, source: &str, text: &str) -> bool {
        match self.shape {
            Shape::String => self.inner(source) == text,
            Shape::EscapedString => token::unescape(self.inner(source)) == text,
            _ => false,
        }
    }
}

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
    document: &'a Document<'a>,
    node: u32,
}

impl<'a> Value<'a> {
    pub(super) fn root(document: &'a Document<'a>) -> Self {
        Self { document, node: 0 }
    }

    fn node(self) -> &'a Node {
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
        let document = self.document;
        self.pairs()
            .find(|(name, _)| document.nodes[*name as usize].says(document.source, key))
            .map(|(_, node)| Value { document, node })
    }

    /// Whether there is a member whose name differs from `key` in letter case alone: `Method` for `method`. To a
    /// reader that pays no heed to letter case it is that member (CASES CL-25).
    pub fn has_lookalike_of(self, key: &str) -> bool {
        self.members().any(|(name, _)| name != key && keys::are_alike(&name, key))
    }

    /// The members of an object, in the order of the source; of anything else none.
    pub fn members(self) -> Members<'a> {
        Members { document: self.document, pairs: self.pairs() }
    }

    /// The items of an array, in the order of the source; of anything else none.
    pub fn items(self) -> Items<'a> {
        Items { document: self.document, children: self.children(Shape::Array) }
    }

    fn pairs(self) -> Pairs<'a> {
        Pairs(self.children(Shape::Object))
    }

    fn children(self, of: Shape) -> Children<'a> {
        let node = self.node();
        let end = if node.shape == of { node.next } else { self.node + 1 };
        Children { nodes: &self.document.nodes, at: self.node + 1, end }
    }
}

/// Node numbers of direct children, keys among them.
#[derive(Clone, Debug)]
struct Children<'a> {
    nodes: &'a [Node],
    at: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let node = (self.at < self.end).then_some(self.at)?;
        self.at = self.nodes[node as usize].next;
        Some(node)
    }
}

/// Node numbers of keys and their values.
#[derive(Clone, Debug)]
struct Pairs<'a>(Children<'a>);

impl Iterator for Pairs<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        Some((self.0.next()?, self.0.next()?))
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    document: &'a Document<'a>,
    pairs: Pairs<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let document = self.document;
        let (key, node) = self.pairs.next()?;
        let name = document.nodes[key as usize].text(document.source)?;
        Some((name, Value { document, node }))
    }
}

/// The items of an array.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    document: &'a Document<'a>,
    children: Children<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let document = self.document;
        self.children.next().map(|node| Value { document, node })
    }
}
