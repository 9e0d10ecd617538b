//! What the console knows and what is on its screen. It does no I/O: keys and news come in (`press`, `hear`), what is to
//! be done comes out as acts, and `draw` looks at it. What it does not know for sure it does not decide: a release is
//! asked about only while the server answers, of exactly the digest on the screen, one decision at a time.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::approve::{Look, Style, Untrusted};
use crate::clock::{Moment, Now};
use crate::console::batch::Batch;
use crate::console::detail::Detail;
use crate::console::dialog::Dialog;
use crate::console::errand::{Ask, Draft};
use crate::console::list::List;
use crate::console::sheet::Sheet;
use crate::console::view::View;
use crate::hold::{AgentView, FreezeView, GrantView};
use crate::limits;

/// What the screen's owner is to do.
#[derive(Debug)]
pub enum Act {
    /// Draw all of it anew.
    Anew,
    /// Ask the server.
    Ask(Ask),
    /// Open an editor on this.
    Edit(Draft),
    /// Throw away what was typed and not read.
    Forget,
    /// Print this below one another, outside the screen.
    Print(String),
    /// End.
    Quit,
}

/// Whether the server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It did not; why, not made safe yet.
    Lost(String),
    /// It does.
    Up,
    /// Nothing was heard yet.
    Waiting,
}

/// All of it.
#[derive(Debug)]
pub struct State {
    /// How it looks.
    pub look: Look,
    /// The server, safe to print.
    pub address: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The time.
    pub now: Now,
    /// The views one over another; the last is on the screen.
    pub stack: Vec<View>,
    /// What waits.
    pub list: List,
    /// The hold that is looked at.
    pub detail: Option<Detail>,
    /// The holds that are decided as one.
    pub batch: Option<Batch>,
    /// The text of each view that has one.
    pub sheets: HashMap<View, Sheet>,
    /// What was approved for a while.
    pub grants: Vec<GrantView>,
    /// The selected grant.
    pub grant: Option<String>,
    /// Who is at work.
    pub agents: Vec<AgentView>,
    /// The selected one.
    pub agent: Option<String>,
    /// The newest records, the newest first.
    pub records: Vec<String>,
    /// What is frozen.
    pub freezes: Vec<FreezeView>,
    /// The question on the screen.
    pub dialog: Option<Dialog>,
    /// A search is being typed.
    pub searching: bool,
    /// An edit that waits for its word.
    pub draft: Option<Draft>,
    /// Whether the server answers.
    pub link: Link,
    /// A decision is on its way, and what came of it is not known.
    pub deciding: bool,
    /// Holds whose end is to be told.
    pub followed: HashSet<String>,
    /// What was said last, not made safe yet.
    pub said: Option<(String, Style)>,
    /// What is to be done.
    pub acts: Vec<Act>,
    pub(super) looked: Moment,
}

impl State {
    /// Nothing known yet.
    pub fn new(look: Look, address: &str, now: Now) -> Self {
        Self {
            look,
            address: safe(look, address),
            size: (80, 24),
            now,
            stack: vec![View::Holds],
            list: List::default(),
            detail: None,
            batch: None,
            sheets: HashMap::new(),
            grants: Vec::new(),
            grant: None,
            agents: Vec::new(),
            agent: None,
            records: Vec::new(),
            freezes: Vec::new(),
            dialog: None,
            searching: false,
            draft: None,
            link: Link::Waiting,
            deciding: false,
            followed: HashSet::new(),
            said: None,
            acts: Vec::new(),
            looked: now.mono,
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Now) {
        self.now = now;
        if now.mono.since(self.looked) < limits::CONSOLE_LOOK || self.link != Link::Up {
            return;
        }
        self.looked = now.mono;
        let ask = match self.view() {
            View::Holds => self.list.selected().map(|hold| Ask::Look(hold.id.clone())),
            View::Detail => self.detail.as_ref().map(|detail| Ask::Look(detail.hold.id.clone())),
            View::Grants => Some(Ask::Grants),
            View::Agents => Some(Ask::Agents),
            _ => None,
        };
        self.acts.extend(ask.map(Act::Ask));
    }

    /// How long the screen stays right by itself: ages are told in seconds.
    pub fn patience(&self) -> Duration {
        let opening = self.dialog.as_ref().map(|dialog| dialog.opens().since(self.now.mono));
        let second = Duration::from_secs(1);
        opening.filter(|wait| !wait.is_zero()).map_or(second, |wait| wait.min(second))
    }

    /// Too much was asked for at once. What was not asked was not done.
    pub fn busy(&mut self, decides: bool) {
        self.deciding &= !decides;
        self.say("the server is busy with what was asked before; that was not done", Style::Warning);
    }

    /// Puts a text of Holdpoint's or another's on the line above the keys.
    pub fn say(&mut self, text: &str, style: Style) {
        self.said = Some((text.to_owned(), style));
    }

    /// A text that anybody wrote, made safe for this screen.
    pub fn safe(&self, text: &str) -> String {
        safe(self.look, text)
    }
}

fn safe(look: Look, text: &str) -> String {
    Untrusted::from(text).show(look.charset).text
}

#[cfg(test)]
mod tests;
