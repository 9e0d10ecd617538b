//! A body that streams through because it decides nothing: a read's, or one of a request that a rule lets pass by
//! its head. It is not kept and not judged, but it must go on, and it must not bring trailers, which an upstream
//! could take for fields (CASES FR-13).

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::Instant;

use crate::parse::timer::Timer;
use crate::release::Flow;

/// Wraps a body for streaming. It fails with `TimedOut` when no byte comes for `stall` while one is waited for, with
/// `InvalidData` on trailers or bad framing, and with `UnexpectedEof` when the agent goes away.
pub fn paced<B>(body: B, stall: Duration) -> Flow
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    Paced::new(body, stall).boxed_unsync()
}

struct Paced<B> {
    body: B,
    stall: Duration,
    /// Set while a byte is waited for: how fast the upstream takes them is not the agent's fault.
    until: Option<Instant>,
    timer: Timer,
    over: bool,
}

impl<B> Paced<B> {
    fn new(body: B, stall: Duration) -> Self {
        Self { body, stall, until: None, timer: Timer::new(), over: false }
    }

    fn fail(&mut self, kind: io::ErrorKind, text: &str) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.over = true;
        Poll::Ready(Some(Err(io::Error::new(kind, text))))
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if this.over {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) else {
            let until = *this.until.get_or_insert_with(|| Instant::now() + this.stall);
            ready!(this.timer.poll_at(cx, until));
            return this.fail(io::ErrorKind::TimedOut, "the body stood still for too long");
        };
        this.until = None;
        match frame {
            None => Poll::Ready(None),
            Some(Ok(frame)) if frame.is_data() => Poll::Ready(Some(Ok(frame))),
            Some(Ok(_)) => this.fail(io::ErrorKind::InvalidData, "trailer fields are not taken on a request"),
            Some(Err(error)) => match kind(&*error.into()) {
                io::ErrorKind::InvalidData => {
                    this.fail(io::ErrorKind::InvalidData, "the body is badly framed")
                }
                _ => this.fail(io::ErrorKind::UnexpectedEof, "the agent went away within the body"),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn kind(error: &(dyn Error + 'static)) -> io::ErrorKind {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return io.kind();
        }
        cause = error.source();
    }
    io::ErrorKind::Other
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http::HeaderMap;
    use http_body_util::channel::Channel;
    use http_body_util::{Full, StreamBody};

    use super::*;

    const STALL: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_body_passes_as_it_is() {
        let whole = paced(Full::from("abc"), STALL).collect().await.unwrap();
        assert_eq!(whole.to_bytes(), "abc");
    }

    /// CASES FR-13.
    #[tokio::test]
    async fn trailers_fail_and_nothing_follows() {
        let frames =
            vec![Ok::<_, io::Error>(Frame::trailers(HeaderMap::new())), Ok(Frame::data(Bytes::new()))];
        let mut flow = paced(StreamBody::new(stream::iter(frames)), STALL);
        assert_eq!(flow.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(flow.frame().await.is_none());
    }

    #[tokio::test]
    async fn a_body_that_stands_still_fails_but_not_while_nobody_asks_for_more() {
        let (mut sender, body) = Channel::<Bytes, io::Error>::new(2);
        let mut flow = Paced::new(body.boxed_unsync(), Duration::from_millis(20));
        sender.send_data(Bytes::from_static(b"a")).await.unwrap();
        assert!(flow.frame().await.unwrap().is_ok());
        // From here on the upstream may be as slow as it likes.
        assert_eq!(flow.until, None);
        sender.send_data(Bytes::from_static(b"b")).await.unwrap();
        assert!(flow.frame().await.unwrap().is_ok());
        assert_eq!(flow.until, None);
        assert_eq!(flow.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_agent_that_goes_away_is_an_error_and_never_an_end() {
        let (sender, body) = Channel::<Bytes, io::Error>::new(1);
        let mut flow = paced(body.boxed_unsync(), STALL);
        sender.abort(io::ErrorKind::ConnectionReset.into());
        assert_eq!(flow.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
