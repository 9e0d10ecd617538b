//! `holdpoint policy test F`: requests as data, each with what the rules must say of it. TOML, one `[[request]]` each,
//! or JSON lines. Each that comes out otherwise is printed with the reasons; a key that is not known is an error,
//! so that no misspelt expectation passes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use toml::Spanned;

use crate::admin::json;
use crate::classify::Effect;
use crate::cli::explain::{Reasons, agent, reasons};
use crate::cli::hold::safe;
use crate::cli::request::Source;
use crate::cli::{Done, Trouble, out};
use crate::config::Config;
use crate::parse::data::Data;

const VERDICTS: [&str; 4] = ["allow", "hold", "deny", "refused"];

/// One request and what is expected of it.
#[derive(Debug, Deserialize)]
struct Case {
    expect: String,
    effect: Option<String>,
    rule: Option<String>,
    agent: Option<String>,
    /// A sentence for people.
    why: Option<String>,
    #[serde(flatten)]
    data: Data,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    request: Vec<Spanned<Case>>,
}

/// Runs all of them.
pub fn run(config: &Config, file: &Path, as_json: bool) -> Done {
    let (name, text) = Source::open(Some(file))?.text()?;
    let cases = read(config, &name, &text).map_err(Trouble::Wrong)?;
    let mut failures = Vec::new();
    for (line, case) in &cases {
        if let Some(failure) = failure(config, case).map_err(Trouble::Wrong)? {
            failures.push((*line, failure));
        }
    }
    let (count, good) = (cases.len(), cases.len() - failures.len());
    if as_json {
        let each = |(line, what): &(usize, String)| json!({ "line": line, "what": what });
        let failures: Vec<_> = failures.iter().map(each).collect();
        let said = json!({ "tested": count, "as_expected": good, "failures": failures });
        out::say(&(json::text(&said) + "\n"))?;
    } else {
        for (line, failure) in &failures {
            out::say(&format!("{name}:{line}: {failure}"))?;
        }
        out::say(&format!("{good} of {count} as expected\n"))?;
    }
    if failures.is_empty() { Ok(()) } else { Err(Trouble::Said(1)) }
}

/// All cases, each with its line.
fn read(config: &Config, name: &str, text: &str) -> Result<Vec<(usize, Case)>, String> {
    let cases =
        if text.trim_start().starts_with('{') { json_lines(name, text) } else { document(name, text) }?;
    if cases.is_empty() {
        return Err(format!("{name}: there is no request in it"));
    }
    for (line, case) in &cases {
        check(config, case).map_err(|what| format!("{name}:{line}: {what}"))?;
    }
    Ok(cases)
}

fn json_lines(name: &str, text: &str) -> Result<Vec<(usize, Case)>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let case = |(index, line): (usize, &str)| match serde_json::from_str(line) {
        Ok(case) => Ok((index + 1, case)),
        Err(error) => Err(format!("{name}:{}: {}", index + 1, safe(&error.to_string()))),
    };
    lines.map(case).collect()
}

fn document(name: &str, text: &str) -> Result<Vec<(usize, Case)>, String> {
    let line = |offset: usize| text.get(..offset).map_or(0, |before| before.matches('\n').count()) + 1;
    let document: Document = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(1, |span| line(span.start));
        format!("{name}:{at}: {}", safe(error.message()))
    })?;
    Ok(document.request.into_iter().map(|case| (line(case.span().start), case.into_inner())).collect())
}

fn check(config: &Config, case: &Case) -> Result<(), String> {
    agent(config, case.agent.as_deref())?;
    if let Some(key) = case.others.keys().next() {
        return Err(format!("unknown key `{}`", safe(key)));
    }
    if !VERDICTS.contains(&case.expect.as_str()) {
        return Err(format!("`expect` is one of {}", VERDICTS.join(", ")));
    }
    match &case.effect {
        Some(effect) if Effect::parse(effect).is_none() => {
            Err(format!("`effect` is one of {}", Effect::ALL.map(Effect::as_str).join(", ")))
        }
        _ => Ok(()),
    }
}

/// What came out otherwise, in lines, if anything did. An error is the case's own.
fn failure(config: &Config, case: &Case) -> Result<Option<String>, String> {
    let agent = agent(config, case.agent.as_deref())?;
    let reasons = reasons(config, &case.data, &agent);
    let rule = reasons.rule.as_deref().unwrap_or("no rule");
    let wanted = [
        ("verdict", Some(case.expect.as_str()), reasons.verdict),
        ("effect", case.effect.as_deref(), reasons.effect),
        ("rule", case.rule.as_deref(), rule),
    ];
    let differs: Vec<_> = wanted
        .into_iter()
        .filter_map(|(key, wanted, is)| Some((key, wanted.filter(|wanted| *wanted != is)?, is)))
        .collect();
    Ok((!differs.is_empty()).then(|| told(case, &differs, &reasons)))
}

fn told(case: &Case, differs: &[(&str, &str, &str)], reasons: &Reasons) -> String {
    let data = &case.data;
    let id = data.id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
    let mut out = safe(&format!("{id}{} {}://{}{}", data.method, data.scheme, data.host, data.path));
    if let Some(why) = &case.why {
        let _ = write!(out, "\n  {}", safe(why));
    }
    for (key, wanted, is) in differs {
        let _ = write!(out, "\n  {key}: expected {}, is {}", safe(wanted), safe(is));
    }
    for why in &reasons.why {
        let _ = write!(out, "\n  because {}", safe(why));
    }
    for step in &reasons.rules {
        let _ = write!(out, "\n  {}", safe(&step.to_string()));
    }
    out.push('\n');
    out
}
