//! A server of somebody else's: a child process that says its port, and writes down what arrives.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use tempfile::TempDir;

use super::agent::PATIENCE;

/// It runs until it is dropped, in a directory of its own.
pub struct Backend {
    child: Child,
    port: u16,
    dir: TempDir,
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Backend {
    /// A script whose first line is its port. `command` gets the directory, and names what it needs in it.
    pub fn script(command: impl FnOnce(&Path) -> Command) -> Self {
        Self::start(command, Stdio::piped(), Stdio::inherit(), |line| line.trim().parse().ok())
    }

    /// A program that logs its port; `port` finds it in a line of standard error.
    pub fn logging(command: impl FnOnce(&Path) -> Command, port: fn(&str) -> Option<u16>) -> Self {
        Self::start(command, Stdio::null(), Stdio::piped(), port)
    }

    fn start(
        command: impl FnOnce(&Path) -> Command,
        output: Stdio,
        errors: Stdio,
        port: fn(&str) -> Option<u16>,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let mut command = command(dir.path());
        command.current_dir(dir.path()).stdin(Stdio::null()).stdout(output).stderr(errors);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (found, wanted) = mpsc::channel();
        let lines: Box<dyn BufRead + Send> = match (child.stdout.take(), child.stderr.take()) {
            (Some(output), _) => Box::new(BufReader::new(output)),
            (None, Some(errors)) => Box::new(BufReader::new(errors)),
            (None, None) => unreachable!("one of them is a pipe"),
        };
        // It reads on to the end, so that the program never waits for a reader.
        std::thread::spawn(move || {
            lines.lines().map_while(Result::ok).filter_map(|line| port(&line)).for_each(|port| {
                let _ = found.send(port);
            });
        });
        let port = wanted.recv_timeout(PATIENCE);
        let port = port.unwrap_or_else(|error| panic!("{command:?} has not said its port: {error}"));
        Self { child, port, dir }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What arrived: the lines of its file `record`, each JSON.
    pub fn record(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file("record")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}
