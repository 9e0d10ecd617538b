//! What strings of JSON read as once their escapes are undone, for those that hide something behind one: a text of
//! several lines, letters in numbers (`\u0064elete`), controls. The source stands above, and is what is sent.

use super::json_token::{string, unescape};
use super::rows::{Reading, counts_by_line};
use super::shown::Counts;

/// The readings of a row's strings, in order; none where every string says what it is.
pub fn readings(row: &[u8]) -> Vec<Reading> {
    escaped(row).map(|text| Reading { label: "  reads ", text }).collect()
}

/// What hides behind escapes in all strings of a text.
pub fn hidden(text: &[u8]) -> Counts {
    let mut counts = Counts::default();
    escaped(text).for_each(|text| counts.add(&counts_by_line(&text)));
    counts
}

/// The strings whose escapes say more than a quote, a backslash or a slash.
fn escaped(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.iter().position(|byte| *byte == b'"')?;
            at = string(text, start)?;
            let inside = &text[start + 1..at - 1];
            if says_more(inside) {
                return Some(unescape(inside));
            }
        }
    })
}

fn says_more(inside: &[u8]) -> bool {
    let mut at = 0;
    while let Some(place) = inside.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        match inside.get(at + place + 1) {
            Some(b'"' | b'\\' | b'/') => at += place + 2,
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::unicode::Kind;

    fn texts(row: &str) -> Vec<String> {
        let all = readings(row.as_bytes()).into_iter();
        all.map(|reading| String::from_utf8(reading.text).unwrap()).collect()
    }

    #[test]
    fn a_string_is_read_where_its_escapes_hide_what_it_says() {
        assert_eq!(texts(r#""q\u0075ery":"a\nb","#), ["query", "a\nb"]);
        assert_eq!(texts(r#""\ud83d\ude00""#), ["😀"]);
        assert!(texts(r#""C:\\new":"say \"n\" \/","#).is_empty());
        assert!(texts(r#""plain": 12, "unfinished"#).is_empty());
    }

    /// CASES AP-06, AP-08
    #[test]
    fn what_hides_behind_an_escape_is_counted() {
        let counts = hidden(br#"{"a":"\u202e\u200b\u001b[2J\n"}"#);
        assert_eq!((counts.of(Kind::Bidi), counts.of(Kind::Invisible), counts.of(Kind::Control)), (1, 1, 1));
    }
}
