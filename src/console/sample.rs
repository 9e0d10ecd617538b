//! Holds for the tests of this module.

use crate::approve::{Line, Rendering, Style};
use crate::hold::{ApprovalsView, HoldView, Scope};
use crate::snapshot::Digest;

/// A hold that waits.
pub fn hold(number: usize, agent: &str, effect: &str, operation: &str) -> HoldView {
    let path = operation.split_once(' ').map_or("/", |(_, path)| path);
    HoldView {
        id: format!("{number:04}"),
        code: format!("K{number}"),
        state: "held".into(),
        agent: agent.into(),
        source: "10.1.2.3".into(),
        advisory: false,
        method: operation.split(' ').next().unwrap_or("POST").into(),
        url: format!("https://forum.example{path}"),
        http_version: "HTTP/1.1".into(),
        effect: effect.into(),
        dialect: "http".into(),
        operation: operation.into(),
        rule: "defaults.mutating".into(),
        why: vec![],
        digest: format!("sha256:{number:064x}"),
        body_bytes: 0,
        headers: vec![],
        created_at: "1970-01-01T00:00:00.000Z".into(),
        deadline: "1970-01-01T00:30:00.000Z".into(),
        waiting: 1,
        attempts: 1,
        decisions: vec![],
        outcome: None,
        approvals: ApprovalsView::default(),
        grantable: Some(Scope::Operation),
        grant: None,
        like_pending: 0,
        edited: None,
        frozen: false,
    }
}

/// A rendering of it with so many lines.
pub fn rendering(hold: &HoldView, lines: usize) -> Rendering {
    let lines =
        (1..=lines).map(|at| Line::own(format!("line {at} of {}", hold.code), Style::Plain)).collect();
    Rendering { lines, digest: Digest::parse(&hold.digest), ..Rendering::default() }
}
