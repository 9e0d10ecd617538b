//! The top of a rendering: who asks, what it does, where it goes, why it waits. Holdpoint's own findings come first
//! and without a gutter; what quotes the request follows behind one (CASES AP-12). The target comes from the
//! frozen request itself, never from a second copy of it.

use super::host;
use super::line::{Gutter, Line, Style};
use super::options::Options;
use super::untrusted::Untrusted;
use super::words::{count, duration};
use super::wrap::{Setting, set};
use crate::clock::Wall;
use crate::hold::HoldView;
use crate::snapshot::Head;

/// What the body and the digest were found to be.
pub struct Facts<'a> {
    /// `JSON object`, `text, 12 lines`.
    pub what: &'a str,
    /// What the approver must not miss.
    pub warnings: &'a [String],
    /// `3 control, 1 bidi`.
    pub hidden: Option<String>,
}

/// Lines as they come together.
pub struct Summary<'a> {
    options: &'a Options,
    /// So far.
    pub lines: Vec<Line>,
    /// Some of a value was left out.
    pub elided: bool,
}

impl<'a> Summary<'a> {
    /// The whole top.
    pub fn of(view: &HoldView, head: &Head, facts: &Facts, options: &'a Options) -> Self {
        let mut summary = Self { options, lines: Vec::new(), elided: false };
        summary.title(view);
        summary.warnings(view, facts);
        summary.findings(view, head, facts);
        summary.claims(view, head);
        summary.history(view);
        summary
    }

    fn title(&mut self, view: &HoldView) {
        let mut text = format!("hold {} is {}: {}", view.code, view.state, view.effect);
        if let Some(left) = left(&view.deadline, self.options.now).filter(|_| is_pending(&view.state)) {
            text += &format!(", expires in {left}");
        }
        self.own("", &text, Style::Title);
    }

    fn warnings(&mut self, view: &HoldView, facts: &Facts) {
        if view.advisory {
            self.own("! advisory ", ADVISORY, Style::Warning);
        }
        if let Some(hidden) = &facts.hidden {
            self.own("! hidden   ", &format!("{hidden} characters, shown as escapes"), Style::Warning);
        }
        for warning in facts.warnings {
            self.own("! look     ", warning, Style::Warning);
        }
    }

    fn findings(&mut self, view: &HoldView, head: &Head, facts: &Facts) {
        let origin = &head.origin;
        self.own("  agent    ", &format!("{} at {}", view.agent, view.source), Style::Plain);
        self.own(
            "  to       ",
            &format!("{} port {} by {}", origin.host, origin.port, origin.scheme),
            Style::Title,
        );
        if let Some(name) = host::decoded(&origin.host.to_string()) {
            self.theirs("! reads as ", &name, Style::Warning);
            let foreign = format!("letters beyond ASCII: {}", host::foreign(&name));
            self.own("           ", &foreign, Style::Warning);
        }
        self.own("  effect   ", &format!("{}, dialect {}", view.effect, view.dialect), Style::Plain);
        self.own("  rule     ", &view.rule, Style::Plain);
        self.own("  digest   ", &view.digest, Style::Plain);
        let body = format!("{}; {}", count(view.body_bytes, "byte"), facts.what);
        self.own("  body     ", &body, Style::Plain);
        self.own("  waits    ", &self.waits(view), Style::Plain);
    }

    fn waits(&self, view: &HoldView) -> String {
        let attempts = count(view.attempts as u64, "attempt");
        let mut text = format!("{attempts}, {} connected now", view.waiting);
        if let Some(created) = Wall::parse(&view.created_at) {
            text += &format!("; first seen {} ago", duration(span(created, self.options.now)));
        }
        text
    }

    fn claims(&mut self, view: &HoldView, head: &Head) {
        self.theirs("  asks     ", &view.operation, Style::Plain);
        self.theirs("  url      ", &head.url(), Style::Plain);
        for why in &view.why {
            self.theirs("  why      ", why, Style::Plain);
        }
    }

    fn history(&mut self, view: &HoldView) {
        for decision in &view.decisions {
            let who = format!("{} by {} at {}", decision.decision, decision.approver, decision.at);
            self.own("  decided  ", &who, Style::Plain);
            if let Some(reason) = &decision.reason {
                self.theirs("  reason   ", reason, Style::Plain);
            }
        }
        let Some(outcome) = &view.outcome else { return };
        let status = outcome.status.map_or("no answer".to_owned(), |status| format!("status {status}"));
        self.own("  outcome  ", &format!("{status} at {}", outcome.at), Style::Plain);
        if let Some(error) = &outcome.error {
            self.theirs("  error    ", error, Style::Plain);
        }
    }

    fn own(&mut self, label: &str, text: &str, style: Style) {
        self.put(label, text, style, Gutter::None);
    }

    fn theirs(&mut self, label: &str, text: &str, style: Style) {
        self.put(label, text, style, Gutter::Start);
    }

    /// Even the operator's words pass through the one printer.
    fn put(&mut self, label: &str, text: &str, style: Style, gutter: Gutter) {
        let shown = Untrusted::from(text).show(self.options.charset);
        let setting = Setting { label: label.into(), gutter, style, ..Setting::default() };
        let (lines, missing) = set(&shown, &setting, self.options.columns(), self.options.wraps());
        self.elided |= missing > 0;
        self.lines.extend(lines);
    }
}

const ADVISORY: &str = "this agent runs as Holdpoint's own user or as root: nothing on this machine keeps it from \
    approving its own requests; run it as another user";

/// States in which a person's word still counts.
pub fn is_pending(state: &str) -> bool {
    matches!(state, "held" | "approved" | "armed")
}

fn left(deadline: &str, now: Wall) -> Option<String> {
    Some(duration(span(now, Wall::parse(deadline)?)))
}

fn span(from: Wall, to: Wall) -> std::time::Duration {
    std::time::Duration::from_millis(to.0.saturating_sub(from.0).max(0) as u64)
}
