//! The terminal as a full screen: raw mode, the other screen, bracketed paste. Whatever way this ends, a panic too, it is
//! put back as it was.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use ratatui::Terminal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::approve::tty::Gone;
use crate::approve::{Look, Tty};
use crate::clock::Clock;
use crate::console::input::{Burst, Input};
use crate::console::paper::Paper;
use crate::limits::PROMPT_BURST;

/// The other screen, pastes marked as such.
const OPEN: &str = "\x1b[?1049h\x1b[?2004h\x1b[2J\x1b[?25l";
/// And back.
const CLOSE: &str = "\x1b[?2004l\x1b[?1049l\x1b[?25h";
/// One read takes this much; what comes together is one burst.
const READ_MAX: usize = 4096;

/// A terminal that is a full screen for as long as this lives.
pub struct Full<'a> {
    tty: &'a Tty,
    before: Termios,
    file: File,
    /// What is drawn on.
    pub screen: Terminal<Paper<File>>,
    input: Input,
}

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
pub enum Woken {
    /// Somebody typed.
    Keys(Burst),
    /// There is news, or time has passed.
    News,
}

impl<'a> Full<'a> {
    /// Takes the terminal.
    pub fn open(tty: &'a Tty, look: Look) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let file = tty.writer()?;
        let screen = Terminal::new(Paper::new(tty.writer()?, look.colour, size(tty)))?;
        let mut full = Self { tty, before, file, screen, input: Input::default() };
        full.take()?;
        Ok(full)
    }

    /// Takes it again, after somebody else had it.
    pub fn take(&mut self) -> io::Result<()> {
        let mut raw = self.before.clone();
        raw.make_raw();
        tcsetattr(self.tty, OptionalActions::Flush, &raw)?;
        self.file.write_all(OPEN.as_bytes())?;
        self.anew()
    }

    /// Gives it back, as it was; its modes also where nothing can be written to it.
    pub fn give_back(&mut self) -> io::Result<()> {
        let written = self.file.write_all(CLOSE.as_bytes());
        tcsetattr(self.tty, OptionalActions::Flush, &self.before)?;
        written
    }

    /// Gives it back for a text that is only read: what is typed meanwhile is not echoed into it.
    pub fn show_paper(&mut self) -> io::Result<()> {
        self.give_back()?;
        let mut silent = self.before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        Ok(tcsetattr(self.tty, OptionalActions::Flush, &silent)?)
    }

    /// The next drawing is whole, and of the size that the window has now.
    pub fn anew(&mut self) -> io::Result<()> {
        let size = size(self.tty);
        self.screen.backend_mut().resize(size);
        self.screen.autoresize()?;
        self.screen.clear()
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        size(self.tty)
    }

    /// Waits for keys or news, `wait` at the most.
    pub fn wait(&mut self, news: &OwnedFd, wait: Duration, clock: &Clock) -> Result<Woken, Gone> {
        if !is_ready(self.tty, Some(news), wait)? {
            return Ok(Woken::News);
        }
        let mut bytes = self.read()?;
        // What a terminal says by itself may come in pieces; a key that begins with an escape comes at once.
        while bytes.first() == Some(&0x1b)
            && is_ready(self.tty, None, PROMPT_BURST)?
            && bytes.len() < READ_MAX
        {
            bytes.extend(self.read()?);
        }
        Ok(Woken::Keys(self.input.burst(&bytes, clock.now().mono)))
    }

    fn read(&mut self) -> Result<Vec<u8>, Gone> {
        let mut buffer = vec![0; READ_MAX];
        match rustix::io::read(self.tty, &mut buffer) {
            Ok(0) => Err(Gone),
            Ok(length) => {
                buffer.truncate(length);
                Ok(buffer)
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Vec::new()),
            Err(_) => Err(Gone),
        }
    }
}

impl Drop for Full<'_> {
    fn drop(&mut self) {
        let _ = self.give_back();
    }
}

/// Whether something was typed. News end the wait too, and are left where they are.
fn is_ready(tty: &Tty, news: Option<&OwnedFd>, wait: Duration) -> Result<bool, Gone> {
    let timeout = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: wait.subsec_nanos().into() };
    let tty = tty.as_fd();
    let mut fds = vec![PollFd::new(&tty, PollFlags::IN)];
    fds.extend(news.map(|news| PollFd::new(news, PollFlags::IN)));
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return Ok(false),
        Err(_) => return Err(Gone),
    }
    let found = fds[0].revents();
    if found.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
        return Err(Gone);
    }
    Ok(found.contains(PollFlags::IN))
}

fn size(tty: &Tty) -> (u16, u16) {
    let (columns, rows) = tty.size();
    (columns.min(u16::MAX.into()) as u16, rows.min(u16::MAX.into()) as u16)
}
