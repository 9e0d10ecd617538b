//! The questions: what each is about, in Holdpoint's words and, behind the bar, the agent's. Each names the operation, the
//! target and the beginning of the digest, so that an answer to the wrong one is seen before it is given.

mod facts;
mod stopping;

pub(super) use facts::label;
use facts::{facts, rows};

use std::collections::BTreeSet;

use crate::approve::Style;
use crate::approve::groups::is_delicate;
use crate::console::dialog::{Dialog, Fact, What};
use crate::console::keys::Meaning;
use crate::console::list::waits;
use crate::console::state::{Act, State};
use crate::console::view::View;
use crate::hold::HoldView;

/// What is asked and what it is about, or why it cannot be asked.
type Asked = Result<(What, Vec<Fact>), String>;

const NOTHING: &str = "nothing is selected";

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
            (Meaning::Deny, View::Batch) => self.refuse_all(),
            (Meaning::Deny, View::Detail) => self.refuse(self.detail.as_ref().map(|detail| &detail.hold)),
            (Meaning::Deny, View::Holds) => self.refuse(self.list.selected()),
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
        let HoldView { code, state, .. } = &detail.hold;
        if !waits(&detail.hold) {
            return Err(format!("{code} is {state}: there is nothing to release"));
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
        let mut facts = facts(&detail.hold, "Release");
        facts.extend(self.kept_back(&detail.hold.agent).map(Fact::Own));
        if let Some(scope) = detail.hold.grantable {
            facts.push(Fact::Own(format!("a grant may cover as much as: {}", scope.as_str())));
        }
        Ok((What::Approve(target, reading), facts))
    }

    fn release_all(&mut self) -> Asked {
        let batch = self.batch.as_ref().ok_or(NOTHING)?;
        let targets = batch.targets()?;
        if let Some(hold) = batch.holds().find(is_delicate).filter(|_| targets.len() > 1) {
            return Err(format!("{}: {} is released on its own, not in a list", hold.code, hold.effect));
        }
        let title = Fact::Own(format!("Release exactly these {}:", targets.len()));
        let agents: BTreeSet<&str> = batch.holds().map(|hold| hold.agent.as_str()).collect();
        let frozen = agents.into_iter().filter_map(|agent| self.kept_back(agent)).collect::<BTreeSet<_>>();
        let frozen = frozen.into_iter().map(Fact::Own).collect::<Vec<_>>();
        let facts = std::iter::once(title).chain(rows(batch.holds())).chain(frozen).collect();
        if !self.sheet().is_read() {
            return Err("the list was not displayed to its end, line after line: space goes on".into());
        }
        Ok((What::ApproveAll(targets), facts))
    }

    fn replace(&mut self) -> Asked {
        let draft = self.draft.clone().ok_or(NOTHING)?;
        let width = self.width();
        if self.sheet().is_cut(width) {
            return Err(
                "this window is narrower than the difference: make it as wide as it was, or edit again"
                    .into(),
            );
        }
        if !self.sheet().is_read() {
            return Err("the difference was not displayed to its end: space goes on".into());
        }
        let hold = self.detail.as_ref().map(|detail| &detail.hold).filter(|hold| hold.id == draft.id);
        let facts = facts(hold.ok_or(NOTHING)?, "Put the edited request in the place of");
        Ok((What::Replace(draft), facts))
    }

    fn refuse(&self, hold: Option<&HoldView>) -> Asked {
        let hold = hold.ok_or(NOTHING)?;
        match hold.state.as_str() {
            // An approval can be taken back as long as nothing was sent.
            "held" | "approved" | "armed" => Ok((What::Deny(vec![hold.id.clone()]), facts(hold, "Refuse"))),
            state => Err(format!("{} is {state}: there is nothing to refuse", hold.code)),
        }
    }

    fn refuse_all(&self) -> Asked {
        let holds: Vec<&HoldView> = self.batch.as_ref().ok_or(NOTHING)?.holds().collect();
        let ids = holds.iter().map(|hold| hold.id.clone()).collect();
        let title = Fact::Own(format!("Refuse these {}:", holds.len()));
        let facts = std::iter::once(title).chain(rows(holds.into_iter())).collect();
        Ok((What::Deny(ids), facts))
    }
}
