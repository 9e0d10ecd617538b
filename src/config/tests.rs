//! Every key, its default, and its errors with their places; in files of their own the commented default file, people
//! and rules.

mod default_file;
mod notify;
mod people;
mod rules;

use std::path::Path;

use proptest::prelude::*;

use super::*;

const HASH: &str = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const DEFAULT_FILE: &str = include_str!("../../config/holdpoint.toml");

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

fn rule(lines: &str) -> String {
    format!("[[rule]]\nname = \"r\"\n{lines}")
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
    let Breaker { mutations, deletes, permissions, per } = config.breaker;
    assert_eq!((mutations, deletes, permissions, per), (20, 10, 3, Duration::from_secs(60)));
    assert_eq!(config.policy.rule_count(), 0);
    assert!(config.warnings.is_empty());
}
/// SPEC section 6: a key whose part is not built yet is refused, never ignored.
#[test]
fn what_has_to_wait_is_refused_with_its_place() {
    for (text, place) in [
        ("[proxy]\ntransparent = \"127.0.0.1:9000\"", "2:15"),
        ("[proxy]\nsocks5 = \"127.0.0.1:9000\"", "2:10"),
        ("[tls]\npassthrough = [\"a.example\"]", "2:15"),
        ("[store]\nurl = \"postgres://db/holdpoint\"", "2:7"),
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

/// SPEC section 5: beyond loopback the admin port has a certificate.
#[test]
fn an_admin_port_beyond_loopback_needs_a_certificate_and_its_key() {
    for (text, place, says) in [
        ("[admin]\nlisten = \"0.0.0.0:8081\"", "2:10", "beyond loopback, without TLS"),
        ("[admin]\nlisten = \"0.0.0.0:8081\"\ntls_cert = \"\"\ntls_key = \"\"", "2:10", "without TLS"),
        ("[admin]\ntls_cert = \"Cargo.toml\"", "2:12", "has no admin.tls_key"),
        ("[admin]\ntls_key = \"Cargo.toml\"", "2:11", "has no admin.tls_cert"),
    ] {
        let error = error(text);
        assert!(error.starts_with(&format!("f.toml:{place}: ")) && error.contains(says), "{error}");
    }
    let text = "[admin]\nlisten = \"0.0.0.0:8081\"\ntls_cert = \"Cargo.toml\"\ntls_key = \"Cargo.lock\"";
    assert!(parse(text).unwrap().admin.tls.is_some());
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
fn all_unknown_keys_are_named_and_nothing_is_made_of_what_is_left() {
    let text = "[hold]\nwiat = \"1s\"\ntimeout = \"never\"\n[rules]\nx = 1\n[[rule]]\nname = \"a\"\nhosts = []\nverdict = \"hold\"\n\
                approvers = { groups = [\"a\"], qorum = 2 }\n";
    let said = parse(text).unwrap_err();
    for (place, what) in [
        ("2:1", "unknown key `wiat`"),
        ("4:2", "unknown key `rules`"),
        ("8:1", "unknown key `hosts`"),
        ("10:31", "unknown key `qorum`"),
    ] {
        assert!(
            said.contains(what) && said.contains(&format!(" --> f.toml:{place}\n")),
            "{place} {what}: {said}"
        );
    }
}

/// Only `policy check` looks: what reads rules elsewhere must do without them.
#[test]
fn a_file_that_serve_will_read_must_be_there_for_a_check() {
    let dir = tempfile::tempdir().unwrap();
    let (config, there) = (dir.path().join("f.toml"), dir.path().join("there.pem"));
    let text = |roots: &Path| {
        let notify = "[[notify]]\nurl = \"https://a.example\"\nsecret_file = \"/nowhere/at/all\"\n";
        format!("[upstream]\nroots = [\"system\", \"{}\"]\n{notify}", roots.display())
    };
    std::fs::write(&config, text(&there)).unwrap();
    assert!(Config::load(&config).is_ok());
    let error = Config::check(&config).unwrap_err();
    assert!(error.contains("there.pem cannot be read") && error.contains(":2:20\n"), "{error}");
    assert!(error.contains("/nowhere/at/all cannot be read") && error.contains(":5:15\n"), "{error}");
    std::fs::write(&there, "").unwrap();
    std::fs::write(&config, text(&there).replace("/nowhere/at/all", &there.display().to_string())).unwrap();
    assert!(Config::check(&config).is_ok());
}

#[test]
fn an_approver_with_an_agents_name_is_warned_of() {
    let table = |kind: &str, name: &str, digit: char| {
        let hash = digit.to_string().repeat(64);
        format!("[[{kind}]]\nname = \"{name}\"\ntoken_hash = \"sha256:{hash}\"\n")
    };
    let warnings = |approver: &str| {
        parse(&format!("{}{}", table("agent", "bot", '1'), table("approver", approver, '2')))
            .unwrap()
            .warnings
    };
    let [warning] = &warnings("bot")[..] else { panic!("one warning") };
    assert!(warning.starts_with("f.toml:4: approver `bot` has the name of an agent"), "{warning}");
    assert!(warnings("ana").is_empty());
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
fn the_breaker_has_its_bounds_and_says_where_they_are_broken() {
    let config = parse("[breaker]\nmutations = 0\ndeletes = 100000\nper = \"1d\"").unwrap();
    assert_eq!(
        (config.breaker.mutations, config.breaker.deletes, config.breaker.permissions),
        (0, 100_000, 3)
    );
    for (text, said) in [
        ("[breaker]\ndeletes = 100001", "f.toml:2:11: 100001 is above 100000"),
        ("[breaker]\nmutations = -1", "f.toml:2:13: a count is not below zero"),
        ("[breaker]\nper = \"0s\"", "f.toml:2:7: `0s` is not between 1s and 1d"),
        ("[breaker]\nper = \"2d\"", "f.toml:2:7: `2d` is not between 1s and 1d"),
    ] {
        assert_eq!(error(text), said);
    }
    assert!(parse("[breaker]\nwrites = 3").is_err());
}
