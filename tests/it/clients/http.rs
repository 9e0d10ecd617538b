//! The whole story with each HTTP client, over HTTP, HTTPS/1.1 and, where the client can, HTTPS/2: a read passes; a
//! mutation waits, is shown whole, is approved at the command line and arrives once, also when Holdpoint was killed
//! in between; denied it never arrives, and the client gets 403 with the reason.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{script, through, tools};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    Curl,
    Fetch,
    Httpx,
    Requests,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Http,
    Https1,
    Https2,
}

/// A client that runs.
struct Asking(Child);

/// What it got.
#[derive(Debug)]
struct Got {
    status: u64,
    body: String,
}

impl Asking {
    /// Waits for the end; `None` where the client failed.
    fn end(mut self) -> Option<Got> {
        wait::until("the client to end", || self.0.try_wait().expect("it is our child"));
        let output = self.0.wait_with_output().expect("its output");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let answer: Value = serde_json::from_str(text.trim()).ok()?;
        Some(Got { status: answer["status"].as_u64()?, body: answer["body"].as_str()?.to_owned() })
    }

    fn got(self) -> Got {
        self.end().expect("the client gets an answer")
    }
}

fn command(client: Client, over: Over, method: &str, url: &str) -> Option<Command> {
    let tools = tools()?;
    let python = tools.join("venv/bin/python");
    let mut command = match client {
        Client::Curl => Command::new("python3"),
        Client::Fetch => Command::new(tools.join("node/node_modules/node/bin/node")),
        Client::Httpx | Client::Requests => Command::new(python),
    };
    let second = over == Over::Https2;
    match client {
        Client::Curl => {
            command.arg(script("curl_client.py")).arg(if second { "2" } else { "1.1" });
            command.args(["curl", "-sS", if second { "--http2" } else { "--http1.1" }, "-X", method]);
            command.args(["-w", "\n%{http_code} %{http_version}", url]);
            if method != "GET" {
                command.args(["-H", "content-type: application/json", "--data-binary", "@-"]);
            }
        }
        Client::Fetch => {
            command.arg(script("fetch_client.mjs")).args([method, url]);
        }
        Client::Httpx => {
            command.arg(script("httpx_client.py")).args([method, url, if second { "2" } else { "1" }]);
        }
        Client::Requests => {
            command.arg(script("requests_client.py")).args([method, url]);
        }
    }
    Some(command)
}

fn ask(server: &Server, client: Client, over: Over, method: &str, url: &str, body: &str) -> Option<Asking> {
    let mut command = command(client, over, method, url)?;
    through(&mut command, server);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the client starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(body.as_bytes()).expect("it reads its input");
    drop(input);
    Some(Asking(child))
}

fn story(client: Client, over: Over) {
    let mut server = Server::start(&Plan::new());
    let tape = if over == Over::Http { Tape::plain() } else { server.tls_tape() };
    let Some(read) = ask(&server, client, over, "GET", &tape.url("/items?page=2"), "") else { return };
    let read = read.got();
    assert_eq!((read.status, read.body.as_str()), (200, "ok\n"));
    assert_eq!(tape.requests()[0].target, "/items?page=2");
    let post = |server: &Server, body: &str| {
        ask(server, client, over, "POST", &tape.url("/posts?draft=1"), body).expect("the client was there")
    };

    let body = r#"{"title":"hello","count":123456789012345678901234567890}"#;
    let asking = post(&server, body);
    let hold = server.held();
    assert!(tape.mutations().is_empty(), "it left before anybody had decided");
    assert_eq!(hold.http_version, if over == Over::Https2 { "HTTP/2" } else { "HTTP/1.1" });
    let shown = String::from_utf8(server.says(&["show", &hold.id])).expect("text");
    for whole in
        ["POST", "/posts?draft=1", "hello", "123456789012345678901234567890", &hold.digest, &hold.code]
    {
        assert!(shown.contains(whole), "{whole} is not shown:\n{shown}");
    }
    let raw = server.raw(&hold);
    server.approve(&hold);
    let got = asking.got();
    assert_eq!((got.status, got.body.as_str()), (200, "ok\n"));
    assert_eq!(tape.mutations().len(), 1);
    assert_eq!(String::from_utf8_lossy(&tape.mutations()[0].raw()), String::from_utf8_lossy(&raw));

    // Killed while it waits: the client comes back with the same request, and it is the same hold.
    let asking = post(&server, "{\"after\":\"a restart\"}");
    let hold = server.held();
    let raw = server.raw(&hold);
    server.restart();
    assert!(asking.end().is_none_or(|got| got.status >= 500));
    let asking = post(&server, "{\"after\":\"a restart\"}");
    wait::until_true("the client at its hold", || server.holds("held").iter().any(|hold| hold.waiting == 1));
    assert_eq!(server.held().id, hold.id);
    server.approve(&hold);
    assert_eq!(asking.got().status, 200);
    assert_eq!(tape.mutations().len(), 2);
    assert_eq!(tape.mutations()[1].raw(), raw);

    let asking = post(&server, "{\"delete\":\"everything\"}");
    server.deny(&server.held(), "ask in the channel first");
    let got = asking.got();
    assert_eq!(got.status, 403);
    assert!(got.body.contains("ask in the channel first"), "{got:?}");
    assert_eq!(tape.mutations().len(), 2);
    assert!(server.terminate());
    server.check(&[&tape]);
}

#[test]
fn curl_over_http() {
    story(Client::Curl, Over::Http);
}

#[test]
fn curl_over_https_1() {
    story(Client::Curl, Over::Https1);
}

#[test]
fn curl_over_https_2() {
    story(Client::Curl, Over::Https2);
}

#[test]
fn requests_over_http() {
    story(Client::Requests, Over::Http);
}

#[test]
fn requests_over_https_1() {
    story(Client::Requests, Over::Https1);
}

#[test]
fn httpx_over_http() {
    story(Client::Httpx, Over::Http);
}

#[test]
fn httpx_over_https_1() {
    story(Client::Httpx, Over::Https1);
}

#[test]
fn httpx_over_https_2() {
    story(Client::Httpx, Over::Https2);
}

#[test]
fn fetch_over_http() {
    story(Client::Fetch, Over::Http);
}

#[test]
fn fetch_over_https_1() {
    story(Client::Fetch, Over::Https1);
}
