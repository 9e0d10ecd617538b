//! Holds for the tests of this module.

use crate::approve::{Line, Rendering, Style};
use crate::hold::sample::held;
use crate::hold::{HoldView, Scope};
use crate::snapshot::Digest;

/// A hold that waits.
pub fn hold(number: usize, agent: &str, effect: &str, operation: &str) -> HoldView {
    let path = operation.split_once(' ').map_or("/", |(_, path)| path);
    HoldView {
        id: format!("{number:04}"),
        code: format!("K{number}"),
        agent: agent.into(),
        method: operation.split(' ').next().unwrap_or("POST").into(),
        url: format!("https://forum.example{path}"),
        effect: effect.into(),
        operation: operation.into(),
        digest: format!("sha256:{number:064x}"),
        grantable: Some(Scope::Operation),
        ..held()
    }
}

/// A rendering of it with so many lines.
pub fn rendering(hold: &HoldView, lines: usize) -> Rendering {
    let lines =
        (1..=lines).map(|at| Line::own(format!("line {at} of {}", hold.code), Style::Plain)).collect();
    Rendering { lines, digest: Digest::parse(&hold.digest), ..Rendering::default() }
}
