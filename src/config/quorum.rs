//! `approvers` of a rule: whose word a hold under it needs. What nobody could ever fulfil is an error: such a hold
//! would only wait until it expires.

use crate::config::Approver;
use crate::config::check::{Check, unknown};
use crate::config::raw::{self, Key};
use crate::config::source::Complaint;
use crate::config::units::count;
use crate::decide::{Approvers, Choice};

/// The approvers of a rule with this verdict; `people` are all that are configured.
pub(super) fn approvers(
    check: &mut Check<'_>,
    key: Key<raw::Approvers>,
    verdict: Choice,
    people: &[Approver],
) -> Option<Approvers> {
    let key = key?;
    let span = key.span();
    let raw::Approvers { groups, quorum } = key.into_inner();
    if verdict != Choice::Hold {
        check.error(&span, Complaint::new("only a rule with `verdict = \"hold\"` has approvers"));
    }
    if groups.is_none() && quorum.is_none() {
        let help = "like `approvers = { groups = [\"oncall\"], quorum = 2 }`";
        check.error(&span, Complaint::new("approvers names neither groups nor a quorum").help(help));
    }
    let groups = check.items(groups);
    let groups = check.each(groups, |text| group(text, people));
    let able = people.iter().filter(|person| of_any(person, &groups)).count();
    let quorum = check.option(quorum, |amount| {
        let quorum = usize::try_from(count(amount)?).unwrap_or(usize::MAX);
        possible(quorum, able, people.is_empty()).map(|()| quorum)
    });
    Some(Approvers { groups, quorum: quorum.unwrap_or(1) })
}

fn of_any(person: &Approver, groups: &[String]) -> bool {
    groups.is_empty() || person.groups.iter().any(|group| groups.contains(group))
}

fn group(text: &str, people: &[Approver]) -> Result<String, Complaint> {
    let mut known: Vec<&str> = people.iter().flat_map(|person| &person.groups).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let complaint = unknown(&format!("no [[approver]] is in the group `{text}`"), text, &known);
    Err(if known.is_empty() {
        complaint.help(format!("an [[approver]] with `groups = [\"{text}\"]` is"))
    } else {
        complaint
    })
}

/// Without any `[[approver]]` one person has the token and a user: nobody can tell two from one.
fn possible(quorum: usize, able: usize, nobody_is_named: bool) -> Result<(), Complaint> {
    match quorum {
        0 => Err(Complaint::new("a quorum is at least 1")),
        1 => Ok(()),
        _ if nobody_is_named => {
            Err(Complaint::new("no [[approver]] is configured, so nobody can tell two from one")
                .help("give each of them an [[approver]] table"))
        }
        _ if quorum > able => {
            Err(Complaint::new(format!("{quorum} approvers are asked for, and {able} can count"))
                .help("name more groups, put more [[approver]] tables into them, or ask for fewer"))
        }
        _ => Ok(()),
    }
}
