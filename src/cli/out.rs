//! Printing that survives a reader who has left (`holdpoint ls | head`), and bytes that no terminal obeys.

use std::io::{self, IsTerminal, Write};

use crate::cli::Trouble;

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

/// A line to standard error; where nobody hears it, nothing can be done about that.
pub fn aside(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether a person looks at standard output.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}
