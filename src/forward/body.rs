//! The body on its way out: nothing, a captured one (whose last piece is held back until its hash agrees), or one
//! that streams straight from the agent.
//!
//! A body that fails is never ended: HTTP/1.1 closes the connection before the length is reached, or before the last
//! chunk, and HTTP/2 resets the stream without its END_STREAM.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

use super::tally::Tally;
use crate::release::{Content, Flow};
use crate::store::pieces::{changed, pieces};

/// A request body that hyper sends.
pub struct Outgoing {
    source: Source,
    taken: Tally,
}

enum Source {
    /// Nothing.
    Empty,
    /// A captured one, and how many bytes of it are still to come.
    Captured { pieces: mpsc::Receiver<io::Result<Bytes>>, left: u64 },
    /// Straight from the agent.
    Flow(Flow),
}

impl Outgoing {
    /// Prepares what a release carries.
    pub fn of(content: Content) -> Self {
        let source = match content {
            Content::Stream(None) => Source::Empty,
            Content::Stream(Some(flow)) => Source::Flow(flow),
            Content::Whole(body, _) if body.is_empty() => Source::Empty,
            Content::Whole(body, _) => Source::Captured { left: body.len(), pieces: pieces(body) },
        };
        Self { source, taken: Tally::default() }
    }

    /// No body.
    pub fn empty() -> Self {
        Self { source: Source::Empty, taken: Tally::default() }
    }

    /// Whether there never was anything in it.
    pub fn is_empty(&self) -> bool {
        matches!(self.source, Source::Empty)
    }

    /// Counts the bytes that hyper takes of it.
    pub fn taken(&self) -> Tally {
        self.taken.clone()
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = ready!(self.source.poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            self.taken.add(frame.data_ref().map_or(0, |data| data.len() as u64));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Empty => true,
            Source::Captured { left, .. } => *left == 0,
            Source::Flow(flow) => flow.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Empty => SizeHint::with_exact(0),
            Source::Captured { left, .. } => SizeHint::with_exact(*left),
            Source::Flow(flow) => flow.size_hint(),
        }
    }
}

impl Source {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let (pieces, left) = match self {
            Source::Empty => return Poll::Ready(None),
            Source::Flow(flow) => return Pin::new(flow).poll_frame(cx),
            Source::Captured { pieces, left } => (pieces, left),
        };
        Poll::Ready(match ready!(pieces.poll_recv(cx)) {
            Some(Ok(piece)) => {
                *left = left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => Some(Err(error)),
            None if *left > 0 => Some(Err(changed())),
            None => None,
        })
    }
}
