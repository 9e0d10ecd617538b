//! Rules, defaults and services: what could mean more than it says is an error.

use super::*;

/// CASES DE-23, DE-24: what could mean more than it says is an error.
#[test]
fn a_rule_that_could_not_mean_what_it_says_is_an_error() {
    for (lines, expected) in [
        ("verdict = \"allow\"", "1:1: this rule names nothing"),
        ("host = \"a.example\"", "1:1: this rule has no verdict"),
        ("host = []\nverdict = \"deny\"", "3:8: the list is empty"),
        ("effect = []\nverdict = \"deny\"", "3:10: the list is empty"),
        ("host = [\"a.example\", \"*.\"]\nverdict = \"deny\"", "3:22: `*.`"),
        ("host = \"https://a.example/\"\nverdict = \"deny\"", "3:8: `https://a.example/` has a slash"),
        ("path = \"a\"\nverdict = \"deny\"", "3:8: `a` does not start with a slash"),
        ("path = \"/a//b\"\nverdict = \"allow\"", "3:8: `/a//b` can match nothing"),
        ("path = \"/a%2f*\"\nverdict = \"allow\"", "3:8: `/a%2f*` can match nothing"),
        ("method = \"post\"\nverdict = \"deny\"", "3:10: `post`: methods are case-sensitive"),
        ("method = \"*\"\nverdict = \"deny\"", "3:10: `*` is no method"),
        ("effect = \"mutating\"\nverdict = \"deny\"", "3:10: `mutating` means nothing here"),
        ("agent = \"bot\"\nverdict = \"deny\"", "3:9: no [[agent]] is configured"),
        ("host = \"a.example\"\nverdict = \"block\"", "4:11: `block` means nothing here"),
        ("host = \"a.example\"\nverdict = \"allow\"\ntimeout = \"1h\"", "5:11: only a rule with"),
        ("host = \"a.example\"\nverdict = \"allow\"\ngrantable = true", "5:13: only under a rule with"),
        ("host = \"a.example\"\nverdict = \"hold\"\ngrantable = \"rout\"", "5:13: `rout` means nothing here"),
        ("host = \"a.example\"\nverdict = \"hold\"\ntimeout = \"31d\"", "5:11: `31d` is not between"),
    ] {
        let error = error(&rule(lines));
        assert!(error.starts_with(&format!("f.toml:{expected}")), "{error}");
    }
    assert!(parse(&rule("path = \"/a//b\"\nverdict = \"deny\"")).is_ok(), "it may be denied");
    assert!(parse(&rule("path = \"/a/**/*.git/x\"\nverdict = \"allow\"")).is_ok());
    assert!(parse(&rule("agent = \"anonymous\"\nverdict = \"hold\"\ntimeout = \"1h\"")).is_ok());
}

#[test]
fn a_rule_s_name_is_its_own_and_no_default_s() {
    let twice = format!(
        "{}\n{}",
        rule("path = \"/a\"\nverdict = \"hold\""),
        rule("path = \"/b\"\nverdict = \"hold\"")
    );
    assert!(error(&twice).contains("the rule `r` is taken above"));
    let posing = "[[rule]]\nname = \"defaults.read\"\npath = \"/a\"\nverdict = \"allow\"";
    assert!(error(posing).contains("`defaults.…`"));
    assert!(error("[[rule]]\npath = \"/a\"\nverdict = \"hold\"").contains("this rule has no name"));
}

/// CASES CL-45
#[test]
fn a_rule_that_can_never_match_is_a_warning_with_its_line() {
    let text = "[[rule]]\nname=\"wide\"\nhost=\"a.example\"\nverdict=\"hold\"\n\
                [[rule]]\nname=\"narrow\"\nhost=\"A.example\"\npath=\"/x\"\nverdict=\"allow\"";
    let warnings = parse(text).unwrap().warnings;
    assert_eq!(
        warnings,
        ["f.toml:5: rule `narrow` can never match: `wide` above it matches all that it does"]
    );
}

#[test]
fn defaults_are_allow_hold_or_deny_and_never_let_the_unknown_pass() {
    assert!(error("[defaults]\nunknown = \"allow\"").starts_with("f.toml:2:11: what nobody can tell"));
    assert!(error("[defaults]\nread = \"yes\"").starts_with("f.toml:2:8: `yes` means nothing here"));
    assert!(error("[defaults]\nunknown_host = \"hold\"").starts_with("f.toml:2:16: "));
    assert!(error("[defaults]\nsafe_methods = \"allow\"").starts_with("f.toml:2:16: "));
    let text = "[defaults]\nread=\"hold\"\nmutating=\"deny\"\npermission=\"deny\"\nunknown=\"deny\"\nwrite=\"allow\"";
    assert!(parse(text).unwrap().warnings.is_empty());
    assert_eq!(parse("[defaults]\nmutating = \"allow\"").unwrap().warnings.len(), 1);
}

#[test]
fn a_service_says_what_it_speaks_and_brings_what_its_dialect_reads() {
    let of = |rest: &str| parse(&format!("[[service]]\nname = \"a\"\nhost = [\"a.example\"]\n{rest}\n"));
    for (rest, what) in [
        ("", "this service has neither `dialect` nor `catalog`"),
        ("dialect = \"openapi\"", "`dialect = \"openapi\"` needs its document"),
        ("dialect = \"mcp\"\ndocument = \"a.json\"", "`document` is for `dialect = \"openapi\"` alone"),
        ("dialect = \"http\"\ndescriptors = [\"a.pb\"]", "`descriptors` are for `dialect = \"grpc\"` alone"),
    ] {
        let error = of(rest).expect_err(rest);
        assert!(error.contains(what), "{rest}: {error}");
    }
    for rest in ["dialect = \"http\"", "dialect = \"grpc\"", "catalog = \"elasticsearch\""] {
        assert!(of(rest).is_ok(), "{rest}");
    }
}

const TEAM: &str = "[[approver]]\nname = \"ana\"\nuser = \"ana\"\ngroups = [\"oncall\"]\n\
    [[approver]]\nname = \"ben\"\nuser = \"ben\"\ngroups = [\"oncall\", \"security\"]\n\
    [[approver]]\nname = \"eve\"\nuser = \"eve\"\n";

fn asked(approvers: &str) -> String {
    rule(&format!("path = \"/a\"\nverdict = \"hold\"\napprovers = {approvers}"))
}

#[test]
fn a_rule_says_whose_word_it_needs_and_how_many() {
    for text in ["{ groups = [\"oncall\"], quorum = 2 }", "{ groups = \"security\" }", "{ quorum = 3 }"] {
        parse(&format!("{TEAM}{}", asked(text))).expect(text);
    }
    assert!(parse(&asked("{ quorum = 1 }")).is_ok(), "one of those whom nobody has named");
}

/// What nobody could ever fulfil is no rule.
#[test]
fn approvers_that_nobody_could_ever_be_are_an_error_with_its_place() {
    for (approvers, expected) in [
        ("{}", "16:13: approvers names neither groups nor a quorum"),
        ("{ groups = [] }", "16:24: the list is empty"),
        ("{ groups = [\"oncal\"] }", "16:25: no [[approver]] is in the group `oncal`"),
        ("{ groups = [\"oncall\"], quorum = 3 }", "16:45: 3 approvers are asked for, and 2 can count"),
        ("{ groups = [\"security\"], quorum = 2 }", "16:47: 2 approvers are asked for, and 1 can count"),
        ("{ quorum = 4 }", "16:24: 4 approvers are asked for, and 3 can count"),
        ("{ quorum = 0 }", "16:24: a quorum is at least 1"),
        ("{ quorum = -1 }", "16:24: a count is not below zero"),
        ("{ quorum = \"2\" }", "16:24: `2` is a text"),
    ] {
        let error = error(&format!("{TEAM}{}", asked(approvers)));
        assert!(error.starts_with(&format!("f.toml:{expected}")), "{error}");
    }
    let near = parse(&format!("{TEAM}{}", asked("{ groups = [\"oncal\"] }"))).unwrap_err();
    assert!(near.contains("did you mean `oncall`?"), "{near}");
    assert!(error(&asked("{ quorum = 2 }")).contains("nobody can tell two from one"));
    assert!(error(&asked("{ groups = [\"oncall\"] }")).contains("no [[approver]] is in the group"));
    let allowed = rule("path = \"/a\"\nverdict = \"allow\"\napprovers = { quorum = 1 }");
    assert!(error(&allowed).contains("only a rule with `verdict = \"hold\"` has approvers"));
}

#[test]
fn a_rule_says_how_far_a_grant_may_reach() {
    for said in ["true", "false", "\"exact\"", "\"route\"", "\"operation\""] {
        assert!(
            parse(&rule(&format!("path = \"/a\"\nverdict = \"hold\"\ngrantable = {said}"))).is_ok(),
            "{said}"
        );
    }
}
