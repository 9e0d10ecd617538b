//! Breaks shown text into lines of a width. A line that is too long is broken by Holdpoint, never by the terminal:
//! a terminal would go on at the left edge, where only Holdpoint speaks. A line that is far too long loses its
//! middle, and the number of bytes that are missing is said (CASES AP-10).

use super::line::{Gutter, Line, Source, Span, Style};
use super::shown::{Atom, Shown};
use super::words;

/// How many display lines one line of a request may take: these at its start and those at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// At the start.
    pub head: usize,
    /// At the end.
    pub tail: usize,
}

/// Where and how a text is set.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Before the gutter of the first line; the others get as many blanks.
    pub label: String,
    /// Added white space, only where the line begins.
    pub indent: usize,
    /// An agent's text, or Holdpoint's own.
    pub gutter: Gutter,
    /// How it is meant.
    pub style: Style,
    /// Whether it is the body's.
    pub source: Source,
}

/// Sets a text into lines; the second value is how many bytes were left out.
pub fn set(shown: &Shown, setting: &Setting, width: usize, budget: Option<Budget>) -> (Vec<Line>, u64) {
    // Three columns: two of the gutter, and one more for terminals that take its bar for a wide character.
    let room = width.saturating_sub(setting.label.len() + setting.indent + 3).max(8);
    let rows = break_rows(shown, room, setting.gutter == Gutter::None);
    let (head, tail) = match budget {
        Some(budget) if rows.len() > budget.head + budget.tail + 1 => (budget.head, rows.len() - budget.tail),
        _ => (rows.len(), rows.len()),
    };
    let (mut lines, mut missing, mut text_at) = (Vec::with_capacity(head + 1), 0, 0);
    for (index, row) in rows.iter().enumerate() {
        let text_len: usize = row.iter().map(|atom| atom.text as usize).sum();
        if (head..tail).contains(&index) {
            missing += row.iter().map(|atom| u64::from(atom.source)).sum::<u64>();
            if index + 1 == tail {
                lines.push(gap(missing));
            }
        } else {
            lines.push(line(&shown.text[text_at..text_at + text_len], setting, index == 0));
        }
        text_at += text_len;
    }
    (lines, missing)
}

fn gap(missing: u64) -> Line {
    Line::own(format!("… {} of this line not shown", words::count(missing, "byte")), Style::Warning)
}

fn line(text: &str, setting: &Setting, first: bool) -> Line {
    let gutter = match setting.gutter {
        Gutter::Start if !first => Gutter::Continued,
        gutter => gutter,
    };
    let label = if first { setting.label.clone() } else { " ".repeat(setting.label.len()) };
    let mut spans = Vec::with_capacity(2);
    if setting.indent > 0 {
        spans.push(Span { text: " ".repeat(setting.indent), style: Style::Quiet, source: Source::No });
    }
    spans.push(Span { text: text.to_owned(), style: setting.style, source: setting.source });
    Line { label, gutter, spans, newline: false }
}

/// Greedy: as many atoms as fit. There is always one row, if an empty one. `words`: a row ends behind a blank where it
/// has one in its second half, as Holdpoint's own sentences do; an agent's text is cut where it must be.
fn break_rows(shown: &Shown, room: usize, words: bool) -> Vec<&[Atom]> {
    let (atoms, text) = (&shown.atoms, shown.text.as_bytes());
    let (mut rows, mut start, mut used) = (Vec::new(), 0, 0);
    // Where the row could end, and what would have been used by then.
    let (mut at, mut blank) = (0, None);
    for (index, atom) in atoms.iter().enumerate() {
        let columns = usize::from(atom.columns);
        if used + columns > room && index > start {
            let (end, taken) = blank.take().filter(|(_, taken)| *taken * 2 > room).unwrap_or((index, used));
            rows.push(&atoms[start..end]);
            (start, used) = (end, used - taken);
        }
        used += columns;
        if words && text.get(at) == Some(&b' ') {
            blank = Some((index + 1, used));
        }
        at += atom.text as usize;
    }
    rows.push(&atoms[start..]);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::shown::Charset;
    use crate::approve::untrusted::Untrusted;

    fn lines(text: &str, width: usize, budget: Option<Budget>) -> Vec<String> {
        let setting = Setting { label: "url ".into(), gutter: Gutter::Start, ..Setting::default() };
        let shown = Untrusted::from(text).show(Charset::Utf8);
        set(&shown, &setting, width, budget).0.iter().map(|line| line.text(Charset::Utf8)).collect()
    }

    #[test]
    fn a_long_line_goes_on_behind_the_gutter() {
        assert_eq!(lines("abcdefghijkl", 17, None), ["url │ abcdefghij", "    │+kl"]);
        assert_eq!(lines("", 17, None), ["url │ "]);
    }

    #[test]
    fn holdpoint_s_own_sentences_are_broken_between_words() {
        let shown = Untrusted::from("nothing on this machine keeps it").show(Charset::Utf8);
        let own = Setting { label: "  ".into(), ..Setting::default() };
        let lines = set(&shown, &own, 21, None).0;
        let texts: Vec<_> = lines.iter().map(|line| line.text(Charset::Utf8)).collect();
        assert_eq!(texts, ["  nothing on this ", "  machine keeps it"]);
        let shown = Untrusted::from("a sha256:0123456789abcdef01").show(Charset::Utf8);
        assert_eq!(set(&shown, &own, 21, None).0[0].text(Charset::Utf8), "  a sha256:0123456");
    }

    /// CASES AP-10: and one row that could be shown instead of the remark is shown.
    #[test]
    fn a_far_too_long_line_loses_its_middle_with_a_count() {
        let budget = Some(Budget { head: 1, tail: 1 });
        let text = format!("{}{}{}", "a".repeat(10), "b".repeat(20), "c".repeat(5));
        assert_eq!(
            lines(&text, 17, budget),
            ["url │ aaaaaaaaaa", "… 20 bytes of this line not shown", "    │+ccccc"]
        );
        assert_eq!(lines(&"a".repeat(30), 17, budget).len(), 3);
        assert!(!lines(&"a".repeat(30), 17, budget).join("").contains('…'));
    }

    #[test]
    fn wide_characters_and_escapes_are_never_cut_and_never_wider_than_the_line() {
        assert_eq!(lines("漢漢漢漢漢漢\u{202e}", 17, None), ["url │ 漢漢漢漢漢", "    │+漢\\u{202e}"]);
    }
}
