//! Takes a request's body in, whole, before anything of the request is judged by it or sent (SPEC section 7). A
//! body that is too large, too slow, badly framed or followed by trailers is refused; one whose agent goes away
//! never becomes a request (CASES FR-12, FR-13, PR-09).

use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tokio::time::Instant;

use crate::code::Code;
use crate::limits;
use crate::parse::timer::Timer;
use crate::parse::{Framing, Refusal};
use crate::snapshot::Body;
use crate::store::spool::{Draft, Spool, SpoolError};

/// Why a body was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum CaptureError {
    /// The agent went away, or reset its stream: there is nobody to answer.
    Gone,
    /// It is answered.
    Refused(Refusal),
}

/// Captures a body of at most `max_body` bytes into the spool. A larger one is refused by its announced length
/// before anything is read, or at the first byte too many.
pub async fn capture<B>(body: B, framing: Framing, spool: &Spool, max_body: u64) -> Result<Body, CaptureError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    capture_at(body, framing, spool, max_body, Pace::default()).await
}

/// How slow a body may be.
#[derive(Clone, Copy, Debug)]
struct Pace {
    grace: Duration,
    rate: u64,
    whole: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { grace: limits::BODY_GRACE, rate: limits::BODY_RATE_MIN, whole: limits::BODY_WAIT }
    }
}

impl Pace {
    /// Until when more must have come, if this much has come by now. A body that keeps the rate keeps ahead of it.
    fn until(self, start: Instant, len: u64) -> Instant {
        let earned = Duration::from_millis(len.saturating_mul(1000) / self.rate.max(1));
        start + (self.grace + earned.min(self.whole)).min(self.whole)
    }
}

async fn capture_at<B>(
    body: B,
    framing: Framing,
    spool: &Spool,
    max_body: u64,
    pace: Pace,
) -> Result<Body, CaptureError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match framing {
        Framing::None => return Ok(Body::empty()),
        Framing::Length(length) if length > max_body => return Err(too_large()),
        Framing::Length(_) | Framing::Unknown => {}
    }
    let mut body = pin!(body);
    let mut draft = spool.draft();
    let (start, mut timer) = (Instant::now(), Timer::new());
    loop {
        let until = pace.until(start, draft.len());
        let frame = std::future::poll_fn(|cx| poll_frame(body.as_mut(), &mut timer, cx, until)).await;
        match frame {
            None => break,
            Some(frame) => take(frame?, &mut draft, max_body).await?,
        }
    }
    match framing {
        Framing::Length(length) if length != draft.len() => {
            Err(CaptureError::Refused(Refusal::malformed("the body does not have its Content-Length")))
        }
        _ => draft.finish().await.map_err(unspooled),
    }
}

fn poll_frame<B>(
    body: Pin<&mut B>,
    timer: &mut Timer,
    cx: &mut Context<'_>,
    until: Instant,
) -> Poll<Option<Result<Frame<Bytes>, CaptureError>>>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // The time is looked at before the body too: single bytes that always lie ready must not outrun it.
    let late = Instant::now() >= until;
    match body.poll_frame(cx) {
        Poll::Ready(frame) if !late => Poll::Ready(frame.map(|frame| frame.map_err(|e| fault(&*e.into())))),
        Poll::Ready(None) => Poll::Ready(None),
        Poll::Ready(Some(_)) => Poll::Ready(Some(Err(too_slow()))),
        Poll::Pending => {
            ready!(timer.poll_at(cx, until));
            Poll::Ready(Some(Err(too_slow())))
        }
    }
}

async fn take(frame: Frame<Bytes>, draft: &mut Draft, max_body: u64) -> Result<(), CaptureError> {
    let Ok(piece) = frame.into_data() else {
        return Err(CaptureError::Refused(Refusal::malformed("trailer fields are not taken on a request")));
    };
    if draft.len().saturating_add(piece.len() as u64) > max_body {
        return Err(too_large());
    }
    draft.write(piece).await.map_err(unspooled)
}

/// Tells bad framing, which the strict reader reports as `InvalidData` in fixed words, from an agent that left.
fn fault(error: &(dyn Error + 'static)) -> CaptureError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>()
            && io.kind() == io::ErrorKind::InvalidData
        {
            return CaptureError::Refused(Refusal::malformed(io.to_string()));
        }
        cause = error.source();
    }
    CaptureError::Gone
}

fn too_large() -> CaptureError {
    CaptureError::Refused(Refusal::new(
        Code::BodyTooLarge,
        "the body is larger than `hold.max_body`, and this request has to be seen whole before it may pass",
    ))
}

fn too_slow() -> CaptureError {
    CaptureError::Refused(Refusal::new(
        Code::RequestTimeout,
        "the body was slower than 1 KiB/s after 10 seconds, or not over in 10 minutes",
    ))
}

fn unspooled(error: SpoolError) -> CaptureError {
    let code = match error {
        SpoolError::Full => Code::QueueFull,
        SpoolError::Io(_) => Code::StoreUnavailable,
    };
    let detail = match error {
        SpoolError::Full => "there is no room for the body (`hold.max_spool`); try again later",
        SpoolError::Io(_) => "the body could not be written to disk, so nothing is sent",
    };
    CaptureError::Refused(Refusal::new(code, detail))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http::HeaderMap;
    use http_body_util::channel::Channel;
    use http_body_util::{Empty, Full, StreamBody};

    use super::*;

    fn spool(max: u64) -> (tempfile::TempDir, Spool) {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path(), max).unwrap();
        (dir, spool)
    }

    fn pieces(
        pieces: Vec<io::Result<Frame<Bytes>>>,
    ) -> impl HttpBody<Data = Bytes, Error = io::Error> + Unpin {
        StreamBody::new(stream::iter(pieces))
    }

    fn data(len: usize) -> io::Result<Frame<Bytes>> {
        Ok(Frame::data(Bytes::from(vec![b'x'; len])))
    }

    fn code(result: Result<Body, CaptureError>) -> Code {
        match result {
            Err(CaptureError::Refused(refusal)) => refusal.code,
            other => panic!("a refusal was expected, not {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_the_limit_and_not_one_byte_more() {
        let (_dir, spool) = spool(1 << 20);
        for (len, taken) in [(999, true), (1000, true), (1001, false)] {
            let length =
                capture(Full::from(vec![b'x'; len]), Framing::Length(len as u64), &spool, 1000).await;
            let unknown = capture(pieces(vec![data(len - 1), data(1)]), Framing::Unknown, &spool, 1000).await;
            for result in [length, unknown] {
                if taken {
                    assert_eq!(result.unwrap().len(), len as u64);
                } else {
                    assert_eq!(code(result), Code::BodyTooLarge);
                }
            }
        }
    }

    #[tokio::test]
    async fn an_announced_body_that_is_too_large_is_refused_before_it_is_read() {
        let (_dir, spool) = spool(1 << 20);
        let never = StreamBody::new(stream::pending::<io::Result<Frame<Bytes>>>());
        assert_eq!(code(capture(never, Framing::Length(1001), &spool, 1000).await), Code::BodyTooLarge);
    }

    /// CASES FR-13.
    #[tokio::test]
    async fn trailers_make_a_request_malformed() {
        let (_dir, spool) = spool(1 << 20);
        let mut trailers = HeaderMap::new();
        trailers.insert("content-length", http::HeaderValue::from_static("3"));
        let body = pieces(vec![data(3), Ok(Frame::trailers(trailers))]);
        assert_eq!(code(capture(body, Framing::Unknown, &spool, 1000).await), Code::Malformed);
    }

    /// CASES FR-12, PR-09: bad framing, a wrong length and an agent that leaves are three different ends.
    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_request() {
        let (_dir, spool) = spool(1 << 20);
        let broken = |kind| pieces(vec![data(3), Err(io::Error::new(kind, "a chunk is bad"))]);
        let bad = capture(broken(io::ErrorKind::InvalidData), Framing::Unknown, &spool, 1000).await;
        assert_eq!(bad.unwrap_err(), CaptureError::Refused(Refusal::malformed("a chunk is bad")));
        let gone = capture(broken(io::ErrorKind::UnexpectedEof), Framing::Unknown, &spool, 1000).await;
        assert_eq!(gone.unwrap_err(), CaptureError::Gone);
        let short = capture(pieces(vec![data(3)]), Framing::Length(4), &spool, 1000).await;
        assert_eq!(code(short), Code::Malformed);
        let none = capture(Empty::new(), Framing::None, &spool, 0).await;
        assert!(none.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_full_spool_is_a_full_queue_and_a_dead_disk_an_unavailable_store() {
        let (dir, spool) = spool(limits::BODY_INLINE_MAX as u64);
        let large = || Full::from(vec![b'x'; limits::BODY_INLINE_MAX + 1]);
        assert_eq!(code(capture(large(), Framing::Unknown, &spool, 1 << 30).await), Code::QueueFull);
        let spool = Spool::open(&dir.path().join("gone"), 1 << 20).unwrap();
        std::fs::remove_dir(dir.path().join("gone")).unwrap();
        assert_eq!(code(capture(large(), Framing::Unknown, &spool, 1 << 30).await), Code::StoreUnavailable);
    }

    #[tokio::test]
    async fn a_body_that_stands_still_is_refused() {
        let (_dir, spool) = spool(1 << 20);
        let pace = Pace { grace: Duration::from_millis(20), ..Pace::default() };
        let (_sender, silent) = Channel::<Bytes, io::Error>::new(1);
        assert_eq!(
            code(capture_at(silent, Framing::Unknown, &spool, 1000, pace).await),
            Code::RequestTimeout
        );
    }

    /// Single bytes that always lie ready outrun no limit.
    #[tokio::test]
    async fn a_body_that_never_ends_is_refused_although_it_never_stands_still() {
        let (_dir, spool) = spool(1 << 20);
        let pace = Pace { grace: Duration::ZERO, rate: u64::MAX, whole: Duration::from_millis(20) };
        let drops = StreamBody::new(stream::repeat_with(|| data(0)));
        assert_eq!(code(capture_at(drops, Framing::Unknown, &spool, 1000, pace).await), Code::RequestTimeout);
    }

    #[test]
    fn whatever_its_rate_a_body_has_ten_minutes() {
        let (start, pace) = (Instant::now(), Pace::default());
        assert_eq!(pace.until(start, 0) - start, limits::BODY_GRACE);
        assert_eq!(pace.until(start, 1024) - start, limits::BODY_GRACE + Duration::from_secs(1));
        assert_eq!(pace.until(start, u64::MAX) - start, limits::BODY_WAIT);
    }
}
