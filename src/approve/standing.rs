//! What an approval waits for that has sent nothing: another approver's word, a thaw, an agent that asks again, or an
//! upstream that takes it. One wording for every surface, so that nobody is told that something will be sent which
//! will not.

use super::words::count;
use crate::hold::{FreezeView, HoldView};

/// Where it is read: a prompt has words of its own, a shell has commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the prompt.
    Prompt,
    /// In a shell.
    Shell,
}

/// What a hold waits for that somebody has just approved; `None` in all states but `held` and `armed`. It may quote what
/// an agent, a service or another person wrote, and is to be made safe before it is shown.
pub fn standing(hold: &HoldView, freezes: &[FreezeView], place: Place) -> Option<String> {
    match hold.state.as_str() {
        "held" => Some(needs(hold)),
        "armed" => Some(waits(hold, freezes, place)),
        _ => None,
    }
}

/// `1 of 2 approvals (by ana); the next is for another member of oncall to give`
fn needs(hold: &HoldView) -> String {
    let approvals = &hold.approvals;
    if approvals.given.is_empty() {
        let why = hold.decisions.iter().rev().find_map(|said| said.void.as_ref());
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        return format!("held again: what was approved no longer counts{why}, and it needs approving anew");
    }
    let given = format!("{} of {}", approvals.given.len(), count(approvals.needed as u64, "approval"));
    let who = if approvals.groups.is_empty() {
        "anybody else who may decide".to_owned()
    } else {
        format!("another member of {}", approvals.groups.join(" or "))
    };
    let by = approvals.given.join(", ");
    format!(
        "{given} (by {by}); it stays held until {who} approves it too, never the agent's own user or name"
    )
}

fn waits(hold: &HoldView, freezes: &[FreezeView], place: Place) -> String {
    let until = &hold.deadline;
    let again = format!("it is sent when the agent asks again, until {until} or a restart");
    let freeze = freezes.iter().find(|freeze| covers(freeze, &hold.agent));
    if let Some(freeze) = freeze {
        let then = if hold.waiting > 0 {
            format!("then it is sent, until {until} or a restart")
        } else {
            format!("then it is sent, at the latest when the agent asks again, until {until} or a restart")
        };
        let (frozen, back) = (frozen(freeze), back(freeze, place));
        return format!("approved, and nothing was sent: FROZEN ({frozen}); {back}; {then}");
    }
    if hold.frozen {
        return format!("approved, and nothing was sent: a freeze is on; once it is taken back {again}");
    }
    match hold.outcome.as_ref().and_then(|outcome| outcome.error.as_ref()) {
        Some(error) => format!("approved, and nothing was sent: {error}; the approval stands: {again}"),
        None => format!("approved; {again}"),
    }
}

/// `all agents, by ops since …: reason`
pub fn frozen(freeze: &FreezeView) -> String {
    let whose = freeze.agent.as_ref().map_or("all agents".to_owned(), |agent| format!("agent {agent}"));
    let why = freeze.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{whose}, by {} since {}{why}", freeze.by, freeze.at)
}

/// What takes a freeze back.
pub fn back(freeze: &FreezeView, place: Place) -> String {
    let command = match (&freeze.agent, place) {
        _ if freeze.by == FILE => {
            return "it ends when the file `freeze` in the state directory is removed".into();
        }
        (None, Place::Prompt) => "thaw".to_owned(),
        (None, Place::Shell) => "holdpoint thaw".to_owned(),
        (Some(agent), Place::Prompt) => format!("thaw agent {agent}"),
        (Some(agent), Place::Shell) => format!("holdpoint thaw --agent {agent}"),
    };
    format!("`{command}` takes it back")
}

/// Who freezes by a file.
pub const FILE: &str = "file";

/// Whether a freeze stops this agent.
pub fn covers(freeze: &FreezeView, agent: &str) -> bool {
    freeze.agent.as_ref().is_none_or(|name| name == agent)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::hold::ApprovalsView;
    use crate::hold::view::OutcomeView;

    fn kind(agent: &str) -> HoldView {
        crate::approve::groups::tests::hold(1, agent, "write", "POST /posts")
    }

    fn hold(state: &str) -> HoldView {
        HoldView { state: state.into(), deadline: "NOON".into(), waiting: 0, ..kind("a") }
    }

    fn freeze(agent: Option<&str>, by: &str) -> FreezeView {
        FreezeView { agent: agent.map(str::to_owned), reason: None, by: by.into(), at: "DAWN".into() }
    }

    #[test]
    fn a_quorum_that_is_not_full_says_how_far_it_is_and_who_may_go_on() {
        let approvals = |groups: &[&str], given: &[&str]| ApprovalsView {
            needed: 2,
            given: given.iter().map(|name| (*name).to_owned()).collect(),
            groups: groups.iter().map(|name| (*name).to_owned()).collect(),
        };
        let said = |approvals| standing(&HoldView { approvals, ..hold("held") }, &[], Place::Shell).unwrap();
        assert!(said(approvals(&["oncall"], &["ana"])).starts_with(
            "1 of 2 approvals (by ana); it stays held until another member of oncall approves it too"
        ));
        assert!(said(approvals(&[], &["ana"])).contains("until anybody else who may decide approves"));
        assert!(said(approvals(&[], &[])).starts_with("held again"));
        let void = |why: &str| {
            let said = json!({ "approver": "ana", "decision": "approve", "at": "DAWN", "void": why });
            serde_json::from_value(said).unwrap()
        };
        let voided =
            HoldView { decisions: vec![void("an edit"), void("a restart took it back")], ..hold("held") };
        assert!(
            standing(&voided, &[], Place::Shell)
                .unwrap()
                .starts_with("held again: what was approved no longer counts (a restart took it back), and")
        );
    }

    #[test]
    fn what_a_freeze_stops_is_not_called_sent_and_the_way_out_is_named() {
        let waits = HoldView { waiting: 1, frozen: true, ..hold("armed") };
        let said = |freeze: FreezeView, place| standing(&waits, &[freeze], place).unwrap();
        assert_eq!(
            said(freeze(None, "ops"), Place::Shell),
            "approved, and nothing was sent: FROZEN (all agents, by ops since DAWN); `holdpoint thaw` takes it back; \
             then it is sent, until NOON or a restart"
        );
        assert!(said(freeze(Some("a"), "breaker"), Place::Prompt).contains("`thaw agent a` takes it back"));
        assert!(said(freeze(None, "file"), Place::Shell).contains("file `freeze` in the state directory"));
        let other = said(freeze(Some("b"), "ops"), Place::Shell);
        assert!(other.contains("a freeze is on"), "the freeze that covers it was not told: {other}");
    }

    #[test]
    fn an_upstream_that_took_nothing_is_named_and_an_agent_that_left_is_waited_for() {
        let error = Some("connection refused".to_owned());
        let outcome = Some(OutcomeView { status: None, at: "DAWN".into(), error });
        let failed = HoldView { outcome, ..hold("armed") };
        let said = |hold: &HoldView| standing(hold, &[], Place::Shell);
        assert!(
            said(&failed)
                .unwrap()
                .starts_with("approved, and nothing was sent: connection refused; the approval")
        );
        assert_eq!(
            said(&hold("armed")).as_deref(),
            Some("approved; it is sent when the agent asks again, until NOON or a restart")
        );
        for state in ["approved", "forwarding", "done", "failed", "denied"] {
            assert_eq!(said(&hold(state)), None, "{state}");
        }
    }
}
