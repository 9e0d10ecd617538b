//! What the command line says to people, where a word too many or too few would mislead them: with the real binary.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Latch, Tape};
use crate::wait;

/// Both streams and the exit code.
fn said(server: &Server, arguments: &[&str]) -> (String, Option<i32>) {
    let output = server.cli(arguments);
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).expect("text"), output.status.code())
}

fn ask(server: &Server, tape: &Tape) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, "/a", "", "hello"));
    wire
}

#[test]
fn an_approval_that_an_upstream_did_not_take_is_not_called_sent() {
    let server = Server::start(&Plan::new());
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let mut wire = Wire::open(server.proxy());
    wire.send(format!("POST http://{nobody}/a HTTP/1.1\r\nHost: {nobody}\r\nContent-Length: 2\r\n\r\nhi"));
    let hold = server.held();
    let (text, code) = said(&server, &["approve", &format!("{}@{}", hold.code, &hold.digest[7..])]);
    assert!(text.contains("approved, and nothing was sent: "), "{text}");
    assert!(text.contains("the approval stands: it is sent when the agent asks again"), "{text}");
    assert_eq!(code, Some(0));
    wire.reply().assert_problem("the agent", 502, "upstream_unreachable");
    let shown = String::from_utf8(server.says(&["show", &hold.code])).expect("text");
    assert!(shown.contains("outcome  nothing was sent at"), "{shown}");
}

#[test]
fn an_approval_behind_a_freeze_says_so_and_how_to_take_it_back() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = ask(&server, &tape);
    let hold = server.held();
    server.says(&["freeze", "--reason", "odd posts"]);
    let (listing, _) = said(&server, &["ls"]);
    assert!(
        listing.contains("! FROZEN: all agents, by ") && listing.contains(": odd posts; `holdpoint thaw`")
    );
    let (frozen, _) = said(&server, &["freeze", "--list"]);
    assert!(frozen.starts_with("! FROZEN: all agents, by "), "{frozen}");
    let (text, _) = said(&server, &["approve", &format!("{}@{}", hold.code, hold.digest)]);
    assert!(text.contains("nothing was sent: FROZEN (all agents, by "), "{text}");
    assert!(text.contains("`holdpoint thaw` takes it back; then it is sent, until "), "{text}");
    tape.assert_empty("frozen");
    server.says(&["thaw"]);
    assert_eq!(wire.reply().status, 200);
    assert!(said(&server, &["freeze", "--list"]).0.contains("nothing is frozen"));
    assert!(server.log_text().contains("FROZEN: all agents, by "), "{}", server.log_text());
    assert!(server.log_text().contains("no longer frozen: all agents"), "{}", server.log_text());
}

/// Two signals: the first says what is waited for, the second ends it, and what is held outlives both.
#[test]
fn a_second_signal_ends_what_an_upstream_keeps_waiting() {
    let mut server = Server::start(&Plan::new());
    let (tape, latch) = (Tape::plain(), Latch::default());
    let shut = latch.clone();
    tape.answer(move |request| crate::tape::ok(request).when(&shut));
    let mut sent = ask(&server, &tape);
    let hold = server.held();
    let approving = server.command(&["approve", &format!("{}@{}", hold.code, hold.digest)]).spawn();
    tape.wait_for(1);
    let other = Tape::plain();
    let _held = ask(&server, &other);
    server.held();
    server.signal(Signal::TERM);
    wait::until("what it waits for", || {
        server
            .log_text()
            .contains("waiting for 1 request that went out before, 30 s at the most")
            .then_some(())
    });
    let since = Instant::now();
    assert!(server.terminate());
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    sent.reply().assert_problem("its agent is told", 502, "outcome_unknown");
    approving.expect("it was started").wait().expect("it ends");
    server.restart();
    assert_eq!(server.holds("held").len(), 1);
    assert_eq!(server.holds("outcome_unknown").len(), 1);
    latch.open();
}

#[test]
fn an_error_names_the_hold_by_what_was_typed() {
    let server = Server::start(&Plan::new());
    let (tape, other) = (Tape::plain(), Tape::plain());
    let _wires = [ask(&server, &tape), ask(&server, &other)];
    wait::until("two holds", || (server.holds("held").len() == 2).then_some(()));
    let [one, two] = &server.holds("held")[..] else { panic!("two holds") };
    let wrong = "0".repeat(64);
    let (alone, code) = said(&server, &["approve", &format!("{}@{wrong}", one.code)]);
    assert!(alone.contains(&format!("hold {}: the digest is not this hold's", one.code)), "{alone}");
    let list = [format!("{}@{}", one.code, one.digest), format!("{}@{wrong}", two.code)];
    let (batch, _) = said(&server, &["approve", &list[0], &list[1]]);
    assert!(batch.contains(&format!("hold {}: the digest is not this hold's", two.code)), "{batch}");
    for text in [&alone, &batch] {
        assert!(!text.contains(&one.id) && !text.contains(&two.id), "{text}");
    }
    assert_eq!((code, server.holds("held").len()), (Some(1), 2));
    let (nobody, code) = said(&server, &["deny", "ZZZZ", "--reason", "no"]);
    assert!(nobody.contains("hold ZZZZ: there is no such hold"), "{nobody}");
    assert_eq!(code, Some(1));
    let (denied, code) = said(&server, &["deny", &list[0], "--reason", "no"]);
    assert!(
        denied.contains(&format!("a denial names no digest: holdpoint deny {} --reason", one.code)),
        "{denied}"
    );
    assert_eq!(code, Some(2));
    let (grant, code) = said(&server, &["grants", "revoke", "0195d6a0-7b1c-7d3e-9f00-3a51c2d4e5f6"]);
    assert!(grant.contains("there is no such grant"), "{grant}");
    assert_eq!(code, Some(1));
    let (grant, code) = said(&server, &["grants", "revoke", "ZZZZ"]);
    assert!(grant.contains("there is no such grant"), "{grant}");
    assert_eq!(code, Some(1));
}

/// One command's word for a remark typed after the other: the error names the option that is meant.
#[test]
fn the_words_of_an_approval_and_of_a_denial_are_not_taken_for_each_other() {
    let server = Server::prepare(&Plan::new());
    for (line, words) in [
        (vec!["approve", "K7QF@3f9a1c0d27be", "--reason", "fine"], "--note puts a remark on record"),
        (vec!["deny", "K7QF", "--note", "no"], "--reason is what the agent is told"),
        (vec!["deny", "K7QF", "--reason", "no", "--note", "no"], "--reason is what the agent is told"),
        (vec!["deny", "K7QF"], "--reason <TEXT>"),
        (vec!["approve", "@"], "@: a hold is named ID, or ID@DIGEST"),
        (vec!["approve", "K7QF@"], "K7QF@: a hold is named ID, or ID@DIGEST"),
    ] {
        let (text, code) = said(&server, &line);
        assert!(text.contains(words), "{line:?}: {text}");
        assert_eq!(code, Some(2), "{line:?}");
    }
    for command in ["approve", "deny"] {
        let (help, _) = said(&server, &[command, "--help"]);
        assert_eq!(help.contains("--note"), command == "approve", "{help}");
    }
}

/// SPEC section 4: 2 is wrong usage or config; a file that was named and is not there is that, wherever it is named.
#[test]
fn what_is_not_there_has_one_exit_code_and_what_could_not_be_looked_at_is_not_called_broken() {
    let server = Server::start(&Plan::new());
    for line in [
        vec!["classify", "/nowhere/at/all"],
        vec!["policy", "check", "/nowhere/at/all"],
        vec!["policy", "explain", "/nowhere/at/all"],
        vec!["policy", "test", "/nowhere/at/all"],
        vec!["ls", "--config", "/nowhere/at/all"],
    ] {
        assert_eq!(said(&server, &line).1, Some(2), "{line:?}");
    }
    let config = server.dir().join("elsewhere.toml");
    let elsewhere = "[state]\ndir = \"elsewhere\"\n[tls]\nca_cert = \"no.pem\"\nca_key = \"no-key.pem\"\n";
    std::fs::write(&config, elsewhere).expect("written");
    let config = config.display().to_string();
    for line in [
        vec!["audit", "verify", "--config", &config],
        vec!["audit", "show", "--config", &config],
        vec!["audit", "export", "--config", &config],
        vec!["ca", "show", "--config", &config],
    ] {
        let (text, code) = said(&server, &line);
        assert!(!text.contains("not whole") && !text.contains("whole:"), "{text}");
        assert_eq!(code, Some(2), "{line:?} {text}");
    }
    let (text, code) = said(&server, &["audit", "show", "--event", "helt"]);
    assert!(text.contains("--event is one of checkpoint, "), "{text}");
    assert_eq!(code, Some(2));
    for line in [["--hold", "ZZZZ"], ["--agent", "nobody"]] {
        let (text, code) = said(&server, &["audit", "show", line[0], line[1]]);
        assert!(text.contains("no record in this log is of "), "{text}");
        assert_eq!(code, Some(1), "{line:?}");
    }
    assert_eq!(said(&server, &["audit", "show", "--event", "started"]).1, Some(0));
}

#[test]
fn a_hold_names_the_rule_that_would_have_allowed_it_if_it_could_be_told() {
    let rule = "name = \"gifts\"\nmethod = \"POST\"\nwhen = 'body.price == 0'\nverdict = \"allow\"";
    let server = Server::start(&Plan::new().rule(rule));
    let tape = Tape::plain();
    let _wire = ask(&server, &tape);
    let hold = server.held();
    let why = "rule `gifts` does not allow it, because its `when` cannot be evaluated";
    assert!(hold.why.iter().any(|line| line.contains(why)), "{:?}", hold.why);
}

#[test]
fn whatever_answers_with_data_answers_in_json() {
    let server = Server::start(&Plan::new());
    let (tape, other) = (Tape::plain(), Tape::plain());
    let json = |line: &[&str]| -> serde_json::Value {
        let output = server.cli(line);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line:?}: {error}: {output:?}"))
    };
    assert_eq!(json(&["healthcheck", "--json"])["ready"], true);
    assert_eq!(json(&["policy", "check", "--json"])["ok"], true);
    assert_eq!(json(&["policy", "check", "/nowhere", "--json"])["ok"], false);
    assert_eq!(json(&["freeze", "--list", "--json"])["freezes"], serde_json::json!([]));
    assert_eq!(json(&["ca", "show", "--json"])["sha256"].as_str().map(str::is_empty), Some(false));
    let wires = [ask(&server, &tape), ask(&server, &other)];
    wait::until("two holds", || (server.holds("held").len() == 2).then_some(()));
    let [one, two] = &server.holds("held")[..] else { panic!("two holds") };
    let approved = json(&["approve", &format!("{}@{}", one.code, one.digest), "--json"]);
    assert_eq!(
        (&approved["holds"][0]["id"], &approved["holds"][0]["state"]),
        (&one.id.as_str().into(), &"done".into())
    );
    let denied = json(&["deny", &two.code, "--reason", "no", "--json"]);
    assert_eq!(denied["holds"][0]["state"], "denied");
    let added = json(&["agents", "add", "bot", "--json"]);
    assert_eq!((&added["agent"], added["token"].as_str().map(str::len)), (&"bot".into(), Some(43)));
    assert_eq!(json(&["agents", "rm", "bot", "--json"])["removed"], true);
    let expectations = server.dir().join("rules.toml");
    let case =
        "[[request]]\nmethod = \"POST\"\nhost = \"forum.example\"\npath = \"/posts\"\nexpect = \"allow\"\n";
    std::fs::write(&expectations, case).expect("written");
    let tested = json(&["policy", "test", &expectations.display().to_string(), "--json"]);
    assert_eq!((&tested["tested"], &tested["as_expected"]), (&1.into(), &0.into()));
    drop(wires);
}

/// Its files are this machine's: nobody takes them for another server's log.
#[test]
fn audit_asks_no_server_and_says_so() {
    let mut server = Server::start(&Plan::new());
    for what in ["show", "verify", "export"] {
        let flag = server.cli(&["audit", what, "--server", "http://127.0.0.1:1"]);
        let text = String::from_utf8(flag.stderr).expect("text");
        assert_eq!(flag.status.code(), Some(2), "{text}");
        assert!(text.contains("leave --server out") && text.contains("`GET /v1/audit`"), "{text}");
    }
    server.environment("HOLDPOINT_SERVER", "http://127.0.0.1:1");
    let variable = server.cli(&["audit", "verify"]);
    let text = String::from_utf8(variable.stderr).expect("text");
    assert!(variable.status.success() && text.starts_with("note: `audit` reads files"), "{text}");
    assert!(String::from_utf8(variable.stdout).expect("text").starts_with("whole: "));
}
