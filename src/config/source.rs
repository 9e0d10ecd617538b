//! The text of a config file and the errors in it, written for people: what is wrong, where, the line with a caret
//! under it, and what to do.

use std::fmt::Write;
use std::ops::Range;

/// Lines longer than this are not shown; the place still is.
const LINE_CHARS_MAX: usize = 200;
/// Errors shown at a time; who has more wants to see the first ones.
const SHOWN_MAX: usize = 20;

/// A file's name and text.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

/// What is wrong with a value, in words that start in lower case and have no full stop.
#[derive(Debug)]
pub(super) struct Complaint {
    what: String,
    help: Option<String>,
    secret: bool,
}

impl Complaint {
    /// Only what is wrong.
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), help: None, secret: false }
    }

    /// And what to do.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The line may hold a secret by mistake, so it is not printed.
    pub(super) fn secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

impl From<String> for Complaint {
    fn from(what: String) -> Self {
        Self::new(what)
    }
}

/// A complaint and its place: a range of bytes, or the file as a whole.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) span: Option<Range<usize>>,
    pub(super) complaint: Complaint,
}

/// Line and column, both from 1; columns count characters.
struct Place<'a> {
    line: usize,
    column: usize,
    text: &'a str,
}

impl Source<'_> {
    /// All problems as one text, in the order of the file.
    pub(super) fn render(&self, mut problems: Vec<Problem>) -> String {
        problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
        let mut texts: Vec<_> = problems.iter().take(SHOWN_MAX).map(|problem| self.one(problem)).collect();
        if problems.len() > SHOWN_MAX {
            texts.push(format!("and {} errors more", problems.len() - SHOWN_MAX));
        }
        texts.join("\n\n")
    }

    /// `file:line` of a place, for warnings.
    pub(super) fn line(&self, span: &Range<usize>) -> String {
        format!("{}:{}", self.name, self.place(span.start).line)
    }

    fn one(&self, problem: &Problem) -> String {
        let Complaint { what, help, secret } = &problem.complaint;
        let mut out = format!("error: {what}");
        let Some(span) = &problem.span else {
            let _ = write!(out, "\n --> {}", self.name);
            help.iter().for_each(|help| out.push_str(&format!("\n  = help: {help}")));
            return out;
        };
        let Place { line, column, text } = self.place(span.start);
        let _ = write!(out, "\n --> {}:{line}:{column}", self.name);
        let gutter = " ".repeat(line.to_string().len());
        if !secret && text.chars().count() <= LINE_CHARS_MAX {
            // Tabs stay tabs, so that the caret stands under its character.
            let blank: String =
                text.chars().take(column - 1).map(|char| if char == '\t' { char } else { ' ' }).collect();
            let rest = text.chars().count() - (column - 1).min(text.chars().count());
            let marked = self.text.get(span.clone()).map_or(1, |marked| marked.chars().count());
            let carets = "^".repeat(marked.min(rest).max(1));
            let _ = write!(out, "\n{gutter} |\n{line} | {text}\n{gutter} | {blank}{carets}");
        }
        if let Some(help) = help {
            let _ = write!(out, "\n{gutter} = help: {help}");
        }
        out
    }

    fn place(&self, offset: usize) -> Place<'_> {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |index| index + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |index| offset + index);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
            text: self.text[start..end].trim_end_matches('\r'),
        }
    }
}

/// The known word that a mistyped one was most likely meant to be: at most two letters away.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|known| (distance(word, known), known));
    near.filter(|(distance, known)| *distance <= 2 && *distance < known.len()).min().map(|(_, known)| known)
}

/// How many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // Nothing longer than this can be near any key.
    for (i, x) in a.chars().take(64).enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_the_line_and_points_at_the_place() {
        let source = Source { name: "f.toml", text: "[proxy]\n\tlisten = \"ü:1\" # x\n" };
        let start = source.text.find('"').unwrap();
        let span = start..start + "\"ü:1\"".len();
        let problem = Problem { span: Some(span), complaint: Complaint::new("no").help("try") };
        let expected = "error: no\n --> f.toml:2:11\n  |\n2 | \tlisten = \"ü:1\" # x\n  | \t         ^^^^^\n  = help: try";
        assert_eq!(source.render(vec![problem]), expected);
    }

    #[test]
    fn a_line_that_may_hold_a_secret_is_not_shown() {
        let source = Source { name: "f.toml", text: "token_hash = \"hunter2\"" };
        let problem = Problem { span: Some(13..22), complaint: Complaint::new("no hash").secret() };
        let text = source.render(vec![problem]);
        assert!(text.contains("f.toml:1:14") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_place_at_the_end_or_beyond_is_still_a_place() {
        for (text, offset) in [("", 0), ("a\n", 2), ("é", 1), ("a", 99)] {
            let source = Source { name: "f", text };
            let problem = Problem { span: Some(offset..offset + 1), complaint: Complaint::new("x") };
            assert!(source.render(vec![problem]).contains(" --> f:"));
        }
    }

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        let keys = ["listen", "socks5", "transparent"];
        assert_eq!(nearest("lisen", keys), Some("listen"));
        assert_eq!(nearest("litsen", keys), Some("listen"));
        assert_eq!(nearest("port", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
