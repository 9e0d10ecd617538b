//! The events of a server's stream as they go by (https://html.spec.whatwg.org/multipage/server-sent-events.html): each
//! is known when its blank line comes, so that a stream that never ends is heard all the same. Only `data` is kept,
//! and of an event that is too long nothing.

use crate::limits::MCP_ANSWER_BYTES_MAX;

/// An event stream under way.
#[derive(Debug, Default)]
pub struct Events {
    /// The line so far.
    line: Vec<u8>,
    /// The event's data so far.
    data: Vec<u8>,
    /// The line has a byte, kept or not.
    has_line: bool,
    /// The event is too long: the rest of it is passed over.
    over: bool,
    /// A CR has ended the last line: a LF that follows belongs to it.
    after_cr: bool,
    /// An event went by that was too long.
    lost: bool,
}

impl Events {
    /// Some more bytes. `take` is called with the data of each event that ends in them.
    pub fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            self.add(&rest[..at]);
            self.end_line(&mut take);
            let cr = rest[at] == b'\r';
            rest = &rest[at + 1..];
            if cr {
                self.after_cr = rest.is_empty();
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
        }
        self.add(rest);
    }

    /// The end of the stream. Some clients take an event that its blank line does not end.
    pub fn end(mut self, mut take: impl FnMut(&[u8])) -> bool {
        self.end_line(&mut take);
        self.end_line(&mut take);
        self.lost
    }

    fn add(&mut self, piece: &[u8]) {
        self.has_line |= !piece.is_empty();
        if self.over {
            return;
        }
        if self.line.len() + self.data.len() + piece.len() > MCP_ANSWER_BYTES_MAX {
            (self.line, self.data, self.over) = (Vec::new(), Vec::new(), true);
            return;
        }
        self.line.extend_from_slice(piece);
    }

    fn end_line(&mut self, take: &mut impl FnMut(&[u8])) {
        if !std::mem::take(&mut self.has_line) {
            self.end_event(take);
            return;
        }
        // A byte order mark may stand before the first line.
        let line = self.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.line);
        if let Some(data) = line.strip_prefix(b"data:") {
            self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
            self.data.push(b'\n');
        }
        self.line.clear();
    }

    fn end_event(&mut self, take: &mut impl FnMut(&[u8])) {
        self.lost |= std::mem::take(&mut self.over);
        if !self.data.is_empty() {
            take(&self.data);
            // What one event took is not kept for a stream that may be quiet for hours.
            self.data = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let (mut events, mut all) = (Events::default(), Vec::new());
        for piece in pieces {
            events.push(piece, |data| all.push(String::from_utf8_lossy(data).trim_end().to_owned()));
        }
        let before = all.len();
        let lost = events.end(|data| all.push(format!("end:{}", String::from_utf8_lossy(data).trim_end())));
        assert!(all.len() <= before + 1);
        (all, lost)
    }

    #[test]
    fn an_event_is_the_same_however_its_lines_end_and_wherever_it_is_cut() {
        let text = "\u{feff}: hello\r\nevent: message\r\ndata: {\"a\":\r\ndata:1}\r\n\r\ndata: 2\r\n\r\n";
        for ending in ["\r\n", "\n", "\r"] {
            let text = text.replace("\r\n", ending);
            for at in 0..text.len() {
                let (one, two) = text.as_bytes().split_at(at);
                assert_eq!(heard(&[one, two]).0, ["{\"a\":\n1}", "2"], "{ending:?} cut at {at}");
            }
        }
    }

    #[test]
    fn an_event_is_heard_at_its_blank_line_and_one_without_it_at_the_end() {
        assert_eq!(heard(&[b"data: 1\n\n", b"data: 2\n"]).0, ["1", "end:2"]);
        assert_eq!(heard(&[b"data: 1"]).0, ["end:1"]);
        assert_eq!(heard(&[b"date: 1\n\n", b"xdata: 2\n\n"]).0, [""; 0]);
    }

    #[test]
    fn of_an_event_that_is_too_long_nothing_is_kept_and_the_next_is_heard() {
        let long = vec![b'x'; MCP_ANSWER_BYTES_MAX];
        let (all, lost) = heard(&[b"data: ", &long, b"\n", &long, b"\n\n", b"data: 2\n\n"]);
        assert_eq!(all, ["2"]);
        assert!(lost);
        let (all, lost) = heard(&[b"data: ", &long[..MCP_ANSWER_BYTES_MAX - 6], b"\n\n"]);
        assert_eq!(all.len(), 1);
        assert!(!lost);
    }
}
