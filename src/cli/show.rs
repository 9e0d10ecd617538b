//! `show`: one hold, whole, as people read it; or its JSON, its bytes, its body. Bytes go as they are into a file
//! or a pipe, and through the printer for untrusted text onto a terminal, which would obey them (CASES AP-01).

use crate::admin::json;
use crate::approve::{Charset, Look, Untrusted, plain};
use crate::cli::args::Show;
use crate::cli::client::Client;
use crate::cli::hold::{AT_ONCE, check_name, rendering};
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, out};
use crate::hold::HoldView;
use crate::limits;

/// Shows.
pub async fn run(place: &Place, asked: Show) -> Done {
    check_name(&asked.hold)?;
    let client = Client::find(place)?;
    let path = format!("/v1/holds/{}", asked.hold);
    if asked.json {
        let view: HoldView = client.get_json(&path).await?;
        return out::say(&(json::text(&view) + "\n"));
    }
    if asked.raw || asked.body {
        return bytes(&client, &format!("{path}/{}", if asked.raw { "raw" } else { "body" })).await;
    }
    let look = Look::here();
    let rendering = rendering(&client, &asked.hold, out::columns(), look.charset).await?;
    let mut page = Vec::new();
    let made = plain(&rendering, look.colour && out::is_terminal(), &mut page);
    made.map_err(|error| Trouble::Failed(error.to_string()))?;
    out::bytes(&page)
}

/// Piece by piece, so that size does not matter. An answer that breaks off makes the command fail.
async fn bytes(client: &Client, path: &str) -> Done {
    let answer = client.get(path, None, AT_ONCE).await?;
    let mut answer = answer.ok_or_else(|| Trouble::Failed("the server has nothing to show".into()))?;
    let mut printer = out::is_terminal().then(|| Printer::new(Look::here().charset));
    while let Some(piece) = answer.piece().await? {
        match &mut printer {
            Some(printer) => out::say(&printer.feed(&piece))?,
            None => out::bytes(&piece)?,
        }
    }
    match printer {
        Some(printer) => out::say(&printer.end()),
        None => Ok(()),
    }
}

/// Makes lines of bytes safe for a terminal. A line is held until it ends, or has become very long.
struct Printer {
    charset: Charset,
    line: Vec<u8>,
}

impl Printer {
    fn new(charset: Charset) -> Self {
        Self { charset, line: Vec::new() }
    }

    fn feed(&mut self, piece: &[u8]) -> String {
        let mut out = String::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.pop_if(|byte| *byte == b'\n').is_some() {
                out.push_str(&self.take());
                out.push('\n');
            } else if self.line.len() >= limits::PIECE_BYTES {
                out.push_str(&self.take());
            }
        }
        out
    }

    fn take(&mut self) -> String {
        Untrusted::from(&std::mem::take(&mut self.line)).show(self.charset).text
    }

    /// The rest; a terminal's next prompt begins on a line of its own.
    fn end(mut self) -> String {
        match self.take() {
            rest if rest.is_empty() => rest,
            rest => rest + "\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES AP-01, AP-02
    #[test]
    fn on_a_terminal_bytes_are_shown_and_never_obeyed_however_they_are_cut() {
        let bytes = b"POST / HTTP/1.1\r\n\x1b]0;owned\x07\n\x9b2J caf\xc3\xa9";
        let expected = "POST / HTTP/1.1\\x0d\n\\x1b]0;owned\\x07\n\\x9b2J caf\u{e9}\n";
        for cut in 0..bytes.len() {
            let mut printer = Printer::new(Charset::Utf8);
            let shown = printer.feed(&bytes[..cut]) + &printer.feed(&bytes[cut..]) + &printer.end();
            assert_eq!(shown, expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_end_does_not_grow_without_bound() {
        let mut printer = Printer::new(Charset::Utf8);
        for _ in 0..4 {
            printer.feed(&[b'x'; limits::PIECE_BYTES]);
            assert!(printer.line.len() < limits::PIECE_BYTES);
        }
    }
}
