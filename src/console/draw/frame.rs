//! What stands around every view: the state of things, freezes, and what was said last.

use super::Canvas;
use super::rows::short;
use crate::approve::Style;
use crate::approve::standing::FILE;
use crate::approve::words::number;
use crate::clock::Wall;
use crate::console::state::Link;
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
                let text = format!("NO CONNECTION, what stands here is old: {}", state.safe(why));
                self.put(0, 0, &text, Style::Warning);
                return;
            }
        }
        text.push_str(&format!("   at {}", state.address));
        self.put(0, 0, &text, Style::Title);
    }

    /// What was said, or what is being searched for; `y` is the first row of it.
    pub(super) fn message(&mut self, y: u16) {
        let state = self.state;
        if state.is_finding() {
            let x = self.put(0, y, &format!("/{}", state.safe(state.list.filter())), Style::Title);
            let ends = if state.searching { "_" } else { "   esc shows all again" };
            self.put(x, y, ends, Style::Quiet);
        }
        for (at, line) in state.message().iter().enumerate() {
            self.line(y + at as u16, line);
        }
    }

    /// Who is frozen, in as many rows as there are for that; the agent that is looked at first.
    pub(super) fn freezes(&mut self, rows: usize) {
        let (freezes, now) = (self.state.freezes_here(), self.state.now.wall);
        let more = freezes.len().saturating_sub(rows);
        for (at, freeze) in freezes.into_iter().take(rows).enumerate() {
            let more = if at + 1 == rows && more > 0 { format!(" (and {more} more)") } else { String::new() };
            let room = usize::from(self.area.width).saturating_sub(more.len());
            let text = self.fit(&notice(freeze, now), room) + &more;
            self.put(0, 1 + at as u16, &text, Style::Warning);
        }
    }
}

/// `! FROZEN, t thaws: agent deployer, by ops 2m ago: too fast`
fn notice(freeze: &FreezeView, now: Wall) -> String {
    let way = if freeze.by == FILE { "by a file in the state directory" } else { "t thaws" };
    let whose = freeze.agent.as_ref().map_or("all agents".to_owned(), |agent| format!("agent {agent}"));
    let since =
        Wall::parse(&freeze.at).map_or_else(String::new, |at| format!(" {} ago", short(now.0 - at.0)));
    let why = freeze.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("! FROZEN, {way}: {whose}, by {}{since}{why}", freeze.by)
}
