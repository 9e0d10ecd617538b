//! `holdpoint run`, as a process: the command is started only behind a proxy that runs, gets what belongs to an agent and
//! nothing that belongs to an approver, and everything between it and its terminal is as if `run` were not there.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::terminal::{Typing, on_terminal};
use crate::binary::{BINARY, Server};
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

fn run(server: &Server, line: &[&str]) -> Command {
    let mut command = server.command(&["run", "--"]);
    command.args(line).env_remove("no_proxy").env_remove("NO_PROXY");
    command
}

fn says(server: &Server, line: &[&str]) -> String {
    let output = run(server, line).output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// A plain curl, with nothing set by hand: it reads at once, and its post waits for a person.
#[test]
fn a_command_reads_at_once_and_its_write_waits() {
    let server = Server::start(&Plan::new());
    let tape = server.tls_tape();
    assert_eq!(says(&server, &["curl", "-sS", &tape.url("/read")]), "ok\n");
    let post = run(&server, &["curl", "-sS", "-d", "a=b", &tape.url("/post")]).stdout(Stdio::piped()).spawn();
    let hold = server.held();
    assert!(tape.mutations().is_empty());
    server.approve(&hold);
    assert_eq!(text(&post.expect("it runs").wait_with_output().expect("it ends").stdout), "ok\n");
    assert_eq!(tape.mutations().len(), 1);
}

#[test]
fn the_exit_code_is_the_commands_own_and_so_is_its_death() {
    let server = Server::start(&Plan::new());
    for end in ["0", "1", "2", "7", "255"] {
        let output = run(&server, &["sh", "-c", &format!("exit {end}")]).output().expect("it runs");
        assert_eq!(code(&output), end.parse().ok());
    }
    // Any shell says 128 and the number.
    let script = "\"$0\" run -- sh -c 'kill -TERM $$'; echo $?; \"$0\" run -- sh -c 'kill -KILL $$'; echo $?";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, BINARY]).env("HOLDPOINT_CONFIG", server.dir().join("holdpoint.toml"));
    assert_eq!(text(&shell.output().expect("sh runs").stdout), "143\n137\n");
}

#[test]
fn a_command_that_is_not_there_or_cannot_be_run_is_named() {
    let server = Server::start(&Plan::new());
    let missing = run(&server, &["no-such-command-here"]).output().expect("it runs");
    assert_eq!(code(&missing), Some(127));
    assert!(text(&missing.stderr).contains("no-such-command-here"), "{}", text(&missing.stderr));
    let file = server.dir().join("holdpoint.toml").display().to_string();
    assert_eq!(code(&run(&server, &[&file]).output().expect("it runs")), Some(126));
    for wrong in [vec!["run"], vec!["run", "--"], vec!["run", "--confine", "--", "true"]] {
        assert_eq!(code(&server.cli(&wrong)), Some(2), "{wrong:?}");
    }
}

/// Its own options are its own, also those that Holdpoint knows.
#[test]
fn what_follows_the_command_is_the_commands() {
    let server = Server::start(&Plan::new());
    let line = ["echo", "--config", "x", "--agent", "-h", "--", "y"];
    assert_eq!(says(&server, &line), "--config x --agent -h -- y\n");
    let plain = server.cli(&["run", "sh", "-c", "echo \"$@\"", "sh", "--help"]);
    assert_eq!(text(&plain.stdout), "--help\n", "the two dashes may be left out");
}

/// Signals reach the command, because the process is the command.
#[test]
fn signals_reach_the_command_once() {
    let server = Server::start(&Plan::new());
    // A shell may look for signals just before it waits; sigwait(3) cannot miss one.
    let script = "import signal, sys\n\
                  names = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'WINCH', 'TERM']\n\
                  all = [getattr(signal, 'SIG' + name) for name in names]\n\
                  signal.pthread_sigmask(signal.SIG_BLOCK, all)\n\
                  print('ready', flush=True)\n\
                  for _ in all: print(signal.sigwait(all).name[3:], flush=True)\n\
                  sys.stdin.read()\n\
                  sys.exit(5)";
    let mut child = run(&server, &["python3", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut next = || {
        let mut line = String::new();
        lines.read_line(&mut line).expect("it goes on");
        line.trim().to_owned()
    };
    assert_eq!(next(), "ready");
    let pid = Pid::from_child(&child);
    for (signal, name) in [
        (Signal::HUP, "HUP"),
        (Signal::INT, "INT"),
        (Signal::QUIT, "QUIT"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
        (Signal::WINCH, "WINCH"),
        (Signal::TERM, "TERM"),
    ] {
        kill_process(pid, signal).expect("it is our child");
        assert_eq!(next(), name);
    }
    drop(child.stdin.take());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("its end");
    assert_eq!((rest.as_str(), child.wait().expect("it ends").code()), ("", Some(5)));
}

/// On a terminal the command has it, with standard streams, size and foreground.
#[test]
fn the_terminal_is_the_commands() {
    let server = Server::start(&Plan::new());
    let script = "test -t 0 && test -t 1 && test -t 2 && stty size && ps -o stat= -p $$ | tr -cd '+\\n'";
    let (ended_well, screen) = on_terminal(&server, &["run", "--", "sh", "-c", script], Typing::Nothing);
    let screen = text(&screen);
    assert!(ended_well, "{screen}");
    assert_eq!(screen.lines().map(str::trim).collect::<Vec<_>>(), ["24 80", "+"]);
}

/// No server, no command: it would run unguarded.
#[test]
fn without_a_server_nothing_is_started() {
    let mut server = Server::start(&Plan::new());
    let proof = server.dir().join("started");
    let touch = ["touch", proof.to_str().expect("a plain path")];
    says(&server, &touch);
    fs::remove_file(&proof).expect("it was started");
    let refused = |server: &Server| {
        let output = run(server, &touch).output().expect("it runs");
        assert_eq!(code(&output), Some(1));
        let error = text(&output.stderr);
        assert!(error.contains("no server") && error.contains("holdpoint serve"), "{error}");
        assert!(!proof.exists());
    };
    assert!(server.terminate());
    refused(&server);
    // Killed, it leaves its address behind, and nobody listens there.
    server.run(None);
    server.ready();
    server.kill();
    assert!(server.dir().join("state/proxy.addr").exists());
    refused(&server);
}

/// CASES AP-22: what makes a person an approver is not handed on.
#[test]
fn the_command_gets_nothing_of_an_approvers() {
    let server = Server::start(&Plan::new());
    let mut command = run(&server, &["env"]);
    command.env("HOLDPOINT_TOKEN", "of-an-approver").env("HOLDPOINT_SERVER", "unix:state/admin.sock");
    let all = text(&command.output().expect("it runs").stdout);
    assert!(all.contains("https_proxy=http://127.0.0.1:"), "{all}");
    for theirs in ["HOLDPOINT_TOKEN", "HOLDPOINT_SERVER", "HOLDPOINT_AGENT_TOKEN", "of-an-approver"] {
        assert!(!all.contains(theirs), "{theirs} is in\n{all}");
    }
}

/// The bundle that stands in for the system's roots holds them too.
#[test]
fn the_bundle_holds_the_systems_roots_and_the_ca() {
    let server = Server::start(&Plan::new());
    let bundle = says(&server, &["sh", "-c", "cat \"$SSL_CERT_FILE\""]);
    let certificates = bundle.matches("BEGIN CERTIFICATE").count();
    let system = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    assert!(certificates > system.matches("BEGIN CERTIFICATE").count() / 2 && certificates > 0);
    let ca = fs::read_to_string(server.ca()).expect("the CA");
    let first = ca.lines().nth(1).expect("a line of it");
    assert!(bundle.contains(first));
}

/// What the person reaches without a proxy stays so, and is named; what the operator wants to be looked at does not.
#[test]
fn no_proxy_is_kept_as_far_as_it_may_be() {
    let server = Server::start(&Plan::new());
    let mut command = run(&server, &["sh", "-c", "echo $no_proxy $NO_PROXY"]);
    command.env("NO_PROXY", "intranet.example,127.0.0.1,*");
    let output = command.output().expect("it runs");
    assert_eq!(text(&output.stdout), "intranet.example,::1 intranet.example,::1\n");
    let said = text(&output.stderr);
    assert!(said.contains("NO_PROXY has intranet.example") && said.contains("loses 127.0.0.1, *"), "{said}");
}

/// An agent is known by its token, which no other user of the machine can read.
#[test]
fn a_token_is_in_the_environment_and_never_in_the_arguments() {
    let server = Server::start(&Plan::new().agent("triage-bot", "s3cret-token"));
    let file = server.dir().join("triage.token");
    fs::write(&file, "s3cret-token\n").expect("ours");
    let file = file.to_str().expect("a plain path");
    let script = "tr '\\0' '\\n' < /proc/$$/cmdline; echo; echo $https_proxy";
    let named =
        server.says(&["run", "--agent", "triage-bot", "--token-file", file, "--", "sh", "-c", script]);
    let named = text(&named);
    let (line, url) = named.trim_end().rsplit_once('\n').expect("two parts");
    assert_eq!(url, format!("http://triage-bot:s3cret-token@{}", server.proxy()));
    assert!(!line.contains("s3cret"), "{line}");
    let tape = Tape::plain();
    let url = tape.url("/read");
    let line = ["run", "--token-file", file, "--", "curl", "-sS", &url];
    assert_eq!(text(&server.says(&line)), "ok\n");
    wait::until_true("its exchange on record", || {
        let is_its =
            |record: &serde_json::Value| record["event"] == "exchange" && record["agent"] == "triage-bot";
        server.records().iter().any(is_its)
    });
    for wrong in [
        vec!["run", "--", "true"],
        vec!["run", "--agent", "triage-bot", "--", "true"],
        vec!["run", "--agent", "other", "--token-file", file, "--", "true"],
        vec!["run", "--token-file", "/nonexistent", "--", "true"],
    ] {
        assert_eq!(code(&server.cli(&wrong)), Some(2), "{wrong:?}");
    }
}

/// The guide lies where an agent of another user can read it, and says how long to wait.
#[test]
fn the_guide_is_there_to_be_read() {
    let server = Server::start(&Plan::new().hold("wait", "\"20s\""));
    let guide = says(&server, &["sh", "-c", "cat \"$HOLDPOINT_AGENT_GUIDE\""]);
    assert!(guide.contains("may take 20 seconds"), "{guide}");
    for code in ["`held`, 503", "`denied`, 403", "`outcome_unknown`, 502"] {
        assert!(guide.contains(code), "{code}");
    }
    let file = says(&server, &["sh", "-c", "stat -c %a \"$HOLDPOINT_AGENT_GUIDE\" \"$SSL_CERT_FILE\""]);
    assert_eq!(file, "644\n644\n");
    // An agent of another user may read what `serve` wrote, and need not write it.
    let directory = server.dir().join("certs");
    let guide = fs::read_dir(&directory).expect("it is there").filter_map(Result::ok);
    let names: Vec<_> = guide.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    for name in ["agent-guide.md", "ca-bundle.jks", "ca-bundle.pem"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    wait::until_true("no draft", || names.iter().all(|name| !name.contains(".md.")));
}
