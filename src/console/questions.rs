//! The questions: what each is about, in Holdpoint's words and, behind the bar, the agent's. Each names the operation, the
//! target and the beginning of the digest, so that an answer to the wrong one is seen before it is given.

use crate::approve::{Gutter, Style};
use crate::console::dialog::{Dialog, What};
use crate::console::keys::{Meaning, View};
use crate::console::list::waits;
use crate::console::state::{Act, State};
use crate::hold::HoldView;

impl State {
    /// Opens the question that a key asks for, where it can be asked.
    pub(super) fn question(&mut self, meaning: Meaning) {
        if !self.is_able() {
            return;
        }
        let asked = match (meaning, self.view()) {
            (Meaning::Approve, View::Detail) => self.release(),
            (Meaning::Approve, View::Batch) => self.release_all(),
            (Meaning::Approve, View::Difference) => self.replace(),
            (Meaning::Deny, View::Batch) => {
                Ok(self.refuse(self.batch.iter().flat_map(|batch| batch.holds())))
            }
            (Meaning::Deny, View::Detail) => self.refuse_one(self.detail.as_ref().map(|detail| &detail.hold)),
            (Meaning::Deny, View::Holds) => self.refuse_one(self.list.selected()),
            (Meaning::FreezeAll, _) => Ok(self.freeze(None)),
            (Meaning::FreezeAgent, _) => self.freeze_agent(),
            (Meaning::Revoke, View::Grants) => self.revoke(),
            (Meaning::Thaw, _) => self.thaw(),
            _ => return,
        };
        match asked {
            Ok((what, facts)) => {
                self.dialog = Some(Dialog::new(what, facts, self.now.mono));
                self.acts.push(Act::Forget);
            }
            Err(why) => self.say(&why, Style::Warning),
        }
    }

    fn release(&self) -> Asked {
        let detail = self.detail.as_ref().ok_or(NOTHING)?;
        let page = detail.page.as_ref().ok_or("the request is still being read")?;
        if !waits(&detail.hold) {
            return Err(format!(
                "{} is {}: there is nothing to release",
                detail.hold.code, detail.hold.state
            ));
        }
        if let Some(why) = &page.not_yours {
            return Err(format!("not yours to release: {why}"));
        }
        let (target, reading) =
            detail.target().ok_or("what is stored is not what was held: it cannot be released")?;
        // What was displayed is what the server has: the dialog shows the digest that goes out.
        if target.digest.to_string() != detail.hold.digest {
            return Err("the request has changed; it is displayed anew".into());
        }
        let mut facts = self.facts(&detail.hold, "Release");
        if let Some(scope) = detail.hold.grantable {
            facts.push(format!("a grant may cover as much as: {}", scope.as_str()));
        }
        Ok((What::Approve(target, reading), facts))
    }

    fn release_all(&mut self) -> Asked {
        let targets = self.batch.as_ref().ok_or(NOTHING)?.targets()?;
        if !self.sheet().is_read() {
            return Err("the list was not displayed to its end, line after line: space goes on".into());
        }
        let (first, last) = (&targets[0].code, &targets[targets.len() - 1].code);
        let facts = vec![format!("Release these {}, {first} to {last}", targets.len())];
        Ok((What::ApproveAll(targets), facts))
    }

    fn replace(&mut self) -> Asked {
        let draft = self.draft.clone().ok_or(NOTHING)?;
        if !self.sheet().is_read() {
            return Err("the difference was not displayed to its end: space goes on".into());
        }
        Ok((What::Replace(draft), vec!["Put the edited request in the place of the held one".into()]))
    }

    fn refuse_one(&self, hold: Option<&HoldView>) -> Asked {
        let hold = hold.ok_or(NOTHING)?;
        match hold.state.as_str() {
            // An approval can be taken back as long as nothing was sent.
            "held" | "approved" | "armed" => {
                Ok((What::Deny(vec![hold.id.clone()]), self.facts(hold, "Refuse")))
            }
            state => Err(format!("{} is {state}: there is nothing to refuse", hold.code)),
        }
    }

    fn refuse<'a>(&self, holds: impl Iterator<Item = &'a HoldView>) -> (What, Vec<String>) {
        let holds: Vec<&HoldView> = holds.collect();
        let codes: Vec<&str> = holds.iter().map(|hold| hold.code.as_str()).take(8).collect();
        let more = if holds.len() > codes.len() { " ..." } else { "" };
        let title = format!("Refuse these {}: {}{more}", holds.len(), codes.join(" "));
        (What::Deny(holds.iter().map(|hold| hold.id.clone()).collect()), vec![title])
    }

    fn freeze(&self, agent: Option<String>) -> (What, Vec<String>) {
        let whose = agent.as_ref().map_or("everybody".to_owned(), |agent| format!("agent {agent}"));
        let title = format!("Freeze {whose}: nothing that mutates is sent until it is thawed");
        (What::Freeze(agent), vec![title])
    }

    fn freeze_agent(&self) -> Asked {
        let hold = match self.view() {
            View::Detail => self.detail.as_ref().map(|detail| &detail.hold),
            _ => self.list.selected(),
        };
        Ok(self.freeze(Some(hold.ok_or(NOTHING)?.agent.clone())))
    }

    fn thaw(&self) -> Asked {
        let freeze = self.freezes.first().ok_or("nothing is frozen")?;
        let whose = freeze.agent.as_ref().map_or("everybody".to_owned(), |agent| format!("agent {agent}"));
        let reason = freeze.reason.as_deref().unwrap_or("no reason was given");
        let title = format!("Thaw {whose}, frozen by {} since {}: {reason}", freeze.by, freeze.at);
        Ok((What::Thaw(freeze.agent.clone()), vec![title]))
    }

    fn revoke(&self) -> Asked {
        let grant = self.grants.iter().find(|grant| Some(&grant.id) == self.grant.as_ref()).ok_or(NOTHING)?;
        if grant.state != "live" {
            return Err(format!("this grant is {} already", grant.state));
        }
        let title = format!("End the grant of {} for {}", grant.agent, grant.scope.as_str());
        let bar = Gutter::Start.text(self.look.charset);
        Ok((What::Revoke(grant.id.clone()), vec![title, format!("{bar}{}", grant.covers)]))
    }

    /// What every question about a hold says first.
    fn facts(&self, hold: &HoldView, verb: &str) -> Vec<String> {
        let bar = Gutter::Start.text(self.look.charset);
        let digits = hold.digest.get(..19).unwrap_or(&hold.digest);
        vec![
            format!("{verb} {}: {} ({}) by {}", hold.code, hold.effect, hold.dialect, hold.agent),
            format!("{bar}{}", hold.operation),
            format!("{bar}{}", hold.url),
            format!("digest {digits}..."),
        ]
    }
}

/// What is asked and what it is about, or why it cannot be asked.
type Asked = Result<(What, Vec<String>), String>;

const NOTHING: &str = "nothing is selected";
