//! Which characters a person would not see for what they are: controls, characters that reorder text, characters
//! without ink, and blanks that are not the ASCII blank (CASES AP-01, 02, 06, 08).
//!
//! The invisible ones are Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt (16.0; the stretch
//! of tags and selectors as a whole, U+E0000 to U+E0FFF, assigned or not), every other format character (general
//! category Cf), what has no glyph of its own (private use, noncharacters, fillers). When unsure a character is
//! shown as an escape: that costs a reader a glance, the other mistake costs the release.

/// Why a character is not printed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Changes the order of what stands around it.
    Bidi,
    /// Looks like an ASCII blank, or like nothing, and takes room.
    Blank,
    /// C0, DEL, C1, and the line and paragraph separators.
    Control,
    /// A byte that is not UTF-8.
    Invalid,
    /// Has no ink and takes no room, or has no agreed glyph.
    Invisible,
    /// A printable character on a terminal that is not known to speak UTF-8.
    Foreign,
    /// Carriage return right before a line feed.
    Return,
    /// Horizontal tab.
    Tab,
}

/// Ranges in order: first, last, kind.
const TABLE: &[(u32, u32, Kind)] = &[
    (0x00, 0x08, Kind::Control),
    (0x09, 0x09, Kind::Tab),
    (0x0a, 0x1f, Kind::Control),
    (0x7f, 0x9f, Kind::Control),
    (0xa0, 0xa0, Kind::Blank),
    (0xad, 0xad, Kind::Invisible),
    (0x34f, 0x34f, Kind::Invisible),
    (0x600, 0x605, Kind::Invisible),
    (0x61c, 0x61c, Kind::Bidi),
    (0x6dd, 0x6dd, Kind::Invisible),
    (0x70f, 0x70f, Kind::Invisible),
    (0x890, 0x891, Kind::Invisible),
    (0x8e2, 0x8e2, Kind::Invisible),
    (0x115f, 0x1160, Kind::Invisible),
    (0x1680, 0x1680, Kind::Blank),
    (0x17b4, 0x17b5, Kind::Invisible),
    (0x180b, 0x180f, Kind::Invisible),
    (0x2000, 0x200a, Kind::Blank),
    (0x200b, 0x200d, Kind::Invisible),
    (0x200e, 0x200f, Kind::Bidi),
    (0x2028, 0x2029, Kind::Control),
    (0x202a, 0x202e, Kind::Bidi),
    (0x202f, 0x202f, Kind::Blank),
    (0x205f, 0x205f, Kind::Blank),
    (0x2060, 0x2065, Kind::Invisible),
    (0x2066, 0x2069, Kind::Bidi),
    (0x206a, 0x206f, Kind::Invisible),
    (0x2800, 0x2800, Kind::Blank),
    (0x3000, 0x3000, Kind::Blank),
    (0x3164, 0x3164, Kind::Invisible),
    (0xe000, 0xf8ff, Kind::Invisible),
    (0xfdd0, 0xfdef, Kind::Invisible),
    (0xfe00, 0xfe0f, Kind::Invisible),
    (0xfeff, 0xfeff, Kind::Invisible),
    (0xffa0, 0xffa0, Kind::Invisible),
    (0xfff0, 0xfffc, Kind::Invisible),
    (0xfffe, 0xffff, Kind::Invisible),
    (0x110bd, 0x110bd, Kind::Invisible),
    (0x110cd, 0x110cd, Kind::Invisible),
    (0x13430, 0x13455, Kind::Invisible),
    (0x16fe4, 0x16fe4, Kind::Invisible),
    (0x1bca0, 0x1bca3, Kind::Invisible),
    (0x1d159, 0x1d159, Kind::Blank),
    (0x1d173, 0x1d17a, Kind::Invisible),
    (0xe0000, 0xe0fff, Kind::Invisible),
    (0xf0000, 0x10ffff, Kind::Invisible),
];

/// What is wrong with showing a character as it is; `None`: nothing.
pub fn kind(character: char) -> Option<Kind> {
    let code = u32::from(character);
    if (0x20..0x7f).contains(&code) {
        return None;
    }
    if code & 0xfffe == 0xfffe {
        return Some(Kind::Invisible);
    }
    let after = TABLE.partition_point(|(first, _, _)| *first <= code);
    let (_, last, kind) = TABLE.get(after.checked_sub(1)?)?;
    (code <= *last).then_some(*kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_nothing_overlaps() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].0 <= pair[0].1 && pair[0].1 < pair[1].0, "{pair:x?}");
        }
    }

    /// CASES AP-02, AP-06, AP-08: and for each stretch the neighbour that is an ordinary character.
    #[test]
    fn each_hidden_character_has_its_kind_and_its_neighbour_has_none() {
        for (character, expected) in [
            ('\u{1b}', Some(Kind::Control)),
            (' ', None),
            ('~', None),
            ('\u{7f}', Some(Kind::Control)),
            ('\u{9b}', Some(Kind::Control)),
            ('\u{a1}', None),
            ('\u{ad}', Some(Kind::Invisible)),
            ('\u{ae}', None),
            ('\u{61c}', Some(Kind::Bidi)),
            ('\u{2010}', None),
            ('\u{200b}', Some(Kind::Invisible)),
            ('\u{202e}', Some(Kind::Bidi)),
            ('\u{2030}', None),
            ('\u{2069}', Some(Kind::Bidi)),
            ('\u{2800}', Some(Kind::Blank)),
            ('\u{2801}', None),
            ('\u{3000}', Some(Kind::Blank)),
            ('\u{3001}', None),
            ('\u{fe0f}', Some(Kind::Invisible)),
            ('\u{fe10}', None),
            ('\u{fffd}', None),
            ('\u{1fffe}', Some(Kind::Invisible)),
            ('\u{1d173}', Some(Kind::Invisible)),
            ('\u{1d172}', None),
            ('\u{e0041}', Some(Kind::Invisible)),
            ('\u{e01ef}', Some(Kind::Invisible)),
            ('\u{10ffff}', Some(Kind::Invisible)),
            ('é', None),
            ('漢', None),
        ] {
            assert_eq!(kind(character), expected, "U+{:X}", u32::from(character));
        }
    }
}
