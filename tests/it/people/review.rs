//! `review` on a terminal, against a server elsewhere: two approvers, five agents, five hundred holds.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::binary::Server;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

const ALL: &str = "Enter leaves them held | ? helps]:";
const PAGE: &str = "Enter goes on, q stops --";

/// An approver before a terminal of 24 lines.
struct Reviewer {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<Vec<u8>>>,
    presses: usize,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Reviewer {
    fn sit_down(server: &Server, token: &str) -> Self {
        let like = server.command(&["review", "--server", &format!("http://{}", server.admin())]);
        let mut command = CommandBuilder::new(like.get_program());
        command.args(like.get_args());
        command.cwd(server.dir());
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        command.env("HOLDPOINT_TOKEN", token);
        command.env("LC_ALL", "C.UTF-8");
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        let mut reader = pair.master.try_clone_reader().expect("its screen");
        let screen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                shown.lock().unwrap().extend_from_slice(&piece[..count]);
            }
        });
        let keyboard = pair.master.take_writer().expect("its keyboard");
        Self { child, keyboard, screen, presses: 0, _terminal: pair.master }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).replace("\r\n", "\n")
    }

    fn count(&self, text: &str) -> usize {
        self.shown().matches(text).count()
    }

    fn wait_for(&self, text: &str, times: usize) {
        wait::until(&format!("{text} ({times}) on\n{}", self.shown()), || {
            (self.count(text) >= times).then_some(())
        });
    }

    fn press(&mut self, keys: &str) {
        self.presses += keys.len();
        self.keyboard.write_all(keys.as_bytes()).expect("it can be typed on");
    }

    /// Turns pages until the next question stands.
    fn read_to_the_question(&mut self) {
        let (questions, mut pages) = (self.count(ALL), self.count(PAGE));
        loop {
            // The page that stands there is turned; each turn brings another, or the question.
            wait::until("a page or a question", || {
                (self.count(ALL) > questions || self.count(PAGE) > pages || pages == 0).then_some(())
            });
            if self.count(ALL) > questions {
                return;
            }
            if self.count(PAGE) > pages {
                pages = self.count(PAGE);
                self.press("\n");
            }
        }
    }
}

impl Drop for Reviewer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(tape: &Tape, agent: &str, number: usize) -> String {
    use base64::Engine;
    let (authority, body) =
        (tape.authority(), format!("{{\"title\":\"answer {number}\",\"role\":\"user\"}}"));
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{agent}:token-of-{agent}"));
    format!(
        "POST http://{authority}/posts HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Basic {credentials}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An issue's figure: all approved in under 30 key presses, each by its exact id and digest, the page of each group on
/// screen before, on the smallest usual terminal; and the second of two approvers is told who was first.
#[test]
fn two_approvers_release_five_hundred_holds_of_five_agents_in_less_than_thirty_key_presses() {
    let agents = ["agent-a", "agent-b", "agent-c", "agent-d", "agent-e"];
    let mut plan =
        Plan::new().approver("ana", "token-of-ana", "oncall").approver("ben", "token-of-ben", "oncall");
    for agent in agents {
        plan = plan.agent(agent, &format!("token-of-{agent}"));
    }
    let mut server = Server::start(&plan.hold("wait", "\"300s\""));
    server.environment("HOLDPOINT_TOKEN", "token-of-ana");
    server.environment("HOLDPOINT_SERVER", &format!("http://{}", server.admin()));
    let tape = Tape::plain();
    let mut wires = Vec::new();
    for number in 0..500 {
        let mut wire = Wire::open(server.proxy());
        wire.send(post(&tape, agents[number % 5], number));
        wires.push(wire);
    }
    wait::until("500 holds", || (server.holds("held").len() == 500).then_some(()));
    let held = server.holds("held");

    let mut ben = Reviewer::sit_down(&server, "token-of-ben");
    ben.read_to_the_question();
    let mut ana = Reviewer::sit_down(&server, "token-of-ana");
    for group in 1..6 {
        ana.read_to_the_question();
        ana.press("a\n");
        ana.wait_for("100 requests released", group);
        if group == 1 {
            ben.wait_for("was released by ana meanwhile", 1);
        }
    }
    ana.wait_for("nothing more waits", 1);
    for wire in &mut wires {
        assert_eq!(wire.reply().status, 200);
    }
    let presses = ana.presses + ben.presses;
    println!("{presses} key presses: {} of ana's, {} of ben's", ana.presses, ben.presses);
    assert!(presses < 30, "{presses} key presses");
    // A whole digest is longer than a line of this terminal.
    let page = ana.shown().replace("\n           ", "");
    for hold in &held {
        let row = format!("{} {} ", hold.code, &hold.digest[7..19]);
        let first = format!("digest   {}", hold.digest);
        assert!(page.contains(&row) || page.contains(&first), "{row} was not on the screen");
    }
    assert_eq!(tape.mutations().len(), 500);
    let records = server.records();
    let decided: Vec<_> = records.iter().filter(|record| record["event"] == "decided").collect();
    assert_eq!(decided.len(), 500);
    for hold in &held {
        let of = decided.iter().find(|record| record["hold"] == hold.id.as_str()).expect("it is on record");
        assert_eq!(
            (of["digest"].as_str(), of["approver"].as_str()),
            (Some(hold.digest.as_str()), Some("ana"))
        );
    }
}
