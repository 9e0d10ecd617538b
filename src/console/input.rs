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
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Burst {
        Input::default().burst(bytes, Moment(0))
    }

    #[test]
    fn a_key_is_a_key_also_when_it_is_held_down() {
        assert_eq!(heard(b"j"), Burst::Keys(vec![Key::Char('j')]));
        assert_eq!(heard(b"\r"), Burst::Keys(vec![Key::Enter]));
        assert_eq!(heard(b"\x1b"), Burst::Keys(vec![Key::Esc]));
        assert_eq!(heard(b"\x1b[B\x1b[B\x1bOA"), Burst::Keys(vec![Key::Down, Key::Down, Key::Up]));
        assert_eq!(heard("é".as_bytes()), Burst::Keys(vec![Key::Char('é')]));
    }

    /// CASES AP-04: every byte of a report is dropped, those too that look like words.
    #[test]
    fn what_a_terminal_says_by_itself_is_no_key() {
        for report in [
            &b"\x1b[24;80R"[..],
            b"\x1b[?62c",
            b"\x1b[>0;1;0c",
            b"\x1bP1$rm\x1b\\",
            b"\x1b]lyes\x1b\\",
            b"\x1b]10;rgb:0/0/0\x07",
            b"\x1ba",
            b"\x1b\r",
            b"\x1b[Ayes\r",
            b"yes\x1b",
            b"\x1b\x1b",
            b"\x9b6n",
            b"\x05",
            "ye\u{200b}s".as_bytes(),
        ] {
            assert_eq!(heard(report), Burst::Noise, "{report:?}");
        }
    }

    /// CASES AP-24: also where it comes in pieces.
    #[test]
    fn a_paste_is_nothing_until_its_end() {
        let mut input = Input::default();
        assert_eq!(input.burst(b"\x1b[200~yes\r", Moment(0)), Burst::Noise);
        assert_eq!(input.burst(b"yes\r", Moment(0)), Burst::Noise);
        assert_eq!(input.burst(b"\x1b[201~", Moment(0)), Burst::Noise);
        assert_eq!(input.burst(b"y", Moment(0)), Burst::Keys(vec![Key::Char('y')]));
        assert_eq!(input.burst(b"\x1b[200~yes\x1b[201~", Moment(0)), Burst::Noise);
        assert_eq!(input.burst(b"n", Moment(0)), Burst::Keys(vec![Key::Char('n')]));
    }

    /// Whatever the sizes of the reads are, no mark is missed.
    #[test]
    fn a_mark_between_two_reads_is_a_mark() {
        for at in 1..PASTE_END.len() {
            let mut input = Input::default();
            assert_eq!(input.burst(b"\x1b[200~yes", Moment(0)), Burst::Noise);
            let (first, second) = PASTE_END.split_at(at);
            assert_eq!(input.burst(&[b"\r", first].concat(), Moment(1)), Burst::Noise);
            assert_eq!(input.burst(second, Moment(2)), Burst::Noise);
            assert_eq!(input.burst(b"\x03", Moment(3)), Burst::Keys(vec![Key::Interrupt]), "{at}");
        }
        let mut input = Input::default();
        input.burst(b"j\x1b[20", Moment(0));
        assert_eq!(input.burst(b"0~yes", Moment(1)), Burst::Noise);
        assert_eq!(input.burst(b"\r", Moment(2)), Burst::Noise);
    }

    /// CASES AP-24: the mark at the end of a paste may be lost; whoever then types is heard again, but for the first key.
    #[test]
    fn a_paste_without_an_end_ends_with_a_rest() {
        let mut input = Input::default();
        assert_eq!(input.burst(b"\x1b[200~yes", Moment(0)), Burst::Noise);
        let rest = CONSOLE_PASTE_QUIET.as_millis() as u64;
        assert_eq!(input.burst(b"\r", Moment(rest - 1)), Burst::Noise);
        assert_eq!(input.burst(b"\r", Moment(2 * rest - 2)), Burst::Noise, "the near miss: no rest yet");
        assert_eq!(input.burst(b"\x03", Moment(3 * rest)), Burst::Noise);
        assert_eq!(input.burst(b"\x03", Moment(3 * rest + 100)), Burst::Keys(vec![Key::Interrupt]));
    }
}
