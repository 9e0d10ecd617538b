//! The person: sees what is held, and decides through the desk, as every surface does.

use std::time::Duration;

use holdpoint::hold::said::{Choice, Decision, DecisionError, Filter};
use holdpoint::hold::{FreezeView, GrantAsk, GrantView, HoldId, HoldView, Scope, SeenFreeze, Who};
use holdpoint::snapshot::Digest;

use crate::house::House;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

impl House {
    /// All holds that are still known.
    pub fn holds(&self) -> Vec<HoldView> {
        self.wait(self.running().desk().list(Filter::default()))
    }

    /// The holds in this state.
    pub fn holds_in(&self, state: &str) -> Vec<HoldView> {
        self.holds().into_iter().filter(|hold| hold.state == state).collect()
    }

    /// Waits until exactly one hold is undecided.
    pub fn held(&self) -> HoldView {
        self.held_count(1).remove(0)
    }

    /// Waits until that many holds are undecided.
    pub fn held_count(&self, count: usize) -> Vec<HoldView> {
        wait::until(&format!("{count} undecided holds"), || {
            let holds = self.holds_in("held");
            (holds.len() == count).then_some(holds)
        })
    }

    /// Waits until this hold is in this state.
    pub fn wait_state(&self, hold: &HoldView, state: &str) -> HoldView {
        wait::until(&format!("hold {} to be {state}", hold.code), || {
            self.find(&hold.id).filter(|hold| hold.state == state)
        })
    }

    /// Waits until that many attempts are connected to this hold.
    pub fn wait_waiting(&self, hold: &HoldView, waiting: usize) -> HoldView {
        wait::until(&format!("{waiting} attempts at hold {}", hold.code), || {
            self.find(&hold.id).filter(|hold| hold.waiting == waiting)
        })
    }

    /// One hold as it is now.
    pub fn find(&self, id: &str) -> Option<HoldView> {
        self.wait(self.running().desk().find(id))
    }

    /// Releases exactly what the view shows.
    pub fn approve(&self, hold: &HoldView) -> HoldView {
        self.decide(vec![decision(hold, Choice::Approve, "ada")]).expect("the approval is taken").remove(0)
    }

    /// Refuses it.
    pub fn deny(&self, hold: &HoldView, reason: &str) -> HoldView {
        let mut no = decision(hold, Choice::Deny, "ada");
        no.reason = Some(reason.into());
        self.decide(vec![no]).expect("the denial is taken").remove(0)
    }

    /// Releases what the view shows, and what is like it.
    pub fn grant(&self, hold: &HoldView, scope: Scope, uses: u32) -> GrantView {
        let ask = GrantAsk { ttl: Duration::from_secs(900), uses, scope };
        let yes = Decision { grant: Some(ask), ..decision(hold, Choice::Approve, "ada") };
        self.decide(vec![yes]).expect("the grant is given");
        self.wait(self.running().desk().grants()).remove(0)
    }

    /// Stops one agent, or everybody.
    pub fn freeze(&self, agent: Option<&str>) -> FreezeView {
        let (desk, by) = (self.running().desk(), Who::named("ada"));
        self.wait(desk.freeze(agent.map(str::to_owned), Some("stop".into()), &by)).expect("it is taken")
    }

    /// Takes that back.
    pub fn thaw(&self, agent: Option<&str>) -> FreezeView {
        let (desk, by) = (self.running().desk(), Who::named("ada"));
        self.wait(desk.unfreeze_seen(agent.map(str::to_owned), SeenFreeze::default(), &by))
            .expect("there is such a freeze")
    }

    /// Takes decisions, all or none.
    pub fn decide(&self, decisions: Vec<Decision>) -> Result<Vec<HoldView>, DecisionError> {
        self.wait(self.running().desk().decide(decisions))
    }

    /// The whole request as HTTP/1.1: what `show --raw` prints.
    pub fn raw(&self, hold: &HoldView) -> Vec<u8> {
        let (head, body) = self.wait(self.running().desk().request(id(hold))).expect("the request is there");
        let body = body.expect("the body is there");
        let bytes = match (body.bytes(), body.path()) {
            (Some(bytes), _) => bytes.to_vec(),
            (None, Some(path)) => std::fs::read(path).expect("the spool file is there"),
            (None, None) => Vec::new(),
        };
        [head.http1(), bytes].concat()
    }
}

/// What this approver says of what the view shows.
pub fn decision(hold: &HoldView, choice: Choice, approver: &str) -> Decision {
    Decision {
        hold: id(hold),
        choice,
        digest: Digest::parse(&hold.digest),
        reason: None,
        by: Who::named(approver),
        grant: None,
    }
}

fn id(hold: &HoldView) -> HoldId {
    HoldId(uuid::Uuid::parse_str(&hold.id).expect("an id is a UUID"))
}

impl House {
    /// An agent that has just asked for a mutation, and waits.
    pub fn post(&self, tape: &Tape, path: &str, body: &str) -> Wire {
        self.post_with(tape, path, "", body)
    }

    /// The same, with further fields, each ending with CRLF.
    pub fn post_with(&self, tape: &Tape, path: &str, fields: &str, body: &str) -> Wire {
        let mut wire = self.open();
        wire.send(post(tape, path, fields, body));
        wire
    }
}

/// A POST in absolute-form.
pub fn post(tape: &Tape, path: &str, fields: &str, body: &str) -> String {
    let (authority, length) = (tape.authority(), body.len());
    format!(
        "POST http://{authority}{path} HTTP/1.1\r\nHost: {authority}\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
    )
}
