//! Every key, its default, its errors with their places, and the commented default file.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::agent::Agent;
use crate::classify::ByHead;
use crate::decide::Verdict;
use crate::origin::{Origin, Scheme, split_authority};
use crate::snapshot::{Body, Head};

const HASH: &str = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn parse(text: &str) -> Result<Config, String> {
    Config::parse("f.toml", text)
}

/// The place and the first line of the only error.
fn error(text: &str) -> String {
    let error = parse(text).expect_err(text);
    let mut lines = error.lines();
    let what = lines.next().unwrap_or_default().strip_prefix("error: ").expect("it is an error").to_owned();
    let place = lines.next().unwrap_or_default().trim_start_matches(" --> ").to_owned();
    assert_eq!(error.matches("error: ").count(), 1, "{error}");
    format!("{place}: {what}")
}

#[test]
fn an_empty_file_gives_the_defaults_of_the_specification() {
    let config = Config::default();
    assert_eq!(config.proxy.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.admin.listen, "127.0.0.1:8081".parse().ok());
    assert_eq!(config.admin.socket, Path::new("state/admin.sock"));
    assert_eq!(config.tls.ca_key, Path::new("certs/ca-key.pem"));
    assert_eq!(config.database, Path::new("state/holdpoint.db"));
    assert!(config.upstream.system_roots && config.upstream.root_files.is_empty());
    assert_eq!(config.hold.wait, Duration::from_secs(50));
    assert_eq!(config.hold.timeout, Duration::from_secs(1800));
    assert_eq!(config.hold.armed, Duration::from_secs(900));
    assert_eq!(config.hold.remember, Duration::from_secs(600));
    assert_eq!((config.hold.max_pending, config.hold.max_pending_per_agent), (10_000, 1000));
    assert_eq!((config.hold.max_body, config.hold.max_spool), (64 << 20, 4 << 30));
    assert_eq!(config.hold.on_disconnect, OnDisconnect::Arm);
    assert_eq!(config.policy.rule_count(), 0);
    assert!(config.warnings.is_empty());
}

const DEFAULT_FILE: &str = include_str!("../../config/holdpoint.toml");

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
    assert_eq!(file.hold, usual.hold);
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

#[test]
fn every_other_example_of_the_commented_default_is_valid_or_has_to_wait() {
    let config = parse(&uncommented(|start, _| {
        matches!(start, "#[[agent]]" | "#[[approver]]" | "#[[rule]]" | "#[[service]]")
    }))
    .unwrap();
    assert_eq!((config.agents.len(), config.approvers.len(), config.policy.rule_count()), (1, 1, 5));
    let error = parse(&uncommented(|start, _| start == "#[breaker]")).unwrap_err();
    assert!(error.contains("not in this version"), "{error}");
    assert_eq!(error.matches("error: ").count(), 1, "{error}");
}

/// SPEC section 6: a key whose part is not built yet is refused, never ignored.
#[test]
fn what_has_to_wait_is_refused_with_its_place() {
    for (text, place) in [
        ("[proxy]\ntransparent = \"127.0.0.1:9000\"", "2:15"),
        ("[proxy]\nsocks5 = \"127.0.0.1:9000\"", "2:10"),
        ("[tls]\npassthrough = [\"a.example\"]", "2:15"),
        ("[store]\nurl = \"postgres://db/holdpoint\"", "2:7"),
        ("[breaker]\nmutations = 20", "1:1"),
        ("[[rule]]\nname=\"a\"\nhost=\"a.example\"\nverdict=\"hold\"\napprovers = { quorum = 2 }", "5:13"),
        ("[[rule]]\nname=\"a\"\nhost=\"a.example\"\nverdict=\"hold\"\ngrantable = true", "5:13"),
        ("[[approver]]\nname=\"a\"\nuser=\"a\"\ngroups = [\"oncall\"]", "4:10"),
        ("[admin]\ntls_cert = \"c.pem\"", "2:12"),
        ("[admin]\ntls_key = \"k.pem\"", "2:11"),
        ("[admin]\nlisten = \"0.0.0.0:8081\"", "2:10"),
    ] {
        let error = error(text);
        assert!(
            error.starts_with(&format!("f.toml:{place}: ")) && error.contains("not in this version"),
            "{error}"
        );
    }
    let inert = "[proxy]\ntransparent = \"\"\nsocks5 = \"\"\n[tls]\npassthrough = []\n[hold]\nkeepalive = \"off\"\n\
                 [admin]\ntls_cert = \"\"\ntls_key = \"\"\n[[approver]]\nname=\"a\"\nuser=\"a\"\ngroups=[]";
    assert!(parse(inert).is_ok());
}

/// CASES DE-23: a mistyped key is never a key that is not there.
#[test]
fn an_unknown_key_is_an_error_at_its_place_and_the_nearest_is_named() {
    let text = parse("[proxy]\n  lisen = \"127.0.0.1:1\"\n").unwrap_err();
    let expected = "error: unknown key `lisen`\n --> f.toml:2:3\n  |\n2 |   lisen = \"127.0.0.1:1\"\n  |   ^^^^^\n  \
                    = help: did you mean `listen`?";
    assert_eq!(text, expected);
    assert_eq!(error("[prox]\n"), "f.toml:1:2: unknown key `prox`");
    assert_eq!(error("[[rule]]\nname = \"a\"\nhosts = []\n"), "f.toml:3:1: unknown key `hosts`");
    assert_eq!(error("[[rule]]\nname = \"a\"\ndialect = \"git\"\n"), "f.toml:3:1: unknown key `dialect`");
    assert!(parse("[hold]\nfrobnicate = 1").unwrap_err().contains("help: it can be: wait, timeout"));
}

#[test]
fn what_is_no_toml_is_an_error_at_its_place() {
    assert!(error("[proxy\nlisten = 1").starts_with("f.toml:1:7: "));
    assert!(error("[proxy]\nlisten = 8080").starts_with("f.toml:2:10: invalid type: integer"));
    assert!(error("[proxy]\n[proxy]").starts_with("f.toml:2:"));
    assert!(error("[upstream]\nroots = [1]").starts_with("f.toml:2:10: "));
    assert!(parse(&"[".repeat(10_000)).is_err(), "CASES OV-21: depth is bounded");
    assert!(parse(&format!("a = {}", "[".repeat(10_000))).is_err());
}

#[test]
fn all_errors_are_shown_in_the_order_of_the_file() {
    let text = "[hold]\nwait = \"5\"\nmax_body = \"x\"\n[proxy]\nlisten = \"here\"\n";
    let error = parse(text).unwrap_err();
    let places: Vec<_> = error.lines().filter(|line| line.starts_with(" --> ")).collect();
    assert_eq!(places, [" --> f.toml:2:8", " --> f.toml:3:12", " --> f.toml:5:10"]);
}

#[test]
fn a_listener_beyond_loopback_needs_an_agent() {
    let open = "[proxy]\nlisten = \"0.0.0.0:8080\"\n";
    assert!(error(open).starts_with("f.toml:2:10: the proxy would listen on 0.0.0.0:8080, beyond loopback"));
    assert!(parse(&format!("{open}[[agent]]\nname=\"a\"\ntoken_hash=\"{HASH}\"")).is_ok());
    for loopback in ["127.0.0.2:1", "[::1]:8080", "[::ffff:127.0.0.1]:8080", "127.0.0.1:0"] {
        assert!(parse(&format!("[proxy]\nlisten = \"{loopback}\"")).is_ok(), "{loopback}");
    }
    for not_one in ["localhost:8080", "127.0.0.1", "8080", ":8080", "127.0.0.1:65536", ""] {
        assert!(parse(&format!("[proxy]\nlisten = \"{not_one}\"")).is_err(), "{not_one}");
    }
}

#[test]
fn agents_and_approvers_share_no_listener_and_no_token() {
    assert!(
        error("[admin]\nlisten = \"127.0.0.1:8080\"").starts_with("f.toml:2:10: the proxy listens there")
    );
    assert!(parse("[admin]\nlisten = \"\"").unwrap().admin.listen.is_none());
    let shared = format!(
        "[[agent]]\nname=\"a\"\ntoken_hash=\"{HASH}\"\n[[approver]]\nname=\"b\"\ntoken_hash=\"{HASH}\""
    );
    assert!(error(&shared).starts_with("f.toml:6:12: the token is taken above"));
}

#[test]
fn the_state_directory_moves_what_lies_in_it_unless_that_is_named() {
    let moved = parse("[state]\ndir = \"/var/lib/holdpoint\"").unwrap();
    assert_eq!(moved.database, Path::new("/var/lib/holdpoint/holdpoint.db"));
    assert_eq!(moved.admin.socket, Path::new("/var/lib/holdpoint/admin.sock"));
    let named =
        parse("[state]\ndir = \"s\"\n[store]\nurl = \"sqlite:db/h.db\"\n[admin]\nsocket = \"a.sock\"")
            .unwrap();
    assert_eq!(
        (named.database.as_path(), named.admin.socket.as_path()),
        (Path::new("db/h.db"), Path::new("a.sock"))
    );
    for url in
        ["", "state/x.db", "sqlite:", "sqlite::memory:", "sqlite:///x", "sqlite:x?mode=ro", "mysql://x"]
    {
        assert!(parse(&format!("[store]\nurl = \"{url}\"")).is_err(), "{url}");
    }
    let long = format!("[state]\ndir = \"/{}\"", "d".repeat(100));
    assert!(parse(&long).unwrap_err().contains("[admin] socket"));
}

#[test]
fn an_agent_has_a_name_of_its_own_and_a_way_to_be_known() {
    let agent = |lines: &str| format!("[[agent]]\n{lines}");
    assert!(parse(&agent(&format!("name=\"a\"\ntoken_hash=\"{HASH}\""))).is_ok());
    let by_source = parse(&agent("name=\"a\"\nsource=\"10.1.2.0/24\"")).unwrap();
    assert!(by_source.agents[0].source[0].contains("10.1.2.3".parse().unwrap()));
    for (lines, expected) in [
        ("name=\"a\"", "1:1: an agent is known by"),
        ("token_hash=\"@\"", "1:1: this agent has no name"),
        ("name=\"\"\ntoken_hash=\"@\"", "2:6: the name of this agent is not"),
        ("name=\"a\\nb\"\ntoken_hash=\"@\"", "2:6: the name of this agent is not"),
        ("name=\"anonymous\"\ntoken_hash=\"@\"", "1:1: `anonymous` is"),
        ("name=\"a\"\nsource=[]", "3:8: the list is empty"),
        ("name=\"a\"\nsource=[\"10.1.2.0/33\"]", "3:9: `/33` is"),
        (
            "name=\"a\"\nsource=[\"10.0.0.1\"]\n[[agent]]\nname=\"b\"\nsource=[\"10.0.0.1/32\"]",
            "6:9: the source",
        ),
        (
            "name=\"a\"\ntoken_hash=\"@\"\n[[agent]]\nname=\"a\"\nsource=\"10.0.0.1\"",
            "5:6: the agent `a` is taken",
        ),
        ("name=\"a\"\ntoken_hash=\"@\"\n[[agent]]\nname=\"b\"\ntoken_hash=\"@\"", "6:12: the token is taken"),
    ] {
        let error = error(&agent(lines).replace('@', HASH));
        assert!(error.starts_with(&format!("f.toml:{expected}")), "{error}");
    }
}

#[test]
fn a_token_in_the_place_of_its_hash_is_refused_and_not_repeated() {
    for wrong in ["hunter2-hunter2", "sha256:hunter2", &HASH.to_uppercase(), &HASH[..70]] {
        let error = parse(&format!("[[agent]]\nname=\"a\"\ntoken_hash=\"{wrong}\"")).unwrap_err();
        assert!(error.contains("f.toml:3:12") && !error.contains(wrong), "{error}");
    }
}

#[test]
fn an_approver_has_a_name_and_a_way_to_be_known() {
    assert!(error("[[approver]]\nname=\"a\"").starts_with("f.toml:1:1: an approver is known by"));
    let twice = "[[approver]]\nname=\"a\"\nuser=\"ops\"\n[[approver]]\nname=\"b\"\nuser=\"ops\"";
    assert!(error(twice).starts_with("f.toml:6:6: the user `ops` is taken above"));
}

fn rule(lines: &str) -> String {
    format!("[[rule]]\nname = \"r\"\n{lines}")
}

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
fn bounds_of_holds_are_checked() {
    for (lines, ok) in [
        ("wait = \"1s\"", true),
        ("wait = \"999ms\"", false),
        ("wait = \"0s\"", false),
        ("timeout = \"30d\"", true),
        ("timeout = \"31d\"", false),
        ("max_pending = 0", false),
        ("max_pending = -1", false),
        ("max_pending = \"10\"", false),
        ("max_pending = 1000000", true),
        ("max_pending = 1000001", false),
        ("max_body = 1000", true),
        ("max_body = \"0\"", false),
        ("max_body = \"5GiB\"", false),
        ("max_body = \"5GiB\"\nmax_spool = \"5GiB\"", true),
        ("max_spool = \"1MiB\"", false),
        ("on_disconnect = \"cancel\"", true),
        ("on_disconnect = \"drop\"", false),
        ("keepalive = \"on\"", false),
        ("retry_ignores = [\"X-Trace\"]", true),
        ("retry_ignores = [\"x-*\"]", false),
        ("retry_ignores = [\"Authorization\"]", false),
    ] {
        assert_eq!(parse(&format!("[hold]\n{lines}")).is_ok(), ok, "{lines}");
    }
    let config = parse("[hold]\nretry_ignores = [\"X-Trace\"]").unwrap();
    assert_eq!(config.hold.retry_ignores, ["x-trace"]);
}

#[test]
fn roots_and_addresses_are_read_and_no_roots_at_all_is_an_error() {
    let config =
        parse("[upstream]\nroots = [\"system\", \"corp.pem\"]\nallow_addresses = [\"127.0.0.0/8\"]").unwrap();
    assert!(config.upstream.system_roots);
    assert_eq!(config.upstream.root_files, [Path::new("corp.pem")]);
    assert!(config.upstream.allow_addresses[0].contains("127.0.0.1".parse().unwrap()));
    assert!(error("[upstream]\nroots = []").starts_with("f.toml:2:9: the list is empty"));
    assert!(error("[upstream]\nallow_addresses = [\"localhost\"]").starts_with("f.toml:2:20: `localhost`"));
    assert!(parse("[upstream]\nallow_addresses = []").is_ok());
}

#[test]
fn a_loaded_file_is_named_in_its_errors() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mine.toml");
    std::fs::write(&file, "[hold]\nwait = \"20s\"\n").unwrap();
    assert_eq!(Config::load(&file).unwrap().file.as_ref(), Some(&file));
    std::fs::write(&file, "[hold]\nwait = 20\n").unwrap();
    let error = Config::find(Some(&file)).unwrap_err();
    assert!(error.contains(&format!("{}:2:8", file.display())), "{error}");
}

proptest! {
    /// A damaged file is an error with a place, or it is still whole; it is never a panic.
    #[test]
    fn a_damaged_file_is_never_a_panic(
        cut in 0..DEFAULT_FILE.len(), length in 0..40usize, put in "[\\[\\]=\"'a-z0-9\n\té\u{feff}#.,{}\\\\]{0,6}",
    ) {
        let boundary = |mut at: usize| {
            while !DEFAULT_FILE.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (boundary(cut), boundary((cut + length).min(DEFAULT_FILE.len())));
        let text = format!("{}{put}{}", &DEFAULT_FILE[..start], &DEFAULT_FILE[end.max(start)..]);
        if let Err(error) = parse(&text) {
            prop_assert!(error.starts_with("error: ") && error.contains(" --> f.toml"), "{}", error);
        }
    }

    /// Nor are rules of any patterns, however odd.
    #[test]
    fn no_pattern_is_a_panic(host in "[a-z*.:\\[\\]0-9]{0,12}", path in "[/a*%;.2f]{0,12}", verdict in "allow|hold|deny") {
        let text = rule(&format!("host = \"{host}\"\npath = \"{path}\"\nverdict = \"{verdict}\""));
        let _ = parse(&text);
    }
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
