//! The strict reader: lies between the decrypted stream and hyper, and lets through only what can be read in one
//! way. hyper folds repeated lengths, drops fragments, hides `Content-Length` beside `Transfer-Encoding` and finds
//! bad chunks after the service was called; so nothing reaches it unchecked (CASES group FR).
//!
//! One exchange at a time. A head passes whole, with exactly its body behind it; a chunked body is framed anew.
//! While the exchange runs the reader goes on reading, up to `limits::READ_AHEAD_MAX`, and gives hyper nothing, so
//! that nothing is parsed out of turn and an agent that leaves is seen at once. Then it waits for the gate's word:
//!
//! ```text
//!            ┌────────────────── over, and flushed ──────────────────┐
//!            v                                                       │
//!   ──────> Head ── good ──> (head and body pass) ──────────────> Busy ── tunnel ──> Tunnel
//!            │  │                     │ bad chunk                    │
//!        bad │  │ idle, left          v                              │ left; over after HTTP/1.0
//!            v  v                   Fault ──> Over <────────────────┘
//!        Refused ──> Over           (InvalidData)
//! ```
//!
//! A bad head is answered by the reader itself (the upper floor writes the text): hyper only sees the end of the
//! stream. The answer is written from `poll_read`, not left to hyper's shutdown, because after a refused CONNECT
//! hyper ends a connection without one. While an exchange is busy the gate may have interim responses written, which
//! hyper cannot send (`writing`).

mod writing;

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::Version;
use hyper::server::conn::http1;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::code::Code;
use crate::limits;
use crate::parse::chunk::{Chunks, Framed};
use crate::parse::closing::Closing;
use crate::parse::fields::Wire;
use crate::parse::line::{Shared, Word};
use crate::parse::scan::{Found, Scan};
use crate::parse::timer::Timer;
use crate::parse::{Framing, Line, RawHead, Refusal};

/// Makes the whole HTTP/1.1 answer to a bad head, with `connection: close`, and puts the refusal on record.
pub type Refuser = Arc<dyn Fn(&Refusal) -> Vec<u8> + Send + Sync>;

/// hyper's settings under which everything that the reader lets through is taken. Its own limit of 100 fields
/// would answer for itself.
pub fn server() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.half_close(false).max_buf_size(limits::HTTP1_BUFFER).max_headers(limits::FIELDS_MAX);
    builder
}

const _: () = assert!(limits::HEAD_BYTES_MAX <= limits::READ_AHEAD_MAX, "a whole head fits into the buffer");
const _: () = assert!(limits::HEAD_BYTES_MAX < limits::HTTP1_BUFFER, "a whole head fits into hyper's buffer");

/// How long the reader waits; the defaults are those of `limits`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub head: Duration,
    pub idle: Duration,
    pub linger: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { head: limits::HEAD_WAIT, idle: limits::IDLE_WAIT, linger: limits::LINGER_WAIT }
    }
}

/// The reader around a stream.
pub struct Strict<S> {
    io: S,
    /// What was read of the stream and not passed on.
    inbox: BytesMut,
    /// Framing of our own that goes to hyper next.
    out: Bytes,
    /// Bytes of the stream that go to hyper as they are, behind `out`.
    clear: u64,
    stage: Stage,
    scan: Scan,
    /// The agent has ended its half.
    left: bool,
    /// The exchange is HTTP/1.0: its connection is not kept (CASES FR-05, FR-30).
    last: bool,
    waits: Waits,
    timer: Timer,
    closing: Option<Closing>,
    refuse: Refuser,
    /// What is left to write of an interim response.
    interim: &'static [u8],
    /// All that was written was flushed, and was whole messages.
    settled: bool,
    shared: Arc<Shared>,
    _ending: Ending,
}

/// See the drawing above.
enum Stage {
    Head { until: Instant, begun: bool },
    Chunks(Chunks),
    Busy,
    Fault(io::Error),
    Refused,
    Over,
    Tunnel,
}

/// What a step did.
enum Step {
    /// Something; look again.
    Again,
    /// Nothing more comes.
    End,
}

/// Tells those who wait for an answer to leave that the connection has ended.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    /// Puts the reader around a stream. `prefix` was read of it already. Made within a runtime.
    pub fn new(io: S, prefix: Bytes, refuse: Refuser) -> (Self, Line) {
        Self::with_waits(io, prefix, refuse, Waits::default())
    }

    pub(super) fn with_waits(io: S, prefix: Bytes, refuse: Refuser, waits: Waits) -> (Self, Line) {
        let shared = Shared::new();
        let line = Line(shared.clone());
        let strict = Self {
            io,
            inbox: BytesMut::from(&prefix[..]),
            out: Bytes::new(),
            clear: 0,
            // The first head is waited for from the accept, as if it had begun.
            stage: Stage::Head { until: Instant::now() + waits.head, begun: true },
            scan: Scan::new(),
            left: false,
            last: false,
            waits,
            timer: Timer::new(),
            closing: None,
            refuse,
            interim: b"",
            settled: true,
            shared: shared.clone(),
            _ending: Ending(shared),
        };
        (strict, line)
    }

    /// Takes the stream back, with what was read ahead of it: the first bytes inside the tunnel.
    pub fn into_inner(self) -> (S, Bytes) {
        (self.io, self.inbox.freeze())
    }

    fn step(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Step> {
        if !self.out.is_empty() {
            let count = self.out.len().min(buf.remaining());
            buf.put_slice(&self.out.split_to(count));
            return Poll::Ready(Step::Again);
        }
        if self.clear > 0 {
            return self.pass(cx, buf);
        }
        match self.stage {
            Stage::Head { .. } => self.head(cx),
            Stage::Chunks(_) => self.chunks(cx),
            Stage::Busy => self.busy(cx),
            Stage::Refused => {
                if let Some(closing) = &mut self.closing {
                    ready!(closing.poll(&mut self.io, &mut self.timer, cx));
                }
                self.end()
            }
            Stage::Fault(_) | Stage::Over => Poll::Ready(Step::End),
            Stage::Tunnel => Poll::Pending,
        }
    }

    /// Passes on what may go to hyper as it is: from the inbox, else straight from the stream into hyper's buffer.
    fn pass(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Step> {
        let most = usize::try_from(self.clear).unwrap_or(usize::MAX).min(buf.remaining());
        let count = if !self.inbox.is_empty() {
            let count = most.min(self.inbox.len());
            buf.put_slice(&self.inbox[..count]);
            self.inbox.advance(count);
            count
        } else if self.left {
            0
        } else {
            match ready!(self.read_into(cx, buf, most)) {
                Ok(count) => count,
                Err(error) => return self.fail(error),
            }
        };
        self.clear -= count as u64;
        self.left |= count == 0;
        Poll::Ready(if count == 0 { Step::End } else { Step::Again })
    }

    fn read_into(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let io = Pin::new(&mut self.io);
        if most == buf.remaining() {
            let before = buf.filled().len();
            ready!(io.poll_read(cx, buf))?;
            return Poll::Ready(Ok(buf.filled().len() - before));
        }
        // The next byte belongs to nobody yet: hyper must not get it.
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
        ready!(io.poll_read(cx, &mut part))?;
        let count = part.filled().len();
        buf.advance(count);
        Poll::Ready(Ok(count))
    }

    fn head(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        loop {
            match self.scan.feed(&self.inbox) {
                Ok(Some(found)) => return self.accept(found),
                Ok(None) => {}
                Err(refusal) => return self.refused(refusal),
            }
            match self.fill(cx) {
                Poll::Ready(Ok(0)) => return self.end(),
                Poll::Ready(Ok(_)) => self.begin(),
                Poll::Ready(Err(error)) => return self.fail(error),
                Poll::Pending => {
                    let Stage::Head { until, begun } = self.stage else { return Poll::Pending };
                    ready!(self.timer.poll_at(cx, until));
                    return if begun { self.refused(too_slow()) } else { self.end() };
                }
            }
        }
    }

    /// The first byte of a head is there.
    fn begin(&mut self) {
        if let Stage::Head { until, begun: begun @ false } = &mut self.stage {
            *until = Instant::now() + self.waits.head;
            *begun = true;
        }
    }

    fn accept(&mut self, found: Found) -> Poll<Step> {
        self.last = found.wire == Wire::Http10;
        self.shared.begin(RawHead {
            method: Bytes::copy_from_slice(&self.inbox[found.method]),
            target: Bytes::copy_from_slice(&self.inbox[found.target]),
            version: if self.last { Version::HTTP_10 } else { Version::HTTP_11 },
        });
        self.inbox.advance(found.start);
        self.clear = (found.end - found.start) as u64;
        self.stage = match found.framing {
            Framing::Unknown => Stage::Chunks(Chunks::new()),
            Framing::None => Stage::Busy,
            Framing::Length(length) => {
                self.clear += length;
                Stage::Busy
            }
        };
        self.scan.restart();
        Poll::Ready(Step::Again)
    }

    fn chunks(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if self.inbox.is_empty() {
            match ready!(self.fill(cx)) {
                Ok(0) => return Poll::Ready(Step::End),
                Ok(_) => {}
                Err(error) => return self.fail(error),
            }
        }
        let Stage::Chunks(chunks) = &mut self.stage else { return Poll::Ready(Step::Again) };
        match chunks.feed(&self.inbox) {
            Err(error) => return self.fail(error),
            Ok((used, framed)) => {
                self.inbox.advance(used);
                match framed {
                    Framed::Chunk(size) => {
                        self.out = Bytes::from(format!("{size:x}\r\n"));
                        self.clear = size;
                    }
                    Framed::Close => self.out = Bytes::from_static(b"\r\n"),
                    Framed::End => {
                        self.out = Bytes::from_static(b"0\r\n\r\n");
                        self.stage = Stage::Busy;
                    }
                    Framed::More => {}
                }
            }
        }
        Poll::Ready(Step::Again)
    }

    /// The exchange runs, and all of its request has passed.
    fn busy(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        match self.shared.word(cx) {
            Word::Wait => {
                if let Err(error) = self.begin_interim(cx) {
                    return self.fail(error);
                }
            }
            // Its answer is being written: what the agent does now must not cut it off.
            Word::Over => return Poll::Pending,
            Word::Flushed if self.last => return self.end(),
            Word::Flushed => {
                let begun = !self.inbox.is_empty();
                let wait = if begun { self.waits.head } else { self.waits.idle };
                self.stage = Stage::Head { until: Instant::now() + wait, begun };
                return Poll::Ready(Step::Again);
            }
            Word::Tunnel => {
                self.stage = Stage::Tunnel;
                return Poll::Pending;
            }
        }
        while self.inbox.len() < limits::READ_AHEAD_MAX {
            match ready!(self.fill(cx)) {
                Ok(0) => return Poll::Ready(Step::End),
                Ok(_) => {}
                Err(error) => return self.fail(error),
            }
        }
        // The buffer is full: the rest waits in the kernel until the exchange is over.
        Poll::Pending
    }

    /// Reads some bytes into the inbox; zero when the agent has ended its half.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let room = limits::READ_AHEAD_MAX.saturating_sub(self.inbox.len()).min(limits::READ_STEP);
        if self.left || room == 0 {
            return Poll::Ready(Ok(0));
        }
        if self.inbox.capacity() - self.inbox.len() < room / 8 {
            self.inbox.reserve(room);
        }
        let mut space = (&mut self.inbox).limit(room);
        let count = ready!(pin!(self.io.read_buf(&mut space)).poll(cx))?;
        self.left = count == 0;
        Poll::Ready(Ok(count))
    }

    fn refused(&mut self, refusal: Refusal) -> Poll<Step> {
        self.closing = Some(Closing::answering((self.refuse)(&refusal), self.waits.linger));
        self.stage = Stage::Refused;
        Poll::Ready(Step::Again)
    }

    fn fail(&mut self, error: io::Error) -> Poll<Step> {
        self.stage = Stage::Fault(error);
        self.clear = 0;
        Poll::Ready(Step::End)
    }

    fn end(&mut self) -> Poll<Step> {
        self.stage = Stage::Over;
        Poll::Ready(Step::End)
    }

    /// Whether something of the agent's is, or will be, unread when the connection ends now.
    fn unread(&mut self, cx: &mut Context<'_>) -> bool {
        if self.left {
            return false;
        }
        let known = self.clear > 0
            || !self.inbox.is_empty()
            || matches!(self.stage, Stage::Chunks(_) | Stage::Fault(_) | Stage::Over);
        known || matches!(self.fill(cx), Poll::Ready(Ok(1..)))
    }
}

fn too_slow() -> Refusal {
    Refusal::new(Code::RequestTimeout, "the request head was not whole in 15 seconds")
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Strict<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        while buf.remaining() > 0 {
            let step = this.step(cx, buf);
            let passed = buf.filled().len() > before;
            match step {
                // A request that has passed whole is hyper's turn now.
                Poll::Ready(Step::Again) if passed && this.passed_whole() => break,
                Poll::Ready(Step::Again) => {}
                Poll::Ready(Step::End) if passed => break,
                Poll::Ready(Step::End) => return Poll::Ready(this.take_fault()),
                Poll::Pending if passed => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S> Strict<S> {
    fn passed_whole(&self) -> bool {
        self.out.is_empty() && self.clear == 0 && matches!(self.stage, Stage::Busy)
    }

    fn take_fault(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Fault(error) => Err(error),
            stage => {
                self.stage = stage;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
#[path = "strict_tests/mod.rs"]
mod tests;
