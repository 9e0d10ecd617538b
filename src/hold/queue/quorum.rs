//! Whose word counts for a hold, and when it is enough. A rule may ask for members of groups, and for several
//! different people; then the agent's own word never counts. Anybody who may decide may deny (SPEC sections 6, 10).

use super::Entry;
use crate::agent::ANONYMOUS;
use crate::hold::facts::Course;
use crate::hold::view::ApprovalsView;
use crate::hold::{DecisionError, Who};
use crate::limits;

/// The owner of a process on this machine that nobody can tell: no Unix user has such a name.
pub const ANYBODY: &str = "*";

impl Entry {
    /// How many different approvers it needs.
    pub(super) fn needed(&self) -> usize {
        self.course.approvers.as_ref().map_or(1, |approvers| approvers.quorum.max(1))
    }

    /// Whether enough people have approved what it is now.
    pub(super) fn has_enough(&self) -> bool {
        self.course.given().len() >= self.needed()
    }

    /// Refuses an approval that does not count.
    pub(super) fn must_count(&self, by: &Who) -> Result<(), DecisionError> {
        let Some(approvers) = &self.course.approvers else { return Ok(()) };
        let refuse = |why: String| Err(DecisionError::NotYours(self.id, why));
        let rule = &self.facts.rule;
        if !approvers.count(&by.groups) {
            let groups: Vec<_> = approvers.groups.iter().map(|group| format!("`{group}`")).collect();
            let groups = groups.join(" or ");
            return refuse(format!(
                "rule `{rule}` asks for members of {groups}, and `{}` is none; you may deny it",
                by.name
            ));
        }
        if self.facts.agent != ANONYMOUS && self.facts.agent == by.name {
            return refuse(format!(
                "rule `{rule}` takes no agent's own word, and `{}` is the agent's name; you may deny it",
                by.name
            ));
        }
        match &by.user {
            Some(user) if self.course.may_be_owned_by(user) => refuse(format!(
                "rule `{rule}` takes no agent's own word, and the agent runs as your user `{user}`, or nobody can tell as whose; you may deny it"
            )),
            _ => Ok(()),
        }
    }

    /// Whose word it needs, for people to see.
    pub(in crate::hold) fn approvals(&self) -> ApprovalsView {
        ApprovalsView {
            needed: self.needed(),
            given: self.course.given(),
            groups: self.course.approvers.as_ref().map(|them| them.groups.clone()).unwrap_or_default(),
        }
    }
}

impl Course {
    /// Those whose approval counts now.
    pub fn given(&self) -> Vec<String> {
        let mut given: Vec<String> = Vec::new();
        let standing = self.decisions.iter().skip(self.void_decisions);
        for said in standing.filter(|said| said.decision == "approve") {
            if !given.contains(&said.approver) {
                given.push(said.approver.clone());
            }
        }
        given
    }

    /// An attempt came from a process of this Unix user.
    pub fn asked_by(&mut self, owner: Option<&str>) {
        if let Some(owner) = owner
            && self.owners.len() < limits::OWNERS_MAX
            && !self.owners.iter().any(|known| known == owner)
        {
            self.owners.push(owner.to_owned());
        }
    }

    /// Where the list is full, or an attempt could not be told whose it is, it may be anybody.
    fn may_be_owned_by(&self, user: &str) -> bool {
        self.owners.len() >= limits::OWNERS_MAX
            || self.owners.iter().any(|owner| owner == user || owner == ANYBODY)
    }
}
