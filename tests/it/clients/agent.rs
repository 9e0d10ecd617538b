//! An agent: a program sent through the proxy, and what it prints while a person decides.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use holdpoint::hold::HoldView;
use serde_json::Value;

use super::through;
use crate::binary::Server;
use crate::wait;

/// An interpreter with a large SDK, started beside all other tests on a machine with two cores.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// It runs.
pub struct Agent<'a> {
    server: &'a Server,
    child: Child,
    lines: Receiver<String>,
    errors: JoinHandle<String>,
}

/// It has ended.
#[derive(Debug)]
pub struct Ended {
    pub ok: bool,
    pub output: String,
    pub errors: String,
}

impl<'a> Agent<'a> {
    pub fn start(server: &'a Server, command: Command) -> Self {
        Self::told(server, command, "")
    }

    /// With this on its standard input.
    pub fn told(server: &'a Server, mut command: Command, input: &str) -> Self {
        through(&mut command, server);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads its input");
        let output = child.stdout.take().expect("a pipe");
        let (line, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).for_each(|text| {
                let _ = line.send(text);
            });
        });
        let mut errors = child.stderr.take().expect("a pipe");
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Self { server, child, lines, errors }
    }

    /// Its next line, as JSON.
    pub fn says(&mut self) -> Value {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}")),
            Err(error) => panic!("it says nothing more ({error}); {}", self.server.log_text()),
        }
    }

    /// Waits until it waits at a hold.
    pub fn held(&mut self) -> HoldView {
        wait::within(PATIENCE, "the agent at a hold", || {
            if self.child.try_wait().expect("it is our child").is_some() {
                let output: Vec<_> = self.lines.try_iter().collect();
                panic!("it ended, and nothing of it was held: {output:?}");
            }
            self.waiting().into_iter().next()
        })
    }

    /// The holds that somebody waits at.
    pub fn waiting(&self) -> Vec<HoldView> {
        self.server.holds("held").into_iter().filter(|hold| hold.waiting > 0).collect()
    }

    /// Waits for its end.
    pub fn ends(mut self) -> Ended {
        let status =
            wait::within(PATIENCE, "the agent to end", || self.child.try_wait().expect("it is our child"));
        let output: Vec<_> = self.lines.iter().collect();
        Ended {
            ok: status.success(),
            output: output.join("\n"),
            errors: self.errors.join().expect("its errors"),
        }
    }

    /// Waits for its end while `decide` gets each hold that it waits at.
    pub fn ends_while(mut self, mut decide: impl FnMut(&HoldView)) -> Ended {
        wait::within(PATIENCE, "the agent to end", || {
            self.waiting().iter().for_each(&mut decide);
            self.child.try_wait().expect("it is our child")
        });
        self.ends()
    }

    /// Nobody is there to decide, and it succeeds.
    pub fn passes(self) -> Ended {
        let ended = self.ends_while(|hold| panic!("held: {} {} {:?}", hold.effect, hold.operation, hold.why));
        ended.succeeded()
    }
}

impl Ended {
    pub fn succeeded(self) -> Self {
        assert!(self.ok, "{}\n{}", self.output, self.errors);
        self
    }

    /// All that it printed, as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// What a person reads of a hold: the dialect, the effect (where two may be right, `write|permission`), and a label
/// with these words in it.
pub fn reads_as(hold: &HoldView, dialect: &str, effect: &str, words: &str) {
    assert_eq!(hold.dialect, dialect, "{}: {:?}", hold.operation, hold.why);
    assert!(hold.operation.contains(words), "no {words:?} in {:?}", hold.operation);
    assert!(
        effect.split('|').any(|effect| effect == hold.effect),
        "{words} is {}, {:?}",
        hold.effect,
        hold.why
    );
}
