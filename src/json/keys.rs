//! Keys of one object that some reader would take for the same one: written twice, also by escape, or different in
//! letter case alone. Go's encoding/json matches `Method`, `METHOD` and `method` with a Kelvin sign or a long s for its
//! letters (CVE-2026-27896; CASES CL-24, CL-25).
//!
//! Keys are told apart by a hash, sorted, so that a hundred thousand cost little more than their bytes. Where hashes
//! agree the keys themselves are sorted: keys made to collide cost a logarithm more, never a square.

use std::borrow::Cow;

use super::token;

/// Hashes and node numbers of the keys of all objects that are still open, those of the innermost one last.
#[derive(Default)]
pub(super) struct Keys {
    /// The hash in the upper half, so that sorting brings equal hashes together; the node in the lower.
    tags: Vec<u64>,
}

impl Keys {
    /// How many keys there are now: where the keys of an object that opens will begin.
    pub(super) fn len(&self) -> usize {
        self.tags.len()
    }

    /// Takes a key: what stands between its quotes, whether that holds an escape, and its node. False where a control
    /// character is part of it.
    pub(super) fn push(&mut self, text: &str, escaped: bool, node: u32) -> bool {
        let Some(hash) = checked_hash(text, escaped) else { return false };
        self.tags.push(u64::from(hash) << 32 | u64::from(node));
        true
    }

    /// Ends the object whose keys began at `first`. Two nodes whose keys are the same to some reader, if there are
    /// any, the earlier first; `text` gives what stands between a node's quotes.
    pub(super) fn close<'a>(&mut self, first: usize, text: impl Fn(u32) -> &'a str) -> Option<(u32, u32)> {
        let tags = &mut self.tags[first..];
        tags.sort_unstable();
        let twins = tags
            .chunk_by(|one, other| one >> 32 == other >> 32)
            .filter(|alike| alike.len() > 1)
            .find_map(|alike| twins(alike.iter().map(|tag| *tag as u32), &text));
        self.tags.truncate(first);
        twins
    }
}

/// Two of these nodes whose keys fold to the same text.
fn twins<'a>(nodes: impl Iterator<Item = u32>, text: &impl Fn(u32) -> &'a str) -> Option<(u32, u32)> {
    let mut keys: Vec<_> = nodes.map(|node| (fold(text(node)), node)).collect();
    keys.sort_unstable_by(|(one, at), (other, there)| lower(one).cmp(lower(other)).then(at.cmp(there)));
    keys.windows(2).find_map(|pair| {
        let [(one, at), (other, there)] = pair else { return None };
        one.eq_ignore_ascii_case(other).then_some((*at, *there))
    })
}

fn lower(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// The hash of a folded key, none for a key with a control character, in one pass over the usual key: readers that
/// end a text at NUL would see another one, and nobody who means well writes any control into a key.
fn checked_hash(text: &str, escaped: bool) -> Option<u32> {
    let (mut delete, mut all) = (false, 0);
    let hash = hash(text.bytes().inspect(|byte| {
        delete |= *byte == 0x7f;
        all |= *byte;
    }));
    // Bare controls below the blank are no part of a string in the first place.
    if all.is_ascii() && !escaped {
        return (!delete).then_some(hash);
    }
    let meant = token::unescape(text);
    (!meant.contains(char::is_control)).then(|| self::hash(fold(text).bytes()))
}

/// FNV-1a over the lower-case letters. Anybody can make keys that collide in it; nothing but speed rests on it.
fn hash(bytes: impl Iterator<Item = u8>) -> u32 {
    let wide = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    (wide ^ wide >> 32) as u32
}

/// A key as a reader sees it that pays no heed to letter case, but for the case of ASCII letters, which is left for
/// the comparison: so that the usual key is not copied.
fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    for character in token::unescape(text).chars() {
        if character.is_ascii() {
            folded.push(character);
        } else {
            folded.extend(fold_character(character));
        }
    }
    Cow::Owned(folded)
}

/// Whether two keys without escapes are the same to a reader that pays no heed to letter case.
pub(super) fn are_alike(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    one.chars().flat_map(fold_character).eq(other.chars().flat_map(fold_character))
}

/// Down, up and down again: `ẞ` has no capital of its own but becomes `ß`, and that becomes `SS`; `ſ` becomes `S`
/// only on the way up, the Kelvin sign `k` only on the way down. Of `İ` the dot is left out: Java takes it for `i`.
fn fold_character(character: char) -> impl Iterator<Item = char> {
    let lower = |character: char| character.to_lowercase().next().unwrap_or(character);
    lower(character).to_uppercase().map(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES CL-25
    #[test]
    fn letters_that_some_reader_takes_for_one_fold_to_one() {
        for (one, other) in [
            ("method", "Method"),
            ("kind", "\u{212a}ind"),
            ("params", "param\u{17f}"),
            ("i", "İ"),
            ("i", "ı"),
            ("straße", "STRAẞE"),
            ("straße", "strasse"),
            ("ς", "Σ"),
        ] {
            assert!(are_alike(one, other), "{one} {other}");
            assert!(fold(one).eq_ignore_ascii_case(&fold(other)), "{one} {other}");
            assert_eq!(checked_hash(one, false), checked_hash(other, false), "{one} {other}");
        }
        assert!(!are_alike("method", "methods"));
        assert!(!are_alike("é", "e"));
    }

    #[test]
    fn every_character_folds_as_its_capital_and_its_small_letter_do() {
        for character in '\0'..=char::MAX {
            let same = |other| fold_character(other).eq(fold_character(character));
            let (mut small, mut capital) = (character.to_lowercase(), character.to_uppercase());
            assert!(small.len() > 1 || small.all(same), "{character:?}");
            assert!(capital.len() > 1 || capital.all(same), "{character:?}");
        }
    }

    #[test]
    fn keys_whose_hashes_agree_are_told_apart_and_twins_are_found_among_them() {
        let names: Vec<String> =
            (0..20_000).map(|number| format!("key{number}")).chain(["KEY7".into()]).collect();
        let text = |node: u32| names[node as usize].as_str();
        let mut keys = Keys { tags: (0..20_000).collect() };
        assert_eq!(keys.close(0, text), None);
        let mut keys = Keys { tags: (0..=20_000).collect() };
        assert_eq!(keys.close(0, text), Some((7, 20_000)));
    }
}
