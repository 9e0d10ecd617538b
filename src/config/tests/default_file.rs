//! The commented default file: it means what an empty one means, names every key, and its examples are valid.

use super::*;
use crate::agent::Agent;
use crate::classify::ByHead;
use crate::decide::Verdict;
use crate::origin::{Origin, Scheme, split_authority};
use crate::snapshot::{Body, Head};

/// Takes the `#` from the lines of the paragraphs that `wanted` picks by their first line.
fn uncommented(wanted: impl Fn(&str, &str) -> bool) -> String {
    let paragraphs = DEFAULT_FILE.split("\n\n").map(|paragraph| {
        let start = paragraph.lines().find(|line| line.starts_with("#[")).unwrap_or_default();
        if start.is_empty() || !wanted(start, paragraph) {
            return paragraph.to_owned();
        }
        let lines = paragraph.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with([' ', '#']) || rest.starts_with("    ") => rest,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn the_commented_default_says_what_an_empty_file_means() {
    let file = parse(DEFAULT_FILE).unwrap();
    let usual = Config::default();
    assert_eq!(file.proxy, usual.proxy);
    assert_eq!(file.tls, usual.tls);
    assert_eq!(file.upstream, usual.upstream);
    assert_eq!(file.admin, usual.admin);
    assert_eq!((file.state_dir, file.database), (usual.state_dir, usual.database));
    assert_eq!((file.hold, file.breaker), (usual.hold, usual.breaker));
    assert_eq!(format!("{:?}", file.policy), format!("{:?}", usual.policy));
    assert!(file.agents.is_empty() && file.approvers.is_empty() && file.warnings.is_empty());
}

#[test]
fn the_commented_default_names_every_key_of_the_specification() {
    for key in [
        "listen",
        "transparent",
        "socks5",
        "ca_cert",
        "ca_key",
        "passthrough",
        "roots",
        "allow_addresses",
        "socket",
        "tls_cert",
        "tls_key",
        "dir",
        "url",
        "wait",
        "timeout",
        "armed",
        "remember",
        "max_pending",
        "max_pending_per_agent",
        "max_body",
        "max_spool",
        "on_disconnect",
        "keepalive",
        "retry_ignores",
        "mutations",
        "deletes",
        "permissions",
        "per",
        "read",
        "mutating",
        "safe_methods",
        "unknown_host",
        "name",
        "token_hash",
        "source",
        "user",
        "groups",
        "host",
        "dialect",
        "path",
        "catalog",
        "reads",
        "effects",
        "effect",
        "when",
        "verdict",
        "approvers",
        "method",
        "agent",
        "grantable",
    ] {
        let written = |line: &str| line.trim_start_matches('#').starts_with(&format!("{key} = "));
        let in_a_sentence = DEFAULT_FILE.contains(&format!(" {key} = "));
        assert!(DEFAULT_FILE.lines().any(written) || in_a_sentence, "{key}");
    }
}

fn by_head(config: &Config, method: &str, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let (host, port) = split_authority(authority).unwrap();
    let head = Head {
        method: method.into(),
        origin: Origin::new(Scheme::parse(scheme).unwrap(), host, port),
        target: format!("/{path}"),
        fields: Vec::new(),
    };
    let agent = Agent { name: "anonymous".into(), source: [127, 0, 0, 1].into(), advisory: false };
    let verdict = config.policy.by_head(&agent, &head, None, false).unwrap_or_else(|| {
        let ByHead::Settled(finding) = config.classifier.by_head(&head, false) else {
            panic!("there is no body");
        };
        config.policy.decide(&agent, &head, &finding, &Body::empty())
    });
    match verdict {
        Verdict::Pass(pass) => format!("pass {}", pass.rule()),
        Verdict::Hold(terms) => format!("hold {}", terms.rule),
        Verdict::Deny(denial) => format!("{denial:?}"),
    }
}

#[test]
fn the_two_rules_of_the_first_hour_do_what_they_say_once_uncommented() {
    let text =
        uncommented(|_, paragraph| paragraph.contains("own model\"") || paragraph.contains("git may fetch"));
    let config = parse(&text).unwrap();
    assert_eq!(config.policy.rule_count(), 2);
    for (method, url, expected) in [
        ("POST", "https://api.openai.com/v1/chat/completions", "pass the agent's own model"),
        ("POST", "https://api.anthropic.com/v1/messages", "pass the agent's own model"),
        (
            "POST",
            "https://api.anthropic.com/v1/messages/count_tokens?beta=true",
            "pass the agent's own model",
        ),
        ("POST", "https://api.anthropic.com/v1/messages/batches", "hold defaults.mutating"),
        ("DELETE", "https://api.openai.com/v1/responses", "hold defaults.mutating"),
        ("POST", "http://api.openai.com:8080/v1/responses", "hold defaults.mutating"),
        ("POST", "https://api.openai.com.evil.example/v1/responses", "hold defaults.mutating"),
        ("POST", "https://github.com/team/repo.git/git-upload-pack", "pass git may fetch"),
        ("POST", "https://github.com/team/repo/git-upload-pack", "pass git may fetch"),
        ("POST", "https://github.com/team/repo.git/git-receive-pack", "hold defaults.mutating"),
        ("POST", "https://github.com/team/..%2fgit-upload-pack", "hold defaults.mutating"),
        ("GET", "https://github.com/team/repo.git/info/refs?service=git-upload-pack", "pass defaults.read"),
    ] {
        assert_eq!(by_head(&config, method, url), expected, "{method} {url}");
    }
}

/// What an agent thinks with must not freeze it: under a rule that lets pass by the head, the breaker counts nothing
/// that the catalog knows for a read, and everything else.
#[test]
fn under_the_rules_of_the_first_hour_what_the_catalog_knows_does_not_count_for_the_breaker() {
    let guess = |method: &str, url: &str| {
        let (authority, path) = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')).unwrap();
        let (host, port) = split_authority(authority).unwrap();
        let origin = Origin::new(Scheme::Https, host, port);
        let head = Head { method: method.into(), origin, target: format!("/{path}"), fields: Vec::new() };
        Config::default().classifier.guess(&head)
    };
    for (url, read) in [
        ("https://api.openai.com/v1/chat/completions", true),
        ("https://api.openai.com/v1/embeddings", true),
        ("https://api.anthropic.com/v1/messages", true),
        ("https://api.anthropic.com/v1/messages/count_tokens?beta=true", true),
        ("https://llm.corp.example/v1/chat/completions", false),
        ("https://api.openai.com/v1/files", false),
    ] {
        assert_eq!(!guess("POST", url).is_mutating(), read, "{url}: {:?}", guess("POST", url));
    }
}

#[test]
fn every_other_example_of_the_commented_default_is_valid_or_has_to_wait() {
    let config = parse(&uncommented(|start, _| {
        matches!(start, "#[[agent]]" | "#[[approver]]" | "#[[notify]]" | "#[[rule]]" | "#[[service]]")
    }))
    .unwrap();
    assert_eq!((config.agents.len(), config.approvers.len(), config.policy.rule_count()), (1, 2, 5));
    assert_eq!(config.notify.len(), 1);
}
