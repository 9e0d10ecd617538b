//! Ends a connection so that the agent sees the last answer. A socket that is closed while bytes lie unread in it
//! resets the connection, and a reset takes away what the agent has not read yet: so our half is shut down first,
//! and what still comes is thrown away, for a bounded time and a bounded number of bytes (RFC 9112 section 9.6).

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::limits;
use crate::parse::timer::Timer;

/// A connection that is being ended.
#[derive(Debug)]
pub struct Closing {
    answer: Vec<u8>,
    step: Step,
    linger: bool,
    left: usize,
    until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// This many bytes of the answer were written.
    Write(usize),
    Flush,
    Shutdown,
    Linger,
    Done,
}

impl Closing {
    /// Ends with an answer of our own, then lingers. All of it takes `wait` at the most.
    pub fn answering(answer: Vec<u8>, wait: Duration) -> Self {
        Self {
            answer,
            step: Step::Write(0),
            linger: true,
            left: limits::LINGER_BYTES_MAX,
            until: Instant::now() + wait,
        }
    }

    /// Ends behind hyper's last answer. `linger`: something of the agent's is, or will be, unread.
    pub fn orderly(linger: bool, wait: Duration) -> Self {
        Self { linger, ..Self::answering(Vec::new(), wait) }
    }

    /// Goes on; ready when the stream may be dropped. Errors end it too: there is nobody left to tell.
    pub fn poll<S>(&mut self, io: &mut S, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        while self.step != Step::Done {
            match self.poll_step(io, cx) {
                Poll::Ready(Some(next)) => self.step = next,
                Poll::Ready(None) => self.step = Step::Done,
                Poll::Pending => {
                    ready!(timer.poll_at(cx, self.until));
                    self.step = Step::Done;
                }
            }
        }
        Poll::Ready(())
    }

    fn poll_step<S>(&mut self, io: &mut S, cx: &mut Context<'_>) -> Poll<Option<Step>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let io = Pin::new(io);
        Poll::Ready(match self.step {
            Step::Write(sent) if sent < self.answer.len() => {
                let count = ready!(io.poll_write(cx, &self.answer[sent..])).ok();
                count.filter(|count| *count > 0).map(|count| Step::Write(sent + count))
            }
            Step::Write(_) => Some(Step::Flush),
            Step::Flush => ready!(io.poll_flush(cx)).ok().map(|()| Step::Shutdown),
            Step::Shutdown => {
                let next = if self.linger { Step::Linger } else { Step::Done };
                ready!(io.poll_shutdown(cx)).ok().map(|()| next)
            }
            Step::Linger => ready!(self.poll_discard(io, cx)),
            Step::Done => None,
        })
    }

    fn poll_discard<S>(&mut self, io: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<Option<Step>>
    where
        S: AsyncRead,
    {
        let mut space = [0; 4096];
        let mut buf = ReadBuf::new(&mut space);
        if ready!(io.poll_read(cx, &mut buf)).is_err() {
            return Poll::Ready(None);
        }
        let count = buf.filled().len();
        self.left = self.left.saturating_sub(count);
        Poll::Ready((count > 0 && self.left > 0).then_some(Step::Linger))
    }
}
