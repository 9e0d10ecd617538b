//! What is typed, as a terminal in raw mode hands it over. A key of the few below is a key; everything else that begins
//! with an escape is a terminal speaking for itself, or a paste, and is nothing at all, to its last byte (CASES AP-04,
//! AP-24). What comes in one read together is not taken for a confirmation, however it is spelt.

use crate::approve::unicode::kind;
use crate::clock::Moment;
use crate::limits::CONSOLE_PASTE_QUIET;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Takes a letter back.
    Backspace,
    /// The tab key, backwards.
    BackTab,
    /// A letter.
    Char(char),
    /// One line down.
    Down,
    /// To the end.
    End,
    /// Return.
    Enter,
    /// Out of it.
    Esc,
    /// To the beginning.
    Home,
    /// Ctrl-C.
    Interrupt,
    /// One screen down.
    PageDown,
    /// One screen up.
    PageUp,
    /// Ctrl-L: the screen is drawn anew.
    Redraw,
    /// On to the next.
    Tab,
    /// One line up.
    Up,
}

/// What one read gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Burst {
    /// Keys; of one or many.
    Keys(Vec<Key>),
    /// Nothing that a person typed key by key.
    Noise,
}

const PASTE: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// The sequences of xterm, with and without application mode, and of the Linux console.
const SEQUENCES: &[(&[u8], Key)] = &[
    (b"\x1b[A", Key::Up),
    (b"\x1bOA", Key::Up),
    (b"\x1b[B", Key::Down),
    (b"\x1bOB", Key::Down),
    (b"\x1b[5~", Key::PageUp),
    (b"\x1b[6~", Key::PageDown),
    (b"\x1b[H", Key::Home),
    (b"\x1bOH", Key::Home),
    (b"\x1b[1~", Key::Home),
    (b"\x1b[F", Key::End),
    (b"\x1bOF", Key::End),
    (b"\x1b[4~", Key::End),
    (b"\x1b[Z", Key::BackTab),
];

/// Reads bursts. It knows whether a paste has not ended yet.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pasting: bool,
    /// The end of what was read before: a mark may be split between two reads.
    tail: Vec<u8>,
    heard: Moment,
}

impl Input {
    /// One read, or with an escape in it all that came right behind it too.
    pub fn burst(&mut self, bytes: &[u8], now: Moment) -> Burst {
        // The end of a paste may be lost on its way. What comes first after a rest is still taken for the paste's.
        let rested = now.since(self.heard) >= CONSOLE_PASTE_QUIET;
        self.heard = now;
        let was_pasting = self.pasting;
        if rested {
            self.pasting = false;
            self.tail.clear();
        }
        let joined = [self.tail.as_slice(), bytes].concat();
        self.tail = joined[joined.len().saturating_sub(PASTE.len() - 1)..].to_vec();
        let last = |mark: &[u8]| joined.windows(mark.len()).rposition(|window| window == mark);
        match (last(PASTE), last(PASTE_END)) {
            (Some(start), end) => self.pasting = end.is_none_or(|end| end < start),
            (None, Some(_)) => self.pasting = false,
            (None, None) if was_pasting => {}
            (None, None) => return keys(bytes).map_or(Burst::Noise, Burst::Keys),
        }
        Burst::Noise
    }
}

fn keys(bytes: &[u8]) -> Option<Vec<Key>> {
    match bytes {
        b"\x1b" => Some(vec![Key::Esc]),
        [0x1b, ..] => sequences(bytes),
        _ => std::str::from_utf8(bytes).ok()?.chars().map(letter).collect(),
    }
}

/// A key that is held down comes several times in one read.
fn sequences(mut rest: &[u8]) -> Option<Vec<Key>> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (sequence, key) = SEQUENCES.iter().find(|(sequence, _)| rest.starts_with(sequence))?;
        found.push(*key);
        rest = &rest[sequence.len()..];
    }
    Some(found)
}

fn letter(letter: char) -> Option<Key> {
    match letter {
        '\r' | '\n' => Some(Key::Enter),
        '\t' => Some(Key::Tab),
        '\x08' | '\x7f' => Some(Key::Backspace),
        '\x03' => Some(Key::Interrupt),
        '\x0c' => Some(Key::Redraw),
        letter if kind(letter).is_none() => Some(Key::Char(letter)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
