//! Questions about what holds for longer than one request: freezes and grants.

use super::{Asked, NOTHING};
use crate::approve::standing::{FILE, covers};
use crate::console::dialog::{Fact, What};
use crate::console::state::State;
use crate::console::view::View;
use crate::hold::FreezeView;

impl State {
    pub(super) fn freeze(&self, agent: Option<String>) -> (What, Vec<Fact>) {
        let title =
            format!("Freeze {}: nothing that mutates is sent until it is thawed", whose(agent.as_deref()));
        (What::Freeze(agent), vec![Fact::Own(title)])
    }

    pub(super) fn freeze_agent(&self) -> Asked {
        Ok(self.freeze(Some(self.agent_here().ok_or(NOTHING)?.to_owned())))
    }

    pub(super) fn thaw(&self) -> Asked {
        let freeze = self.freeze_here().ok_or("nothing is frozen")?;
        if freeze.by == FILE {
            return Err("that freeze ends when the file `freeze` in the state directory is removed".into());
        }
        let reason = freeze.reason.as_deref().unwrap_or("no reason was given");
        let title =
            format!("Thaw {}, frozen by {} since {}:", whose(freeze.agent.as_deref()), freeze.by, freeze.at);
        let facts = vec![Fact::Own(title), Fact::Theirs(String::new(), reason.to_owned())];
        Ok((What::Thaw(freeze.clone()), facts))
    }

    /// Of several freezes the one that stops the agent that is selected, and that can be taken back here.
    fn freeze_here(&self) -> Option<&FreezeView> {
        let agent = self.agent_here();
        let stops = |freeze: &FreezeView| agent.is_some_and(|agent| covers(freeze, agent));
        let ours = || self.freezes.iter().filter(|freeze| freeze.by != FILE);
        ours().find(|freeze| stops(freeze)).or_else(|| ours().next()).or_else(|| self.freezes.first())
    }

    /// What is frozen, what stops the agent that is selected first.
    pub(in crate::console) fn freezes_here(&self) -> Vec<&FreezeView> {
        let agent = self.agent_here();
        let (mut here, others): (Vec<_>, Vec<_>) =
            self.freezes.iter().partition(|freeze| agent.is_some_and(|agent| covers(freeze, agent)));
        here.extend(others);
        here
    }

    /// What comes of an approval of what this agent asks for, where it is frozen.
    pub(in crate::console) fn kept_back(&self, agent: &str) -> Option<String> {
        let freeze = self.freezes.iter().find(|freeze| covers(freeze, agent))?;
        let by = if freeze.by == FILE { "a file in the state directory" } else { &freeze.by };
        let whose = freeze.agent.as_ref().map_or("everybody".to_owned(), |agent| format!("agent {agent}"));
        Some(format!(
            "! {whose} is FROZEN by {by}: what you approve is kept back, and sent only after the thaw"
        ))
    }

    /// The agent of what is selected.
    fn agent_here(&self) -> Option<&str> {
        match self.view() {
            View::Agents => self.agent.as_deref(),
            View::Detail => self.detail.as_ref().map(|detail| detail.hold.agent.as_str()),
            View::Holds => self.list.selected().map(|hold| hold.agent.as_str()),
            _ => None,
        }
    }

    pub(super) fn revoke(&self) -> Asked {
        let grant = self.grants.iter().find(|grant| Some(&grant.id) == self.grant.as_ref()).ok_or(NOTHING)?;
        if grant.state != "live" {
            return Err(format!("this grant is {} already", grant.state));
        }
        let scope = grant.scope.as_str();
        let title =
            format!("End the grant of {} for {scope}, given by {}:", grant.agent, grant.approvers.join(", "));
        let facts = vec![Fact::Own(title), Fact::Theirs(String::new(), grant.covers.clone())];
        Ok((What::Revoke(grant.id.clone()), facts))
    }
}

fn whose(agent: Option<&str>) -> String {
    agent.map_or("everybody".to_owned(), |agent| format!("agent {agent}"))
}
