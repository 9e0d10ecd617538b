//! What each of several requests has otherwise than the first of them: line by line of the one rendering, in their order,
//! so that what changed places has changed (CASES AP-28). Holdpoint's own lines (who, when, which digest) differ always
//! and are not compared. It is an aid beside requests that stand there whole.

use crate::approve::changes::{Change, changes};
use crate::approve::{Charset, Gutter, Line, Rendering};

/// For each but the first, the lines that the first has not (`+`) or has beside it (`-`); `None` where that is too much
/// work, so that nothing can be said of it.
pub fn differ(renderings: &[&Rendering]) -> Vec<Option<Vec<Line>>> {
    let Some((first, others)) = renderings.split_first() else { return Vec::new() };
    let first = theirs(first);
    others.iter().map(|other| difference(&first, &theirs(other))).collect()
}

/// The agent's lines, with their texts.
fn theirs(rendering: &Rendering) -> Vec<(String, &Line)> {
    let lines = rendering.lines.iter().filter(|line| line.gutter != Gutter::None);
    lines.map(|line| (line.text(Charset::Utf8), line)).collect()
}

fn difference(first: &[(String, &Line)], other: &[(String, &Line)]) -> Option<Vec<Line>> {
    let texts = |lines: &[(String, &Line)]| lines.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
    let (mut old, mut new, mut found) = (first.iter(), other.iter(), Vec::new());
    for change in changes(&texts(first), &texts(other))? {
        let gone = (change != Change::New).then(|| old.next()).flatten();
        let come = (change != Change::Gone).then(|| new.next()).flatten();
        match (change, gone, come) {
            (Change::Gone, Some((_, line)), _) => found.push(signed('-', line)),
            (Change::New, _, Some((_, line))) => found.push(signed('+', line)),
            _ => {}
        }
    }
    Some(found)
}

fn signed(sign: char, line: &Line) -> Line {
    Line { label: format!("{sign} {}", line.label), ..line.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::{Span, Style};

    fn rendering(texts: &[&str]) -> Rendering {
        let line = |text: &&str| Line {
            gutter: Gutter::Start,
            spans: vec![Span { text: (*text).to_owned(), ..Span::default() }],
            ..Line::default()
        };
        let own = Line::own("asked a while ago", Style::Quiet);
        Rendering { lines: texts.iter().map(line).chain([own]).collect(), ..Rendering::default() }
    }

    fn found(texts: &[&[&str]]) -> Vec<Vec<String>> {
        let renderings: Vec<Rendering> = texts.iter().map(|texts| rendering(texts)).collect();
        let text = |line: &Line| format!("{}{}", line.label.trim(), line.spans[0].text);
        let found = differ(&renderings.iter().collect::<Vec<_>>());
        found.into_iter().map(|lines| lines.unwrap().iter().map(text).collect()).collect()
    }

    #[test]
    fn each_line_that_is_not_the_first_one_s_at_its_place_is_named() {
        assert_eq!(found(&[&["a", "b", "c"], &["a", "x", "c"]]), [["-b", "+x"]]);
        assert_eq!(found(&[&["a", "a"], &["a"]]), [["-a"]]);
        assert_eq!(found(&[&["a", "b"], &["a", "b"]]), [Vec::<String>::new()]);
        assert_eq!(found(&[&["a"], &["a"], &["b"]]), [vec![], vec!["-a", "+b"]]);
    }

    /// CASES AP-28: the same lines at other places are another request, also where some other line differs as well.
    #[test]
    fn lines_that_changed_places_are_named() {
        let (one, other) =
            (["id 1", "admin:", "no", "guest:", "yes"], ["id 2", "admin:", "yes", "guest:", "no"]);
        assert_eq!(found(&[&one, &other]), [["-id 1", "+id 2", "-no", "-guest:", "+guest:", "+no"]]);
    }
}
