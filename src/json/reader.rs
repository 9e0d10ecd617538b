//! One pass over the text, from token to token, with the open arrays and objects on a list instead of the stack.

use super::Trouble;
use super::keys::Keys;
use super::node::{Node, Shape};
use super::token;
use crate::limits;

/// Nodes that room is made for at first: a token has eight bytes or more in what agents send, and a long text that is
/// one string needs no more than this.
const NODES_GUESS_MAX: usize = 4096;

/// What may stand next.
#[derive(Clone, Copy)]
enum Want {
    CommaOrClose,
    End,
    FirstItem,
    FirstKey,
    Key,
    Value,
}

/// An array or object that has not ended.
struct Open {
    node: usize,
    /// Where its keys begin among those of all open objects.
    first_key: usize,
    /// Items or members so far.
    count: u32,
}

pub(super) struct Reader<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    open: Vec<Open>,
    keys: Keys,
}

impl<'a> Reader<'a> {
    /// The text has at most `limits::JSON_BYTES_MAX` bytes, so that offsets fit into a node.
    pub(super) fn new(source: &'a str) -> Self {
        let guess = (source.len() / 8 + 1).min(NODES_GUESS_MAX);
        Self {
            source,
            bytes: source.as_bytes(),
            at: 0,
            nodes: Vec::with_capacity(guess),
            open: Vec::new(),
            keys: Keys::default(),
        }
    }

    /// All nodes, every one before its children.
    pub(super) fn read(mut self) -> Result<Vec<Node>, Trouble> {
        let mut want = Want::Value;
        loop {
            self.skip_blanks();
            let Some(byte) = self.bytes.get(self.at) else {
                return match want {
                    Want::End => Ok(self.nodes),
                    _ => Err(self.trouble("the text ends before its value does")),
                };
            };
            want = match (want, byte) {
                (Want::FirstItem, b']') | (Want::FirstKey, b'}') => self.close()?,
                (Want::Value | Want::FirstItem, _) => self.value(*byte)?,
                (Want::Key | Want::FirstKey, b'"') => self.key()?,
                (Want::Key | Want::FirstKey, _) => return Err(self.trouble("a key in quotes is missing")),
                (Want::CommaOrClose, _) => self.comma_or_close(*byte)?,
                (Want::End, _) => return Err(self.trouble("something follows the value")),
            };
        }
    }

    fn skip_blanks(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| token::is_blank(*byte)) {
            self.at += 1;
        }
    }

    fn value(&mut self, byte: u8) -> Result<Want, Trouble> {
        let (end, shape) = match byte {
            b'{' => return self.enter(Shape::Object, Want::FirstKey),
            b'[' => return self.enter(Shape::Array, Want::FirstItem),
            b'"' => {
                let (end, escaped) = token::string(self.bytes, self.at)?;
                (end, if escaped { Shape::EscapedString } else { Shape::String })
            }
            b'-' | b'0'..=b'9' => (token::number(self.bytes, self.at)?, Shape::Number),
            b'n' => (token::name(self.bytes, self.at)?, Shape::Null),
            _ => (token::name(self.bytes, self.at)?, Shape::Bool),
        };
        self.push(end, shape)?;
        self.at = end;
        Ok(self.after_value())
    }

    /// A key with its colon.
    fn key(&mut self) -> Result<Want, Trouble> {
        let start = self.at;
        let (end, escaped) = token::string(self.bytes, start)?;
        let node = self.push(end, if escaped { Shape::EscapedString } else { Shape::String })?;
        if !self.keys.push(&self.source[start + 1..end - 1], escaped, node) {
            return Err(self.trouble("a key holds a control character"));
        }
        self.at = end;
        self.skip_blanks();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(self.trouble("a key is not followed by a colon"));
        }
        self.at += 1;
        Ok(Want::Value)
    }

    fn comma_or_close(&mut self, byte: u8) -> Result<Want, Trouble> {
        let object = self.open.last().is_some_and(|open| self.nodes[open.node].shape == Shape::Object);
        match (byte, object) {
            (b',', _) => {
                self.at += 1;
                Ok(if object { Want::Key } else { Want::Value })
            }
            (b'}', true) | (b']', false) => self.close(),
            _ => Err(self.trouble("a comma or the end of the array or object is missing")),
        }
    }

    fn enter(&mut self, shape: Shape, inside: Want) -> Result<Want, Trouble> {
        if self.open.len() == limits::JSON_DEPTH_MAX {
            return Err(self.trouble("arrays and objects are nested deeper than is looked into"));
        }
        let node = self.push(self.at + 1, shape)? as usize;
        self.at += 1;
        self.open.push(Open { node, first_key: self.keys.len(), count: 0 });
        Ok(inside)
    }

    /// The array or object that was opened last ends here.
    fn close(&mut self) -> Result<Want, Trouble> {
        self.at += 1;
        let Some(open) = self.open.pop() else { return Err(self.trouble("nothing is open that could end")) };
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open.node];
        (node.end, node.next, node.count) = (self.at as u32, next, open.count);
        if node.shape == Shape::Object {
            self.check_keys(&open)?;
        }
        Ok(self.after_value())
    }

    fn check_keys(&mut self, open: &Open) -> Result<(), Trouble> {
        let (nodes, source) = (&self.nodes, self.source);
        let text = |node: u32| nodes[node as usize].inner(source);
        let Some((one, other)) = self.keys.close(open.first_key, text) else { return Ok(()) };
        let reason = if token::unescape(text(one)) == token::unescape(text(other)) {
            "a key stands twice in one object"
        } else {
            "two keys of one object differ in letter case alone"
        };
        Err(Trouble { reason, at: nodes[other as usize].start as usize })
    }

    /// Counts the value that has just ended, and says what may follow it.
    fn after_value(&mut self) -> Want {
        let Some(open) = self.open.last_mut() else { return Want::End };
        open.count += 1;
        Want::CommaOrClose
    }

    /// A node from here to `end`, without children yet; its number.
    fn push(&mut self, end: usize, shape: Shape) -> Result<u32, Trouble> {
        if self.nodes.len() == limits::JSON_TOKENS_MAX {
            return Err(self.trouble("there are more keys and values than are looked into"));
        }
        let number = self.nodes.len() as u32;
        self.nodes.push(Node { start: self.at as u32, end: end as u32, next: number + 1, count: 0, shape });
        Ok(number)
    }

    fn trouble(&self, reason: &'static str) -> Trouble {
        Trouble { reason, at: self.at }
    }
}
