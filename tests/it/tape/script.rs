//! What an upstream may do to a request: answer, misbehave, be slow, fall silent.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::Request;
use super::serve::reset;
use crate::wait;

/// Something that is shut until it is opened.
#[derive(Clone, Default)]
pub struct Latch(Arc<(Mutex<bool>, Condvar)>);

impl Latch {
    pub fn open(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let open = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shut = |open: &mut bool| !*open;
        drop(self.0.1.wait_timeout_while(open, wait::DEADLINE, shut));
    }
}

/// What happens to a connection before anybody reads a request from it.
pub enum Opening {
    Serve,
    /// Reads that many bytes, and resets.
    ResetAfter(usize),
}

/// What a request gets.
pub enum Answer {
    /// These bytes; the connection stays.
    Bytes(Vec<u8>),
    /// These bytes, and then the connection closes; none at all: closed before any answer.
    Last(Vec<u8>),
    /// A reset instead of an answer.
    Reset,
    /// The answer, once the latch is open.
    When(Latch, Box<Answer>),
    /// This status and that many bytes of body.
    Big(u64),
}

impl Answer {
    /// A whole answer with a body.
    pub fn status(status: u16, fields: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status} Word\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        Answer::Bytes([head.as_bytes(), body].concat())
    }

    /// The connection closes, and nobody answers.
    pub fn close() -> Self {
        Answer::Last(Vec::new())
    }

    /// An answer that promises more body than it has.
    pub fn cut() -> Self {
        Answer::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nonly this".to_vec())
    }

    /// This answer, once the latch is open.
    pub fn when(self, latch: &Latch) -> Self {
        Answer::When(latch.clone(), Box::new(self))
    }
}

/// The answer of an upstream that does what it is asked.
pub fn ok(request: &Request) -> Answer {
    if request.method == "HEAD" {
        return Answer::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n".to_vec());
    }
    Answer::status(200, &[("content-type", "text/plain")], b"ok\n")
}

/// Does it. `true`: the connection stays open for the next request.
pub(super) fn perform(answer: Answer, stream: &mut impl Write, socket: &TcpStream) -> io::Result<bool> {
    match answer {
        Answer::Bytes(bytes) => stream.write_all(&bytes).and_then(|()| stream.flush()).map(|()| true),
        Answer::Last(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            Ok(false)
        }
        Answer::Reset => reset(socket).map(|()| false),
        Answer::When(latch, answer) => {
            latch.pass();
            perform(*answer, stream, socket)
        }
        Answer::Big(length) => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n")?;
            let piece = vec![b'x'; 64 * 1024];
            let mut left = length;
            while left > 0 {
                let count = left.min(piece.len() as u64);
                stream.write_all(&piece[..count as usize])?;
                left -= count;
            }
            stream.flush().map(|()| true)
        }
    }
}
