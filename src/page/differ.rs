//! What several requests differ in: of each, the lines of the one rendering that do not stand in all of them as often.
//! Holdpoint's own lines (who, when, which digest) differ always and are not compared.

use std::collections::HashMap;

use crate::approve::{Charset, Gutter, Line, Rendering};

/// For each rendering, its own lines, in their order.
pub fn differ(renderings: &[&Rendering]) -> Vec<Vec<Line>> {
    let shared = shared(renderings);
    renderings.iter().map(|rendering| own(rendering, shared.clone())).collect()
}

fn theirs(rendering: &Rendering) -> impl Iterator<Item = &Line> {
    rendering.lines.iter().filter(|line| line.gutter != Gutter::None)
}

/// How often each line stands in every one of them.
fn shared(renderings: &[&Rendering]) -> HashMap<String, usize> {
    let mut all = renderings.iter().map(|rendering| counts(rendering));
    let mut shared = all.next().unwrap_or_default();
    for counts in all {
        shared.retain(|text, count| {
            *count = counts.get(text).copied().unwrap_or(0).min(*count);
            *count > 0
        });
    }
    shared
}

fn counts(rendering: &Rendering) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    theirs(rendering).for_each(|line| *counts.entry(line.text(Charset::Utf8)).or_insert(0) += 1);
    counts
}

fn own(rendering: &Rendering, mut shared: HashMap<String, usize>) -> Vec<Line> {
    let is_own = |line: &&Line| match shared.get_mut(&line.text(Charset::Utf8)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    };
    theirs(rendering).filter(is_own).cloned().collect()
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
        let found = differ(&renderings.iter().collect::<Vec<_>>());
        let text = |line: &Line| line.spans[0].text.clone();
        found.iter().map(|lines| lines.iter().map(text).collect()).collect()
    }

    #[test]
    fn only_lines_that_are_not_in_all_of_them_as_often_are_named() {
        assert_eq!(found(&[&["a", "b", "c"], &["a", "x", "c"]]), [["b"], ["x"]]);
        assert_eq!(found(&[&["a", "a"], &["a"]]), [vec!["a"], vec![]]);
        assert_eq!(found(&[&["a", "b"], &["a", "b"]]), [Vec::<String>::new(), vec![]]);
        assert_eq!(found(&[&["a"], &["a"], &["b"]]), [["a"], ["a"], ["b"]]);
    }
}
