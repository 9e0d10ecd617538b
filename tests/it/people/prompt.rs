//! The prompt of `serve`, end to end: the real binary on a terminal of its own (CASES AP-24, 25). What the prompt does
//! with every kind of typing is tested beside it; here an agent waits on a socket and bytes leave, or do not.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// `holdpoint serve` on a terminal, and the person before it.
pub struct Desk {
    pub server: Server,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<Vec<u8>>>,
    terminal: Option<Box<dyn MasterPty + Send>>,
    /// The reader lets go of the terminal after what it reads next.
    closing: Arc<AtomicBool>,
}

impl Desk {
    fn open() -> Self {
        Self::with(&Plan::new())
    }

    pub fn with(plan: &Plan) -> Self {
        let mut server = Server::prepare(plan);
        server.environment("LC_ALL", "C.UTF-8");
        server.environment("TERM", "xterm");
        let like = server.command(&["serve"]);
        let mut command = CommandBuilder::new(like.get_program());
        command.args(like.get_args());
        command.cwd(server.dir());
        like.get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .for_each(|(name, value)| command.env(name, value));
        let pair = native_pty_system().openpty(PtySize::default()).expect("a terminal");
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        let mut reader = pair.master.try_clone_reader().expect("its screen");
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        let closing = Arc::new(AtomicBool::new(false));
        let is_closing = Arc::clone(&closing);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                shown.lock().unwrap().extend_from_slice(&piece[..count]);
                if is_closing.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().expect("its keyboard");
        let desk = Self { server, child, keyboard, screen, terminal: Some(pair.master), closing };
        wait::until_true("holdpoint to listen", || desk.server.dir().join("state/proxy.addr").exists());
        desk
    }

    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Closes the window. The terminal hangs up once nobody holds this end of it, and the echo of a letter makes the
    /// reader let go.
    fn close_window(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        self.keyboard.write_all(b"y").expect("it can be typed on");
        self.keyboard = Box::new(std::io::sink());
        self.terminal = None;
    }

    /// Types this line again and again until it is true.
    fn types_until(&mut self, line: &str, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let mut last = Instant::now();
        wait::until(what, || {
            if last.elapsed() > Duration::from_millis(200) {
                let _ = self.keyboard.write_all(line.as_bytes());
                last = Instant::now();
            }
            done(self).then_some(())
        });
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A person reads the request on the terminal of `serve`, types yes, and exactly these bytes leave; a no goes back to the
/// agent with its reason; what was typed before the question does nothing.
#[test]
fn a_person_releases_and_refuses_on_the_terminal_of_serve() {
    let mut desk = Desk::open();
    let tape = Tape::plain();
    // Nothing is asked yet: these words answer no question.
    desk.keyboard.write_all(b"yes\nyes\n").expect("it can be typed on");
    let mut wire = Wire::open(desk.server.proxy());
    wire.send(post(&tape, "/posts", "", "{\"shown\":\"on the terminal\"}"));
    wait::until_true("the request on the screen", || {
        desk.shown().contains("on the terminal") && desk.shown().contains("/posts")
    });
    wait::until_true("the question", || desk.shown().contains("Enter leaves it held"));
    tape.assert_empty("type-ahead");
    desk.types_until("yes\n", "the release", |_| !tape.requests().is_empty());
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    let mut wire = Wire::open(desk.server.proxy());
    wire.send(post(&tape, "/posts", "", "{\"shown\":\"a second time\"}"));
    wait::until_true("the second request", || desk.shown().contains("a second time"));
    desk.types_until("no not on a Friday\n", "the denial", |desk| !desk.server.holds("denied").is_empty());
    let reply = wire.reply();
    reply.assert_problem("refused at the terminal", 403, "denied");
    assert!(reply.text().contains("not on a Friday"), "{}", reply.text());
    assert_eq!(tape.mutations().len(), 1);
    // Logs go to a file meanwhile, and the screen says where.
    assert!(desk.shown().contains("holdpoint.log"), "{}", desk.shown());
}

/// CASES AP-25: the terminal goes away, and nothing is approved by that.
#[test]
fn a_terminal_that_goes_away_decides_nothing() {
    let mut desk = Desk::open();
    let tape = Tape::plain();
    let mut wire = Wire::open(desk.server.proxy());
    wire.send(post(&tape, "/posts", "", "nobody is there"));
    wait::until_true("the question", || desk.shown().contains("Enter leaves it held"));
    let _ = desk.keyboard.write_all(b"\x04\x04");
    let held = desk.server.held();
    tape.assert_empty("the end of the input");
    desk.server.approve(&held);
    assert_eq!(wire.reply().status, 200);
}

/// CASES AP-25: the window is closed, and the log says that nobody is asked there any more.
#[test]
fn the_log_says_that_the_terminal_is_gone_and_how_holds_are_decided_now() {
    let mut desk = Desk::open();
    let tape = Tape::plain();
    let mut wire = Wire::open(desk.server.proxy());
    wire.send(post(&tape, "/posts", "", "nobody is there"));
    wait::until_true("the question", || desk.shown().contains("Enter leaves it held"));
    desk.close_window();
    let log = desk.server.dir().join("state/holdpoint.log");
    wait::until_true("the log to say so", || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        text.lines().any(|line| {
            line.contains("WARN")
                && line.contains("the prompt has ended: its terminal is gone")
                && line.contains("`holdpoint ls` and `holdpoint approve`")
        })
    });
    tape.assert_empty("the hang-up");
    let held = desk.server.held();
    desk.server.approve(&held);
    assert_eq!(wire.reply().status, 200);
}
