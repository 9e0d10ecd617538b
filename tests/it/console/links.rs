//! A slow link, and tmux between the console and the person.

use std::process::Command;

use super::{Console, agent, held};
use crate::binary::Server;
use crate::people::seat::Seat;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

/// CASES AP-24: a link that brings three bytes at a time loses no state, and what is typed ahead on it never decides.
#[test]
fn on_a_slow_link_nothing_is_lost_and_nothing_typed_ahead_decides() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "slowly");
    held(&server, 1);
    let mut command = server.command(&["console"]);
    command.env("TERM", "xterm").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
    let mut console = Console { seat: Seat::behind(&command, (24, 80), 3) };
    // Key by key, each of them before its screen can have come.
    for key in ["\r", " ", " ", "a", "y", "e", "s", "\r"] {
        console.keys(key);
    }
    console.wait("held   at");
    assert_eq!(server.held().state, "held");
    console.keys("\x0c");
    wait::until_true("the request in its own view", || {
        let shown = console.seat.contents();
        if shown.contains("Esc leaves") {
            console.keys("\x1b");
        } else if shown.contains("OPERATION AND HOST") {
            console.keys("\r");
        }
        shown.contains("is held, pretty") && !shown.contains("Esc leaves")
    });
    console.read();
    console.keys("a");
    // What came together with a key before it was ignored, and is typed again.
    let mut last = String::new();
    wait::until_true("the question", || {
        let shown = console.seat.contents();
        if shown.contains("ignored") && !shown.contains("Release ") && shown != last {
            console.keys("a");
        }
        last = shown;
        last.contains("Type yes to release it")
    });
    console.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    console.wait("was released");
    console.quit();
    console.assert_tame("a slow link");
}

/// A real tmux, with each of the names that it gives its terminals.
struct Tmux<'a> {
    name: String,
    server: &'a Server,
}

impl Tmux<'_> {
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.name, "-f", "tmux.conf"]).args(arguments).current_dir(self.server.dir());
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
        let output = command.output().expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn wait(&self, text: &str) {
        let mut last = String::new();
        wait::until_true(&format!("{text:?} in tmux"), || {
            last = self.run(&["capture-pane", "-p"]);
            last.contains(text)
        });
    }

    fn keys(&self, keys: &[&str]) {
        keys.iter().for_each(|key| drop(self.run(&["send-keys", key])));
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn in_tmux_it_looks_the_same_and_releases_by_the_same_word() {
    if Command::new("tmux").arg("-V").output().is_err() {
        let required = std::env::var_os("HOLDPOINT_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
        assert!(!required, "tmux is not installed");
        eprintln!("skipped: tmux is not installed");
        return;
    }
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    for (number, terminal) in ["tmux-256color", "screen"].into_iter().enumerate() {
        let mut wire = agent(&server, &tape, "/posts", terminal);
        held(&server, 1);
        std::fs::write(server.dir().join("tmux.conf"), format!("set -g default-terminal {terminal}\n"))
            .expect("ours");
        let tmux = Tmux { name: format!("holdpoint-{}-{number}", std::process::id()), server: &server };
        let like = server.command(&["console"]);
        let mut start =
            vec!["new-session".to_owned(), "-d".into(), "-x".into(), "80".into(), "-y".into(), "24".into()];
        for (name, value) in like.get_envs() {
            if let Some(value) = value {
                start
                    .extend(["-e".into(), format!("{}={}", name.to_string_lossy(), value.to_string_lossy())]);
            }
        }
        start.push(like.get_program().to_string_lossy().into_owned());
        start.extend(like.get_args().map(|argument| argument.to_string_lossy().into_owned()));
        tmux.run(&start.iter().map(String::as_str).collect::<Vec<_>>());
        tmux.wait("OPERATION AND HOST");
        tmux.wait("POST /posts");
        tmux.keys(&["Enter"]);
        tmux.wait("lines 1 to");
        let mut last = String::new();
        wait::until_true("the end of the request", || {
            let shown = tmux.run(&["capture-pane", "-p"]);
            if shown.contains("not displayed yet") && shown != last {
                tmux.keys(&["Space"]);
            }
            last = shown.clone();
            !shown.contains("not displayed yet") && shown.contains("end of the request")
        });
        // A window that is made narrow and wide again.
        tmux.run(&["resize-window", "-x", "40", "-y", "24"]);
        tmux.wait("v raw  ? q");
        tmux.run(&["resize-window", "-x", "80", "-y", "24"]);
        tmux.wait("? keys  q back");
        tmux.wait("x curl");
        // A question that is opened before the lines have come anew is taken away with them.
        wait::until_true("the question", || {
            let shown = tmux.run(&["capture-pane", "-p"]);
            if !shown.contains("Release ") {
                tmux.keys(&["a"]);
            }
            shown.contains("Type yes to release it")
        });
        tmux.keys(&["y", "e", "s"]);
        tmux.wait("> yes");
        tmux.keys(&["Enter"]);
        assert_eq!(wire.reply().status, 200, "{terminal}");
        tmux.wait("was released; the service answered 200");
    }
    assert_eq!(tape.mutations().len(), 2);
}
