//! `holdpoint policy explain`: one request, what each recogniser said of it, who vouches for that, which rule or
//! default decides, and by what the ones above do not match. Reads a request as data, or makes one from the line.

use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use crate::admin::json;
use crate::agent::{ANONYMOUS, Agent};
use crate::classify::Finding;
use crate::cli::args::Explain;
use crate::cli::hold::safe;
use crate::cli::request::{Judged, Source, judge};
use crate::cli::{Done, Trouble, out};
use crate::config::Config;
use crate::decide::{Step, Verdict};
use crate::parse::data::{Data, Fields};

/// All that can be said of a request.
#[derive(Debug, Serialize)]
pub struct Reasons {
    /// `allow`, `hold`, `deny`, or `refused` for what never gets as far as a rule.
    pub verdict: &'static str,
    /// The rule or default that decides; none where it is refused.
    pub rule: Option<String>,
    /// What it does.
    pub effect: &'static str,
    /// In which dialect.
    pub dialect: &'static str,
    /// As a person reads it.
    pub operation: String,
    /// The declared service whose word this is; without one no answer is lower than the method's.
    pub declared: Option<String>,
    /// What each recogniser said.
    pub why: Vec<String>,
    /// The rules in their order, down to the one that decides.
    pub rules: Vec<Word>,
    /// The reading that decides, where it is not the plain one.
    pub reading: Option<Reading>,
}

/// What a rule said.
#[derive(Debug, Serialize)]
pub struct Word {
    rule: String,
    decides: bool,
    why: String,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = if self.decides { "decides" } else { "does not match" };
        write!(f, "{} {is}: {}", self.rule, self.why)
    }
}

/// A method and a path that a service may see in place of those that were sent.
#[derive(Debug, Serialize)]
pub struct Reading {
    method: String,
    path: String,
}

/// Prints the reasons for one request.
pub fn run(config: &Config, asked: Explain) -> Done {
    let data = data(&asked)?;
    let agent = agent(config, asked.agent.as_deref()).map_err(Trouble::Wrong)?;
    let reasons = reasons(config, &data, &agent);
    if asked.json {
        out::say(&(json::text(&reasons) + "\n"))
    } else {
        out::say(&text(&reasons, &data, &agent))
    }
}

fn data(asked: &Explain) -> Result<Data, Trouble> {
    if let Some(url) = &asked.url {
        return from_line(&asked.method, url, &asked.header, asked.body.clone());
    }
    let (name, text) = Source::open(asked.file.as_deref())?.text()?;
    serde_json::from_str(&text)
        .map_err(|error| Trouble::Failed(format!("{name}: no request as data: {}", safe(&error.to_string()))))
}

/// `--method`, `--url`, `--header` and `--body`.
fn from_line(method: &str, url: &str, fields: &[String], body: Option<String>) -> Result<Data, Trouble> {
    let wrong = |what: &str| {
        Trouble::Wrong(format!("{what}\n  = help: --url https://host/path?query, --header 'name: value'"))
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("--url is no http: or https: URL"))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let field = |text: &String| {
        let (name, value) = text.split_once(':')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let fields: Option<Vec<_>> = fields.iter().map(field).collect();
    Ok(Data {
        id: None,
        method: method.to_owned(),
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        path,
        headers: Fields(fields.ok_or_else(|| wrong("a --header has no colon"))?),
        body,
        body_b64: None,
    })
}

/// An agent of the config by its name; where none is named, one that no rule names.
pub fn agent(config: &Config, name: Option<&str>) -> Result<Agent, String> {
    let name = name.unwrap_or(ANONYMOUS);
    let known = |entry: &crate::config::AgentEntry| entry.name == name;
    if name != ANONYMOUS && !config.agents.iter().any(known) {
        let names: Vec<_> = config.agents.iter().map(|entry| entry.name.as_str()).collect();
        let known = if names.is_empty() { "there is none".to_owned() } else { names.join(", ") };
        return Err(format!("no [[agent]] has the name `{}`\n  = help: {known}", safe(name)));
    }
    Ok(Agent { name: name.to_owned(), source: IpAddr::V4(Ipv4Addr::LOCALHOST), advisory: false })
}

/// Judges and decides as the proxy does.
pub fn reasons(config: &Config, data: &Data, agent: &Agent) -> Reasons {
    let (snapshot, finding) = match judge(config, data) {
        Judged::Refused(finding) => return reasons_of("refused", finding, Vec::new(), None),
        Judged::Found(snapshot, finding) => (snapshot, finding),
    };
    let explained = config.policy.explain(agent, snapshot.head(), &finding, snapshot.body());
    let verdict = match explained.verdict {
        Verdict::Pass(_) => "allow",
        Verdict::Hold(_) => "hold",
        Verdict::Deny(_) => "deny",
    };
    let reading = explained.reading.map(|(method, path)| Reading { method, path });
    reasons_of(verdict, finding, explained.steps, reading)
}

fn reasons_of(
    verdict: &'static str,
    finding: Finding,
    steps: Vec<Step>,
    reading: Option<Reading>,
) -> Reasons {
    let rule = steps.iter().find(|step| step.decides).map(|step| step.rule.clone());
    let word = |step: Step| Word { rule: step.rule, decides: step.decides, why: step.why };
    Reasons {
        verdict,
        rule,
        effect: finding.effect.as_str(),
        dialect: finding.dialect,
        operation: finding.operation,
        declared: finding.declared,
        why: finding.why,
        rules: steps.into_iter().map(word).collect(),
        reading,
    }
}

fn text(reasons: &Reasons, data: &Data, agent: &Agent) -> String {
    let mut out = String::new();
    let mut row = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<10} {}", safe(text));
    };
    row("request", &format!("{} {}://{}{}", data.method, data.scheme, data.host, data.path));
    row("agent", &agent.name);
    row("operation", &reasons.operation);
    row("effect", &format!("{}, dialect {}", reasons.effect, reasons.dialect));
    row("declared", reasons.declared.as_deref().unwrap_or("no service is declared for it"));
    labelled(&mut row, "why", reasons.why.iter().cloned());
    if let Some(Reading { method, path }) = &reasons.reading {
        row("read as", &format!("{method} {path}, because the service may read it so"));
    }
    labelled(&mut row, "rules", reasons.rules.iter().map(Word::to_string));
    let by = reasons.rule.as_ref().map(|rule| format!(" by {rule}")).unwrap_or_default();
    row("verdict", &format!("{}{by}", reasons.verdict));
    out
}

/// The label stands before the first only.
fn labelled(row: &mut impl FnMut(&str, &str), label: &str, texts: impl Iterator<Item = String>) {
    for (index, text) in texts.enumerate() {
        row(if index == 0 { label } else { "" }, &text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_as_it_stands() {
        let taken =
            |url: &str| from_line("GET", url, &[], None).map(|data| (data.scheme, data.host, data.path));
        let of = |scheme: &str, host: &str, path: &str| Some((scheme.into(), host.into(), path.into()));
        assert_eq!(taken("https://a.example").ok(), of("https", "a.example", "/"));
        assert_eq!(taken("http://a.example:1/x?y#z").ok(), of("http", "a.example:1", "/x?y#z"));
        assert_eq!(taken("https://a.example?q=1").ok(), of("https", "a.example", "/?q=1"));
        assert!(taken("a.example/x").is_err());
        assert!(from_line("GET", "https://a.example", &["no colon".into()], None).is_err());
    }

    #[test]
    fn an_agent_is_one_of_the_configs_or_nobody() {
        let config = Config::default();
        assert!(agent(&config, None).unwrap().is_anonymous());
        assert!(agent(&config, Some("bot")).unwrap_err().contains("`bot`"));
        let named = Config::parse("f", "[[agent]]\nname = \"bot\"\nsource = \"10.0.0.1\"\n").unwrap();
        assert_eq!(agent(&named, Some("bot")).unwrap().name, "bot");
    }
}
