//! What a person changed in a request's text, shown before it takes the request's place: the lines that went and those
//! that came, each change with the line before and the line after it. Lines that are notes are never sent, so they are no
//! change; those that somebody wrote or changed are named, because whoever did so may have meant a field.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::approve::changes::Change;
use crate::approve::hunks::hunks;
use crate::approve::wrap::{Setting, set};
use crate::approve::{Charset, Gutter, Line, Screen, Style, Untrusted};
use crate::limits::SHOWN_COLUMNS_MAX;
use crate::parse::edit::is_note;

/// A text's lines with their numbers, its notes left out.
fn sent(text: &str) -> Vec<(usize, &str)> {
    let mut in_head = true;
    let mut begun = false;
    // A carriage return in a body is sent: lines are cut at line feeds alone.
    let lines = text.split('\n').enumerate().filter(|(_, line)| {
        let (note, empty) = (in_head && is_note(line), matches!(*line, "" | "\r"));
        begun |= !empty && !note;
        in_head &= !(begun && empty);
        !note
    });
    lines.map(|(index, line)| (index + 1, line)).collect()
}

/// Whether a text asks for anything else than another one.
pub fn is_the_same(before: &str, after: &str) -> bool {
    let lines = |text| sent(text).into_iter().map(|(_, line)| line).collect::<Vec<_>>();
    lines(before) == lines(after)
}

/// The notes that were not there before: what is written in them is not taken.
pub fn not_taken<'t>(before: &str, after: &'t str) -> Vec<&'t str> {
    let known: HashSet<&str> = before.lines().filter(|line| is_note(line)).collect();
    let sent: HashSet<usize> = sent(after).into_iter().map(|(number, _)| number).collect();
    let notes = after.split('\n').enumerate().filter(|(index, _)| !sent.contains(&(index + 1)));
    notes.map(|(_, line)| line).filter(|line| !known.contains(line)).collect()
}

/// Shows it. Both texts are the agent's words, or may be: Holdpoint's own sign stands before the bar.
pub fn show<W: Write>(screen: &mut Screen<W>, before: &str, after: &str) -> io::Result<()> {
    let lines = lines(before, after, screen.look().charset, SHOWN_COLUMNS_MAX);
    lines.iter().try_for_each(|line| screen.line(line))
}

/// The same as lines of a screen with so many columns.
pub fn lines(before: &str, after: &str, charset: Charset, columns: usize) -> Vec<Line> {
    let set = |label: String, text: &str, style, gutter| {
        let setting = Setting { label, gutter, style, ..Setting::default() };
        set(&Untrusted::from(text).show(charset), &setting, columns, None).0
    };
    let theirs = |sign: char, text: &str, style| set(format!("{sign} "), text, style, Gutter::Start);
    let own = |text: &str, style| set(String::new(), text, style, Gutter::None);
    let mut lines = Vec::new();
    for hunk in hunks(&sent(before), &sent(after)) {
        lines.extend(own(&format!("from line {}:", hunk.from), Style::Title));
        for (change, text) in hunk.lines {
            lines.extend(match change {
                Change::Same => theirs(' ', text, Style::Quiet),
                Change::Gone => theirs('-', text, Style::Plain),
                Change::New => theirs('+', text, Style::Title),
            });
        }
    }
    for text in not_taken(before, after) {
        lines.extend(theirs('!', text, Style::Warning));
        lines.extend(own(NOT_TAKEN, Style::Warning));
    }
    lines
}

/// What is said of a note.
pub const NOT_TAKEN: &str = "this line is a note and is not taken: it begins with `# `. The destination, `host`, \
                             `content-length` and `via` are Holdpoint's own and cannot be changed";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::Look;

    fn difference(before: &str, after: &str) -> String {
        let mut out = Vec::new();
        show(&mut Screen::new(&mut out, Look::default()), before, after).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_difference_shows_every_line_that_went_or_came_and_no_other() {
        assert_eq!(
            difference("a\nb\nc\nd", "a\nB\nB2\nc\nd"),
            "from line 2:\n  │ a\n- │ b\n+ │ B\n+ │ B2\n  │ c\n"
        );
        assert_eq!(difference("a\na", "a\na\na"), "from line 3:\n  │ a\n+ │ a\n");
        assert_eq!(difference("a", "a\x1b[2J"), "from line 1:\n- │ a\n+ │ a\\x1b[2J\n");
    }

    #[test]
    fn what_stands_between_two_changes_is_no_change() {
        let (before, after) = ("a\nb\nc\nd\ne\nf", "A\nb\nc\nd\ne\nF");
        assert_eq!(
            difference(before, after),
            "from line 1:\n- │ a\n+ │ A\n  │ b\nfrom line 6:\n  │ e\n- │ f\n+ │ F\n"
        );
    }

    const TEXT: &str =
        "# to https://a.example\nPOST / HTTP/1.1\n# host: a.example\nx: 1\n\n# a heading\nend\n";

    #[test]
    fn a_note_that_was_changed_is_named_and_is_no_change_and_a_body_has_no_notes() {
        let noted = TEXT.replace("# host: a", "# host: b");
        assert!(is_the_same(TEXT, &noted) && not_taken(TEXT, &noted) == ["# host: b.example"]);
        let shown = difference(TEXT, &noted);
        assert!(shown.starts_with("! │ # host: b.example\nthis line is a note and is not taken"), "{shown}");
        let body = TEXT.replace("# a heading", "# another");
        assert!(!is_the_same(TEXT, &body) && not_taken(TEXT, &body).is_empty());
        assert!(!is_the_same(TEXT, &TEXT.replace("end\n", "end\r\n")));
        let field = TEXT.replace("x: 1", "x: 2");
        assert!(!is_the_same(TEXT, &field) && not_taken(TEXT, &field).is_empty());
        assert_eq!(not_taken(TEXT, &TEXT.replace("# to https://a.example\n", "")), [""; 0]);
    }
}
