//! What a group's page needs of one request: its lines as they are shown, without what differs by itself. A group is
//! released together only where its members are alike line by line; one that has another shape, or another value
//! where the rest agree, or anything that the approver must not miss, stands alone (CASES AP-28).

use std::collections::HashMap;
use std::hash::Hash;

use super::line::{Gutter, Rendering, Style};
use super::render::REQUEST;
use crate::snapshot::Digest;

/// One request, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// Of exactly what was sketched.
    pub digest: Digest,
    /// The request's lines, safe to print.
    pub lines: Vec<String>,
    /// Something in it must not be missed.
    pub warns: bool,
}

/// Holdpoint's own field, which follows from the body.
const OWN_FIELD: &str = "content-length: ";
/// What is said of every request of an agent, or of its past, and makes none differ from its like: what it has otherwise
/// than its precedent is compared line by line among the members themselves.
const OF_ALL: [&str; 8] = [
    "! advisory",
    "! differs",
    "! ran out",
    "  is       ",
    "  gone     ",
    "  masked   ",
    "  new      ",
    "           ",
];

impl Sketch {
    /// Of a rendering that left nothing out; `None` where it did, or is not the hold's.
    pub fn of(rendering: &Rendering) -> Option<Self> {
        let digest = rendering.digest.filter(|_| !rendering.elided)?;
        let mut sketch = Self { digest, lines: Vec::new(), warns: false };
        let (mut in_request, mut in_head) = (false, false);
        for line in &rendering.lines {
            let of_all = OF_ALL.iter().any(|label| line.label.starts_with(label));
            sketch.warns |= !of_all && line.spans.iter().any(|span| span.style == Style::Warning);
            let text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
            match line.gutter {
                Gutter::None if !in_request => {
                    in_request = text.starts_with(REQUEST);
                    in_head = in_request;
                }
                // What Holdpoint says of the body's parts, but for their sizes: where one message ends is no agent's line.
                Gutter::None => {
                    in_head = false;
                    sketch.lines.push(format!("{}:", text.split(',').next().unwrap_or_default()));
                }
                Gutter::Start if in_head && text.starts_with(OWN_FIELD) => {}
                Gutter::Start if in_request => sketch.lines.push(text),
                Gutter::Continued if in_request => {
                    if let Some(last) = sketch.lines.last_mut() {
                        last.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        Some(sketch)
    }
}

/// What a line is about: a field's or a member's name, with the white space before it.
fn name(line: &str) -> &str {
    let end = line.find([':', '=']).unwrap_or(0);
    &line[..end]
}

/// Where the members of a group stand: together, or each on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// By their places; alike.
    pub together: Vec<usize>,
    /// By their places.
    pub alone: Vec<usize>,
}

/// Sorts the members of a group. `None` is one that cannot be shown on a page.
pub fn sort_out(sketches: &[Option<Sketch>]) -> Sorted {
    let fit: Vec<(usize, &Sketch)> = sketches
        .iter()
        .enumerate()
        .filter_map(|(at, sketch)| Some((at, sketch.as_ref().filter(|sketch| !sketch.warns)?)))
        .collect();
    let shape = |sketch: &Sketch| sketch.lines.iter().map(|line| name(line).to_owned()).collect::<Vec<_>>();
    let Some((usual, _)) = most(fit.iter().map(|(_, sketch)| shape(sketch))) else {
        return Sorted { together: Vec::new(), alone: (0..sketches.len()).collect() };
    };
    let alike: Vec<_> = fit.into_iter().filter(|(_, sketch)| shape(sketch) == usual).collect();
    let mut together: Vec<usize> = alike.iter().map(|(at, _)| *at).collect();
    for row in 0..usual.len() {
        let values = || alike.iter().map(|(_, sketch)| sketch.lines[row].as_str());
        let Some((value, count)) = most(values()) else { continue };
        // Where three of four agree, the fourth is not one of many.
        if count * 4 >= alike.len() * 3 {
            together.retain(|at| sketches[*at].as_ref().is_some_and(|sketch| sketch.lines[row] == value));
        }
    }
    let members: Vec<&Sketch> = together.iter().filter_map(|at| sketches[*at].as_ref()).collect();
    if !is_plain_where(&members) {
        together.clear();
    }
    let alone = (0..sketches.len()).filter(|at| !together.contains(at)).collect();
    Sorted { together, alone }
}

/// Whether each line that differs can be told from all others of the request: a page shows of the others what differs, and
/// not where. Where two lines look alike, an agent could have another one differ than the person thinks.
fn is_plain_where(members: &[&Sketch]) -> bool {
    let Some((first, others)) = members.split_first() else { return true };
    let places: Vec<String> = first.lines.iter().map(|line| place(line)).collect();
    let differs = |row: usize| others.iter().any(|other| other.lines[row] != first.lines[row]);
    let is_alone = |row: usize| places.iter().filter(|place| **place == places[row]).count() == 1;
    (0..places.len()).all(|row| !differs(row) || is_alone(row))
}

/// By what a person finds a line again.
fn place(line: &str) -> String {
    let is_structure = |text: &str| text.chars().all(|letter| "{}[],".contains(letter));
    match (name(line), line.trim()) {
        // The request line, which has its name from nobody.
        (_, text) if text.ends_with(" HTTP/1.1") || text.ends_with(" HTTP/2") => "request".to_owned(),
        ("", text) if is_structure(text) => format!("structure {text}"),
        ("", _) => "text".to_owned(),
        (name, _) => format!("name {name}"),
    }
}

/// What stands there most often, and how often; of equals the first.
fn most<T: Eq + Hash + Clone>(values: impl Iterator<Item = T>) -> Option<(T, usize)> {
    let mut counts: HashMap<T, (usize, usize)> = HashMap::new();
    for (at, value) in values.enumerate() {
        counts.entry(value).or_insert((0, at)).0 += 1;
    }
    let best = counts.into_iter().max_by_key(|(_, (count, first))| (*count, usize::MAX - first))?;
    Some((best.0, best.1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::line::Line;

    fn sketch(lines: &[&str]) -> Option<Sketch> {
        let digest = Digest::parse(&format!("sha256:{}", "0f".repeat(32))).unwrap();
        Some(Sketch { digest, lines: lines.iter().map(|line| (*line).to_owned()).collect(), warns: false })
    }

    fn posts(count: usize) -> Vec<Option<Sketch>> {
        (0..count)
            .map(|at| sketch(&["POST /posts", &format!("\"n\": {at},"), "\"role\": \"user\""]))
            .collect()
    }

    /// CASES AP-28: hundreds of near-equal items, then one different.
    #[test]
    fn one_that_differs_where_the_others_agree_stands_alone() {
        let mut sketches = posts(500);
        sketches[417] = sketch(&["POST /posts", "\"n\": 417,", "\"role\": \"admin\""]);
        let sorted = sort_out(&sketches);
        assert_eq!((sorted.alone.as_slice(), sorted.together.len()), (&[417][..], 499));
        sketches[417] = posts(418)[417].clone();
        assert_eq!(sort_out(&sketches).alone, Vec::<usize>::new());
    }

    #[test]
    fn another_member_a_warning_or_one_that_cannot_be_shown_stands_alone() {
        let mut sketches = posts(8);
        sketches[1] = sketch(&["POST /posts", "\"n\": 1,", "\"role\": \"user\"", "\"also\": 1"]);
        sketches[2] = sketch(&["POST /posts", "\"m\": 2,", "\"role\": \"user\""]);
        sketches[3] = None;
        if let Some(four) = &mut sketches[4] {
            four.warns = true;
        }
        let sorted = sort_out(&sketches);
        assert_eq!((sorted.together, sorted.alone), (vec![0, 5, 6, 7], vec![1, 2, 3, 4]));
        assert_eq!(sort_out(&[None, None]).alone, [0, 1]);
        assert_eq!(sort_out(&[]), Sorted::default());
    }

    /// The lines of a rendering: whether it is the agent's, and the text.
    fn rendered(lines: &[(&str, bool, Style, &str)]) -> Sketch {
        let line = |(label, theirs, style, text): &(&str, bool, Style, &str)| Line {
            label: (*label).to_owned(),
            gutter: if *theirs { Gutter::Start } else { Gutter::None },
            ..Line::own(*text, *style)
        };
        let digest = Digest::parse(&format!("sha256:{}", "0f".repeat(32)));
        let lines = lines.iter().map(line).collect();
        Sketch::of(&Rendering { lines, digest, ..Rendering::default() }).unwrap()
    }

    /// An agent's body may have a line that looks like the field which follows from the body, and means something.
    #[test]
    fn a_line_of_the_body_that_looks_like_our_own_field_is_compared_and_where_messages_end_is_too() {
        let of = |body: &[(&str, bool, Style, &str)]| {
            let head = [
                ("", false, Style::Title, REQUEST),
                ("", true, Style::Plain, "POST /posts HTTP/1.1"),
                ("", true, Style::Plain, "content-length: 17"),
                ("", false, Style::Title, "body, 17 bytes, text, 1 line:"),
            ];
            rendered(&[&head[..], body].concat()).lines
        };
        let reader = of(&[("", true, Style::Plain, "content-length: 1; role=reader")]);
        let admin = of(&[("", true, Style::Plain, "content-length: 1; role=admin")]);
        assert_ne!(reader, admin);
        assert!(!reader.contains(&"content-length: 17".to_owned()));
        let (one, two) = (("", true, Style::Plain, "1: a"), ("", true, Style::Plain, "2: b"));
        let next = ("", false, Style::Title, "message 2, 3 bytes:");
        assert_ne!(of(&[one, two]), of(&[one, next, two]));
        assert_eq!(of(&[one, next]), of(&[one, ("", false, Style::Title, "message 2, 4 bytes:")]));
    }

    /// Else a group would fall apart as soon as one like it was approved.
    #[test]
    fn what_a_request_has_otherwise_than_its_precedent_does_not_make_it_stand_alone() {
        let warns = |label: &'static str| rendered(&[(label, false, Style::Warning, "x")]).warns;
        for label in
            ["! differs  ", "  is       ", "  new      ", "  gone     ", "  masked   ", "           "]
        {
            assert!(!warns(label), "{label}");
        }
        assert!(warns("! hidden   ") && warns("! look     ") && warns("! edited   ") && warns(""));
    }

    /// CASES AP-11, AP-28: of two lines that look alike an agent chooses which one differs; a page could not say which.
    #[test]
    fn where_a_line_that_differs_could_be_another_all_stand_alone() {
        let pays = |from: usize, to: usize| {
            sketch(&[
                "POST /pay HTTP/1.1",
                "{",
                &format!("  \"account\": {from},"),
                &format!("  \"account\": {to}"),
                "}",
            ])
        };
        let to: Vec<_> = (0..5).map(|at| pays(1, at)).collect();
        assert_eq!(sort_out(&to).together, Vec::<usize>::new());
        let texts: Vec<_> =
            (0..5).map(|at| sketch(&["POST /pay HTTP/1.1", "10", &format!("{at}")])).collect();
        assert_eq!(sort_out(&texts).together, Vec::<usize>::new());
        let lines = |at: usize| sketch(&[&format!("POST /{at} HTTP/1.1"), "POST /1 HTTP/1.1"]);
        assert_eq!(sort_out(&(0..5).map(lines).collect::<Vec<_>>()).together, Vec::<usize>::new());
        // One of its name, or lines that look alike and do not differ: one page.
        let one: Vec<_> =
            (0..5).map(|at| sketch(&["POST /pay HTTP/1.1", "10", "10", &format!("to: {at}")])).collect();
        assert_eq!(sort_out(&one).together.len(), 5);
        let paths = |at: usize| sketch(&[&format!("DELETE /items/{at} HTTP/1.1"), "{", "}"]);
        assert_eq!(sort_out(&(0..5).map(paths).collect::<Vec<_>>()).together.len(), 5);
    }

    #[test]
    fn what_varies_among_many_makes_none_an_outlier() {
        let sketches: Vec<_> = (0..9).map(|at| sketch(&[&format!("\"n\": {}", at % 3)])).collect();
        assert_eq!(sort_out(&sketches).together.len(), 9);
    }
}
