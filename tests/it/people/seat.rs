//! A person before a terminal on which a command of the real binary runs: what the command wrote is on a screen model
//! that answers as a terminal answers, and what the person types is typed on its keyboard.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::binary::Server;
use crate::prompt::screen::{Screen, Shown};
use crate::wait;

pub struct Seat {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Arc<Mutex<Box<dyn Write + Send>>>,
    screen: Arc<Screen>,
    terminal: Option<Box<dyn MasterPty + Send>>,
    /// The reader lets go of the terminal after what it reads next.
    closing: Arc<AtomicBool>,
}

impl Seat {
    /// A terminal that knows UTF-8 and colours.
    pub fn at(server: &Server, arguments: &[&str], (rows, columns): (u16, u16)) -> Self {
        Self::with(server, arguments, (rows, columns), &[("TERM", "xterm")])
    }

    /// The same, with these variables too.
    pub fn with(
        server: &Server,
        arguments: &[&str],
        (rows, columns): (u16, u16),
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command = server.command(arguments);
        command.env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR").envs(variables.iter().copied());
        Self::before(&command, (rows, columns))
    }

    /// Before any command, as it is.
    pub fn before(like: &Command, size: (u16, u16)) -> Self {
        Self::behind(like, size, 16 * 1024)
    }

    /// Behind a link that brings so many bytes at a time.
    pub fn behind(like: &Command, (rows, columns): (u16, u16), piece: usize) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).expect("a terminal");
        let child = pair.slave.spawn_command(for_terminal(like)).expect("it starts");
        drop(pair.slave);
        let screen = Arc::new(Screen::new(rows, columns));
        let keyboard = Arc::new(Mutex::new(pair.master.take_writer().expect("its keyboard")));
        let mut output = pair.master.try_clone_reader().expect("its screen");
        let closing = Arc::new(AtomicBool::new(false));
        std::thread::spawn({
            let (screen, keyboard, closing) = (screen.clone(), keyboard.clone(), closing.clone());
            move || {
                let mut piece = vec![0; piece];
                while let Ok(count @ 1..) = output.read(&mut piece) {
                    screen.feed(&piece[..count], &keyboard);
                    if closing.load(Ordering::SeqCst) {
                        return;
                    }
                }
            }
        });
        Self { child, keyboard, screen, terminal: Some(pair.master), closing }
    }

    pub fn type_line(&self, line: &str) {
        self.type_raw(format!("{line}\n").as_bytes());
    }

    pub fn type_raw(&self, bytes: &[u8]) {
        self.keyboard.lock().unwrap().write_all(bytes).expect("it can be typed on");
    }

    pub fn wait_for(&self, text: &str) {
        self.wait_for_times(text, 1);
    }

    /// Waits until a text has been written that often.
    pub fn wait_for_times(&self, text: &str, times: usize) {
        self.wait_until(&format!("{text} ({times})"), |shown| shown.count(text) >= times);
    }

    pub fn wait_until(&self, what: &str, condition: impl Fn(&Shown) -> bool) {
        self.screen.wait_until(what, condition);
    }

    /// How often a text was written.
    pub fn count(&self, text: &str) -> usize {
        self.screen.see(|shown| shown.count(text))
    }

    /// All that was ever written.
    pub fn text(&self) -> String {
        self.screen.see(Shown::text)
    }

    /// What stands on the screen now.
    pub fn contents(&self) -> String {
        self.screen.contents()
    }

    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    pub fn resize(&self, rows: u16, columns: u16) {
        self.screen.resize(rows, columns);
        self.terminal.as_ref().expect("it is there").resize(size(rows, columns)).expect("it is there");
    }

    /// Waits for the command's end.
    pub fn ended(&mut self) -> ExitStatus {
        wait::until("the command to end", || self.child.try_wait().expect("it is our child"))
    }

    /// Closes the window. The terminal hangs up once nobody holds this end of it, and the echo of what is half typed
    /// makes the reader let go.
    pub fn close_window(&mut self, half_typed: &str) {
        self.closing.store(true, Ordering::SeqCst);
        self.type_raw(half_typed.as_bytes());
        *self.keyboard.lock().unwrap() = Box::new(std::io::sink());
        self.terminal = None;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn for_terminal(like: &Command) -> CommandBuilder {
    let mut command = CommandBuilder::new(like.get_program());
    command.args(like.get_args());
    command.cwd(like.get_current_dir().expect("it has one"));
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    command
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
