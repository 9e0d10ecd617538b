//! One rendering: prompt, command line and API show the same hold in the same words, and looking at it does nothing
//! (CASES AP-11, AP-32, AP-37).

use holdpoint::admin::Page;
use holdpoint::approve::{Charset, Rendering};
use holdpoint::hold::HoldView;

use super::prompt::Desk;
use super::terminal::{Typing, assert_tame, on_terminal};
use crate::binary::Server;
use crate::plan::Plan;
use crate::prompt::protobuf::{descriptor_set, grant};
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// The rendering that the API gives, as a terminal of this width would show it.
fn of_api(server: &Server, hold: &HoldView, width: usize) -> Vec<String> {
    let token = std::fs::read_to_string(server.dir().join("state/admin.token")).expect("made on first start");
    let mut wire = Wire::open(server.admin());
    wire.send(format!(
        "GET /v1/holds/{}/rendering?width={width} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        hold.id,
        server.admin(),
        token.trim()
    ));
    let page: Page = serde_json::from_str(&wire.reply().text()).expect("a rendering");
    let rendering = Rendering::from(page);
    rendering.lines.iter().map(|line| settled(&line.text(Charset::Utf8))).collect()
}

/// A line without the figures that go on while one looks.
fn settled(line: &str) -> String {
    let line = line.trim_end();
    let cut = ["expires in ", "first seen "].iter().filter_map(|words| line.find(words)).min();
    cut.map_or(line, |at| &line[..at]).to_owned()
}

/// From the first line of the hold to the last of its request.
fn of_screen(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut plain = String::new();
    for (index, part) in text.split("\x1b[").enumerate() {
        plain += if index == 0 { part } else { part.split_once('m').map_or(part, |(_, rest)| rest) };
    }
    let lines = plain.lines().skip_while(|line| !line.starts_with("hold "));
    let mut shown: Vec<String> = Vec::new();
    for line in lines {
        shown.push(settled(line));
        if line.trim_end() == "end of the request" {
            break;
        }
    }
    shown
}

/// An operator's descriptors, for what runs at this tape.
fn plan(tape: &Tape, file: &std::path::Path) -> Plan {
    std::fs::write(file, descriptor_set()).expect("it can be written");
    Plan::new().service(&format!(
        "name = \"members\"\nhost = [\"{}\"]\ndialect = \"grpc\"\ndescriptors = [{:?}]",
        tape.authority(),
        file.display().to_string()
    ))
}

fn call(tape: &Tape) -> Vec<u8> {
    let (authority, body) = (tape.authority(), grant());
    let head = format!(
        "POST http://{authority}/forum.Members/Grant HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/grpc\r\n\
         Authorization: Bearer s3cret\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

#[test]
fn every_surface_shows_the_same() {
    let (tape, dir) = (Tape::plain(), tempfile::tempdir().expect("a directory"));
    let desk = Desk::with(&plan(&tape, &dir.path().join("forum.pb")));
    let server = &desk.server;
    let mut wire = Wire::open(server.proxy());
    wire.send(call(&tape));
    wait::until_true("the question", || desk.shown().contains("Enter leaves it held"));
    let hold = server.held();
    let api = of_api(server, &hold, 80);
    for line in
        ["│ member (1): \"mallory\"", "│ roles (2): \"admin\"", "│   member (1): \"ana\"", "│ until (4): 128"]
    {
        assert!(api.iter().any(|known| known == line), "{line} is missing: {api:#?}");
    }
    assert!(!api.join("\n").contains("s3cret"));
    let (_, show) = on_terminal(server, &["show", &hold.id], Typing::Nothing);
    assert_eq!(of_screen(&show), api, "show");
    let (released, ask) = on_terminal(server, &["approve", &hold.id], Typing::Again(b"no\n"));
    assert!(!released);
    // One column stays free where something is asked.
    assert_eq!(of_screen(&ask), of_api(server, &hold, 79), "approve");
    assert_eq!(of_screen(desk.shown().as_bytes()), of_api(server, &hold, 79), "the prompt");
    let piped = of_screen(&server.says(&["show", &hold.id]));
    assert_eq!(piped, of_api(server, &hold, holdpoint::limits::SHOWN_COLUMNS), "into a pipe");
    tape.assert_empty("it was only looked at");
}

/// CASES AP-01, AP-03, AP-06, AP-08, AP-12: also where the command line asks, on a screen with a cursor.
#[test]
fn what_an_agent_wrote_stays_behind_the_bar_where_approve_asks() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let evil = "\x1b[2J\x1b[1;1H\u{9b}3J\x1b]52;c;eQ==\x07\u{202e}\u{200b}\nRelease this request? Type yes: yes\nall is well\n";
    let body = serde_json::json!({"text": evil, "query": format!("mutation {{ a(b: \"\"\"{evil}\"\"\") }}")});
    for (kind, body) in [("application/json", body.to_string()), ("text/plain", evil.repeat(2))] {
        let mut wire = Wire::open(server.proxy());
        let fields = format!("Content-Type: {kind}\r\nUser-Agent: all is well (verified)\r\n");
        wire.send(crate::person::post(&tape, "/a", &fields, &body));
        let hold = server.held();
        let (released, screen) = on_terminal(&server, &["approve", &hold.id], Typing::Again(b"no\n"));
        assert!(!released);
        assert_tame(kind, &screen);
        let mut emulator = vt100::Parser::new(60, 80, 0);
        emulator.process(&screen);
        let seen = emulator.screen().contents();
        assert!(seen.contains(&format!("hold {} is held", hold.code)), "{kind}: the top is gone:\n{seen}");
        for line in seen.lines().filter(|line| line.contains("all is well") || line.contains("Type yes: yes"))
        {
            assert!(line.contains(['│', '|']), "{kind}: {line}");
        }
        server.deny(&hold, "no");
        assert_eq!(wire.reply().status, 403);
    }
    tape.assert_empty("denied");
}

/// CASES AP-28: of requests that are alike, the one that is not says so on every surface, and how many others wait.
#[test]
fn a_request_is_compared_with_the_last_one_that_was_approved() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let ask = |role: &str| {
        let mut wire = Wire::open(server.proxy());
        let fields = "Content-Type: application/json\r\nAuthorization: Bearer s3cret\r\n";
        let body = format!("{{\"page\":\"wiki/7\",\"role\":\"{role}\"}}");
        wire.send(crate::person::post(&tape, "/roles", fields, &body));
        wire
    };
    let shown = |id: &str| String::from_utf8(server.says(&["show", id])).expect("text");
    let mut first = ask("reader");
    let hold = server.held();
    assert!(!shown(&hold.id).contains("approved"), "there is nothing to compare it with");
    server.approve(&hold);
    assert_eq!(first.reply().status, 200);

    let (_again, _other) = (ask("reader"), ask("admin"));
    let holds = wait::until("two holds", || Some(server.holds("held")).filter(|holds| holds.len() == 2));
    let (mut same, mut differs) = (0, 0);
    for hold in &holds {
        let text = shown(&hold.id);
        assert!(text.contains("  like it  1 other hold of this agent and operation wait"), "{text}");
        if text.contains("byte for byte") {
            same += 1;
        } else {
            assert!(text.contains("! differs  in 1 place from what "), "{text}");
            let expected = ["  was      │ .role: \"reader\"", "  is       │ .role: \"admin\""];
            let plain = text.replace(" | ", " │ ");
            assert!(expected.iter().all(|line| plain.contains(line)), "{text}");
            differs += 1;
        }
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert_eq!((same, differs), (1, 1));
}

/// CASES AP-32: no address in a request is visited by looking at it.
#[test]
fn looking_fetches_nothing() {
    let server = Server::start(&Plan::new());
    let (tape, trap) = (Tape::plain(), Tape::plain());
    let bodies = [
        ("application/json", format!("{{\"$schema\":\"{0}\",\"icon\":\"{0}\"}}", trap.url("/a"))),
        ("text/xml", format!("<!DOCTYPE a SYSTEM \"{0}\"><a xmlns=\"{0}\"/>", trap.url("/b"))),
        ("text/markdown", format!("![picture]({})", trap.url("/c"))),
    ];
    for (kind, body) in bodies {
        let mut wire = Wire::open(server.proxy());
        wire.send(crate::person::post(&tape, "/a", &format!("Content-Type: {kind}\r\n"), &body));
        let hold = server.held();
        server.says(&["show", &hold.id]);
        server.says(&["ls"]);
        on_terminal(&server, &["approve", &hold.id], Typing::Again(b"no\n"));
        server.deny(&hold, "no");
        assert_eq!(wire.reply().status, 403);
    }
    assert!(trap.connections().is_empty(), "a look has fetched something");
    tape.assert_empty("denied");
}

/// CASES AP-37: a listing into a pipe is as tame as on a terminal, a line for each hold, and its JSON is JSON.
#[test]
fn a_listing_into_a_pipe_carries_no_command() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let method = "=cmd|' /C calc'!A0\\u001b[2J\\nAAAA  0s  held  ana\\u202e; rm -rf /";
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\"}}");
    let mut wire = Wire::open(server.proxy());
    wire.send(crate::person::post(&tape, "/rpc", "Content-Type: application/json\r\n", &body));
    let hold = server.held();
    assert!(hold.operation.contains("rm -rf"), "{}", hold.operation);
    let listing = server.says(&["ls"]);
    assert_tame("ls", &listing);
    let text = String::from_utf8(listing).expect("text");
    assert!(!text.lines().any(|line| line.starts_with("AAAA") || line.starts_with('=')), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains(&hold.code)).count(), 1, "{text}");
    assert_tame("show", &server.says(&["show", &hold.id]));
    let json = server.says(&["ls", "--json"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&json).is_ok());
    server.deny(&hold, "no");
    assert_eq!(wire.reply().status, 403);
}
