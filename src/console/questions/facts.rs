//! What a question says of the holds that it is about.

use crate::console::dialog::Fact;
use crate::hold::HoldView;
use crate::limits::CONSOLE_FACTS;

/// What every question about a hold says first.
pub(super) fn facts(hold: &HoldView, verb: &str) -> Vec<Fact> {
    let theirs = |text: &str| Fact::Theirs(String::new(), text.to_owned());
    let standing = if hold.state == "armed" { ", approved and not sent yet" } else { "" };
    vec![
        Fact::Own(format!(
            "{verb} {}: {} ({}) by {}{standing}",
            hold.code, hold.effect, hold.dialect, hold.agent
        )),
        Fact::Own(format!("digest {}...", hold.digest.get(..19).unwrap_or(&hold.digest))),
        theirs(&hold.operation),
        theirs(&hold.url),
    ]
}

/// One row for each of several, as many as a question has room for: all of them stand in the list above it.
pub(super) fn rows<'a>(holds: impl Iterator<Item = &'a HoldView>) -> impl Iterator<Item = Fact> {
    let mut rows: Vec<Fact> = holds.map(row).collect();
    let more = rows.len().saturating_sub(CONSOLE_FACTS);
    if more > 0 {
        rows.truncate(CONSOLE_FACTS);
        rows.push(Fact::Own(format!("and {more} more, as they are listed")));
    }
    rows.into_iter()
}

fn row(hold: &HoldView) -> Fact {
    Fact::Theirs(label(hold), format!("{} {}", hold.operation, hold.url))
}

/// `K7QF 0f0f0f0f0f0f `: short, so that a narrow screen has room for what stands behind it.
pub(in crate::console) fn label(hold: &HoldView) -> String {
    let digits = hold.digest.strip_prefix("sha256:").unwrap_or(&hold.digest);
    let digits = digits.get(..12).unwrap_or(digits);
    format!("{} {digits} ", hold.code)
}
