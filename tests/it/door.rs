//! The doors of the proxy, for cases that must end alike at each of them: the listener itself, a tunnel in the
//! clear, a tunnel with TLS. A case is a template: `{T}` is the target up to its path, `{H}` the authority.

use std::io::Cursor;

use crate::house::House;
use crate::message::{Head, Reader};
use crate::raw::Wire;
use crate::reply::Reply;
use crate::tape::Tape;

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Explicit,
    Tunnel,
    Secure,
}

impl Door {
    pub const ALL: [Door; 3] = [Door::Explicit, Door::Tunnel, Door::Secure];

    /// A connection through this door to the upstream.
    pub fn open(self, house: &House, tape: &Tape) -> Wire {
        match self {
            Door::Explicit => house.open(),
            Door::Tunnel => Wire::tunnel(house.proxy(), &tape.authority()),
            Door::Secure => house.secure(tape),
        }
    }

    /// An upstream of the kind that this door leads to.
    pub fn tape(self, house: &House) -> Tape {
        if self == Door::Secure { house.tls_tape() } else { Tape::plain() }
    }

    /// The template, filled for this door.
    pub fn fill(self, template: &[u8], tape: &Tape) -> Vec<u8> {
        let target =
            if self == Door::Explicit { format!("http://{}", tape.authority()) } else { String::new() };
        let filled = replace(template, b"{T}", target.as_bytes());
        replace(&filled, b"{H}", tape.authority().as_bytes())
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// A read that would pass on its own: sent right behind a hostile message, it must never be seen.
pub const SENTINEL: &[u8] = b"GET {T}/sentinel HTTP/1.1\r\nHost: {H}\r\n\r\n";

/// What a case must end with: one of these codes.
pub const MALFORMED: &[(u16, &str)] = &[(400, "malformed")];
pub const NOT_SUPPORTED: &[(u16, &str)] = &[(501, "not_supported")];

/// Sends each message with a sentinel behind it through every door: one problem document, the connection ends,
/// and no byte went out.
pub fn refused(codes: &[(u16, &str)], cases: &[(&str, &[u8])]) {
    refused_at(&Door::ALL, codes, cases);
}

/// `refused`, at some doors.
pub fn refused_at(doors: &[Door], codes: &[(u16, &str)], cases: &[(&str, &[u8])]) {
    let house = House::new();
    let mut count = 0;
    for door in doors {
        let tape = door.tape(&house);
        for (case, template) in cases {
            let case = format!("{case} ({door:?})");
            let mut wire = door.open(&house, &tape);
            wire.send(door.fill(&[template, SENTINEL].concat(), &tape));
            let reply = only_reply(&wire.until_close(&case), &case);
            let code = reply.code();
            assert!(codes.contains(&(reply.status, code.as_str())), "{case}: {reply:?}");
            reply.assert_problem(&case, reply.status, &code);
            assert_eq!(reply.head.text("connection").as_deref(), Some("close"), "{case}: {reply:?}");
            tape.assert_empty(&case);
            count += 1;
        }
        assert!(tape.connections().is_empty(), "a refused request made a connection ({door:?})");
    }
    assert_eq!(house.holds().len(), 0, "a refused request became a hold");
    one_record_each(&house, count);
    house.close(&[]);
}

/// CASES AU-10, O2: each refusal is on record, once.
fn one_record_each(house: &House, count: usize) {
    crate::wait::until(&format!("{count} refusals on record"), || {
        let refused = house.events("refused").len();
        assert!(refused <= count, "{refused} records of {count} refusals");
        (refused == count).then_some(())
    });
}

/// The one answer that these bytes are.
pub fn only_reply(bytes: &[u8], case: &str) -> Reply {
    let mut stream = Cursor::new(bytes);
    let mut reader = Reader::new();
    let raw = reader.head(&mut stream).ok().flatten();
    let raw = raw.unwrap_or_else(|| panic!("{case}: no answer in {:?}", String::from_utf8_lossy(bytes)));
    let head = Head::parse(&raw).unwrap_or_else(|error| panic!("{case}: {error}"));
    let status = head.start[9..12].parse().expect("a status");
    let length: u64 = head.text("content-length").and_then(|digits| digits.parse().ok()).expect("a length");
    let mut body = Vec::new();
    let whole = reader.exactly(&mut stream, length, |piece| body.extend_from_slice(piece));
    assert!(whole.is_ok(), "{case}: the answer is cut");
    let rest = String::from_utf8_lossy(reader.rest()).into_owned();
    assert!(rest.is_empty(), "{case}: a second answer: {rest:?}");
    Reply { status, head, body, interim: Vec::new() }
}
