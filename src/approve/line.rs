//! What a rendering is made of: lines of styled spans. A surface adds colour, the gutter and, on a screen, the
//! scrolling; it never looks into the text.
//!
//! Whatever an agent wrote stands behind a gutter, and no line of Holdpoint's own begins with one, so that a
//! request cannot speak with Holdpoint's voice (CASES AP-12).

use super::shown::{Charset, Counts};
use super::untrusted::unescape;
use crate::snapshot::Digest;

/// How a span is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Ordinary text.
    #[default]
    Plain,
    /// White space or a derived view that the request does not have, labels, remarks.
    Quiet,
    /// What names the hold, and what separates its parts.
    Title,
    /// What the approver must not miss.
    Warning,
}

/// What a span has to do with the request's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nothing: Holdpoint added it.
    #[default]
    No,
    /// It is the body's own bytes, as `Untrusted` shows them.
    Text,
    /// It is the body's own bytes in hexadecimal digits, blanks between them.
    Hex,
}

/// A run of text in one style, safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Without controls of any kind.
    pub text: String,
    /// How it is meant.
    pub style: Style,
    /// Whether it is the body's.
    pub source: Source,
}

/// What stands between Holdpoint's words and an agent's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gutter {
    /// A line of Holdpoint's own.
    #[default]
    None,
    /// An agent's line begins.
    Start,
    /// An agent's line was too long, and goes on here.
    Continued,
}

impl Gutter {
    /// As printed: two columns, three where terminals take the bar for a wide character.
    pub fn text(self, charset: Charset) -> &'static str {
        match (self, charset) {
            (Gutter::None, _) => "",
            (Gutter::Start, Charset::Utf8) => "│ ",
            (Gutter::Continued, Charset::Utf8) => "│+",
            (Gutter::Start, Charset::Ascii) => "| ",
            (Gutter::Continued, Charset::Ascii) => "|+",
        }
    }
}

/// One line, not wider than the options' width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Holdpoint's words before the gutter; never the agent's.
    pub label: String,
    /// Whether an agent's text follows.
    pub gutter: Gutter,
    /// The text.
    pub spans: Vec<Span>,
    /// The body has a line feed here.
    pub newline: bool,
}

impl Line {
    /// A line of Holdpoint's own.
    pub fn own(text: impl Into<String>, style: Style) -> Self {
        let spans = vec![Span { text: text.into(), style, source: Source::No }];
        Self { spans, ..Self::default() }
    }

    /// The text as printed, without colour.
    pub fn text(&self, charset: Charset) -> String {
        let mut out = self.label.clone();
        out.push_str(self.gutter.text(charset));
        self.spans.iter().for_each(|span| out.push_str(&span.text));
        out
    }
}

/// A hold made ready for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// In order.
    pub lines: Vec<Line>,
    /// What the terminal can show; the gutter must match it.
    pub charset: Charset,
    /// Characters of head and body (of the parts that were at hand) that hide or command.
    pub hidden: Counts,
    /// Some of the request was left out: releasing it asks for more than a yes.
    pub elided: bool,
    /// The digest of exactly what was rendered; `None` where it is not the hold's, or cannot be told: such a hold
    /// cannot be released from here.
    pub digest: Option<Digest>,
}

impl Rendering {
    /// The body's bytes that are on show, in order: the whole body where nothing was left out.
    pub fn source(&self) -> Vec<u8> {
        let (mut out, mut text) = (Vec::new(), String::new());
        for line in &self.lines {
            // An escape and the backslashes before it are read together, also where a line was broken.
            if line.gutter != Gutter::Continued {
                out.extend(unescape(&std::mem::take(&mut text)));
            }
            for span in &line.spans {
                match span.source {
                    Source::No => {}
                    Source::Text => text.push_str(&span.text),
                    Source::Hex => out.extend(
                        span.text.split(' ').filter_map(|digits| u8::from_str_radix(digits, 16).ok()),
                    ),
                }
            }
            if line.newline {
                out.extend(unescape(&std::mem::take(&mut text)));
                out.push(b'\n');
            }
        }
        out.extend(unescape(&text));
        out
    }
}
