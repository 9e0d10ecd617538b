//! A path pattern's states, walked along a path all at once, so that no path makes the walk go back: its time is linear
//! in the path, and it allocates nothing.

use crate::limits;

/// A compiled pattern: what is literal at both ends, which decides most comparisons, and the states between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct States {
    front: Box<[u8]>,
    back: Box<[u8]>,
    /// Empty: front and back are one literal, and it stands in `front`.
    middle: Box<[Token]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// Any run of bytes, also none.
    Across,
    /// This byte.
    Byte(u8),
    /// One byte that is no slash.
    Inside,
    /// Any run of bytes without a slash, also none.
    Within,
}

impl States {
    /// `exact`: a `*` that is a whole segment is not empty.
    pub(super) fn of(text: &[u8], exact: bool) -> Self {
        let all = tokens(text, exact);
        let literal = |token: &Token| match token {
            Token::Byte(byte) => Some(*byte),
            _ => None,
        };
        let front: Box<[u8]> = all.iter().map_while(literal).collect();
        let rest = &all[front.len()..];
        let mut back: Vec<u8> = rest.iter().rev().map_while(literal).collect();
        back.reverse();
        let middle = rest[..rest.len() - back.len()].into();
        Self { front, back: back.into(), middle }
    }

    /// Whether the pattern is the whole path's.
    pub(super) fn accept(&self, path: &[u8]) -> bool {
        let Some(rest) = path.strip_prefix(&*self.front) else { return false };
        match *self.middle {
            [] => rest.is_empty(),
            _ => rest.strip_suffix(&*self.back).is_some_and(|between| self.walk(between)),
        }
    }

    fn walk(&self, path: &[u8]) -> bool {
        if let [Token::Across] = *self.middle {
            return true;
        }
        let mut states = Set::default();
        self.reach(&mut states, 0);
        for byte in path {
            let mut next = Set::default();
            for index in states.iter(self.middle.len()) {
                match self.middle.get(index) {
                    Some(Token::Across) => self.reach(&mut next, index),
                    Some(Token::Within) if *byte != b'/' => self.reach(&mut next, index),
                    Some(Token::Inside) if *byte != b'/' => self.reach(&mut next, index + 1),
                    Some(Token::Byte(expected)) if expected == byte => self.reach(&mut next, index + 1),
                    _ => {}
                }
            }
            states = next;
        }
        states.has(self.middle.len())
    }

    /// A state, and those behind it that runs of nothing lead to.
    fn reach(&self, states: &mut Set, index: usize) {
        let mut index = index;
        while !states.has(index) {
            states.insert(index);
            if !matches!(self.middle.get(index), Some(Token::Across | Token::Within)) {
                return;
            }
            index += 1;
        }
    }
}

/// A whole segment `*` is two tokens, and every pattern has fewer than two for each of its bytes.
const WORDS: usize = 2 * limits::PATTERN_BYTES_MAX / 64 + 1;

/// A set of states.
#[derive(Clone, Copy, Default)]
struct Set([u64; WORDS]);

impl Set {
    fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    fn has(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }

    /// Those up to `last`, in order.
    fn iter(&self, last: usize) -> impl Iterator<Item = usize> {
        self.0[..=last / 64].iter().enumerate().flat_map(|(word, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros() as usize;
                (bit < 64).then(|| {
                    bits &= bits - 1;
                    64 * word + bit
                })
            })
        })
    }
}

fn tokens(text: &[u8], exact: bool) -> Vec<Token> {
    let mut out = Vec::new();
    let mut index = 0;
    while let Some(byte) = text.get(index) {
        let after = text.get(index + 1);
        if *byte != b'*' {
            out.push(Token::Byte(*byte));
        } else if after == Some(&b'*') {
            out.push(Token::Across);
            index += 1;
        } else {
            let whole_segment = text[index - 1] == b'/' && after.is_none_or(|after| *after == b'/');
            if exact && whole_segment {
                out.push(Token::Inside);
            }
            out.push(Token::Within);
        }
        index += 1;
    }
    out
}
