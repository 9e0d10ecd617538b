//! `holdpoint demo`: with a script, whose whole output is kept as a text; and with a person on a terminal.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::terminal::{assert_tame, detached};
use crate::binary::BINARY;
use crate::{oracle, wait};

/// Started in a directory that nobody can write to, with no config and no terminal.
fn demo(arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command
        .arg("demo")
        .args(arguments)
        .current_dir("/proc")
        .env("NO_COLOR", "1")
        .env_remove("HOLDPOINT_CONFIG");
    detached(&mut command).stdin(Stdio::null()).stderr(Stdio::piped()).output().expect("the binary runs")
}

fn snapshot(script: &str) {
    let output = demo(&["--script", script]);
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}");
    assert_eq!(errors, "");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/demo_{script}.txt"));
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(said, kept, "{} is another; this is what was said:\n{said}", file.display());
}

#[test]
fn with_every_change_approved_the_data_lake_is_open() {
    snapshot("approve");
}

#[test]
fn with_the_answer_refused_nothing_follows_from_it() {
    snapshot("deny");
}

#[test]
fn with_the_answer_released_the_next_step_can_still_be_stopped() {
    snapshot("mixed");
}

/// A directory that is named is kept, its record whole; one with something in it is not touched.
#[test]
fn a_directory_that_is_named_is_kept_and_none_is_written_over() {
    let dir = tempfile::tempdir().expect("a directory for the test");
    let stage = dir.path().join("stage");
    let stage = stage.to_str().expect("a plain path");
    let output = demo(&["--script", "approve,deny", "--dir", stage]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let config = format!("{stage}/holdpoint.toml");
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains(&format!("holdpoint --config {config} audit verify"))
    );
    let verify =
        Command::new(BINARY).args(["--config", &config, "audit", "verify"]).output().expect("it runs");
    assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    let records = oracle::records(&Path::new(stage).join("state/audit"));
    let decided: Vec<_> = records.iter().filter(|record| record["event"] == "decided").collect();
    assert_eq!(decided.len(), 2);
    let again = demo(&["--script", "deny", "--dir", stage]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"));
}

#[test]
fn without_a_terminal_it_needs_a_script() {
    let output = demo(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--script"));
    assert_eq!(demo(&["--script", "perhaps"]).status.code(), Some(2));
}

/// A person releases the answer and refuses what follows from it, at the prompt, and sees what would have happened.
#[test]
fn a_person_is_asked_at_the_prompt_and_told_what_would_have_happened() {
    let dir = tempfile::tempdir().expect("a directory for the test");
    let size = PtySize { rows: 50, cols: 100, ..PtySize::default() };
    let pair = native_pty_system().openpty(size).expect("a terminal");
    let mut command = CommandBuilder::new(BINARY);
    command.args(["demo", "--dir", dir.path().to_str().expect("a plain path")]);
    command.cwd("/proc");
    command.env("NO_COLOR", "1");
    command.env("LC_ALL", "C.UTF-8");
    let mut child = pair.slave.spawn_command(command).expect("the binary starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("its screen");
    let mut keyboard = pair.master.take_writer().expect("its keyboard");
    let screen = Arc::new(Mutex::new(Vec::new()));
    let shown = Arc::clone(&screen);
    let reading = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            shown.lock().unwrap().extend_from_slice(&piece[..count]);
        }
    });
    let text = || String::from_utf8_lossy(&screen.lock().unwrap()).replace('\r', "");
    let question = "Enter leaves it held";
    wait::until_true("the first question", || text().contains(question));
    assert!(text().contains("add the group `everyone`"), "the answer is on the screen: {}", text());
    keyboard.write_all(b"yes\n").expect("it can be typed on");
    wait::until_true("the second question", || text().matches(question).count() == 2);
    keyboard.write_all(b"no ask the owners first\n").expect("it can be typed on");
    let ended = wait::until("the demo to end", || child.try_wait().expect("it is our child"));
    drop((keyboard, pair.master));
    reading.join().expect("the reader ends");
    let text = text();
    assert!(ended.success(), "{text}");
    let mut rest = text.as_str();
    for next in [
        "who\nmay read the data lake",
        "1. triage-bot reads question 17",
        "It waits for you.",
        "is held: write",
        question,
        "was released; the service answered 201",
        "You released it, so the answer stands on the forum.",
        "2. access-script",
        "is held: permission",
        "The agent was told: 403 denied \"ask the owners first\".",
        "answers to question 17      1                       1",
        "readers of the data lake    analytics               analytics, everyone",
        "the record is whole",
    ] {
        let at = rest.find(next).unwrap_or_else(|| panic!("no {next:?} in its place:\n{text}"));
        rest = &rest[at + next.len()..];
    }
    assert_tame("the demo", text.as_bytes());
}
