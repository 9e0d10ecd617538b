//! A terminal as a person sees it: an emulator behind a lock, with everything that was ever written to it.

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use std::io::Write;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use holdpoint::approve::print::has_only_own_sequences;

use super::PATIENCE;

const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What came out of the terminal's other end.
pub struct Screen {
    shown: Mutex<Shown>,
    news: Condvar,
}

/// Under the lock.
pub struct Shown {
    emulator: vt100::Parser<Bells>,
    bytes: Vec<u8>,
    answered: usize,
}

#[derive(Default)]
struct Bells(usize);

impl vt100::Callbacks for Bells {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0 += 1;
    }
}

impl Shown {
    /// What stands on the screen.
    pub fn contents(&self) -> String {
        self.emulator.screen().contents()
    }

    /// How often a text stands in all that was written.
    pub fn count(&self, text: &str) -> usize {
        self.text().matches(text).count()
    }

    /// All that was written, without colours, line ends as line feeds.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).replace("\r\n", "\n").replace('\x07', "");
        let mut out = String::new();
        let mut parts = text.split("\x1b[");
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            out.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
        }
        out
    }
}

impl Screen {
    /// An empty one.
    pub fn new(rows: u16, columns: u16) -> Self {
        let emulator = vt100::Parser::new_with_callbacks(rows, columns, 0, Bells::default());
        Self { shown: Mutex::new(Shown { emulator, bytes: Vec::new(), answered: 0 }), news: Condvar::new() }
    }

    /// Takes output, and answers what asks for an answer.
    pub fn feed(&self, bytes: &[u8], keyboard: &Mutex<Box<dyn Write + Send>>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.emulator.process(bytes);
        shown.bytes.extend_from_slice(bytes);
        for answer in answers(bytes) {
            shown.answered += 1;
            let _ = keyboard.lock().unwrap_or_else(PoisonError::into_inner).write_all(answer);
        }
        self.news.notify_all();
    }

    /// The window has another size now.
    pub fn resize(&self, rows: u16, columns: u16) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.emulator.screen_mut().set_size(rows, columns);
    }

    /// Looks once.
    pub fn see<T>(&self, look: impl FnOnce(&Shown) -> T) -> T {
        look(&self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a condition; fails with the screen when it does not come.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Shown) -> bool) {
        let (end, mut shown) = (Instant::now() + PATIENCE, self.shown.lock().unwrap());
        while !condition(&shown) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} did not come; all that was written:\n{}", shown.text());
            // Some conditions are the desk's and come without output: look again now and then.
            shown = self.news.wait_timeout(shown, left.min(LOOK_AGAIN)).unwrap().0;
        }
    }

    /// What stands on the screen now.
    pub fn contents(&self) -> String {
        self.see(|shown| shown.emulator.screen().contents())
    }

    /// How often it rang.
    pub fn bells(&self) -> usize {
        self.see(|shown| shown.emulator.callbacks().0)
    }

    /// Questions to the terminal that it answered.
    pub fn answered(&self) -> usize {
        self.see(|shown| shown.answered)
    }

    /// Every byte so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.see(|shown| shown.bytes.clone())
    }

    /// The terminal driver echoes what is typed with carets, so all else is the prompt's.
    pub fn assert_only_own_sequences(&self) {
        let text = String::from_utf8(self.bytes()).expect("UTF-8").replace("\r\n", "\n").replace('\x07', "");
        assert!(has_only_own_sequences(&text), "{text:?}");
    }
}

/// What a talkative terminal types in answer to some output.
pub fn answers(bytes: &[u8]) -> Vec<&'static [u8]> {
    const ANSWERS: &[(&[u8], &[u8])] = &[
        (b"\x1b[6n", b"\x1b[1;1R"),
        (b"\x1b[c", b"\x1b[?62c"),
        (b"\x1b[>c", b"\x1b[>0;1;0c"),
        (b"\x1bZ", b"\x1b[?62c"),
        (b"\x05", b"yes\n"),
        (b"\x1bP$q", b"\x1bP1$rm\x1b\\"),
        (b"\x1b[21t", b"\x1b]lyes\x1b\\"),
        (b"\x1b]10;?", b"\x1b]10;rgb:0/0/0\x07"),
    ];
    ANSWERS
        .iter()
        .filter(|(question, _)| bytes.windows(question.len()).any(|window| window == *question))
        .map(|(_, answer)| *answer)
        .collect()
}
