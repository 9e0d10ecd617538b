//! The way out to the agent: what hyper writes, and between two of its messages an interim response of the gate's.
//!
//! An interim response is begun from `poll_read` while the exchange is busy, and only where nothing that was written
//! before is unflushed, so that it never lies within another message. What the agent's side does not take at once is
//! written before anything else of hyper's. When unsure none is begun: the answer alone is always right.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use super::Strict;
use crate::parse::closing::Closing;

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    /// Begins the interim response that the gate asks for. hyper flushes within the same turn, and whenever what was
    /// written can go on.
    pub(super) fn begin_interim(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.settled || self.last || self.closing.is_some() {
            return Ok(());
        }
        let Some(interim) = self.shared.interim() else { return Ok(()) };
        match Pin::new(&mut self.io).poll_write(cx, interim.bytes()) {
            Poll::Ready(Ok(0)) => Err(io::ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(count)) => {
                (self.settled, self.interim) = (false, &interim.bytes()[count..]);
                self.shared.begun_interim();
                Ok(())
            }
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => Ok(()),
        }
    }

    /// Writes the rest of an interim response that was begun.
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.interim.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(cx, self.interim))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.interim = &self.interim[count..],
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Behind an answer of the reader's own nothing of hyper's may follow, and before hyper's comes what was begun.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.closing {
            None => self.poll_interim(cx),
            Some(_) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn wrote(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        match &result {
            Ok(count) => self.shared.wrote(*count),
            Err(_) => self.shared.end(),
        }
        result
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // Also where nothing of it is taken yet: hyper has it, and an interim response must not come before it.
        this.settled = false;
        let result = match ready!(this.poll_writable(cx)) {
            Ok(()) => ready!(Pin::new(&mut this.io).poll_write(cx, bytes)),
            Err(error) => Err(error),
        };
        Poll::Ready(this.wrote(result))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.settled = false;
        let result = match ready!(this.poll_writable(cx)) {
            Ok(()) => ready!(Pin::new(&mut this.io).poll_write_vectored(cx, pieces)),
            Err(error) => Err(error),
        };
        Poll::Ready(this.wrote(result))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_some() {
            return Poll::Ready(Ok(()));
        }
        let result = match ready!(this.poll_interim(cx)) {
            Ok(()) => ready!(Pin::new(&mut this.io).poll_flush(cx)),
            Err(error) => Err(error),
        };
        match &result {
            Ok(()) => {
                this.shared.flushed();
                // hyper need not read again in this turn, and an interim response may have waited for this flush.
                if !std::mem::replace(&mut this.settled, true) && this.shared.interim().is_some() {
                    cx.waker().wake_by_ref();
                }
            }
            Err(_) => this.shared.end(),
        }
        Poll::Ready(result)
    }

    /// hyper has flushed and wants to end the connection. Always ends well: what fails now, fails unseen.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_none() {
            this.shared.closed();
            let linger = this.unread(cx);
            this.closing = Some(Closing::orderly(linger, this.waits.linger));
        }
        if let Some(closing) = &mut this.closing {
            ready!(closing.poll(&mut this.io, &mut this.timer, cx));
        }
        Poll::Ready(Ok(()))
    }
}
