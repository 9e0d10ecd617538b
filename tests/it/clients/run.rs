//! `holdpoint run -- CLIENT`, over HTTPS, with nothing else set: no client is told a proxy or a CA but by the variables
//! that `run` gives it. Each reads at once, waits with a write until a person has decided, and is told the reason of a no.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::agent::PATIENCE;
use super::{script, tools};
use crate::binary::{BINARY, Server};
use crate::plan::Plan;
use crate::tape::{Answer, Tape, ok};
use crate::wait;

const TOKEN: &str = "a token: of/the@agent";

/// The command as an agent of `run`: of the environment it has what any shell has.
fn run(server: &Server, client: &Command, token: Option<&str>) -> Command {
    let mut command = Command::new(BINARY);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a shell has it"))
        .env("HOME", server.dir());
    command.envs(client.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("HOLDPOINT_CONFIG", server.dir().join("holdpoint.toml")).current_dir(server.dir());
    if let Some(token) = token {
        command.env("HOLDPOINT_AGENT_TOKEN", token);
    }
    command.args(["run", "--"]).arg(client.get_program()).args(client.get_args());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(mut command: Command, body: &str) -> Child {
    let mut child = command.spawn().expect("holdpoint starts");
    child.stdin.take().expect("a pipe").write_all(body.as_bytes()).expect("it reads its input");
    child
}

/// Waits for the end: whether it succeeded, what it printed, and its errors.
fn end(mut child: Child) -> (bool, String, String) {
    wait::within(PATIENCE, "the client to end", || child.try_wait().expect("it is our child"));
    let output = child.wait_with_output().expect("its output");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// What one of the clients that print JSON got.
fn got(name: &str, child: Child) -> (u64, String) {
    let (_, output, errors) = end(child);
    let answer: Value =
        serde_json::from_str(output.trim()).unwrap_or_else(|_| panic!("{name}: {output}\n{errors}"));
    (answer["status"].as_u64().expect("a status"), answer["body"].as_str().expect("a body").to_owned())
}

fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The clients that send one request and print the answer as JSON, each by its name.
fn clients(tools: &Path, method: &str, url: &str) -> Vec<(&'static str, Command)> {
    let python = tools.join("venv/bin/python");
    let node = tools.join("node/node_modules/node/bin/node");
    let with = |program: &Path, name: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.arg(script(name)).args(arguments);
        command
    };
    let mut curl = with(Path::new("python3"), "curl_client.py", &["1.1", "curl", "-sS", "--http1.1"]);
    curl.args(["-X", method, "-w", "\n%{http_code} %{http_version}", url]);
    if method != "GET" {
        curl.args(["-H", "content-type: application/json", "--data-binary", "@-"]);
    }
    vec![
        ("curl", curl),
        ("urllib", with(Path::new("python3"), "urllib_client.py", &[method, url])),
        ("requests", with(&python, "requests_client.py", &[method, url])),
        ("httpx", with(&python, "httpx_client.py", &[method, url, "1"])),
        ("node fetch", with(&node, "fetch_client.mjs", &[method, url])),
        ("node https", with(&node, "https_client.mjs", &[method, url])),
    ]
}

fn story(
    server: &Server,
    tape: &Tape,
    agent: &str,
    token: Option<&str>,
    client: impl Fn(&str) -> Option<(&'static str, Command)>,
) {
    let Some((name, read)) = client("GET") else { return };
    let (status, body) = got(name, start(run(server, &read, token), ""));
    assert_eq!((status, body.as_str()), (200, "ok\n"), "{name} reads");
    let post = |body: &str| {
        let (_, command) = client("POST").expect("it was there");
        start(run(server, &command, token), body)
    };
    let before = tape.mutations().len();
    let waiting = post("{\"released\":1}");
    let hold = wait::within(PATIENCE, name, || server.holds("held").into_iter().next());
    assert_eq!(hold.agent, agent, "{name}");
    assert_eq!(tape.mutations().len(), before, "{name}: it left before anybody had decided");
    server.approve(&hold);
    assert_eq!(got(name, waiting), (200, "ok\n".to_owned()), "{name} is released");
    assert_eq!(tape.mutations().len(), before + 1, "{name}");
    let waiting = post("{\"refused\":1}");
    server.deny(&wait::within(PATIENCE, name, || server.holds("held").into_iter().next()), "not on a Friday");
    let (status, body) = got(name, waiting);
    assert!(status == 403 && body.contains("not on a Friday"), "{name}: {status} {body}");
    assert_eq!(tape.mutations().len(), before + 1, "{name}");
}

/// Every one of the list, in turn.
fn every_client(plan: Plan, agent: &str, token: Option<&str>) {
    let Some(tools) = tools() else { return };
    let mut server = Server::start(&plan);
    let tape = server.tls_tape();
    for at in 0..clients(&tools, "GET", "").len() {
        let client = |method: &str| clients(&tools, method, &tape.url("/posts")).into_iter().nth(at);
        story(&server, &tape, agent, token, client);
    }
    assert!(server.terminate());
    server.check(&[&tape]);
}

#[test]
fn every_client_reads_and_is_held_with_nothing_else_set() {
    every_client(Plan::new(), "anonymous", None);
}

#[test]
fn every_client_is_known_by_the_token_that_run_was_given() {
    every_client(Plan::new().agent("triage bot", TOKEN), "triage bot", Some(TOKEN));
}

/// Java has a proxy and a trust store by its options alone.
#[test]
fn java_reads_and_is_held_with_nothing_else_set() {
    if !Command::new("java").arg("-version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no java on this machine");
        return;
    }
    let mut server = Server::start(&Plan::new());
    let tape = server.tls_tape();
    let source = script("JavaClient.java").display().to_string();
    let url = tape.url("/posts");
    story(&server, &tape, "anonymous", None, |method| {
        Some(("java", command("java", &[&source, method, &url])))
    });
    assert!(server.terminate());
    server.check(&[&tape]);
}

/// What installs things reads through the proxy: the request arrives, and Holdpoint has had it in its hands.
#[test]
fn installers_read_through_the_proxy_with_nothing_else_set() {
    let Some(tools) = tools() else { return };
    let server = Server::start(&Plan::new());
    let tape = server.tls_tape();
    let pip = tools.join("venv/bin/pip");
    let registry = format!("registries.test.index=\"sparse+{}\"", tape.url("/index/"));
    let installers = [
        (
            "pip",
            command(pip, &["download", "--no-cache-dir", "--index-url", &tape.url("/simple/"), "leftpad"]),
        ),
        (
            "npm",
            command(
                "npm",
                &["view", "leftpad", "--registry", &format!("https://localhost:{}/npm/", tape.port())],
            ),
        ),
        (
            "cargo",
            command(env!("CARGO"), &["search", "leftpad", "--config", &registry, "--registry", "test"]),
        ),
        ("git", command("git", &["ls-remote", &tape.url("/repo.git")])),
        ("wget", command("wget", &["-q", "-O", "-", "--no-check-certificate", &tape.url("/wget")])),
    ];
    for (name, installer) in installers {
        if Command::new(installer.get_program()).arg("--version").output().is_err() {
            println!("skipped: there is no {name} on this machine");
            continue;
        }
        let before = tape.requests().len();
        // The tape is no registry: the installer gives up at what it is told.
        let (_, output, errors) = end(start(run(&server, &installer, None), ""));
        let new = &tape.requests()[before..];
        assert!(!new.is_empty(), "{name} did not come: {output}\n{errors}");
        assert!(
            new.iter().all(|request| !request.head.values("via").is_empty()),
            "{name} went around: {new:?}"
        );
    }
}

/// The AWS command line: a list passes, a change waits under the name that AWS gives it.
#[test]
fn aws_reads_and_is_held_with_nothing_else_set() {
    let Some(tools) = tools() else { return };
    let mut server = Server::prepare(&Plan::new());
    let tape = server.tls_tape();
    let service = format!("name = \"store\"\nhost = [\"{}\"]\ncatalog = \"aws\"", tape.authority());
    std::fs::write(server.dir().join("holdpoint.toml"), Plan::new().service(&service).text(server.dir()))
        .expect("ours");
    server.run(None);
    server.ready();
    let aws = |line: &str| {
        let mut aws =
            command(tools.join("venv/bin/aws"), &["--endpoint-url", &tape.url(""), "--region", "us-east-1"]);
        aws.args(line.split(' '))
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        start(run(&server, &aws, None), "")
    };
    let (_, _, errors) = end(aws("s3api head-bucket --bucket b"));
    assert_eq!(tape.requests().len(), 1, "{errors}");
    let waiting = aws("s3api delete-object --bucket b --key k");
    let hold = wait::within(PATIENCE, "aws at its hold", || server.holds("held").into_iter().next());
    assert_eq!((hold.effect.as_str(), hold.dialect.as_str()), ("delete", "aws"), "{hold:?}");
    server.deny(&hold, "not on a Friday");
    let (ended_well, _, errors) = end(waiting);
    assert!(!ended_well && errors.contains("not on a Friday"), "{errors}");
    assert_eq!(tape.requests().len(), 1);
}

/// git: what it would push waits, and its report has the reason.
#[test]
fn git_is_held_with_nothing_else_set() {
    let server = Server::start(&Plan::new());
    let tape = server.tls_tape();
    tape.answer(|request| match request.target.as_str() {
        "/repo.git/info/refs?service=git-receive-pack" => {
            let zeros = "0".repeat(40);
            let refs = format!("{zeros} capabilities^{{}}\0report-status\n");
            let body = format!("001f# service=git-receive-pack\n0000{:04x}{refs}0000", refs.len() + 4);
            Answer::status(
                200,
                &[("content-type", "application/x-git-receive-pack-advertisement")],
                body.as_bytes(),
            )
        }
        _ => ok(request),
    });
    let work = server.dir().join("work");
    let made = Command::new("sh")
        .args(["-c", "git init -q -b main \"$0\" && cd \"$0\" && git -c user.name=a -c user.email=a@b.example commit -q --allow-empty -m one"])
        .arg(&work)
        .status();
    assert!(made.expect("sh runs").success());
    let work = work.display().to_string();
    let push = command("git", &["-C", &work, "push", &tape.url("/repo.git"), "main"]);
    let waiting = start(run(&server, &push, None), "");
    server.deny(&server.held(), "not on a Friday");
    let (ended_well, _, errors) = end(waiting);
    assert!(!ended_well && errors.contains("not on a Friday"), "{errors}");
    assert!(tape.mutations().is_empty());
}
