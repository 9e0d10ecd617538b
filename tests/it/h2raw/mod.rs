//! HTTP/2 by hand: frames with header blocks of literals (no Huffman, no table), so that anything can be sent.
//! Read back is what the cases need: the status, the data, resets and the end. RFC 9113, RFC 7541.

mod hpack;

use std::collections::BTreeMap;

use crate::raw::Wire;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const GOAWAY: u8 = 7;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
const ACK: u8 = 1;
/// SETTINGS_HEADER_TABLE_SIZE and SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441).
const TABLE_SIZE: u16 = 1;
pub const ENABLE_CONNECT: u16 = 8;

/// What came of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub status: Option<u16>,
    pub body: Vec<u8>,
    /// The error code of a RST_STREAM.
    pub reset: Option<u32>,
    pub ended: bool,
}

impl Outcome {
    /// The `code` of a problem document.
    pub fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A connection that speaks HTTP/2.
pub struct Frames {
    wire: Wire,
    pub streams: BTreeMap<u32, Outcome>,
    /// The server's settings, in order.
    pub settings: Vec<(u16, u32)>,
    /// The error code of a GOAWAY.
    pub goaway: Option<u32>,
    pub closed: bool,
}

impl Frames {
    /// Sends the preface and settings that keep the answers' header blocks free of tables.
    pub fn start(mut wire: Wire) -> Self {
        wire.send(PREFACE);
        let mut frames =
            Self { wire, streams: BTreeMap::new(), settings: Vec::new(), goaway: None, closed: false };
        let mut payload = TABLE_SIZE.to_be_bytes().to_vec();
        payload.extend_from_slice(&0u32.to_be_bytes());
        frames.frame(SETTINGS, 0, 0, &payload);
        frames
    }

    /// Any frame.
    pub fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend_from_slice(&[kind, flags]);
        bytes.extend_from_slice(&stream.to_be_bytes());
        bytes.extend_from_slice(payload);
        self.wire.send(bytes);
    }

    /// A HEADERS frame with this block; `end`: no body follows.
    pub fn headers(&mut self, stream: u32, fields: &[(&[u8], &[u8])], end: bool) {
        let flags = END_HEADERS | if end { END_STREAM } else { 0 };
        self.frame(HEADERS, flags, stream, &hpack::block(fields));
    }

    /// The last DATA frame of a stream.
    pub fn data(&mut self, stream: u32, bytes: &[u8]) {
        self.frame(DATA, END_STREAM, stream, bytes);
    }

    /// Reads until the stream has ended, was reset, or the connection is over.
    pub fn outcome(&mut self, stream: u32) -> Outcome {
        loop {
            let state = self.streams.get(&stream).cloned().unwrap_or_default();
            if state.ended || state.reset.is_some() || self.closed {
                return state;
            }
            self.read_frame();
        }
    }

    /// Reads until the server's settings are there.
    pub fn settings(&mut self) -> Vec<(u16, u32)> {
        while self.settings.is_empty() && !self.closed {
            self.read_frame();
        }
        self.settings.clone()
    }

    fn fill(&mut self, count: usize) -> bool {
        while self.wire.pending().len() < count {
            match self.wire.read_more() {
                Ok(true) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("the connection stayed open and silent; streams: {:?}", self.streams)
                }
                Ok(false) | Err(_) => return false,
            }
        }
        true
    }

    fn read_frame(&mut self) {
        if !self.fill(9) {
            self.closed = true;
            return;
        }
        let head = self.wire.take(9);
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if !self.fill(length) {
            self.closed = true;
            return;
        }
        let payload = self.wire.take(length);
        self.take_in(kind, flags, stream, &payload);
    }

    fn take_in(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        match kind {
            SETTINGS if flags & ACK == 0 => {
                for entry in payload.chunks_exact(6) {
                    let name = u16::from_be_bytes([entry[0], entry[1]]);
                    self.settings.push((name, number(&entry[2..])));
                }
                self.frame(SETTINGS, ACK, 0, &[]);
            }
            GOAWAY => self.goaway = Some(number(&payload[4..])),
            RST_STREAM => self.streams.entry(stream).or_default().reset = Some(number(payload)),
            HEADERS | DATA => {
                let state = self.streams.entry(stream).or_default();
                if kind == HEADERS && state.status.is_none() {
                    state.status = hpack::status(payload).filter(|status| *status >= 200);
                }
                if kind == DATA {
                    state.body.extend_from_slice(payload);
                }
                state.ended |= flags & END_STREAM != 0;
            }
            _ => {}
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
