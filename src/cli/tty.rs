//! The terminal of the person at the command line: /dev/tty, whatever standard input and output are, so that a
//! pipe can neither answer (`yes | holdpoint approve …`) nor hide the question (CASES AP-25, AP-26).

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::Instant;

use rustix::termios::{QueueSelector, tcflush, tcgetwinsize};

use crate::limits;

/// The terminal.
pub struct Tty(File);

impl Tty {
    /// The controlling terminal, where there is one.
    pub fn open() -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).open("/dev/tty").map(Self)
    }

    /// For a `Screen` to write on.
    pub fn screen(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// Its columns.
    pub fn width(&self) -> usize {
        width_of(&self.0)
    }

    /// Throws away what was typed before the question could be read, and goes on doing so for
    /// `limits::PROMPT_DEAD` (CASES AP-24).
    pub fn forget_type_ahead(&self) -> io::Result<()> {
        let until = Instant::now() + limits::PROMPT_DEAD;
        tcflush(&self.0, QueueSelector::IFlush)?;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            std::thread::sleep(left);
        }
        Ok(tcflush(&self.0, QueueSelector::IFlush)?)
    }

    /// One line, without its end. `None` where the terminal is gone, or the line is no plain line: too long, not
    /// ended, or with control characters in it, as a terminal's own reports and pasted text have (CASES AP-04).
    pub fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() <= limits::PROMPT_ANSWER_MAX {
            if self.0.read(&mut byte).ok()? == 0 {
                return None;
            }
            if byte == *b"\n" {
                let text = String::from_utf8(line).ok()?;
                return (!text.chars().any(char::is_control)).then_some(text);
            }
            line.push(byte[0]);
        }
        None
    }
}

/// The columns of a terminal, or `limits::SHOWN_COLUMNS` where it is none.
pub fn width_of(file: impl AsFd) -> usize {
    match tcgetwinsize(file) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).min(limits::SHOWN_COLUMNS_MAX),
        _ => limits::SHOWN_COLUMNS,
    }
}
