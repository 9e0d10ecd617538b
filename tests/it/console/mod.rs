//! `console` on a terminal, against the real binary, with real agents that wait.

mod attacks;
mod boxes;
mod changing;
mod deciding;
mod links;
mod many;
mod quorum;
mod standing;
mod together;

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

    /// At a window of so many rows and columns.
    pub fn sized(server: &Server, size: (u16, u16)) -> Self {
        let console = Self { seat: Seat::at(server, &["console"], size) };
        console.wait("held");
        console
    }

    /// What stands on the screen, row by row, without the blanks at their ends.
    pub fn rows(&self) -> String {
        self.seat.contents().lines().map(|row| row.trim_end().to_owned() + "\n").collect()
    }

    /// Waits until this does not stand on the screen any more.
    pub fn gone(&self, text: &str) {
        wait::until_true(&format!("{text:?} is gone"), || !self.seat.contents().contains(text));
    }

    /// Ends it.
    pub fn quit(&mut self) {
        self.keys("\x03");
        assert!(self.seat.ended().success());
    }

    /// Nothing was typed back, and every sequence is one of Holdpoint's own few.
    pub fn assert_tame(&self, case: &str) {
        let screen = self.seat.screen();
        assert_eq!(screen.answered(), 0, "{case}: the terminal was made to answer");
        let text = String::from_utf8(screen.bytes()).expect("UTF-8");
        let mut rest = text.as_str();
        while let Some(at) = rest.find('\x1b') {
            rest = &rest[at + 1..];
            let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).expect("a sequence ends");
            let own = rest.starts_with('[')
                && rest[1..end].bytes().all(|byte| byte.is_ascii_digit() || b";?".contains(&byte))
                && matches!(&rest[end..=end], "H" | "J" | "m" | "h" | "l");
            assert!(own, "{case}: a foreign sequence: {:?}", &rest[..=end]);
        }
        let wild = text.chars().find(|letter| letter.is_control() && !"\x1b\r\n".contains(*letter));
        assert_eq!(wild, None, "{case}: a control reached the terminal");
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
