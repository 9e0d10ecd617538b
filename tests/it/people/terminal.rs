//! Commands on a terminal of their own, with somebody at the keyboard; and commands without any.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::binary::Server;
use crate::wait;

/// What happens at the keyboard.
#[derive(Clone, Copy, Debug)]
pub enum Typing {
    Nothing,
    /// Typed before anything can have been asked; once the question is on the screen, the answer is no.
    Ahead(&'static [u8]),
    /// Typed again and again, until the command has ended.
    Again(&'static [u8]),
}

/// Runs a command on a terminal of 24 lines: whether it succeeded, and everything that it printed.
pub fn on_terminal(server: &Server, arguments: &[&str], typing: Typing) -> (bool, Vec<u8>) {
    on_terminal_of(PtySize::default(), server, arguments, typing)
}

/// The same on a terminal of this size.
pub fn on_terminal_of(size: PtySize, server: &Server, arguments: &[&str], typing: Typing) -> (bool, Vec<u8>) {
    let pair = native_pty_system().openpty(size).expect("a terminal");
    let mut writer = pair.master.take_writer().expect("its keyboard");
    let mut reader = pair.master.try_clone_reader().expect("its screen");
    if let Typing::Ahead(typed) = typing {
        writer.write_all(typed).expect("it can be typed on");
    }
    let mut child = pair.slave.spawn_command(for_terminal(server, arguments)).expect("the command starts");
    drop(pair.slave);
    let screen = Arc::new(Mutex::new(Vec::new()));
    let shown = Arc::clone(&screen);
    let reading = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        // The end of a terminal is an error on Linux.
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            shown.lock().unwrap().extend_from_slice(&piece[..count]);
        }
    });
    let mut last = Instant::now();
    let ended = wait::until("the command to end", || {
        let asked = String::from_utf8_lossy(&screen.lock().unwrap()).contains("To release it")
            || String::from_utf8_lossy(&screen.lock().unwrap()).contains("Release this request")
            || String::from_utf8_lossy(&screen.lock().unwrap()).contains("Put this in the place");
        let again = match typing {
            Typing::Nothing => &b""[..],
            Typing::Ahead(_) => b"no\n",
            Typing::Again(typed) => typed,
        };
        if asked && last.elapsed() > Duration::from_millis(100) {
            let _ = writer.write_all(again);
            last = Instant::now();
        }
        child.try_wait().expect("it is our child")
    });
    drop((writer, pair.master));
    reading.join().expect("the reader ends");
    let bytes = screen.lock().unwrap().clone();
    (ended.success(), bytes)
}

fn for_terminal(server: &Server, arguments: &[&str]) -> CommandBuilder {
    let like = server.command(arguments);
    let mut command = CommandBuilder::new(like.get_program());
    command.args(like.get_args());
    command.cwd(server.dir());
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    command
}

/// No byte that a terminal obeys, but line ends and Holdpoint's own colours.
pub fn assert_tame(case: &str, bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| panic!("{case}: not UTF-8"));
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\x1b') {
        let colour = rest[at..].strip_prefix("\x1b[").and_then(|tail| tail.split_once('m'));
        let plain =
            colour.is_some_and(|(codes, _)| codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'));
        assert!(plain, "{case}: an escape sequence reached the terminal: {:?}", &rest[at..]);
        rest = &rest[at + 1..];
    }
    let wild = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\x1b'))
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{e0000}'..='\u{e007f}' | '\u{feff}')
    };
    if let Some(letter) = text.chars().find(|letter| wild(*letter)) {
        panic!("{case}: {letter:?} reached the terminal in {text:?}");
    }
}

/// In a session of its own, so that no terminal of whoever runs the tests is found.
pub fn detached(command: &mut Command) -> &mut Command {
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let program = command.get_program().to_owned();
    let mut session = Command::new("setsid");
    session.arg("--wait").arg(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => session.env(name, value),
            None => session.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        session.current_dir(directory);
    }
    *command = session;
    command
}
