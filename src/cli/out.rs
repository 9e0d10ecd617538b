//! Printing that survives a reader who has left (`holdpoint ls | head`), and bytes that no terminal obeys.

use std::io::{self, IsTerminal, Write};

use rustix::termios::tcgetwinsize;

use crate::cli::Trouble;
use crate::limits;

/// Prints a text to standard output.
pub fn say(text: &str) -> Result<(), Trouble> {
    bytes(text.as_bytes())
}

/// Writes bytes to standard output as they are. A reader who has left has seen what they wanted.
pub fn bytes(bytes: &[u8]) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Trouble::Failed(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes to standard output what a command makes bit by bit; its code is 0 where all is well, and it has said what
/// is not.
pub fn stream(command: impl FnOnce(&mut dyn Write) -> io::Result<u8>) -> Result<(), Trouble> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command(&mut out).and_then(|code| out.flush().map(|()| code)) {
        Ok(0) => Ok(()),
        Ok(code) => Err(Trouble::Said(code)),
        // The reader has left, and has what they wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Trouble::Failed(format!("standard output: {error}"))),
    }
}

/// A line to standard error; where nobody hears it, nothing can be done about that.
pub fn aside(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether a person looks at standard output.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The columns of the terminal that standard output is, or `limits::SHOWN_COLUMNS` where it is none.
pub fn columns() -> usize {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col).min(limits::SHOWN_COLUMNS_MAX),
        _ => limits::SHOWN_COLUMNS,
    }
}
