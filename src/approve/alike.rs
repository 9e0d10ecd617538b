//! The page of several requests of one kind: the first of them whole, and of every other one what differs from it, with
//! its code and the beginning of its digest. Side by side where that is one word in one line, else line by line; nothing
//! is left out by that (CASES AP-28, HI-19).

use super::grid;
use super::groups::origin;
use super::line::{Gutter, Line, Rendering, Style};
use super::shown::Charset;
use super::sketch::Sketch;
use super::untrusted::{Untrusted, unescape};
use super::words::count;
use super::wrap::{Setting, set};
use crate::hold::HoldView;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The hold.
    pub view: &'a HoldView,
    /// Its request, line by line.
    pub sketch: &'a Sketch,
}

/// The page, for a screen of so many columns; `rendering` is the first one's. `None` where that is not what was compared,
/// or leaves something out.
pub fn page(members: &[Member], rendering: Rendering, width: usize, charset: Charset) -> Option<Vec<Line>> {
    let (first, others) = members.split_first()?;
    if rendering.digest != Some(first.sketch.digest) || rendering.elided {
        return None;
    }
    let mut lines = Vec::new();
    for title in titles(first.view, members.len()) {
        // Holdpoint's own line has no gutter, and three columns more.
        let shown = Untrusted::from(&title).show(charset);
        lines.extend(set(&shown, &Setting { style: Style::Title, ..Setting::default() }, width + 3, None).0);
    }
    lines.push(Line::own("The first of them, whole:", Style::Quiet));
    lines.extend(rendering.lines);
    lines.push(Line::own("The others, each with all that differs from the first:", Style::Quiet));
    // What an agent wrote may look so too; to say it once too often does no harm.
    if first.sketch.lines.iter().any(|line| line.contains("[masked")) {
        lines.push(Line::own(MASKED, Style::Warning));
    }
    lines.extend(side_by_side(first, others, width, charset).unwrap_or_else(|| {
        others.iter().flat_map(|other| differences(first.sketch, other, width, charset)).collect()
    }));
    Some(lines)
}

/// `3 requests of one kind: write by triage-bot at 10.1.2.3`, `to https://forum.example, rule defaults.mutating`: where a
/// line is too long for the screen, none begins with what an agent chose.
fn titles(view: &HoldView, many: usize) -> [String; 2] {
    let HoldView { effect, agent, source, rule, .. } = view;
    let many = count(many as u64, "request");
    [
        format!("{many} of one kind: {effect} by {agent} at {source}"),
        format!("to {}, rule {rule}", origin(&view.url)),
    ]
}

fn side_by_side(first: &Member, others: &[Member], width: usize, charset: Charset) -> Option<Vec<Line>> {
    let cells: Vec<grid::Member> = others
        .iter()
        .map(|other| grid::Member { label: label(other, charset), lines: &other.sketch.lines })
        .collect();
    let mut lines = grid::grid(&first.sketch.lines, &cells, width, charset)?;
    lines.insert(0, Line::own(ONE_WORD, Style::Quiet));
    Some(lines)
}

/// One row for each line that differs; the agent's text stands behind the bar.
fn differences(first: &Sketch, member: &Member, width: usize, charset: Charset) -> Vec<Line> {
    let mut label = label(member, charset) + " ";
    let pairs = member.sketch.lines.iter().zip(&first.lines);
    let mut lines = Vec::new();
    for (line, _) in pairs.filter(|(line, other)| line != other) {
        // It is shown already; to show it once more would escape its escapes.
        let shown = Untrusted::from(&unescape(line)).show(charset);
        let setting = Setting { label: label.clone(), gutter: Gutter::Start, ..Setting::default() };
        lines.extend(set(&shown, &setting, width, None).0);
        label = " ".repeat(label.len());
    }
    if lines.is_empty() {
        let same = member.sketch.digest == first.digest;
        let what = if same { "the very same request" } else { "differs only in what no line shows" };
        lines.push(Line::own(format!("{label}{what}"), Style::Plain));
    }
    lines
}

/// `K7QF 0f0f0f0f0f0f`
fn label(member: &Member, charset: Charset) -> String {
    format!("{} {}", safe(&member.view.code, charset), &member.sketch.digest.hex()[..12])
}

fn safe(text: &str, charset: Charset) -> String {
    Untrusted::from(text).show(charset).text
}

const ONE_WORD: &str = "All of it is one word of this line, which stands where the dots are:";
const MASKED: &str = "Masked values are not compared; they may differ too.";
