//! The one writer of everything that reaches a terminal, or a pipe. The only escape sequences it can write are its
//! own few colours; a control character that comes to it in a text, by whatever mistake, is shown as an escape
//! (CASES AP-01, 03, 04, 37). It never asks the terminal anything.

use std::io::{self, Write};

use super::line::{Line, Rendering, Style};
use super::shown::Charset;
use super::unicode::kind;
use super::untrusted::Untrusted;

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const LOUD: &str = "\x1b[1;33m";

/// How a surface looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Colours may be used.
    pub colour: bool,
    /// What can be shown.
    pub charset: Charset,
}

impl Look {
    /// What the environment of a terminal says. `NO_COLOR` counts where it is not empty (no-color.org), and the
    /// locale names its encoding as in `de_DE.UTF-8`; when unsure, no colour and ASCII.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_none_or(|term| term == "dumb");
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let encoding = locale.to_ascii_lowercase();
        let is_utf8 = encoding.contains("utf-8") || encoding.contains("utf8");
        let charset = if is_utf8 { Charset::Utf8 } else { Charset::Ascii };
        Self { colour: !dumb && set("NO_COLOR").is_none(), charset }
    }

    /// What this process's environment says.
    pub fn here() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }
}

/// Prints a rendering for the command line; as safe into a pipe as on a terminal.
pub fn plain(rendering: &Rendering, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut screen = Screen { out, look: Look { colour, charset: rendering.charset } };
    rendering.lines.iter().try_for_each(|line| screen.line(line))
}

/// A writer that cannot be made to write a command.
pub struct Screen<W> {
    out: W,
    look: Look,
}

impl<W: Write> Screen<W> {
    /// Takes a terminal, or a pipe.
    pub fn new(out: W, look: Look) -> Self {
        Self { out, look }
    }

    /// How it looks.
    pub fn look(&self) -> Look {
        self.look
    }

    /// One line of a rendering, in one write.
    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut text = String::new();
        self.push(&mut text, &line.label, Style::Quiet);
        self.push(&mut text, line.gutter.text(self.look.charset), Style::Quiet);
        line.spans.iter().for_each(|span| self.push(&mut text, &span.text, span.style));
        text.push('\n');
        self.write(&text)
    }

    /// A line of Holdpoint's own.
    pub fn say(&mut self, text: &str, style: Style) -> io::Result<()> {
        self.line(&Line::own(text, style))
    }

    /// A question: the cursor stays behind it.
    pub fn ask(&mut self, text: &str) -> io::Result<()> {
        let mut out = String::new();
        self.push(&mut out, text, Style::Title);
        out.push(' ');
        self.write(&out)
    }

    /// Rings, once.
    pub fn bell(&mut self) -> io::Result<()> {
        self.out.write_all(b"\x07")?;
        self.out.flush()
    }

    fn push(&self, out: &mut String, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let clean = self.clean(text);
        match style {
            Style::Plain => out.push_str(&clean),
            _ if !self.look.colour => out.push_str(&clean),
            style => {
                out.push_str(match style {
                    Style::Quiet => DIM,
                    Style::Warning => LOUD,
                    Style::Plain | Style::Title => BOLD,
                });
                out.push_str(&clean);
                out.push_str(RESET);
            }
        }
    }

    /// Text comes here shown already; what is left to do is for texts that were forgotten, and for Holdpoint's own
    /// few signs on a terminal without them.
    fn clean(&self, text: &str) -> String {
        let text = match self.look.charset {
            Charset::Utf8 => text.to_owned(),
            Charset::Ascii => text.replace('…', "..."),
        };
        let foreign = |character: char| self.look.charset == Charset::Ascii && !character.is_ascii();
        if text.chars().any(|character| kind(character).is_some() || foreign(character)) {
            return Untrusted::from(&text).show(self.look.charset).text;
        }
        text
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        debug_assert!(has_only_own_sequences(text), "a foreign sequence: {text:?}");
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// Whether every escape character begins one of our colours, and nothing else commands.
pub fn has_only_own_sequences(text: &str) -> bool {
    let mut rest = text.to_owned();
    for own in [RESET, LOUD, BOLD, DIM] {
        rest = rest.replace(own, "");
    }
    rest.chars().all(|character| character == '\n' || kind(character).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::line::{Gutter, Span};

    fn written(look: Look, line: &Line) -> String {
        let mut screen = Screen::new(Vec::new(), look);
        screen.line(line).unwrap();
        String::from_utf8(screen.out).unwrap()
    }

    /// CASES AP-01, AP-03, AP-04: also for a text that nobody made safe.
    #[test]
    fn a_command_in_a_text_is_shown_and_not_given() {
        let line = Line::own("a\x1b[6n\x05\u{9b}2J\nb", Style::Warning);
        let look = Look { colour: true, charset: Charset::Utf8 };
        assert_eq!(written(look, &line), "\x1b[1;33ma\\x1b[6n\\x05\\u{9b}2J\\x0ab\x1b[0m\n");
        assert!(!has_only_own_sequences("\x1b[6n"));
        assert!(!has_only_own_sequences("\x1b]0;title\x07"));
        assert!(!has_only_own_sequences("\x1b[1"));
    }

    /// CASES AP-02: on a terminal of one byte a letter even our own signs are ASCII.
    #[test]
    fn without_utf_8_every_byte_is_ascii() {
        let span = Span { text: "é…".into(), ..Span::default() };
        let line = Line { gutter: Gutter::Start, spans: vec![span], ..Line::default() };
        let look = Look { colour: false, charset: Charset::Ascii };
        assert_eq!(written(look, &line), "| \\u{e9}...\n");
    }

    #[test]
    fn colour_needs_a_terminal_that_can_and_a_person_who_wants_it() {
        let look = |pairs: &[(&str, &str)]| {
            Look::of(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(look(&[("TERM", "xterm")]).colour);
        assert!(look(&[("TERM", "xterm"), ("NO_COLOR", "")]).colour);
        assert!(!look(&[("TERM", "xterm"), ("NO_COLOR", "1")]).colour);
        assert!(!look(&[("TERM", "dumb")]).colour);
        assert!(!look(&[]).colour);
        assert_eq!(look(&[("LANG", "C.UTF-8")]).charset, Charset::Utf8);
        assert_eq!(look(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")]).charset, Charset::Ascii);
    }
}
