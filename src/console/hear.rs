//! What the server tells, and what that changes on the screen. Whatever makes a question another question takes it away,
//! and says why; nothing is ever decided by news.

mod decided;
mod freezes;

use crate::approve::Style;
use crate::approve::outcome::{moved, told};
use crate::approve::standing::Place;
use crate::clock::Now;
use crate::console::errand::{Ask, News};
use crate::console::list::{stands, waits};
use crate::console::state::{Act, Link, State};
use crate::console::view::View;
use crate::hold::{AgentView, GrantView, HoldView};

impl State {
    /// Hears one thing.
    pub fn hear(&mut self, news: News, now: Now) {
        self.now = now;
        match news {
            News::Agents(agents) => self.hear_agents(agents),
            News::Audit(records) => {
                self.records = records;
                self.lay_out_records();
            }
            News::Changed(hold) => self.hear_of(*hold),
            News::Curl(id, Ok(command)) if self.is_looked_at(&id) => self.acts.push(Act::Print(command)),
            News::Curl(_, Ok(_)) => {}
            News::Curl(_, Err(why)) => self.say(&why, Style::Warning),
            News::Decided(decided) => self.hear_decided(*decided),
            News::Draft(draft) if self.is_looked_at(&draft.id) => self.acts.push(Act::Edit(draft)),
            News::Draft(_) => {}
            News::Freezes(freezes) => self.hear_freezes(freezes),
            News::Grants(grants) => self.hear_grants(grants),
            News::Holds(holds) => self.hear_all(holds),
            News::Some(holds) => self.list.add(holds),
            News::Lost(why) => self.hear_lost(&why),
            News::Page(wanted, result) => self.hear_page(&wanted, result),
            News::Said(text) => self.say(&text, Style::Title),
            News::Resized => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.begin_again(now.mono);
                }
                self.lay_out_records();
                self.acts.push(Act::Anew);
            }
            News::Stop => self.acts.push(Act::Quit),
        }
    }

    /// Whether this hold has the screen, and no question stands over it: only then the screen may go to something else.
    fn is_looked_at(&self, id: &str) -> bool {
        let shown = self.detail.as_ref().is_some_and(|detail| detail.hold.id == id);
        shown && self.view() == View::Detail && self.dialog.is_none()
    }

    fn hear_of(&mut self, hold: HoldView) {
        let is_followed = self.followed.contains(&hold.id);
        if is_followed && !matches!(hold.state.as_str(), "approved" | "forwarding") {
            self.followed.remove(&hold.id);
            self.say(&told(&hold, &self.freezes, Place::Shell), Style::Title);
        }
        let before = self.detail.as_ref().map(|detail| &detail.hold).filter(|before| before.id == hold.id);
        let before = before.or_else(|| self.list.get(&hold.id));
        let news = before.filter(|before| waits(before)).and_then(|before| moved(before, Some(&hold)));
        if let Some(why) = news {
            let is_shown = self.detail.as_ref().is_some_and(|detail| detail.hold.id == hold.id);
            if self.dialog.take_if(|dialog| dialog.is_about(&hold.id)).is_some() {
                self.say(&format!("{why}; nothing was decided here"), Style::Warning);
            } else if is_shown && !is_followed && !self.deciding {
                self.say(&why, Style::Warning);
            }
        }
        self.hear_of_member(&hold);
        self.hear_of_shown(&hold);
        self.list.change(hold);
    }

    /// The hold that is looked at has changed. What stands on the screen stays there until it is displayed anew.
    fn hear_of_shown(&mut self, now: &HoldView) {
        let Some(detail) = self.detail.as_mut().filter(|detail| detail.hold.id == now.id) else { return };
        if detail.hold.digest != now.digest {
            detail.wanted = None;
        }
        detail.hold = now.clone();
    }

    fn hear_all(&mut self, holds: Vec<HoldView>) {
        let returned = matches!(self.link, Link::Lost(_));
        self.link = Link::Up;
        if returned {
            self.say("connected again; the list is as it is now", Style::Title);
        }
        let here = |id: &str| holds.iter().find(|hold| hold.id == id);
        let shown = self.detail.as_ref().map(|detail| detail.hold.id.clone());
        let members: Vec<String> =
            self.batch.iter().flat_map(|batch| batch.holds().map(|hold| hold.id.clone())).collect();
        let mut anew: Vec<HoldView> = Vec::new();
        for id in shown.iter().chain(&members).chain(&self.followed) {
            match here(id) {
                Some(hold) => anew.push(hold.clone()),
                // It has moved on: how, only the server can say.
                None => self.acts.push(Act::Ask(Ask::Look(id.clone()))),
            }
        }
        self.list.replace(holds);
        anew.into_iter().for_each(|hold| self.hear_of(hold));
        if let Some(hold) = self.list.selected().filter(|hold| !stands(hold)) {
            self.acts.push(Act::Ask(Ask::Look(hold.id.clone())));
        }
    }

    fn hear_lost(&mut self, why: &str) {
        if self.link == Link::Up && self.dialog.take().is_some() {
            self.say("the connection was lost; nothing was decided", Style::Warning);
        }
        let why = why.lines().next().unwrap_or_default();
        self.link = Link::Lost(why.to_owned());
    }

    fn hear_grants(&mut self, grants: Vec<GrantView>) {
        self.grants = grants;
        let known = self.grant.as_ref().is_some_and(|id| self.grants.iter().any(|grant| grant.id == *id));
        if !known {
            self.grant = self.grants.first().map(|grant| grant.id.clone());
        }
    }

    fn hear_agents(&mut self, agents: Vec<AgentView>) {
        self.agents = agents;
        let known =
            self.agent.as_ref().is_some_and(|name| self.agents.iter().any(|agent| agent.name == *name));
        if !known {
            self.agent = self.agents.first().map(|agent| agent.name.clone());
        }
    }
}
