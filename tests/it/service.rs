//! The binary as a service and as a command: starting, stopping, reading its config again, and what the commands of
//! a newcomer's first hour say (SPEC sections 4, 5, 6).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Latch, Tape, ok};
use crate::wait;

/// What is secret on disk is its owner's alone; a key that others may read is refused (CASES DE-35).
#[test]
fn secrets_on_disk_are_private_or_nothing_starts() {
    let mut server = Server::start(&Plan::new());
    let mode = |name: &str| fs::metadata(server.dir().join(name)).expect(name).permissions().mode() & 0o777;
    for (name, expected) in [
        ("state", 0o700),
        ("state/audit", 0o700),
        ("state/spool", 0o700),
        ("state/admin.sock", 0o600),
        ("state/admin.token", 0o600),
        ("state/proxy.addr", 0o600),
        ("state/holdpoint.db", 0o600),
        ("certs/ca-key.pem", 0o600),
    ] {
        assert_eq!(mode(name), expected, "{name}");
    }
    assert!(server.terminate());
    let key = server.dir().join("certs/ca-key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let output = server.cli(&["serve", "--no-prompt"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("ca-key.pem"));
}

/// SIGTERM: what is being sent may end, and its agent gets the answer; who waits is told to come back.
#[test]
fn a_stop_lets_what_is_under_way_end() {
    let mut server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let latch = Latch::default();
    let shut = latch.clone();
    tape.answer(move |request| ok(request).when(&shut));
    let mut sending = Wire::open(server.proxy());
    sending.send(post(&tape, "/slow", "", "under way"));
    server.approve(&server.held());
    tape.wait_for(1);
    let mut waiting = Wire::open(server.proxy());
    waiting.send(post(&tape, "/later", "", "undecided"));
    let hold = server.held();
    server.signal(rustix::process::Signal::TERM);
    waiting.reply().assert_problem("a stop", 503, "restarting");
    assert!(!server.dead(), "something is still being sent");
    latch.open();
    assert_eq!(sending.reply().status, 200);
    wait::until_true("the end", || server.dead());
    server.run(None);
    server.ready();
    assert_eq!(server.held().id, hold.id);
    assert_eq!(tape.mutations().len(), 1);
    server.check(&[&tape]);
}

/// SIGHUP: the rules are read again; a config with a mistake changes nothing.
#[test]
fn a_reload_takes_a_good_config_and_leaves_a_bad_one() {
    let mut server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let delete = || {
        let mut wire = Wire::open(server.proxy());
        wire.send(format!("DELETE {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/a"), tape.authority()));
        wire
    };
    let rule = "name = \"no deletes\"\nmethod = [\"DELETE\"]\nverdict = \"deny\"";
    let file = server.dir().join("holdpoint.toml");
    fs::write(&file, Plan::new().rule(rule).text(server.dir())).expect("it is ours");
    server.signal(rustix::process::Signal::HUP);
    wait::until_true("the new rule", || server.log_text().contains("the config was read again"));
    delete().reply().assert_problem("the new rule", 403, "forbidden");
    fs::write(&file, Plan::new().rule("verdict = \"allow\"\nmethd = [\"DELETE\"]").text(server.dir()))
        .expect("ours");
    let before = server.log_text().len();
    server.signal(rustix::process::Signal::HUP);
    wait::until_true("the mistake in the log", || server.log_text()[before..].contains("methd"));
    delete().reply().assert_problem("the old rule", 403, "forbidden");
    tape.assert_empty("denied and held");
    assert!(server.terminate());
}

/// A mistake in the config is named with its place, and nothing starts with it (CASES DE-23).
#[test]
fn a_mistake_in_the_config_is_named_with_its_place() {
    for (mistake, named) in [
        ("[hold]\nmax_pendign = 3\n", "holdpoint.toml:2:1"),
        ("[proxy]\nlisten = \"nowhere\"\n", "holdpoint.toml:2:"),
        ("[[rule]]\nverdict = \"allow\"\nhost = []\n", "holdpoint.toml:3:"),
        ("[proxy]\nlisten = \"0.0.0.0:0\"\n", "agent"),
        ("[proxy]\nsocks5 = \"127.0.0.1:0\"\n", "not in this version"),
    ] {
        let server = Server::prepare(&Plan::new());
        fs::write(server.dir().join("holdpoint.toml"), mistake).expect("it is ours");
        for command in [&["policy", "check"][..], &["serve", "--no-prompt"], &["ls"]] {
            let output = server.cli(command);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command:?} {mistake}: {error}");
            assert!(error.contains(named), "{command:?} {mistake}: {error}");
        }
    }
    let server = Server::prepare(&Plan::new());
    server.says(&["policy", "check"]);
}

/// The first hour: health, the CA, the variables, help with an example, and the exit codes.
#[test]
fn the_commands_of_the_first_hour_say_what_they_should() {
    let mut server = Server::start(&Plan::new());
    server.says(&["healthcheck"]);
    let certificate = fs::read(server.ca()).expect("the CA's certificate");
    assert_eq!(server.says(&["ca", "export"]), certificate);
    let path = String::from_utf8(server.says(&["ca", "path"])).expect("text");
    assert_eq!(path.trim(), server.ca().display().to_string());
    assert!(!String::from_utf8_lossy(&server.says(&["ca", "show"])).contains("PRIVATE"));
    let variables = String::from_utf8(server.says(&["env", "--shell", "dotenv"])).expect("text");
    for name in
        ["HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO"]
    {
        assert!(variables.contains(name), "{name} is missing:\n{variables}");
    }
    assert!(variables.contains(&server.proxy().to_string()), "{variables}");
    for command in ["serve", "env", "ls", "show", "approve", "deny", "audit", "policy", "ca", "healthcheck"] {
        let help = String::from_utf8(server.says(&[command, "--help"])).expect("text");
        assert!(help.contains("Usage") && help.contains("xample"), "{command} --help:\n{help}");
    }
    for (arguments, code) in [
        (vec!["show", "ZZZZ"], 1),
        (vec!["deny", "ZZZZ", "--reason", "x"], 1),
        (vec!["deny", "ZZZZ"], 2),
        (vec!["frobnicate"], 2),
        (vec!["approve", "ZZZZ@000000000000", "--grant", "15m"], 1),
        (vec!["approve", "ZZZZ@000000000000", "--grant", "soon"], 2),
    ] {
        let output = server.cli(&arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(server.terminate());
    assert_eq!(server.cli(&["healthcheck"]).status.code(), Some(1));
    assert_eq!(server.cli(&["ls"]).status.code(), Some(1));
}

/// CASES SC-02, DE-33: nothing in the environment leads Holdpoint's own requests elsewhere.
#[test]
fn proxy_variables_do_not_move_holdpoint_itself() {
    let mut server = Server::prepare(&Plan::new());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        server.environment(name, "http://127.0.0.1:1");
    }
    server.run(None);
    server.ready();
    let tape = server.tls_tape();
    let mut wire = Wire::tls(server.proxy(), &tape.authority(), "127.0.0.1", &server.ca(), &["http/1.1"]);
    wire.send(format!("GET /a HTTP/1.1\r\nHost: {}\r\n\r\n", tape.authority()));
    assert_eq!(wire.reply().status, 200);
    wire.send(format!("POST /a HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", tape.authority()));
    server.approve(&server.held());
    assert_eq!(wire.reply().status, 200);
    server.check(&[&tape]);
}
