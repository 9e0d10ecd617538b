//! An upstream's answer as it streams in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::pool::{Idle, Key, Pool};
use super::send::describe;
use crate::limits::UPSTREAM_SILENCE;

/// Where a connection goes when its answer has ended.
pub struct Home {
    /// The pool.
    pub pool: Pool,
    /// Its place there.
    pub key: Key,
    /// The connection.
    pub idle: Idle,
}

/// An answer's body, streaming. When it has ended its connection goes home, or closes where it has no home.
pub struct Answer {
    body: Incoming,
    home: Option<Home>,
    silence: Option<Pin<Box<Sleep>>>,
    ended: bool,
}

impl Answer {
    /// `home`: `None` for a connection that is used once.
    pub fn new(body: Incoming, home: Option<Home>) -> Self {
        Self { body, home, silence: None, ended: false }
    }

    /// The connection is not to be used again.
    pub fn stay_away(&mut self) {
        self.home = None;
    }

    fn end(&mut self) {
        self.ended = true;
        if let Some(Home { pool, key, idle }) = self.home.take() {
            pool.give(key, idle);
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.silence = None;
                if self.body.is_end_stream() {
                    self.end();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.home = None;
                Poll::Ready(Some(Err(io::Error::other(describe(&error)))))
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Pending => {
                let silence =
                    self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(UPSTREAM_SILENCE)));
                if silence.as_mut().poll(cx).is_ready() {
                    self.home = None;
                    return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
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
