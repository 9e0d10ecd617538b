//! The terminal of the person: /dev/tty, whatever standard input and output are. Lines are edited by the terminal
//! itself (canonical mode), so nothing of its state is changed and nothing is to be put back after a crash.
//! Where there is none the prompt is refused, and what ends it (hang-up, a closed window) decides nothing
//! (CASES AP-25).

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::getpgrp;
use rustix::termios::{QueueSelector, isatty, tcflush, tcgetpgrp, tcgetwinsize};

use crate::limits::{self, PROMPT_TICK};

/// The most that one read takes; a terminal in canonical mode passes at most 4096 bytes as one line.
const READ_MAX: usize = 8 * 1024;

/// A terminal.
#[derive(Debug)]
pub struct Tty {
    file: File,
}

/// For what needs more of it than lines: a full screen.
impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The terminal has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// What came of waiting for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Ctrl-D on an empty line.
    End,
    /// A line, or what else one read gave.
    Line(Vec<u8>),
    /// Nothing, in this time.
    Nothing,
}

impl Tty {
    /// The controlling terminal of this process. The error says that there is none.
    pub fn open() -> Result<Self, String> {
        Self::at(Path::new("/dev/tty"))
    }

    /// A terminal by its path; anything else is refused.
    pub fn at(path: &Path) -> Result<Self, String> {
        let flags = (OFlags::NOCTTY | OFlags::CLOEXEC).bits() as i32;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags)
            .open(path)
            .map_err(|error| format!("{}: {error}; there is no terminal to ask on", path.display()))?;
        if !isatty(&file) {
            return Err(format!("{} is no terminal", path.display()));
        }
        Ok(Self { file })
    }

    /// Where to write.
    pub fn writer(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Columns and rows, as they are now.
    pub fn size(&self) -> (usize, usize) {
        match tcgetwinsize(&self.file) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
            _ => (80, 24),
        }
    }

    /// Columns for a hold: one stays free, because some terminals break a line that fills the last one. `None` where they
    /// are too few to ask anything.
    pub fn room(&self) -> Option<usize> {
        room(self.size().0)
    }

    /// Throws away what was typed and not read, half a line too.
    ///
    /// In the background it waits for the foreground: to flush from there would stop the whole process (SIGTTOU), and
    /// not to flush would take what was typed meanwhile for an answer.
    pub fn forget_input(&self) -> Result<(), Gone> {
        while !self.is_ours() {
            self.pause(PROMPT_TICK)?;
        }
        tcflush(&self.file, QueueSelector::IFlush).map_err(|_| Gone)
    }

    /// Whether something was typed that nobody has read.
    pub fn has_input(&self) -> Result<bool, Gone> {
        Ok(self.poll(PollFlags::IN, Duration::ZERO)?.contains(PollFlags::IN))
    }

    /// Lets time pass and hears nothing but a hang-up.
    pub fn pause(&self, wait: Duration) -> Result<(), Gone> {
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            self.poll(PollFlags::empty(), left)?;
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    /// Waits for a line, `wait` at the most; a signal ends the wait early.
    pub fn line(&self, wait: Duration) -> Result<Input, Gone> {
        if !self.is_ours() {
            // A read from the background would stop the whole process (SIGTTIN), and the proxy with it.
            self.pause(wait)?;
            return Ok(Input::Nothing);
        }
        if !self.poll(PollFlags::IN, wait)?.contains(PollFlags::IN) {
            return Ok(Input::Nothing);
        }
        let mut buffer = vec![0; READ_MAX];
        match (&self.file).read(&mut buffer) {
            Ok(0) => Ok(Input::End),
            Ok(length) => {
                buffer.truncate(length);
                Ok(Input::Line(buffer))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Input::Nothing),
            Err(_) => Err(Gone),
        }
    }

    /// Whether this process is in the foreground; a terminal that cannot say so has no background.
    fn is_ours(&self) -> bool {
        tcgetpgrp(&self.file).is_ok_and(|group| group == getpgrp()) || tcgetpgrp(&self.file).is_err()
    }

    fn poll(&self, events: PollFlags, wait: Duration) -> Result<PollFlags, Gone> {
        let mut fds = [PollFd::new(&self.file, events)];
        let timeout = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: wait.subsec_nanos().into() };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(PollFlags::empty()),
            Err(_) => return Err(Gone),
        }
        let found = fds[0].revents();
        if found.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(Gone);
        }
        Ok(found)
    }
}

fn room(columns: usize) -> Option<usize> {
    columns.checked_sub(1).filter(|width| *width >= limits::SHOWN_COLUMNS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_room_for_a_hold_from_one_column_more_than_the_least_page() {
        assert_eq!((room(limits::SHOWN_COLUMNS_MIN), room(0)), (None, None));
        assert_eq!(room(limits::SHOWN_COLUMNS_MIN + 1), Some(limits::SHOWN_COLUMNS_MIN));
    }

    /// CASES AP-25
    #[test]
    fn what_is_no_terminal_is_refused() {
        assert!(Tty::at(Path::new("/dev/null")).unwrap_err().contains("is no terminal"));
        assert!(
            Tty::at(Path::new("/nonexistent/tty")).unwrap_err().contains("there is no terminal to ask on")
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Tty::at(file.path()).is_err());
    }
}
