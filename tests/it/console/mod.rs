//! `console` on a terminal, against the real binary, with real agents that wait.

mod attacks;
mod deciding;
mod standing;

use crate::binary::Server;
use crate::people::seat::Seat;
use crate::person::post;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// A person at the console, at the smallest usual terminal.
pub struct Console {
    seat: Seat,
}

impl Console {
    pub fn at(server: &Server) -> Self {
        let console = Self { seat: Seat::at(server, &["console"], (24, 80)) };
        console.wait("held");
        console
    }

    /// Waits until this stands on the screen.
    pub fn wait(&self, text: &str) {
        let mut last = String::new();
        let shown = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait::until_true(&format!("{text:?} on the screen"), || {
                last = self.seat.contents();
                last.contains(text)
            });
        }));
        assert!(shown.is_ok(), "{text:?} did not come to stand on the screen:\n{last}");
    }

    /// Types it in one write.
    pub fn keys(&self, keys: &str) {
        self.seat.type_raw(keys.as_bytes());
    }

    /// Reads what is on the screen to its end, page by page.
    pub fn read(&self) {
        self.wait("lines 1 to");
        let mut shown = self.seat.contents();
        while shown.contains("not displayed yet") {
            self.keys(" ");
            wait::until_true("the next page", || self.seat.contents() != shown);
            shown = self.seat.contents();
        }
    }

    /// Answers a question that stands there: the word, and when it stands there too, Enter.
    pub fn answer(&self, question: &str, word: &str) {
        self.wait(question);
        self.keys(word);
        self.wait(&format!("> {word}"));
        self.keys("\r");
    }
}

/// An agent that waits.
pub fn agent(server: &Server, tape: &Tape, path: &str, body: &str) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, path, "Content-Type: text/plain\r\n", body));
    wire
}

/// Waits until so many are held.
pub fn held(server: &Server, count: usize) {
    wait::until_true("they are held", || server.holds("held").len() == count);
}
