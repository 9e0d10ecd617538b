//! Text that an agent, or anyone but Holdpoint, wrote. It has no `Display`: the only way to a terminal is `show`,
//! which makes every character that hides, moves or commands visible as an escape, and counts what it found
//! (CASES AP-01, 02, 03, 04, 06, 08). Line feeds too are escaped; a caller that wants lines splits them first.
//!
//! The escapes are `\xHH` for a byte (an ASCII control, or a byte that is not UTF-8) and `\u{H…}` for any other
//! character, hexadecimal digits in lower case. A backslash stays one backslash, so that JSON looks like JSON,
//! but for a run of backslashes right before an escape, or before a text that looks like one (`x1b`, `u{202e}`):
//! such a run is doubled. So an escape is what an odd run precedes, and `unescape` takes every shown text
//! back to its bytes (CASES AP-11).

use std::fmt;

use unicode_width::UnicodeWidthChar;

use super::shown::{Charset, Counts, Shown};
use super::unicode::{Kind, kind};

/// Combining marks that one character may carry before the next is shown as an escape: two are common, four
/// occur, more are there to smear over other lines.
const MARKS_MAX: usize = 4;

/// Bytes from outside. Deliberately without `Display`.
#[derive(Clone, Copy)]
pub struct Untrusted<'a>(&'a [u8]);

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Untrusted<'a> {
    fn from(text: &'a T) -> Self {
        Self(text.as_ref())
    }
}

impl fmt::Debug for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({} bytes)", self.0.len())
    }
}

impl Untrusted<'_> {
    /// The one printer for terminals.
    pub fn show(&self, charset: Charset) -> Shown {
        let mut shown = Shown::default();
        let (mut rest, mut marks) = (self.0, None);
        while let Some((first, after)) = rest.split_first() {
            if *first == b'\\' {
                let run = rest.iter().take_while(|byte| **byte == b'\\').count();
                rest = &rest[run..];
                let doubled = looks_like_escape(rest) || next_is_escaped(rest, charset);
                shown.backslashes(run, doubled);
                marks = Some(0);
                continue;
            }
            match decode(rest) {
                None => {
                    shown.escape(1, &format!("\\x{first:02x}"), Kind::Invalid);
                    (rest, marks) = (after, None);
                }
                Some(character) => {
                    rest = &rest[character.len_utf8()..];
                    marks = show_one(&mut shown, character, rest, marks, charset);
                }
            }
        }
        shown
    }

    /// A line whose line feed was taken off: a return at its end was part of the line's end.
    pub fn show_line(&self, charset: Charset) -> Shown {
        let mut shown = self.show(charset);
        if self.0.ends_with(b"\r") {
            shown.counts.forgive(Kind::Control, 1);
            shown.counts.note(Kind::Return);
        }
        shown
    }

    /// What hides in it, without making the text.
    pub fn counts(&self) -> Counts {
        // Counting is showing: a second reader of the same rules could disagree with the first.
        self.show(Charset::Utf8).counts
    }
}

/// Shows one character; returns how many marks its base carries now, `None` where there is no base.
fn show_one(
    shown: &mut Shown,
    character: char,
    rest: &[u8],
    marks: Option<usize>,
    charset: Charset,
) -> Option<usize> {
    let is_mark = !character.is_ascii() && character.width() == Some(0);
    let found = match hidden(character, charset) {
        Some(Kind::Control) if character == '\r' && rest.first() == Some(&b'\n') => Some(Kind::Return),
        None if is_mark && marks.is_none_or(|count| count >= MARKS_MAX) => Some(Kind::Invisible),
        other => other,
    };
    match found {
        Some(kind) => {
            let text = if character.is_ascii() {
                format!("\\x{:02x}", u32::from(character))
            } else {
                format!("\\u{{{:x}}}", u32::from(character))
            };
            shown.escape(character.len_utf8(), &text, kind);
            None
        }
        None => {
            let count = if is_mark { marks.map_or(0, |count| count + 1) } else { 0 };
            shown.literal(character, count);
            Some(count)
        }
    }
}

fn hidden(character: char, charset: Charset) -> Option<Kind> {
    kind(character).or_else(|| (charset == Charset::Ascii && !character.is_ascii()).then_some(Kind::Foreign))
}

/// The character at the front, where the bytes there are UTF-8.
fn decode(bytes: &[u8]) -> Option<char> {
    let longest = &bytes[..bytes.len().min(4)];
    let text = match std::str::from_utf8(longest) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).ok()?,
    };
    text.chars().next()
}

/// Whether what follows a run of backslashes will itself be shown as an escape.
fn next_is_escaped(rest: &[u8], charset: Charset) -> bool {
    !rest.is_empty() && decode(rest).is_none_or(|character| hidden(character, charset).is_some())
}

/// Whether a text goes on as an escape does after its backslash.
fn looks_like_escape(rest: &[u8]) -> bool {
    escape_tail(rest).is_some()
}

/// What stands behind an escape's backslash: the bytes it means, and how long it is.
fn escape_tail(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if let Some(digits) = rest.strip_prefix(b"x") {
        let digits = digits.get(..2).filter(|digits| digits.iter().all(is_digit))?;
        let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        return Some((vec![byte], 3));
    }
    let digits = rest.strip_prefix(b"u{")?;
    let length = digits.iter().take(7).take_while(|byte| is_digit(byte)).count();
    if !(1..=6).contains(&length) || digits.get(length) != Some(&b'}') {
        return None;
    }
    let code = u32::from_str_radix(std::str::from_utf8(&digits[..length]).ok()?, 16).ok()?;
    // A number that is no character still looks like an escape to a reader; it means nothing, so it is itself.
    let character = char::from_u32(code)?;
    Some((character.to_string().into_bytes(), length + 3))
}

/// Takes a shown text back to the bytes it was made from.
pub fn unescape(shown: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(shown.len());
    let mut rest = shown.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'\\' {
            out.push(*first);
            rest = after;
            continue;
        }
        let run = rest.iter().take_while(|byte| **byte == b'\\').count();
        rest = &rest[run..];
        let tail = escape_tail(rest);
        let kept = if tail.is_some() { run / 2 } else { run };
        out.extend(std::iter::repeat_n(b'\\', kept));
        if let Some((bytes, length)) = tail.filter(|_| run % 2 == 1) {
            out.extend_from_slice(&bytes);
            rest = &rest[length..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        Untrusted::from(bytes).show(Charset::Utf8).text
    }

    /// CASES AP-01, AP-02, AP-03, AP-06, AP-08.
    #[test]
    fn what_hides_or_commands_is_shown_as_an_escape() {
        for (bytes, expected) in [
            (&b"\x1b[2J\x1b[H"[..], r"\x1b[2J\x1b[H"),
            (b"\x1b]52;c;Zm9v\x07", r"\x1b]52;c;Zm9v\x07"),
            (b"\x9b31m", r"\x9b31m"),
            ("\u{9b}31m".as_bytes(), r"\u{9b}31m"),
            ("\u{202e}gpj.exe".as_bytes(), r"\u{202e}gpj.exe"),
            ("a\u{200b}b\u{e0041}\u{fe0f}\u{a0}".as_bytes(), r"a\u{200b}b\u{e0041}\u{fe0f}\u{a0}"),
            (b"caf\xe9", r"caf\xe9"),
            ("café 漢".as_bytes(), "café 漢"),
            (b"a\tb\r\n", r"a\x09b\x0d\x0a"),
        ] {
            assert_eq!(shown(bytes), expected);
        }
    }

    #[test]
    fn a_backslash_is_doubled_only_before_what_is_or_looks_like_an_escape() {
        assert_eq!(shown(br#"{"a":"line\nline\u202e"}"#), r#"{"a":"line\nline\u202e"}"#);
        assert_eq!(shown(br"C:\temp\new"), r"C:\temp\new");
        assert_eq!(shown(br"\x1b"), r"\\x1b");
        assert_eq!(shown(br"\\x1b"), r"\\\\x1b");
        assert_eq!(shown(br"\u{202e}"), r"\\u{202e}");
        assert_eq!(shown(b"\\\x1b"), r"\\\x1b");
        assert_eq!(shown(br"\X1B \xZZ"), r"\X1B \xZZ");
    }

    #[test]
    fn a_terminal_without_utf_8_gets_ascii_only() {
        let shown = Untrusted::from("café").show(Charset::Ascii);
        assert_eq!(shown.text, r"caf\u{e9}");
        assert_eq!(shown.counts.words(), None);
    }

    #[test]
    fn marks_that_pile_up_or_have_no_base_are_escaped() {
        assert_eq!(shown("e\u{301}".as_bytes()), "e\u{301}");
        assert_eq!(shown("\u{301}e".as_bytes()), "\\u{301}e");
        let pile = format!("e{}", "\u{301}".repeat(6));
        assert_eq!(shown(pile.as_bytes()), "e\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}");
    }

    #[test]
    fn what_was_made_visible_is_counted_by_kind() {
        let counts = Untrusted::from("\x1b\x1b\x07\u{202e}\u{200b}\u{e0041}\t\r\n").counts();
        assert_eq!(counts.words().as_deref(), Some("4 control, 1 bidi, 2 invisible"));
        assert_eq!((counts.of(Kind::Tab), counts.of(Kind::Return)), (1, 1));
        assert_eq!(Untrusted::from("plain\ttext").counts().words(), None);
    }

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\\".to_vec()),
            Just(b"x1b".to_vec()),
            Just(b"u{202e}".to_vec()),
            Just(b"u{ffffff}".to_vec()),
            Just(b"u{".to_vec()),
            Just("e\u{301}".as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
            any::<char>().prop_map(|character| character.to_string().into_bytes()),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// CASES AP-11: the shown text is the bytes, in another spelling.
        #[test]
        fn every_shown_text_can_be_taken_back_to_its_bytes(bytes in hostile(), ascii: bool) {
            let charset = if ascii { Charset::Ascii } else { Charset::Utf8 };
            let shown = Untrusted::from(&bytes).show(charset);
            prop_assert_eq!(unescape(&shown.text), bytes.clone());
            prop_assert!(shown.text.chars().all(|character| kind(character).is_none()));
            let sums = shown.atoms.iter().fold((0, 0), |sum, atom| (sum.0 + atom.source, sum.1 + atom.text));
            prop_assert_eq!(sums, (bytes.len() as u32, shown.text.len() as u32));
        }
    }
}
