//! An upstream's answer as it streams in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::fields::clean_trailers;
use super::http2::Channel;
use super::pool::Pool;
use super::send::describe;
use super::shared::Place;
use super::shelf::{Idle, Key};
use crate::limits::UPSTREAM_SILENCE;

/// Where a connection goes when its answer has ended.
pub enum Home {
    /// Of HTTP/1.1: into the pool.
    Pool {
        /// The pool.
        pool: Pool,
        /// Its shelf there.
        key: Key,
        /// The connection.
        idle: Idle,
    },
    /// Of HTTP/2, shared: its place is free again.
    Place(Place),
    /// Of HTTP/2, used once: it closes.
    Alone(Channel),
}

/// An answer's body, streaming, and the trailers behind it. When it has ended its connection goes home, or closes
/// where it has no home.
pub struct Answer {
    body: Incoming,
    home: Option<Home>,
    silence: Option<Pin<Box<Sleep>>>,
    /// What is still to come, where the length is known.
    left: Option<u64>,
    ended: bool,
}

impl Answer {
    /// `head`: the answer's; `method`: the request's, which with the status says whether there is a body at all;
    /// `home`: `None` for a connection that is used once.
    pub fn new(body: Incoming, head: &Parts, method: &str, home: Option<Home>) -> Self {
        let none = method == "HEAD" || matches!(head.status.as_u16(), 204 | 304);
        let length = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        Self { body, home, silence: None, left: length.filter(|_| !none), ended: false }
    }

    fn end(&mut self) {
        self.ended = true;
        if let Some(Home::Pool { pool, key, idle }) = self.home.take() {
            pool.give(key, idle);
        }
    }

    fn fail(&mut self, error: io::Error) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.home = None;
        Poll::Ready(Some(Err(error)))
    }

    fn pass(&mut self, mut frame: Frame<Bytes>) -> Frame<Bytes> {
        self.silence = None;
        let count = frame.data_ref().map_or(0, |data| data.len() as u64);
        self.left = self.left.map(|left| left.saturating_sub(count));
        if let Some(trailers) = frame.trailers_mut() {
            clean_trailers(trailers);
        }
        if self.body.is_end_stream() {
            self.end();
        }
        frame
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(self.pass(frame)))),
            Poll::Ready(Some(Err(error))) => self.fail(io::Error::other(describe(&error))),
            // hyper takes a reset without an error for an end, wherever it comes.
            Poll::Ready(None) if self.left.is_some_and(|left| left > 0) => {
                self.fail(io::ErrorKind::UnexpectedEof.into())
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Pending => {
                let silence =
                    self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(UPSTREAM_SILENCE)));
                if silence.as_mut().poll(cx).is_ready() {
                    return self.fail(io::ErrorKind::TimedOut.into());
                }
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // An empty body may never be polled.
        if !self.ended && self.body.is_end_stream() {
            self.end();
        }
    }
}
