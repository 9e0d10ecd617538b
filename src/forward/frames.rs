//! The last look at an HTTP/2 connection: which of the bytes that it takes belong to a request. The preface,
//! SETTINGS, PING and whatever else is for stream 0 is the connection's own; every frame for another stream is the
//! request's (RFC 9113 sections 3.4, 4.1). A frame's head that is not whole yet counts as the request's.
//!
//! And what comes back must begin with SETTINGS: a server that speaks something else is found out before it is
//! sent anything.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use super::tally::Tally;
use crate::hold::Start;

const PREFACE_BYTES: usize = 24;
const HEAD_BYTES: usize = 9;
const KIND: usize = 3;
const SETTINGS: u8 = 4;

/// Wraps the stream under hyper.
pub struct Frames<S> {
    inner: S,
    tally: Tally,
    meter: Meter,
    /// Bytes of the upstream's first frame that were looked at.
    seen: usize,
    /// Told once the head of that frame is there.
    settings: Option<oneshot::Sender<()>>,
}

impl<S> Frames<S> {
    /// The receiver hears when the upstream has begun to speak HTTP/2; it fails when the connection ends before.
    pub fn new(inner: S) -> (Self, Tally, oneshot::Receiver<()>) {
        let tally = Tally::default();
        let (settings, heard) = oneshot::channel();
        let meter = Meter { left: PREFACE_BYTES, ours: false, head: [0; HEAD_BYTES], have: 0 };
        (Self { inner, tally: tally.clone(), meter, seen: 0, settings: Some(settings) }, tally, heard)
    }

    /// Before these bytes are written: what is needed for a request's, where some of them are.
    fn begin<'t>(tally: &'t Tally, meter: &Meter, bufs: &[&[u8]]) -> io::Result<Option<Start<'t>>> {
        let mut ahead = *meter;
        let count: u64 = bufs.iter().map(|buf| ahead.walk(buf)).sum();
        if count == 0 && ahead.have == 0 {
            return Ok(None);
        }
        let start = tally.start()?;
        tally.begin()?;
        Ok(start)
    }

    /// After that many of them were taken.
    fn end(&mut self, bufs: &[&[u8]], taken: &Poll<io::Result<usize>>) {
        let mut left = if let Poll::Ready(Ok(count)) = taken { *count } else { 0 };
        for buf in bufs {
            let count = left.min(buf.len());
            self.tally.add(self.meter.walk(&buf[..count]));
            left -= count;
        }
        if self.meter.have == 0 {
            self.tally.undo();
        }
    }

    fn look_at(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.seen >= HEAD_BYTES {
            return Ok(());
        }
        let kind = KIND.checked_sub(self.seen).and_then(|place| bytes.get(place));
        if kind.is_some_and(|kind| *kind != SETTINGS) {
            self.settings = None;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the upstream does not speak HTTP/2"));
        }
        self.seen += bytes.len();
        if self.seen >= HEAD_BYTES
            && let Some(settings) = self.settings.take()
        {
            let _ = settings.send(());
        }
        Ok(())
    }
}

/// Walks over what is written, frame by frame.
#[derive(Clone, Copy)]
struct Meter {
    /// Bytes of the preface, or of a frame's payload, that are still to come.
    left: usize,
    /// Whether they are a request's.
    ours: bool,
    head: [u8; HEAD_BYTES],
    have: usize,
}

impl Meter {
    /// How many of these bytes belong to requests; a frame's head counts when it is whole.
    fn walk(&mut self, mut bytes: &[u8]) -> u64 {
        let mut count = 0;
        while !bytes.is_empty() {
            if self.left > 0 {
                let step = self.left.min(bytes.len());
                self.left -= step;
                count += if self.ours { step as u64 } else { 0 };
                bytes = &bytes[step..];
                continue;
            }
            let step = (HEAD_BYTES - self.have).min(bytes.len());
            self.head[self.have..self.have + step].copy_from_slice(&bytes[..step]);
            self.have += step;
            bytes = &bytes[step..];
            if self.have == HEAD_BYTES {
                count += self.enter();
            }
        }
        count
    }

    fn enter(&mut self) -> u64 {
        let [a, b, c, _, _, stream @ ..] = self.head;
        self.have = 0;
        self.left = u32::from_be_bytes([0, a, b, c]) as usize;
        self.ours = u32::from_be_bytes(stream) & 0x7fff_ffff != 0;
        if self.ours { HEAD_BYTES as u64 } else { 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frames<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let result = self.look_at(&buf.filled()[before..]);
        if result.is_err() {
            buf.set_filled(before);
        }
        Poll::Ready(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Frames<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let start = Self::begin(&this.tally, &this.meter, &[buf])?;
        let taken = Pin::new(&mut this.inner).poll_write(cx, buf);
        drop(start);
        this.end(&[buf], &taken);
        taken
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let pieces: Vec<&[u8]> = bufs.iter().map(|buf| &**buf).collect();
        let this = self.get_mut();
        let start = Self::begin(&this.tally, &this.meter, &pieces)?;
        let taken = Pin::new(&mut this.inner).poll_write_vectored(cx, bufs);
        drop(start);
        this.end(&pieces, &taken);
        taken
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    fn frame(kind: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        [&[0, 0, payload.len() as u8, kind, 0, 0, 0, 0, stream], payload].concat()
    }

    #[tokio::test]
    async fn only_frames_of_streams_are_the_requests_in_whatever_pieces_they_are_written() {
        let settings = frame(SETTINGS, 0, &[0; 6]);
        let ping = frame(6, 0, &[0; 8]);
        let headers = frame(1, 1, b"block");
        let all = [PREFACE, &settings, &headers, &ping, &frame(0, 1, b"abc")].concat();
        for size in [1, 7, all.len()] {
            let (mut frames, tally, _heard) = Frames::new(Vec::new());
            for piece in all.chunks(size) {
                frames.write_all(piece).await.unwrap();
            }
            assert_eq!(tally.bytes(), 9 + 5 + 9 + 3, "in pieces of {size}");
            assert_eq!(frames.inner, all);
        }
    }

    #[tokio::test]
    async fn the_connections_own_frames_are_not_sent_requests_and_nothing_follows_a_seal() {
        let (mut frames, tally, _heard) = Frames::new(Vec::new());
        frames.write_all(&[PREFACE, &frame(SETTINGS, 0, &[])].concat()).await.unwrap();
        assert!(!tally.seal());
        assert!(frames.write_all(&frame(6, 0, &[0; 8])).await.is_ok());
        let before = frames.inner.len();
        assert!(frames.write_all(&frame(1, 1, b"block")).await.is_err());
        assert_eq!((tally.bytes(), frames.inner.len()), (0, before));
    }

    #[tokio::test]
    async fn a_head_of_a_frame_that_may_be_a_requests_counts_as_one() {
        let (mut frames, tally, _heard) = Frames::new(Vec::new());
        frames.write_all(PREFACE).await.unwrap();
        frames.write_all(&frame(1, 1, b"block")[..4]).await.unwrap();
        assert!(tally.seal());
    }

    #[tokio::test]
    async fn a_server_that_does_not_begin_with_settings_is_found_out() {
        let hello = frame(SETTINGS, 0, &[0; 6]);
        let (mut frames, _tally, heard) = Frames::new(&hello[..]);
        frames.read_to_end(&mut Vec::new()).await.unwrap();
        assert!(heard.await.is_ok());
        let (mut frames, _tally, heard) = Frames::new(&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..]);
        assert!(frames.read_to_end(&mut Vec::new()).await.is_err());
        assert!(heard.await.is_err());
    }
}
