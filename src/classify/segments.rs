//! The segments of a raw path and the words of a segment, without an allocation: every request's way leads here.

/// The segments that are not empty.
pub(super) fn segments(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The words of a name as they are written: `bulk-deleteUsers` is `bulk`, `delete`, `Users`.
pub(super) fn words(name: &str) -> Words<'_> {
    Words { rest: name }
}

/// What `words` gives.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(|char: char| char.is_ascii_alphanumeric())?;
        let rest = &self.rest[start..];
        let bytes = rest.as_bytes();
        let ends = |index: &usize| !bytes[*index].is_ascii_alphanumeric() || is_hump(bytes, *index);
        let end = (1..bytes.len()).find(ends).unwrap_or(bytes.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        Some(word)
    }
}

/// Whether a new word starts with the capital at this place: `userId`, and the `S` of `DBSize`.
fn is_hump(bytes: &[u8], index: usize) -> bool {
    let before = bytes[index - 1];
    let next_is_lower = bytes.get(index + 1).is_some_and(u8::is_ascii_lowercase);
    bytes[index].is_ascii_uppercase() && (!before.is_ascii_uppercase() || next_is_lower)
}

/// Whether a word is one of these, in any case.
pub(super) fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_falls_into_its_words_as_they_are_written() {
        for (name, expected) in [
            ("bulk-deleteUsers", &["bulk", "delete", "Users"][..]),
            ("model_permissions", &["model", "permissions"]),
            ("DBSize", &["DB", "Size"]),
            ("getV2Things", &["get", "V2", "Things"]),
            ("users:purge", &["users", "purge"]),
            ("%C3%A9", &["C3", "A9"]),
            ("Caf\u{e9}s", &["Caf", "s"]),
            ("--", &[]),
        ] {
            assert_eq!(words(name).collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn empty_segments_are_none() {
        assert_eq!(segments("//a/b/").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(segments("/").count(), 0);
    }
}
