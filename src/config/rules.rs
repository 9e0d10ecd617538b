//! `[[rule]]` and `[defaults]`, compiled into a policy. A rule that could not mean what it says is an error; one that
//! can never match is a warning.

use std::ops::Range;

use toml::Spanned;

use crate::agent::ANONYMOUS;
use crate::classify::{Effect, is_registered};
use crate::config::check::{Check, Item, one_of, unknown};
use crate::config::people::{Taken, named};
use crate::config::raw::{self, Key};
use crate::config::sections::hold_time;
use crate::config::source::Complaint;
use crate::config::{AgentEntry, Approver, quorum};
use crate::decide::{Choice, Defaults, Grantable, Policy, Rule, SafeMethods, Scope, When};
use crate::limits;
use crate::pattern::{HostPattern, PathPattern, path_is_odd};

const CHOICES: [(&str, Choice); 3] =
    [("allow", Choice::Allow), ("hold", Choice::Hold), ("deny", Choice::Deny)];

/// All rules and the defaults.
pub(super) fn policy(
    check: &mut Check<'_>,
    raw: Vec<Spanned<raw::Rule>>,
    defaults: raw::Defaults,
    (agents, approvers): (&[AgentEntry], &[Approver]),
    taken: &mut Taken,
) -> Policy {
    let spans: Vec<_> = raw.iter().map(Spanned::span).collect();
    if let Some(span) = spans.get(limits::RULES_MAX) {
        check.error(span, Complaint::new(format!("there are more than {} rules", limits::RULES_MAX)));
    }
    let names = agent_names(agents);
    let rules: Vec<_> = raw.into_iter().map(|raw| rule(check, raw, &names, approvers, taken)).collect();
    let policy = Policy::new(rules.clone(), self::defaults(check, defaults));
    for (later, earlier) in policy.covered() {
        let (later_name, earlier) = (&rules[later].name, &rules[earlier].name);
        check.warn(
            &spans[later],
            &format!("rule `{later_name}` can never match: `{earlier}` above it matches all that it does"),
        );
    }
    policy
}

fn agent_names(agents: &[AgentEntry]) -> Vec<&str> {
    if agents.is_empty() { vec![ANONYMOUS] } else { agents.iter().map(|agent| agent.name.as_str()).collect() }
}

fn rule(
    check: &mut Check<'_>,
    raw: Spanned<raw::Rule>,
    agents: &[&str],
    approvers: &[Approver],
    taken: &mut Taken,
) -> Rule {
    let span = raw.span();
    let raw = raw.into_inner();
    let keys = [&raw.effect, &raw.host, &raw.path, &raw.method, &raw.agent];
    if raw.when.is_none() && keys.iter().all(|key| key.is_none()) {
        let what = "this rule names nothing, so it would match everything";
        let help = "name a host, path, method, agent, effect or `when`; [defaults] is for what no rule names";
        check.error(&span, Complaint::new(what).help(help));
    }
    let name = named(check, "rule", raw.name, &span, taken);
    if name.starts_with("defaults.") {
        check.error(
            &span,
            Complaint::new("`defaults.…` is how records name the defaults, so no rule has such a name"),
        );
    }
    let verdict = verdict(check, raw.verdict, &span);
    let grantable_span = raw.grantable.as_ref().map(Spanned::span);
    let timeout_span = raw.timeout.as_ref().map(Spanned::span);
    let (hosts, paths) = (check.items(raw.host), check.items(raw.path));
    let (methods, named_agents, effects) =
        (check.items(raw.method), check.items(raw.agent), check.items(raw.effect));
    warn_of_methods(check, &methods);
    let rule = Rule {
        name,
        effect: check.each(effects, effect),
        host: check.each(hosts, |text| HostPattern::parse(text).map_err(host_complaint)),
        path: check.each(paths, |text| path(text, verdict)),
        method: check.each(methods, method),
        agent: check.each(named_agents, |text| agent(text, agents)),
        when: when(check, raw.when),
        verdict,
        timeout: check.option(raw.timeout, |text| hold_time(&text)),
        approvers: quorum::approvers(check, raw.approvers, verdict, approvers),
        grantable: check.value(raw.grantable, Grantable::ByEffect, grantable),
    };
    if let Some(span) = timeout_span.filter(|_| verdict != Choice::Hold) {
        check.error(&span, Complaint::new("only a rule with `verdict = \"hold\"` has a timeout"));
    }
    if let Some(span) = grantable_span.filter(|_| verdict != Choice::Hold) {
        check.error(&span, Complaint::new("only under a rule with `verdict = \"hold\"` is anything granted"));
    }
    rule
}

fn grantable(width: raw::Width) -> Result<Grantable, Complaint> {
    match width {
        raw::Width::Any(false) => Ok(Grantable::Never),
        raw::Width::Any(true) => Ok(Grantable::UpTo(Scope::Operation)),
        raw::Width::Named(text) => {
            one_of(&text, &Scope::ALL.map(|scope| (scope.as_str(), scope))).map(Grantable::UpTo)
        }
    }
}

/// A fault within the expression is shown at its own place.
fn when(check: &mut Check<'_>, key: Key<String>) -> Option<When> {
    let key = key?;
    let span = key.span();
    let fault = match When::compile(key.get_ref()) {
        Ok(when) => return Some(when),
        Err(fault) => fault,
    };
    let place = fault.at.map_or_else(|| span.clone(), |at| check.within(&span, key.get_ref(), at));
    let help = "an expression in CEL over `request` and `body`, like: request.method == \"PUT\" && body.role == \"admin\"";
    check.error(&place, Complaint::new(format!("when: {}", fault.what)).help(help));
    None
}

fn verdict(check: &mut Check<'_>, key: Key<String>, rule: &Range<usize>) -> Choice {
    if key.is_none() {
        let help = "add `verdict = \"allow\"`, \"hold\" or \"deny\"";
        check.error(rule, Complaint::new("this rule has no verdict").help(help));
    }
    check.value(key, Choice::Deny, |text| one_of(&text, &CHOICES))
}

fn effect(text: &str) -> Result<Effect, Complaint> {
    one_of(text, &Effect::ALL.map(|effect| (effect.as_str(), effect)))
}

fn host_complaint(what: String) -> Complaint {
    Complaint::new(what).help(
        "forum.example, *.corp.example (one label), **.corp.example (one or more), each with :PORT or :*",
    )
}

fn path(text: &str, verdict: Choice) -> Result<PathPattern, Complaint> {
    // A star stands for anything; a letter in its place keeps it from looking odd by itself.
    if verdict == Choice::Allow && text.starts_with('/') && path_is_odd(&text.replace('*', "x")) {
        let what = format!(
            "`{text}` can match nothing: a path with such segments or escapes matches no `allow` rule"
        );
        return Err(Complaint::new(what).help("servers read such paths in different ways, so they are held"));
    }
    PathPattern::parse(text).map_err(Complaint::from)
}

fn method(text: &str) -> Result<String, Complaint> {
    let upper = text.to_ascii_uppercase();
    if !is_registered(text) && is_registered(&upper) {
        return Err(Complaint::new(format!("`{text}`: methods are case-sensitive"))
            .help(format!("did you mean `{upper}`?")));
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || text.len() > limits::METHOD_BYTES_MAX || !text.bytes().all(token) || text == "*" {
        return Err(Complaint::new(format!("`{text}` is no method"))
            .help("methods are named exactly; leave the key out for all"));
    }
    Ok(text.to_owned())
}

fn warn_of_methods(check: &mut Check<'_>, methods: &[Item]) {
    for (text, span) in methods {
        if matches!(text.as_str(), "CONNECT" | "TRACE") {
            check.warn(span, &format!("{text} never reaches a rule: its requests are answered before"));
        } else if !is_registered(text) {
            check.warn(span, &format!("`{text}` is in no registry of methods; is it spelt right?"));
        }
    }
}

fn agent(text: &str, agents: &[&str]) -> Result<String, Complaint> {
    if agents.contains(&text) {
        return Ok(text.to_owned());
    }
    let what = if agents == [ANONYMOUS] {
        format!("no [[agent]] is configured, so there is no `{text}`, only `{ANONYMOUS}`")
    } else {
        format!("no [[agent]] has the name `{text}`")
    };
    Err(unknown(&what, text, agents))
}

fn defaults(check: &mut Check<'_>, raw: raw::Defaults) -> Defaults {
    let usual = Defaults::default();
    let unknown_span = raw.unknown.as_ref().map(Spanned::span);
    let mutating_span = raw.mutating.as_ref().map(Spanned::span);
    let own = [
        (Effect::Write, raw.write),
        (Effect::Execute, raw.execute),
        (Effect::Delete, raw.delete),
        (Effect::Permission, raw.permission),
        (Effect::Unknown, raw.unknown),
    ];
    let mut named = Vec::new();
    for (effect, key) in own {
        named.extend(check.option(key, |text| one_of(&text, &CHOICES)).map(|choice| (effect, choice)));
    }
    if let Some(span) = unknown_span.filter(|_| named.contains(&(Effect::Unknown, Choice::Allow))) {
        let what = "what nobody can tell is held or denied by default";
        check.error(
            &span,
            Complaint::new(what)
                .help("a [[rule]] with effect = [\"unknown\"] can allow it where you vouch for it"),
        );
    }
    let mutating = check.value(raw.mutating, usual.mutating, |text| one_of(&text, &CHOICES));
    if let Some(span) = mutating_span.filter(|_| mutating == Choice::Allow) {
        check.warn(
            &span,
            "mutations that no rule names pass without anybody's approval (what is `unknown` is still held)",
        );
    }
    Defaults {
        read: check.value(raw.read, usual.read, |text| one_of(&text, &CHOICES)),
        mutating,
        named,
        safe_methods: check.value(raw.safe_methods, usual.safe_methods, |text| {
            one_of(&text, &[("trust", SafeMethods::Trust), ("hold", SafeMethods::Hold)])
        }),
        deny_unknown_hosts: check.value(raw.unknown_host, usual.deny_unknown_hosts, |text| {
            one_of(&text, &[("allow", false), ("deny", true)])
        }),
    }
}
