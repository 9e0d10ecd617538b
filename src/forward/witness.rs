//! The last look at the bytes of HTTP/1.1: a stream that knows how many it has taken, and that takes no other head than the
//! frozen one. hyper writes the request; this sees to it that what it writes is what was approved.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tally::Tally;

/// Wraps the stream under hyper.
pub struct Witness<S> {
    inner: S,
    tally: Tally,
    /// What is still to come of the frozen head; empty when it was written, or when there is nothing to compare.
    expected: Vec<u8>,
    seen: usize,
    /// Bytes of the whole request; zero where its end is not known.
    total: u64,
}

impl<S> Witness<S> {
    /// Lets pass anything, and counts.
    pub fn counting(inner: S) -> (Self, Tally) {
        Self::expecting(inner, Vec::new(), 0)
    }

    /// Lets pass only this head, then a body of this length.
    pub fn expecting(inner: S, head: Vec<u8>, body_len: u64) -> (Self, Tally) {
        let tally = Tally::default();
        let total = if head.is_empty() { 0 } else { head.len() as u64 + body_len };
        (Self { inner, tally: tally.clone(), expected: head, seen: 0, total }, tally)
    }

    /// Compares what is about to be written with what is left of the head.
    fn compare(&self, bytes: &[u8], offset: usize) -> io::Result<()> {
        let left = self.expected.get(self.seen + offset..).unwrap_or_default();
        let count = left.len().min(bytes.len());
        if left[..count] == bytes[..count] {
            return Ok(());
        }
        Err(io::Error::other("the head about to be sent is not the frozen one"))
    }

    fn taken(&mut self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(Ok(count)) => self.advance(*count),
            Poll::Ready(Err(_)) | Poll::Pending => self.tally.undo(),
        }
    }

    fn advance(&mut self, count: usize) {
        let (before, head) = (self.tally.bytes(), self.expected.len() as u64);
        self.seen = (self.seen + count).min(self.expected.len());
        self.tally.add(count as u64);
        let passed = |mark: u64| mark > 0 && before < mark && self.tally.bytes() >= mark;
        if passed(head) {
            crate::failpoint::hit("send.after_head");
        }
        if passed(self.total) {
            crate::failpoint::hit("send.after_body");
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Witness<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Witness<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.compare(buf, 0)?;
        let this = self.get_mut();
        let start = this.tally.start()?;
        this.tally.begin()?;
        let result = Pin::new(&mut this.inner).poll_write(cx, buf);
        drop(start);
        this.taken(&result);
        result
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut offset = 0;
        for buf in bufs {
            self.compare(buf, offset)?;
            offset += buf.len();
        }
        let this = self.get_mut();
        let start = this.tally.start()?;
        this.tally.begin()?;
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, bufs);
        drop(start);
        this.taken(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn another_head_than_the_frozen_one_is_not_sent_at_all() {
        let (mut witness, tally) = Witness::expecting(Vec::new(), b"POST / HTTP/1.1\r\n\r\n".to_vec(), 0);
        assert!(witness.write_all(b"POST /x HTTP/1.1\r\n\r\n").await.is_err());
        assert_eq!((tally.bytes(), witness.inner.len()), (0, 0));
    }

    #[tokio::test]
    async fn the_frozen_head_passes_in_any_pieces_and_the_body_behind_it() {
        let (mut witness, tally) = Witness::expecting(Vec::new(), b"GET / HTTP/1.1\r\n\r\n".to_vec(), 4);
        witness.write_all(b"GET / HT").await.unwrap();
        let bufs = [io::IoSlice::new(b"TP/1.1\r\n"), io::IoSlice::new(b"\r\nbody")];
        assert_eq!(witness.write_vectored(&bufs).await.unwrap(), 14);
        assert_eq!(tally.bytes(), 22);
        assert!(witness.write_all(b" and more").await.is_ok());
    }
}
