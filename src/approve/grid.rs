//! A group whose members all differ from the first in one and the same line, and there in one word: the line is shown
//! once, with dots where the word stands, and then each member's code, digest and word, several to a row. Nothing is
//! left out by that, and a page of a hundred fits on a few screens.
//!
//! Only where every word is short, of plain signs, and has no blank and no bar in it, so that none can look like its
//! neighbour's code (CASES AP-12). Whatever is not so plain is listed line by line.

use super::line::{Gutter, Line, Span, Style};
use super::shown::Charset;

/// A longer word has a row of its own.
const WORD_MAX: usize = 24;

/// Between two cells.
const GAP: &str = "  ";

/// One of the members: its code and digits, and its lines as shown.
pub struct Member<'a> {
    pub label: String,
    pub lines: &'a [String],
}

/// The rows; `None` where they are not alike enough, or would not fit side by side.
pub fn grid(first: &[String], others: &[Member], width: usize, charset: Charset) -> Option<Vec<Line>> {
    let at = one_place(first, others)?;
    let lines: Vec<&str> = others.iter().map(|other| other.lines[at].as_str()).collect();
    let (start, end) = around(&first[at], &lines);
    let words: Vec<&str> = lines.iter().map(|line| &line[start..line.len() - end]).collect();
    let (before, after) = (&first[at][..start], &first[at][first[at].len() - end..]);
    let is_template = |text: &str| text.bytes().all(|byte| plain(byte) || byte == b' ');
    let fits = before.len() + after.len() + 6 <= width;
    if !fits || !is_template(before) || !is_template(after) || !words.iter().all(|word| is_word(word)) {
        return None;
    }
    let bar = Gutter::Start.text(charset);
    let wide = words.iter().map(|word| word.len()).max()?;
    let cell = others.iter().map(|other| other.label.len()).max()? + 1 + bar.chars().count() + wide;
    // One column more for terminals that take a bar for a wide character.
    let across = (width + GAP.len()) / (cell + 1 + GAP.len());
    if across < 2 {
        return None;
    }
    let mut rows = vec![template(before, after)];
    let cells: Vec<(&str, &str)> =
        others.iter().map(|other| other.label.as_str()).zip(words.iter().copied()).collect();
    rows.extend(cells.chunks(across).map(|cells| row(cells, wide, bar)));
    Some(rows)
}

/// The only line in which any of them differs, and all do.
fn one_place(first: &[String], others: &[Member]) -> Option<usize> {
    let mut place = None;
    for other in others {
        let mut differ = other.lines.iter().zip(first).enumerate().filter(|(_, (line, same))| line != same);
        let (at, _) = differ.next()?;
        if differ.next().is_some()
            || other.lines.len() != first.len()
            || place.is_some_and(|place| place != at)
        {
            return None;
        }
        place = Some(at);
    }
    place
}

/// How many bytes stand before and behind the word that differs, the same in all lines; words and numbers stay whole.
fn around(first: &str, others: &[&str]) -> (usize, usize) {
    let same = |(one, two): &(u8, u8)| one == two;
    let of = |other: &&str| first.bytes().zip(other.bytes()).take_while(same).count();
    let mut start = others.iter().map(of).min().unwrap_or(0);
    while start > 0 && !is_edge(first.as_bytes()[start - 1]) {
        start -= 1;
    }
    let of = |other: &&str| {
        let back = first[start..].bytes().rev().zip(other[start..].bytes().rev());
        back.take_while(same).count()
    };
    let mut end = others.iter().map(of).min().unwrap_or(0);
    while end > 0 && !is_edge(first.as_bytes()[first.len() - end]) {
        end -= 1;
    }
    (start, end)
}

/// Where a word may begin or end; an ASCII sign, so that no character is cut.
fn is_edge(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric()
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'|' | b'\\')
}

fn is_word(word: &str) -> bool {
    (1..=WORD_MAX).contains(&word.len()) && word.bytes().all(plain)
}

fn template(before: &str, after: &str) -> Line {
    let span = |text: &str, style| Span { text: text.to_owned(), style, ..Span::default() };
    let spans = vec![span(before, Style::Plain), span("…", Style::Title), span(after, Style::Plain)];
    Line { gutter: Gutter::Start, spans, ..Line::default() }
}

fn row(cells: &[(&str, &str)], wide: usize, bar: &str) -> Line {
    let mut line = Line { gutter: Gutter::Start, ..Line::default() };
    for (number, (label, word)) in cells.iter().enumerate() {
        if number == 0 {
            line.label = format!("{label} ");
        } else {
            let text = format!("{GAP}{label} {bar}");
            line.spans.push(Span { text, style: Style::Quiet, ..Span::default() });
        }
        let last = number + 1 == cells.len();
        let text = if last { (*word).to_owned() } else { format!("{word:<wide$}") };
        line.spans.push(Span { text, ..Span::default() });
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(first: &str, others: &[&str], width: usize) -> Option<Vec<String>> {
        let lines = |text: &str| vec!["POST /posts".to_owned(), text.to_owned()];
        let first = lines(first);
        let others: Vec<_> = others.iter().map(|text| lines(text)).collect();
        let members = others.iter().enumerate();
        let members: Vec<_> =
            members.map(|(at, lines)| Member { label: format!("AAA{at} 0123456789ab"), lines }).collect();
        let rows = grid(&first, &members, width, Charset::Utf8)?;
        assert!(rows.iter().all(|row| row.text(Charset::Utf8).chars().count() <= width));
        Some(rows.iter().map(|row| row.text(Charset::Utf8)).collect())
    }

    #[test]
    fn one_line_stands_for_all_and_words_and_numbers_are_whole() {
        let rows = shown("  \"n\": \"post 120\",", &["  \"n\": \"post 121\",", "  \"n\": \"post 7\","], 79);
        let rows = rows.unwrap();
        assert_eq!(rows[0], "│   \"n\": \"post …\",");
        assert_eq!(rows[1], "AAA0 0123456789ab │ 121  AAA1 0123456789ab │ 7");
        let many = ["n=1", "n=2", "n=3", "n=44"];
        assert_eq!(shown("n=0", &many, 79).unwrap().len(), 3, "three to a row");
        assert_eq!(shown("n=0", &many, 30), None, "one to a row is no grid");
    }

    /// CASES AP-12, AP-28: what could look like a neighbour, or is not one word in one place, is listed line by line.
    #[test]
    fn what_is_not_one_plain_word_in_one_place_is_no_grid() {
        for other in [
            "n=0",
            "n=",
            "n=1  AAA9 0123456789ab",
            "n=1|2",
            "n=1│2",
            "n=\\x1b",
            "n=é",
            "n=0123456789012345678901234",
        ] {
            assert_eq!(shown("n=0", &["n=5", other], 79), None, "{other}");
        }
        assert_eq!(shown("é=0", &["é=1", "é=2"], 79), None);
        let first = vec!["a=1".to_owned(), "b=1".to_owned()];
        let both = ["a=2".to_owned(), "b=2".to_owned()];
        let one = ["a=1".to_owned(), "b=2".to_owned()];
        let other = ["a=2".to_owned(), "b=1".to_owned()];
        let more = ["a=2".to_owned(), "b=1".to_owned(), "c=1".to_owned()];
        let member = |lines| Member { label: "AAA1 0123456789ab".into(), lines };
        for lines in [&both[..], &more[..]] {
            assert!(grid(&first, &[member(lines)], 79, Charset::Utf8).is_none());
        }
        assert!(grid(&first, &[member(&one), member(&other)], 79, Charset::Utf8).is_none());
        assert!(grid(&first, &[member(&one)], 79, Charset::Utf8).is_some());
    }
}
