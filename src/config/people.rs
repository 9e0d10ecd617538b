//! `[[agent]]` and `[[approver]]`: who may ask and who may release. Names stand on every record, so each is there
//! once; a token belongs to one person or one agent, and never to both (promise P5).

use std::ops::Range;

use toml::Spanned;

use crate::agent::ANONYMOUS;
use crate::config::check::Check;
use crate::config::raw;
use crate::config::source::Complaint;
use crate::config::{AgentEntry, Approver};
use crate::limits;
use crate::net::Net;

/// Values that must not stand twice, with what they are.
#[derive(Debug, Default)]
pub(super) struct Taken(Vec<(&'static str, String)>);

impl Taken {
    /// Complains of a value that was taken before.
    pub(super) fn take(&mut self, kind: &'static str, value: &str) -> Result<(), Complaint> {
        if self.0.iter().any(|(known, taken)| *known == kind && taken == value) {
            let shown = if kind == TOKEN { String::new() } else { format!(" `{value}`") };
            return Err(Complaint::new(format!("the {kind}{shown} is taken above")));
        }
        self.0.push((kind, value.to_owned()));
        Ok(())
    }
}

const TOKEN: &str = "token";

/// All agents.
pub(super) fn agents(
    check: &mut Check<'_>,
    raw: Vec<Spanned<raw::Agent>>,
    taken: &mut Taken,
) -> Vec<AgentEntry> {
    let mut agents = Vec::new();
    for agent in raw {
        let span = agent.span();
        let agent = agent.into_inner();
        let known = agent.token_hash.is_some() || agent.source.is_some();
        let entry = AgentEntry {
            name: named(check, "agent", agent.name, &span, taken),
            token_hash: check.option(agent.token_hash, |text| token_hash(text, taken)),
            source: sources(check, agent.source, taken),
        };
        if entry.name == ANONYMOUS {
            let what = format!("`{ANONYMOUS}` is the name of everyone where no agent is configured");
            check.error(&span, Complaint::new(what).help("choose another name"));
        }
        if !known {
            let what = "an agent is known by a token_hash or a source, and this one has neither";
            check.error(
                &span,
                Complaint::new(what).help("`token_hash = \"sha256:…\"` or `source = [\"10.1.2.0/24\"]`"),
            );
        }
        agents.push(entry);
    }
    agents
}

/// All approvers.
pub(super) fn approvers(
    check: &mut Check<'_>,
    raw: Vec<Spanned<raw::Approver>>,
    agents: &[AgentEntry],
    taken: &mut Taken,
) -> Vec<Approver> {
    let mut approvers = Vec::new();
    for approver in raw {
        let span = approver.span();
        let approver = approver.into_inner();
        let known = approver.user.is_some() || approver.token_hash.is_some();
        let entry = Approver {
            name: named(check, "approver", approver.name, &span, taken),
            user: check.option(approver.user, |text| {
                word("user", &text)?;
                taken.take("user", &text).map(|()| text)
            }),
            token_hash: check.option(approver.token_hash, |text| token_hash(text, taken)),
            groups: groups(check, approver.groups),
        };
        if agents.iter().any(|agent| agent.name == entry.name) {
            let text = format!(
                "approver `{0}` has the name of an agent: for a rule that asks for approvers, the word of `{0}` on \
                 that agent's requests does not count; give one of the two another name",
                entry.name
            );
            check.warn(&span, &text);
        }
        if !known {
            let what = "an approver is known by a user or a token_hash, and this one has neither";
            check
                .error(&span, Complaint::new(what).help("`user = \"…\"` is a Unix user on the admin socket"));
        }
        approvers.push(entry);
    }
    approvers
}

/// A name that is there, is fit to be shown, and is not taken.
pub(super) fn named(
    check: &mut Check<'_>,
    kind: &'static str,
    key: raw::Key<String>,
    table: &Range<usize>,
    taken: &mut Taken,
) -> String {
    if key.is_none() {
        check.error(table, Complaint::new(format!("this {kind} has no name")).help("add `name = \"…\"`"));
    }
    check.value(key, String::new(), |text| {
        word(kind, &text)?;
        taken.take(kind, &text).map(|()| text)
    })
}

fn word(kind: &str, text: &str) -> Result<(), Complaint> {
    let fit = !text.is_empty() && text.len() <= limits::NAME_BYTES_MAX && text.trim() == text;
    if fit && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Complaint::new(format!(
        "the name of this {kind} is not 1 to {} bytes without control characters and without blanks around it",
        limits::NAME_BYTES_MAX
    )))
}

/// The groups of an approver; a list may be empty, and a name that stands twice counts once.
fn groups(check: &mut Check<'_>, key: raw::Key<raw::List>) -> Vec<String> {
    let mut groups = Vec::new();
    for (text, span) in check.items_or_none(key).unwrap_or_default() {
        match word("group", &text) {
            Ok(()) if !groups.contains(&text) => groups.push(text),
            Ok(()) => {}
            Err(complaint) => check.error(&span, complaint),
        }
    }
    groups
}

fn sources(check: &mut Check<'_>, key: raw::Key<raw::List>, taken: &mut Taken) -> Vec<Net> {
    let mut nets = Vec::new();
    for (text, span) in check.items(key) {
        let net = text.parse::<Net>().map_err(Complaint::from);
        match net.and_then(|net| taken.take("source", &net.to_string()).map(|()| net)) {
            Ok(net) => nets.push(net),
            Err(complaint) => check.error(&span, complaint),
        }
    }
    nets
}

fn token_hash(text: String, taken: &mut Taken) -> Result<String, Complaint> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Complaint::new("token_hash is not `sha256:` and 64 lower-case hexadecimal digits")
            .help("it is the hash of the token, never the token itself: printf %s TOKEN | sha256sum")
            .secret());
    }
    taken.take(TOKEN, &text).map_err(Complaint::secret)?;
    Ok(text)
}
