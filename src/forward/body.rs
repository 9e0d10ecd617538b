//! The body on its way out: nothing, a captured one (whose last piece is held back until its hash agrees), or one
//! that streams straight from the agent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::release::{Content, Flow};
use crate::store::pieces::{changed, pieces};

/// A request body that hyper sends.
pub enum Outgoing {
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
        match content {
            Content::Stream(None) => Outgoing::Empty,
            Content::Stream(Some(flow)) => Outgoing::Flow(flow),
            Content::Whole(body, _) if body.is_empty() => Outgoing::Empty,
            Content::Whole(body, _) => Outgoing::Captured { left: body.len(), pieces: pieces(body) },
        }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let (pieces, left) = match self.get_mut() {
            Outgoing::Empty => return Poll::Ready(None),
            Outgoing::Flow(flow) => return Pin::new(flow).poll_frame(cx),
            Outgoing::Captured { pieces, left } => (pieces, left),
        };
        Poll::Ready(match std::task::ready!(pieces.poll_recv(cx)) {
            Some(Ok(piece)) => {
                *left = left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => Some(Err(error)),
            None if *left > 0 => Some(Err(changed())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Outgoing::Empty => true,
            Outgoing::Captured { left, .. } => *left == 0,
            Outgoing::Flow(flow) => flow.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Empty => SizeHint::with_exact(0),
            Outgoing::Captured { left, .. } => SizeHint::with_exact(*left),
            Outgoing::Flow(flow) => flow.size_hint(),
        }
    }
}
