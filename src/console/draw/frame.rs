//! What stands around every view: the state of things, freezes, and what was said last.

use super::Canvas;
use super::rows::short;
use crate::approve::Style;
use crate::approve::standing::FILE;
use crate::approve::words::number;
use crate::clock::Wall;
use crate::console::state::Link;
use crate::console::view::View;
use crate::hold::FreezeView;

impl Canvas<'_> {
    pub(super) fn title(&mut self) {
        let state = self.state;
        let mut text = "Holdpoint".to_owned();
        match &state.link {
            Link::Waiting => text.push_str("   reading what waits ..."),
            Link::Up => {
                let (held, armed) = state.list.counts();
                text.push_str(&format!("   {} held", number(held as u64)));
                if armed > 0 {
                    text.push_str(&format!("   {} armed", number(armed as u64)));
                }
                let marked = state.list.marked().len();
                if marked > 0 {
                    text.push_str(&format!("   {marked} marked"));
                }
            }
            Link::Lost(why) => {
                self.put(0, 0, &format!("NO CONNECTION, what stands here is old: {why}"), Style::Warning);
                return;
            }
        }
        text.push_str(&format!("   at {}", state.address));
        self.put(0, 0, &text, Style::Title);
    }

    pub(super) fn message(&mut self, y: u16) {
        let state = self.state;
        if state.searching || (!state.list.filter().is_empty() && state.view() == View::Holds) {
            let x = self.put(0, y, &format!("/{}", self.state.safe(state.list.filter())), Style::Title);
            let ends = if state.searching { "_" } else { "   esc shows all again" };
            self.put(x, y, ends, Style::Quiet);
        } else if let Some((text, style)) = &state.said {
            self.put(0, y, text, *style);
        } else if let Some(text) = self.standing() {
            self.put(0, y, &text, Style::Warning);
        }
    }

    /// What is to be said where nothing else is.
    fn standing(&self) -> Option<String> {
        let state = self.state;
        let hold = match state.view() {
            View::Holds => state.list.selected(),
            View::Detail => state.detail.as_ref().map(|detail| &detail.hold),
            _ => None,
        };
        let advisory = hold.is_some_and(|hold| hold.advisory);
        advisory.then(|| "* advisory: nothing on this machine can keep this agent from approving".to_owned())
    }
}

/// `! FROZEN, t thaws: agent deployer, by ops 2m ago: too fast`
pub(super) fn notice(freeze: &FreezeView, now: Wall) -> String {
    let way = if freeze.by == FILE { "by a file in the state directory" } else { "t thaws" };
    let whose = freeze.agent.as_ref().map_or("all agents".to_owned(), |agent| format!("agent {agent}"));
    let since =
        Wall::parse(&freeze.at).map_or_else(String::new, |at| format!(" {} ago", short(now.0 - at.0)));
    let why = freeze.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("! FROZEN, {way}: {whose}, by {}{since}{why}", freeze.by)
}
