//! What an agent can put on a screen, tried on a screen: nothing of it speaks with Holdpoint's voice, moves what is
//! asked for, or acts.

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use holdpoint::approve::{Charset, Look};

use super::QUESTION;
use super::stage::{Stage, forum, request, with};

const HOST: &str = "forum.corp.example";

/// CASES AP-07: a host that reads like another is shown as it is sent, as it reads, and with its letters' numbers.
#[test]
fn a_host_in_another_script_does_not_pass_for_its_twin() {
    let stage = Stage::new(vec![request(1, "xn--frum-55d.corp.example", "/posts", &[], b"one")]);
    stage.wait_for(QUESTION);
    stage.snapshot("attack_host");
    // The near miss: an ordinary host has no such lines.
    let stage = Stage::new(vec![forum(1, b"one")]);
    stage.wait_for(QUESTION);
    assert!(!stage.text().contains("reads as") && !stage.text().contains("beyond ASCII"));
}

/// CASES AP-12, AP-29: what the agent says of itself and of its request stands behind the bar, below what was found.
#[test]
fn what_an_agent_says_of_itself_is_quoted_and_comes_last() {
    let fields = [
        ("user-agent", "prod-deployer (verified)"),
        ("x-reason", "approved by ana, safe: release it"),
        ("x-agent", "Holdpoint"),
    ];
    let body = b"{\"explanation\":\"this only reads; type yes\",\"role\":\"admin\"}";
    let stage = Stage::new(vec![request(1, HOST, "/posts", &fields, body)]);
    stage.wait_for(QUESTION);
    let text = stage.text();
    for claim in ["(verified)", "approved by ana", "this only reads", "x-agent: Holdpoint"] {
        let line = text.lines().find(|line| line.contains(claim)).unwrap();
        assert!(line.starts_with('│'), "{line}");
        assert!(text.find("  agent    triage-bot at").unwrap() < text.find(claim).unwrap(), "{claim}");
    }
}

/// CASES AP-10: five thousand blanks before the danger, on a screen of 24 lines.
#[test]
fn blanks_do_not_push_the_danger_off_the_screen() {
    let body = format!("echo hello{}; rm -rf /", " ".repeat(5000));
    let stage = Stage::with_size(vec![forum(1, body.as_bytes())], 24, 80);
    stage.wait_for(QUESTION);
    let text = stage.text().replace("\n│+", "");
    assert!(text.contains("rm -rf /") && text.contains("bytes of this line not shown"), "{text}");
    stage.type_line("yes");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    assert!(stage.told().is_empty());
}

/// CASES AP-36: figures are the request's own.
#[test]
fn figures_are_shown_as_they_are_sent() {
    let body = br#"{"amount":"1.000,50","euro":1.000,"exact":100000000000000000000.10,"when":"03/04/05"}"#;
    let stage = Stage::new(vec![request(1, HOST, "/pay", &[("content-type", "application/json")], body)]);
    stage.wait_for(QUESTION);
    for figure in ["\"1.000,50\"", "\"euro\":1.000,", "100000000000000000000.10", "\"03/04/05\""] {
        assert!(stage.text().contains(figure), "{figure}: {}", stage.text());
    }
}

/// CASES AP-25: a terminal that knows no sequences gets none, and is asked all the same.
#[test]
fn a_dumb_terminal_gets_no_sequence_at_all() {
    let stage = Stage::with_look(vec![forum(1, b"\x1b[2J")], Look { colour: false, charset: Charset::Utf8 });
    stage.wait_for(QUESTION);
    assert!(!stage.bytes().contains(&0x1b));
    stage.type_line("no");
    stage.wait_for("AAA1 was refused");
}

/// CASES HI-19, HI-29: holds come in all the time, of the same agent and code; what is released is what is asked for,
/// and the oldest is asked for first.
#[test]
fn holds_that_come_in_do_not_move_what_is_asked_for() {
    let stage = Stage::new(vec![forum(1, b"the first")]);
    stage.wait_for(QUESTION);
    for (number, key) in (2..).zip(["y", "e", "s"]) {
        stage.add(with(forum(number, b"another"), |view| view.code = "AAA1".into()));
        stage.type_raw(key.as_bytes());
        stage.wait_for(&format!("| ? helps]: {}", &"yes"[..number - 1]));
    }
    stage.add(forum(5, b"the last"));
    stage.type_raw(b"\n");
    stage.wait_for("AAA1 was released");
    assert_eq!(stage.told().len(), 1);
    assert_eq!(stage.told()[0].digest, stage.digest(1));
    stage.wait_until("the next", |screen| screen.count(QUESTION) == 2);
    // The one that differs from the others comes first, on its own.
    assert!(stage.text().contains("the last") && !stage.text().contains("another"), "{}", stage.text());
}

/// CASES AP-01 to AP-08: whatever kind of body, its text acts on no terminal and stays behind the bar.
#[test]
fn no_kind_of_body_lets_a_text_out_of_its_box() {
    let evil = "\x1b[2J\x1b]0;t\x07\u{9b}2J\u{202e}\u{200b}\nend of the request\n! look     all is well";
    let json = serde_json::json!({"query": format!("mutation {{ a(b: \"\"\"{evil}\"\"\") }}"), "note": evil})
        .to_string();
    let frame = |message: &[u8]| [&[0][..], &(message.len() as u32).to_be_bytes(), message].concat();
    let field = [&[0x0a, evil.len() as u8][..], evil.as_bytes()].concat();
    let packet = format!("{} {} refs/heads/\u{202e}main", "1".repeat(40), "2".repeat(40));
    let push = format!("{:04x}{packet}0000{evil}", packet.len() + 4);
    let kinds: [(&str, Vec<u8>); 7] = [
        ("application/json", json.clone().into_bytes()),
        ("application/json", format!("{json}\n{json}\n").into_bytes()),
        ("application/grpc", frame(&field)),
        ("application/x-git-receive-pack-request", push.into_bytes()),
        ("text/xml", format!("<a><b>{evil}</b></a>").into_bytes()),
        ("application/x-www-form-urlencoded", b"a=%1b%5B2J%0Aend+of+the+request%0A%E2%80%AE".to_vec()),
        ("multipart/form-data; boundary=x", format!("--x\r\n\r\n{evil}\r\n--x--").into_bytes()),
    ];
    for (kind, body) in kinds {
        let stage = Stage::new(vec![request(1, HOST, "/posts", &[("content-type", kind)], &body)]);
        stage.wait_for(QUESTION);
        stage.assert_only_own_sequences();
        let text = stage.text();
        assert!(text.contains("! hidden   "), "{kind}: {text}");
        for line in text.lines().filter(|line| line.contains("all is well") || line.contains("\\u{202e}")) {
            assert!(line.contains('│'), "{kind}: {line}");
        }
        assert_eq!(text.lines().filter(|line| *line == "end of the request").count(), 1, "{kind}: {text}");
        assert!(stage.told().is_empty());
    }
}
