//! The top of a rendering: who asks, what it does, where it goes, why it waits. Holdpoint's own findings come first
//! and without a gutter; what quotes the request follows behind one (CASES AP-12). The target comes from the
//! frozen request itself, never from a second copy of it.

use super::differs::{Differs, Item};
use super::host;
use super::line::{Gutter, Line, Style};
use super::options::Options;
use super::patience::patience;
use super::runs_out::claims;
use super::shown::Shown;
use super::untrusted::Untrusted;
use super::words::{count, duration};
use super::wrap::{Setting, set};
use crate::clock::Wall;
use crate::hold::{HoldView, Precedent};
use crate::snapshot::Head;

/// What the body and the digest were found to be.
pub struct Facts<'a> {
    /// `JSON object`, `text, 12 lines`.
    pub what: &'a str,
    /// What the approver must not miss.
    pub warnings: &'a [String],
    /// `3 control, 1 bidi`.
    pub hidden: Option<String>,
    /// The last approved request of the same operation, and what this one has otherwise.
    pub differs: Option<(&'a Precedent, Differs)>,
}

/// Only what a request has otherwise than its precedent; `None` for a comparison that failed.
pub fn against(compared: Option<(&Precedent, Option<Differs>)>, options: &Options) -> Vec<Line> {
    let mut summary = Summary { options, lines: Vec::new(), elided: false };
    match compared {
        None => summary.own("", NO_PRECEDENT, Style::Title),
        Some((precedent, differs)) => {
            let text = format!("the last one that was approved of this operation: {}", precedent.digest);
            summary.own("", &text, Style::Title);
            match differs {
                Some(differs) => summary.differs(precedent, &differs),
                None => summary.own("", "they could not be compared", Style::Warning),
            }
        }
    }
    summary.own("", "end of the differences; the request itself is in the other views", Style::Title);
    summary.lines
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
        summary.like_it(view.like_pending);
        summary.ends(head);
        summary.claims(view, head);
        if let Some((precedent, differs)) = &facts.differs {
            summary.differs(precedent, differs);
        }
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
        if view.frozen {
            self.own("! frozen   ", "a freeze keeps it from being released", Style::Warning);
        }
        if let Some(edited) = &view.edited {
            let when = self.ago(&edited.at);
            let text = format!(
                "by {}{when}: this is not what the agent sent, whose digest is {}",
                edited.by, edited.original
            );
            self.own("! edited   ", &text, Style::Warning);
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
        self.needs(view);
        self.own("  digest   ", &view.digest, Style::Plain);
        let body = match view.body_bytes {
            0 => "none".to_owned(),
            bytes => format!("{}; {}", count(bytes, "byte"), facts.what),
        };
        self.own("  body     ", &body, Style::Plain);
        self.own("  waits    ", &self.waits(view), Style::Plain);
    }

    /// Whose word it needs, where that is not anybody's.
    fn needs(&mut self, view: &HoldView) {
        let approvals = &view.approvals;
        if approvals.needed < 2 && approvals.groups.is_empty() {
            return;
        }
        let mut text = count(approvals.needed as u64, "approval");
        if !approvals.groups.is_empty() {
            text += &format!(" of {}", approvals.groups.join(" or "));
        }
        if !approvals.given.is_empty() {
            text += &format!("; given by {}", approvals.given.join(", "));
        }
        self.own("  needs    ", &text, Style::Plain);
    }

    fn waits(&self, view: &HoldView) -> String {
        let attempts = count(view.attempts as u64, "attempt");
        let mut text = format!("{attempts}, {} connected now", view.waiting);
        if let Some(created) = Wall::parse(&view.created_at) {
            text += &format!("; first seen {} ago", duration(span(created, self.options.now)));
        }
        text
    }

    fn like_it(&mut self, like_pending: usize) {
        if like_pending > 0 {
            let (others, verb) =
                (count(like_pending as u64, "other hold"), if like_pending == 1 { "waits" } else { "wait" });
            let text = format!("{others} of this agent and operation {verb} too");
            self.own("  like it  ", &text, Style::Plain);
        }
    }

    /// When what it carries runs out, and its client's patience: the request's own word (CASES HI-28).
    fn ends(&mut self, head: &Head) {
        for claim in claims(head) {
            let (now, at) = (self.options.now.0, claim.at.0);
            let span = duration(std::time::Duration::from_millis(now.abs_diff(at)));
            let (label, text, style) = if at <= now {
                (
                    "! ran out  ",
                    format!("{} ran out at {}, {span} ago", claim.what, moment(claim.at, self.options.now)),
                    Style::Warning,
                )
            } else {
                (
                    "  runs out ",
                    format!("{} runs out at {}, in {span}", claim.what, moment(claim.at, self.options.now)),
                    Style::Plain,
                )
            };
            self.own(label, &format!("{text}; it says so, nobody has verified it"), style);
        }
        if let Some((field, span)) = patience(head) {
            let text = format!("its client says that it waits {} ({field})", duration(span));
            self.own("  patience ", &text, Style::Plain);
        }
    }

    /// What it has otherwise than the last that was approved (CASES AP-28).
    fn differs(&mut self, precedent: &Precedent, differs: &Differs) {
        let whom = format!("what {} approved{}", precedent.approver, self.ago(&precedent.at));
        if differs.identical {
            self.own("  same     ", &format!("as {whom}, byte for byte"), Style::Title);
            return;
        }
        if differs.count == 0 {
            let but = match differs.anew.is_empty() {
                true => "but for the order of its fields or for what Holdpoint writes itself",
                false => "but for fields that are new with every attempt",
            };
            self.own("  same     ", &format!("as {whom}, {but}"), Style::Title);
        } else {
            let places = count(differs.count as u64, "place");
            self.own("! differs  ", &format!("in {places} from {whom}"), Style::Warning);
        }
        for item in &differs.items {
            self.item(item);
        }
        for remark in &differs.remarks {
            self.own("           ", remark, Style::Warning);
        }
        let more = differs.count.saturating_sub(differs.items.len() + differs.remarks.len());
        if more > 0 {
            self.own(
                "           ",
                &format!("and {} more", count(more as u64, "difference")),
                Style::Warning,
            );
        }
        if !differs.anew.is_empty() {
            self.theirs("  anew     ", &differs.anew.join(", "), Style::Quiet);
        }
    }

    /// ` 3m 0s ago`; nothing where the time cannot be read.
    fn ago(&self, at: &str) -> String {
        let span = Wall::parse(at).map(|at| span(at, self.options.now));
        span.map(|span| format!(" {} ago", duration(span))).unwrap_or_default()
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Changed { was, is } => {
                self.quote("  was      ", was, Style::Plain);
                self.quote("  is       ", is, Style::Warning);
            }
            Item::Gone(was) => self.quote("  gone     ", was, Style::Warning),
            Item::Masked(name) => self.quote("  masked   ", name, Style::Warning),
            Item::New(is) => self.quote("  new      ", is, Style::Warning),
        }
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
            if let Some(why) = &decision.void {
                self.own("! void     ", &format!("it counts no more: {why}"), Style::Warning);
            }
            if let Some(reason) = &decision.reason {
                self.theirs("  reason   ", reason, Style::Plain);
            }
        }
        if let Some(grant) = &view.grant {
            self.own("  grant    ", &format!("released by grant {grant}"), Style::Plain);
        }
        let Some(outcome) = &view.outcome else { return };
        let status = match outcome.status {
            Some(status) => format!("status {status}"),
            None if is_pending(&view.state) => "nothing was sent".to_owned(),
            None => "no answer".to_owned(),
        };
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

    fn quote(&mut self, label: &str, text: &[u8], style: Style) {
        let shown = Untrusted::from(text).show(self.options.charset);
        self.set(label, &shown, style, Gutter::Start);
    }

    /// Even the operator's words pass through the one printer.
    fn put(&mut self, label: &str, text: &str, style: Style, gutter: Gutter) {
        let shown = Untrusted::from(text).show(self.options.charset);
        self.set(label, &shown, style, gutter);
    }

    fn set(&mut self, label: &str, shown: &Shown, style: Style, gutter: Gutter) {
        let setting = Setting { label: label.into(), gutter, style, ..Setting::default() };
        let (lines, missing) = set(shown, &setting, self.options.columns(), self.options.wraps());
        self.elided |= missing > 0;
        self.lines.extend(lines);
    }
}

const NO_PRECEDENT: &str = "nobody has approved a request of this agent, place and operation before: there is nothing to compare it with";

const ADVISORY: &str = "this agent runs as Holdpoint's own user or as root: nothing on this machine keeps it from \
    approving its own requests; run it as another user";

/// States in which a person's word still counts.
pub fn is_pending(state: &str) -> bool {
    matches!(state, "held" | "approved" | "armed")
}

fn left(deadline: &str, now: Wall) -> Option<String> {
    Some(duration(span(now, Wall::parse(deadline)?)))
}

/// `12:03:04 UTC`, with the day where it is not today's.
fn moment(at: Wall, now: Wall) -> String {
    let (at, now) = (at.rfc3339(), now.rfc3339());
    let (day, time) = at.split_once('T').unwrap_or(("", &at));
    let time = time.split('.').next().unwrap_or(time);
    if now.starts_with(day) { format!("{time} UTC") } else { format!("{day} {time} UTC") }
}

fn span(from: Wall, to: Wall) -> std::time::Duration {
    std::time::Duration::from_millis(to.0.saturating_sub(from.0).max(0) as u64)
}
