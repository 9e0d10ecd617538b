//! What the command line says to people, where a word too many or too few would mislead them: with the real binary.

use std::net::TcpListener;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

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
