//! First match, defaults, odd requests, and that the head's answer is the whole's.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::origin::{Host, Origin, Scheme};
use crate::pattern::{HostPattern, PathPattern};

mod people;

fn agent(name: &str) -> Agent {
    Agent { name: name.into(), source: IpAddr::V4(Ipv4Addr::LOCALHOST), advisory: false }
}

fn head(method: &str, target: &str) -> Head {
    let host = Host::parse("a.example").unwrap();
    Head {
        method: method.into(),
        origin: Origin::new(Scheme::Https, host, None),
        target: target.into(),
        fields: Vec::new(),
    }
}

fn with_field(mut head: Head, name: &str, value: &'static str) -> Head {
    head.fields.push((name.into(), Bytes::from_static(value.as_bytes())));
    head
}

fn found(effect: Effect) -> Finding {
    Finding { effect, dialect: "http", operation: String::new(), why: Vec::new(), declared: None }
}

fn rule(name: &str, verdict: Choice) -> Rule {
    Rule {
        grantable: Grantable::ByEffect,
        name: name.into(),
        effect: vec![],
        host: vec![],
        path: vec![],
        method: vec![],
        agent: vec![],
        when: None,
        verdict,
        timeout: None,
        approvers: None,
    }
}

fn host(text: &str) -> Vec<HostPattern> {
    vec![HostPattern::parse(text).unwrap()]
}

fn path(text: &str) -> Vec<PathPattern> {
    vec![PathPattern::parse(text).unwrap()]
}

fn method(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy::new(rules, Defaults::default())
}

/// A verdict in one word and one name.
fn said(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass(pass) if pass.is_read() => format!("read {}", pass.rule()),
        Verdict::Pass(pass) => format!("pass {}", pass.rule()),
        Verdict::Hold(terms) => format!("hold {}", terms.rule),
        Verdict::Deny(Denial::Rule(rule)) => format!("deny {rule}"),
        Verdict::Deny(Denial::Apart(rule)) => format!("deny (apart) {rule}"),
        Verdict::Deny(Denial::UnknownHost) => "deny unknown host".into(),
    }
}

fn decide(policy: &Policy, head: &Head, effect: Effect) -> String {
    said(policy.decide(&agent("bot"), head, &found(effect), &Body::empty()))
}

#[test]
fn without_rules_reads_pass_and_everything_else_is_held() {
    let policy = Policy::default();
    assert_eq!(decide(&policy, &head("GET", "/"), Effect::Read), "read defaults.read");
    for effect in Effect::ALL.into_iter().filter(|effect| effect.is_mutating()) {
        assert_eq!(decide(&policy, &head("POST", "/"), effect), "hold defaults.mutating");
    }
    assert!(policy.by_head(&agent("bot"), &head("GET", "/"), None, true).is_none());
}

#[test]
fn the_first_rule_that_matches_decides() {
    let named = |name: &str, verdict| Rule { host: host("a.example"), ..rule(name, verdict) };
    let rules = vec![
        Rule { path: path("/open"), ..named("open", Choice::Allow) },
        named("closed", Choice::Deny),
        named("never", Choice::Allow),
    ];
    let policy = policy(rules);
    assert_eq!(decide(&policy, &head("POST", "/open"), Effect::Write), "pass open");
    assert_eq!(decide(&policy, &head("POST", "/other"), Effect::Write), "deny closed");
    assert_eq!(policy.covered(), [(2, 1)]);
}

#[test]
fn all_keys_of_a_rule_must_match() {
    let full = Rule {
        effect: vec![Effect::Write],
        host: host("a.example"),
        path: path("/x"),
        method: method("PUT"),
        agent: vec!["bot".into()],
        timeout: Some(Duration::from_secs(5)),
        ..rule("full", Choice::Hold)
    };
    let policy = policy(vec![full]);
    let yes = |agent_name: &str, head: &Head, effect| {
        said(policy.decide(&agent(agent_name), head, &found(effect), &Body::empty())) == "hold full"
    };
    assert!(yes("bot", &head("PUT", "/x"), Effect::Write));
    assert!(!yes("bot2", &head("PUT", "/x"), Effect::Write));
    assert!(!yes("bot", &head("POST", "/x"), Effect::Write));
    assert!(!yes("bot", &head("PUT", "/y"), Effect::Write));
    assert!(!yes("bot", &head("PUT", "/x"), Effect::Delete));
    let mut elsewhere = head("PUT", "/x");
    elsewhere.origin.port = 8443;
    assert!(!yes("bot", &elsewhere, Effect::Write));
    let Verdict::Hold(terms) =
        policy.decide(&agent("bot"), &head("PUT", "/x"), &found(Effect::Write), &Body::empty())
    else {
        panic!("it is held");
    };
    assert_eq!(terms.timeout, Some(Duration::from_secs(5)));
}

#[test]
fn the_head_decides_until_a_rule_needs_the_effect() {
    let policy = policy(vec![
        Rule { path: path("/llm"), ..rule("llm", Choice::Allow) },
        Rule { path: path("/admin/**"), effect: vec![Effect::Permission], ..rule("rights", Choice::Deny) },
        Rule { host: host("a.example"), ..rule("site", Choice::Allow) },
    ]);
    let by_head = |target: &str| policy.by_head(&agent("bot"), &head("POST", target), None, true).map(said);
    assert_eq!(by_head("/llm").as_deref(), Some("pass llm"));
    assert_eq!(by_head("/other").as_deref(), Some("pass site"), "the rule above cannot match this path");
    assert_eq!(by_head("/admin/x"), None);
    assert_eq!(decide(&policy, &head("POST", "/admin/x"), Effect::Write), "pass site");
    assert_eq!(decide(&policy, &head("POST", "/admin/x"), Effect::Permission), "deny rights");
}

/// CASES DE-41
#[test]
fn an_odd_path_matches_no_allow_rule_and_every_deny_rule_that_one_of_its_readings_meets() {
    let policy = policy(vec![
        Rule { path: path("/admin/**"), ..rule("admin", Choice::Deny) },
        Rule { host: host("a.example"), ..rule("site", Choice::Allow) },
    ]);
    for (target, expected) in [
        ("/public/x", "pass site"),
        ("/public/%2e%2e/admin/x", "deny admin"),
        ("/public/..;/admin/x", "deny admin"),
        ("//admin/x", "deny admin"),
        ("/%61dmin/x", "deny admin"),
        ("/public//x", "hold defaults.mutating"),
        ("/public/a%2fb", "hold defaults.mutating"),
        ("/public/a%20b", "pass site"),
        ("/administrators", "pass site"),
    ] {
        assert_eq!(decide(&policy, &head("POST", target), Effect::Write), expected, "{target}");
    }
    let read = decide(&policy, &head("GET", "/public/a%2fb"), Effect::Read);
    assert_eq!(read, "read defaults.read", "a read needs no rule");
    let rewritten = with_field(head("POST", "/public/x"), "x-original-url", "/admin/x?a=b");
    assert_eq!(decide(&policy, &rewritten, Effect::Write), "deny admin");
}

/// A `hold` rule that one reading meets must not shadow a `deny` rule that another one meets.
#[test]
fn of_several_readings_the_strictest_stands() {
    let policy = policy(vec![
        Rule { path: path("/a/**"), ..rule("held", Choice::Hold) },
        Rule { path: path("/b"), ..rule("denied", Choice::Deny) },
    ]);
    assert_eq!(decide(&policy, &head("POST", "/a/../b"), Effect::Write), "deny denied");
    assert_eq!(
        policy.by_head(&agent("bot"), &head("POST", "/a/../b"), None, true).map(said).as_deref(),
        Some("deny denied")
    );
    assert_eq!(decide(&policy, &head("POST", "/a/b"), Effect::Write), "hold held");
}

/// CASES CL-01, CL-02: a rule that allows a method does not allow what it may be turned into.
#[test]
fn an_override_matches_no_allow_rule_by_method_and_every_deny_rule_for_what_it_asks() {
    let rules = vec![
        Rule { method: method("DELETE"), ..rule("no deletes", Choice::Deny) },
        Rule { method: method("GET"), ..rule("gets", Choice::Allow) },
        Rule { method: method("POST"), ..rule("posts", Choice::Allow) },
    ];
    let policy = policy(rules);
    let by_head = |head: &Head| policy.by_head(&agent("bot"), head, None, true).map(said);
    assert_eq!(by_head(&head("GET", "/x")).as_deref(), Some("pass gets"));
    let overridden = with_field(head("GET", "/x"), "x-http-method-override", "PUT");
    assert_eq!(by_head(&overridden), None);
    assert_eq!(decide(&policy, &overridden, Effect::Write), "hold defaults.mutating");
    let query = head("POST", "/x?_method=delete");
    assert_eq!(decide(&policy, &query, Effect::Delete), "deny no deletes");
}

#[test]
fn each_mutating_effect_may_have_a_default_of_its_own() {
    let defaults = Defaults {
        named: vec![(Effect::Delete, Choice::Deny), (Effect::Write, Choice::Allow)],
        ..Defaults::default()
    };
    let policy = Policy::new(vec![], defaults);
    let post = head("POST", "/");
    assert_eq!(decide(&policy, &post, Effect::Delete), "deny defaults.delete");
    assert_eq!(decide(&policy, &post, Effect::Write), "pass defaults.write");
    assert_eq!(decide(&policy, &post, Effect::Permission), "hold defaults.mutating");
}

/// SPEC section 1, P1: unknown is held or refused unless a rule says otherwise; a default is no rule.
#[test]
fn no_default_lets_the_unknown_pass() {
    let defaults = Defaults { mutating: Choice::Allow, ..Defaults::default() };
    let free = Policy::new(vec![], defaults.clone());
    assert_eq!(decide(&free, &head("POST", "/"), Effect::Write), "pass defaults.mutating");
    assert_eq!(decide(&free, &head("POST", "/"), Effect::Unknown), "hold defaults.mutating");
    let explicit = Rule { effect: vec![Effect::Unknown], ..rule("opaque", Choice::Allow) };
    let ruled = Policy::new(vec![explicit], defaults);
    assert_eq!(decide(&ruled, &head("POST", "/"), Effect::Unknown), "pass opaque");
}

#[test]
fn safe_methods_can_be_held_where_no_rule_allows_them() {
    let rules = vec![Rule { path: path("/status"), ..rule("status", Choice::Allow) }];
    let policy = Policy::new(rules, Defaults { safe_methods: SafeMethods::Hold, ..Defaults::default() });
    assert_eq!(decide(&policy, &head("GET", "/"), Effect::Read), "hold defaults.safe_methods");
    assert_eq!(decide(&policy, &head("GET", "/status"), Effect::Read), "read status");
}

#[test]
fn an_unknown_host_is_denied_before_any_rule_where_the_defaults_say_so() {
    let rules = vec![
        Rule { method: method("GET"), ..rule("gets", Choice::Allow) },
        Rule { host: host("b.example"), ..rule("b", Choice::Hold) },
    ];
    let policy = Policy::new(rules, Defaults { deny_unknown_hosts: true, ..Defaults::default() });
    let unknown = head("GET", "/");
    assert_eq!(decide(&policy, &unknown, Effect::Read), "deny unknown host");
    assert_eq!(
        policy.by_head(&agent("bot"), &unknown, None, true).map(said).as_deref(),
        Some("deny unknown host")
    );
    let mut known = head("GET", "/");
    known.origin.host = Host::parse("b.example").unwrap();
    assert_eq!(decide(&policy, &known, Effect::Read), "read gets");
    known.origin.port = 8443;
    assert_eq!(decide(&policy, &known, Effect::Read), "deny unknown host");
}

/// CASES HI-07
#[test]
fn a_rule_that_denies_stops_a_release_and_no_other_does() {
    let (bot, post, write) = (agent("bot"), head("POST", "/"), found(Effect::Write));
    assert_eq!(Policy::default().still_allows_release(&bot, &post, &write, &Body::empty(), None), Ok(()));
    let deny = policy(vec![Rule { method: method("POST"), ..rule("no posts", Choice::Deny) }]);
    assert_eq!(
        deny.still_allows_release(&bot, &post, &write, &Body::empty(), None),
        Err(Stricter::Denies(Denial::Rule("no posts".into())))
    );
    let unknown = Policy::new(vec![], Defaults { deny_unknown_hosts: true, ..Defaults::default() });
    assert_eq!(
        unknown.still_allows_release(&bot, &post, &write, &Body::empty(), None),
        Err(Stricter::Denies(Denial::UnknownHost))
    );
}

#[test]
fn a_rule_is_covered_by_one_with_fewer_or_wider_keys_only() {
    let wide = Rule { host: host("*.example"), ..rule("wide", Choice::Hold) };
    let narrow = Rule { path: path("/x"), ..wide.clone() };
    let other = Rule { host: host("b.example"), ..rule("other", Choice::Hold) };
    let posts = Rule { method: method("POST"), ..wide.clone() };
    assert_eq!(policy(vec![wide.clone(), narrow.clone(), other, posts.clone()]).covered(), [(1, 0), (3, 0)]);
    assert_eq!(policy(vec![narrow, posts, wide]).covered(), []);
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![Just(Choice::Allow), Just(Choice::Hold), Just(Choice::Deny)]
}

fn effect() -> impl Strategy<Value = Effect> {
    proptest::sample::select(Effect::ALL.to_vec())
}

static CONDITIONS: LazyLock<Vec<When>> = LazyLock::new(|| {
    [
        r#"request.method == "POST""#,
        r#"request.method != "POST""#,
        r#"request.path == "/b/x" || "_method" in request.query"#,
        r#"request.effect == "write""#,
        "request.port > 1000",
        "body == null",
        "body.x == 1",
    ]
    .map(|text| When::compile(text).unwrap())
    .to_vec()
});

fn bodies() -> impl Strategy<Value = Body> {
    let text = proptest::sample::select(vec!["", r#"{"x":1}"#, r#"{"x":2}"#, r#"{"x":1,"X":2}"#, "junk"]);
    text.prop_map(|text| Body::memory(Bytes::from_static(text.as_bytes())))
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let host = proptest::sample::select(vec!["", "a.example", "*.example", "b.example", "**.example:*"]);
    let path = proptest::sample::select(vec!["", "/a", "/a/*", "/**", "/b/**", "/a/b"]);
    let method = proptest::sample::select(vec!["", "GET", "POST", "DELETE"]);
    let agents = proptest::sample::select(vec!["", "bot", "cat"]);
    let effects = prop_oneof![2 => Just(vec![]), 1 => effect().prop_map(|effect| vec![effect])];
    let when = prop_oneof![2 => Just(None), 1 => proptest::sample::select(CONDITIONS.clone()).prop_map(Some)];
    let one = (host, path, method, agents, effects, when, choice()).prop_map(
        |(host, path, method, agent, effect, when, verdict)| Rule {
            effect,
            when,
            host: [host]
                .into_iter()
                .filter(|h| !h.is_empty())
                .map(|h| HostPattern::parse(h).unwrap())
                .collect(),
            path: [path]
                .into_iter()
                .filter(|p| !p.is_empty())
                .map(|p| PathPattern::parse(p).unwrap())
                .collect(),
            method: [method].into_iter().filter(|m| !m.is_empty()).map(str::to_owned).collect(),
            agent: [agent].into_iter().filter(|a| !a.is_empty()).map(str::to_owned).collect(),
            ..rule("", verdict)
        },
    );
    proptest::collection::vec(one, 0..6).prop_map(|mut rules| {
        for (index, rule) in rules.iter_mut().enumerate() {
            rule.name = format!("rule {index}");
        }
        rules
    })
}

fn heads() -> impl Strategy<Value = Head> {
    let method = proptest::sample::select(vec!["GET", "POST", "DELETE"]);
    let target = proptest::sample::select(vec![
        "/a",
        "/a/b",
        "/a/",
        "/c",
        "/a/../b/x",
        "/%61",
        "/a%2fb",
        "/a?_method=DELETE",
        "/b/x?_method=zap",
        "//a",
    ]);
    (method, target)
        .prop_map(|(method, target)| with_field(head(method, target), "content-type", "application/json"))
}

fn strictness(verdict: &Verdict) -> Choice {
    match verdict {
        Verdict::Pass(_) => Choice::Allow,
        Verdict::Hold(_) => Choice::Hold,
        Verdict::Deny(_) => Choice::Deny,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whenever the head decides, the whole decides the same, whatever the effect turns out to be.
    #[test]
    fn what_the_head_decides_no_finding_and_no_body_changes(
        rules in rules(), head in heads(), deny_unknown_hosts in any::<bool>(), mutating in choice(),
        body in bodies(),
    ) {
        let policy = Policy::new(rules, Defaults { deny_unknown_hosts, mutating, ..Defaults::default() });
        let bot = agent("bot");
        if let Some(by_head) = policy.by_head(&bot, &head, None, true) {
            prop_assert!(!matches!(&by_head, Verdict::Pass(pass) if pass.is_read()));
            let by_head = said(by_head);
            for effect in Effect::ALL {
                let whole = said(policy.decide(&bot, &head, &found(effect), &body));
                prop_assert_eq!(&by_head, &whole.replacen("read", "pass", 1));
            }
        }
    }

    /// So it is with a finding that needed no body: only a condition that asks for the body waits for it.
    #[test]
    fn what_the_head_and_a_finding_decide_no_body_changes(
        rules in rules(), head in heads(), effect in effect(), body in bodies(),
    ) {
        let asks = rules.iter().any(|rule| rule.when.as_ref().is_some_and(|when| when.as_str().contains("body")));
        let (policy, bot, finding) = (policy(rules), agent("bot"), found(effect));
        let whole = said(policy.decide(&bot, &head, &finding, &body));
        match policy.by_head(&bot, &head, Some(&finding), !body.is_empty()).map(said) {
            Some(by_head) => prop_assert_eq!(by_head, whole),
            None => prop_assert!(asks && !body.is_empty()),
        }
    }

    /// What explains is what decides.
    #[test]
    fn the_explanation_ends_with_what_decides(
        rules in rules(), head in heads(), effect in effect(), body in bodies(),
    ) {
        let policy = policy(rules);
        let (bot, finding) = (agent("bot"), found(effect));
        let verdict = said(policy.decide(&bot, &head, &finding, &body));
        let explained = policy.explain(&bot, &head, &finding, &body);
        prop_assert_eq!(said(explained.verdict), verdict.clone());
        let (last, above) = explained.steps.split_last().unwrap();
        prop_assert!(last.decides && verdict.ends_with(&last.rule), "{verdict}: {last:?}");
        prop_assert!(above.iter().all(|step| !step.decides));
    }

    /// An ordinary request is decided by the first rule whose keys all match, in the plainest reading.
    #[test]
    fn the_first_match_in_the_file_decides_an_ordinary_request(mut rules in rules(), effect in effect()) {
        rules.iter_mut().for_each(|rule| rule.when = None);
        let head = head("POST", "/a/b");
        let plainly = rules.iter().find(|rule| {
            let keys = [
                rule.host.iter().any(|host| host.matches(&head.origin)) || rule.host.is_empty(),
                rule.path.iter().any(|path| path.matches("/a/b")) || rule.path.is_empty(),
                rule.method.is_empty() || rule.method == ["POST"],
                rule.agent.is_empty() || rule.agent == ["bot"],
                rule.effect.is_empty() || rule.effect == [effect],
            ];
            keys == [true; 5]
        });
        let defaults = Defaults::default();
        let (name, choice) =
            plainly.map_or_else(|| defaults.of(effect, false), |rule| (rule.name.as_str(), rule.verdict));
        let verdict = policy(rules.clone()).decide(&agent("bot"), &head, &found(effect), &Body::empty());
        prop_assert_eq!(strictness(&verdict), choice);
        prop_assert!(said(verdict).ends_with(name));
    }

    /// Dressing a request up never gets it a milder verdict than it has by its plain method and path. (It may well
    /// get a stricter one.)
    #[test]
    fn an_odd_spelling_never_makes_it_milder(rules in rules(), effect in effect()) {
        let policy = policy(rules);
        let plain = policy.decide(&agent("bot"), &head("POST", "/b/x"), &found(effect), &Body::empty());
        for odd in ["/a/../b/x", "/%62/x", "//b/x", "/b;v=1/x", "/b%2fx", "/c/%252e%252e/b/x"] {
            let dressed = policy.decide(&agent("bot"), &head("POST", odd), &found(effect), &Body::empty());
            prop_assert!(strictness(&dressed) >= strictness(&plain), "{odd}: {plain:?} became {dressed:?}");
        }
    }
}
