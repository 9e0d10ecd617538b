//! The body of a reply: where it comes from, and what its end means. A body that ends whole closes the exchange's
//! record and lets the next request in; one that is dropped before says that the agent did not get it all.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use super::exchange::Exchange;
use crate::forward::Answer;
use crate::hold::Waiting;
use crate::parse::Line;
use crate::reply::End;

/// Where the bytes come from.
pub enum Source {
    /// Nothing.
    Empty,
    /// One piece.
    Text(Bytes),
    /// An upstream's answer to what the rules let pass.
    Passed(Answer),
    /// The answer to a held request as it comes.
    Live(mpsc::Receiver<Piece>),
    /// The same from the spool, with its length and its trailers.
    Kept(mpsc::Receiver<io::Result<Bytes>>, u64, Option<HeaderMap>),
}

/// What comes of a live answer.
pub enum Piece {
    /// Some of its body.
    Data(Bytes),
    /// It was whole, and had these trailers. A sender that is lost without this has cut the answer off.
    End(Option<HeaderMap>),
}

/// What the end of the body means.
pub struct Ending {
    /// The record to close.
    pub exchange: Exchange,
    /// What it closes with.
    pub outcome: Outcome,
    /// The hold whose answer this is.
    pub waiting: Option<Waiting>,
    /// The reader that waits for the end of the exchange.
    pub line: Option<Line>,
}

/// What a record closes with.
pub enum Outcome {
    /// An upstream's status.
    Passed(u16),
    /// Holdpoint's own answer.
    Ended(End),
    /// A CONNECT that was accepted.
    Tunnelled,
}

/// A reply's body.
pub struct Content {
    source: Source,
    /// What `content-length` announces, or the spool: hyper drops the body once as much is written as announced.
    length: Option<u64>,
    sent: u64,
    ending: Option<Ending>,
}

impl Content {
    /// The body of a reply with this head. hyper never polls the body of an answer that has none, and drops any
    /// other once as much is written as `content-length` announces: both are whole then.
    pub fn of(status: StatusCode, fields: &HeaderMap, source: Source, ending: Ending) -> Self {
        if !ending.exchange.has_body(status) {
            return Self { source: Source::Empty, length: None, sent: 0, ending: Some(ending) };
        }
        let announced = || fields.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let length = match &source {
            Source::Kept(_, length, _) => Some(*length),
            _ => announced(),
        };
        Self { source, length, sent: 0, ending: Some(ending) }
    }

    fn end(&mut self, whole: bool) {
        if let Some(ending) = self.ending.take() {
            ending.close(self.sent, whole);
        }
    }

    /// Whether the body has all its bytes. Trailers may follow, which only HTTP/2 asks for.
    fn is_whole(&self) -> bool {
        self.length == Some(self.sent) || self.is_over()
    }

    fn is_over(&self) -> bool {
        match &self.source {
            Source::Empty => true,
            Source::Text(text) => text.is_empty(),
            Source::Live(_) => false,
            Source::Kept(_, length, trailers) => *length == self.sent && trailers.is_none(),
            Source::Passed(answer) => answer.is_end_stream(),
        }
    }
}

impl Ending {
    fn close(self, sent: u64, whole: bool) {
        let next = match &self.outcome {
            Outcome::Ended(end) => !end.close,
            Outcome::Passed(_) => true,
            Outcome::Tunnelled => false,
        };
        match self.outcome {
            Outcome::Passed(status) => self.exchange.passed(status, sent, whole),
            Outcome::Ended(end) => self.exchange.ended(&end, whole),
            Outcome::Tunnelled => self.exchange.tunnelled(),
        }
        if !whole {
            return;
        }
        match (self.waiting, &self.line) {
            // Delivered is what was written out; over HTTP/2 what was taken by the connection.
            (Some(waiting), Some(line)) => line.when_flushed(move || waiting.delivered()),
            (Some(waiting), None) => waiting.delivered(),
            (None, _) => {}
        }
        if let (true, Some(line)) = (next, self.line) {
            line.over();
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let polled = match &mut this.source {
            Source::Empty => Poll::Ready(None),
            Source::Text(_) => match std::mem::replace(&mut this.source, Source::Empty) {
                Source::Text(text) => Poll::Ready(Some(Ok(Frame::data(text)))),
                _ => Poll::Ready(None),
            },
            Source::Passed(answer) => Pin::new(answer).poll_frame(cx),
            Source::Live(pieces) => match ready!(pieces.poll_recv(cx)) {
                Some(Piece::Data(piece)) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                Some(Piece::End(trailers)) => {
                    this.source = Source::Empty;
                    Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
                }
                None => Poll::Ready(Some(Err(cut()))),
            },
            Source::Kept(pieces, _, trailers) => match ready!(pieces.poll_recv(cx)) {
                Some(piece) => Poll::Ready(Some(piece.map(Frame::data))),
                None => Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))),
            },
        };
        // Less than was announced is no end, whoever says so.
        let short = this.length.is_some_and(|length| this.sent < length);
        let over = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers(),
            Poll::Ready(None) => true,
            _ => false,
        };
        let polled = if short && over { Poll::Ready(Some(Err(cut()))) } else { polled };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(ending), Some(data)) = (&mut this.ending, frame.data_ref()) {
                    ending.exchange.hears(data);
                }
                this.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
                if frame.is_trailers() || this.is_whole() {
                    this.end(true);
                }
            }
            Poll::Ready(Some(Err(_))) => this.end(false),
            Poll::Ready(None) => this.end(true),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Empty => SizeHint::with_exact(0),
            Source::Text(text) => SizeHint::with_exact(text.len() as u64),
            Source::Passed(answer) => answer.size_hint(),
            Source::Live(_) | Source::Kept(..) => self.length.map_or_else(SizeHint::default, |length| {
                SizeHint::with_exact(length - self.sent.min(length))
            }),
        }
    }
}

fn cut() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl Drop for Content {
    fn drop(&mut self) {
        // hyper does not poll a body that it knows to be empty, nor one that answers a HEAD.
        let whole = self.is_whole();
        self.end(whole);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn answer(source: Source, length: Option<u64>) -> Content {
        let mut fields = HeaderMap::new();
        length.map(|length| fields.insert(CONTENT_LENGTH, length.into()));
        let ending =
            Ending { exchange: Exchange::unseen(), outcome: Outcome::Passed(200), waiting: None, line: None };
        Content::of(StatusCode::OK, &fields, source, ending)
    }

    async fn sent<T>(pieces: impl IntoIterator<Item = T>) -> mpsc::Receiver<T> {
        let (sender, receiver) = mpsc::channel(4);
        for piece in pieces {
            assert!(sender.send(piece).await.is_ok());
        }
        receiver
    }

    fn data(text: &'static str) -> Piece {
        Piece::Data(Bytes::from_static(text.as_bytes()))
    }

    fn kept(text: &'static str) -> io::Result<Bytes> {
        Ok(Bytes::from_static(text.as_bytes()))
    }

    fn trailers() -> HeaderMap {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
        trailers
    }

    #[tokio::test]
    async fn an_answer_whose_sender_is_lost_is_cut_and_never_whole() {
        for length in [None, Some(4)] {
            let lost = answer(Source::Live(sent([data("ab")]).await), length);
            assert!(lost.collect().await.is_err());
        }
        let whole = answer(Source::Live(sent([data("ab"), data("cd"), Piece::End(None)]).await), None);
        assert_eq!(whole.collect().await.unwrap().to_bytes(), "abcd");
    }

    #[tokio::test]
    async fn a_kept_answer_is_whole_at_its_length_and_not_before() {
        let short = Source::Kept(sent([kept("ab")]).await, 4, None);
        assert!(answer(short, None).collect().await.is_err());
        let whole = answer(Source::Kept(sent([kept("ab"), kept("cd")]).await, 4, None), None);
        assert_eq!(whole.collect().await.unwrap().to_bytes(), "abcd");
    }

    #[tokio::test]
    async fn trailers_come_behind_the_last_byte_and_never_instead_of_one() {
        let end = || Piece::End(Some(trailers()));
        for length in [None, Some(2)] {
            let live = answer(Source::Live(sent([data("ab"), end()]).await), length);
            assert_eq!(live.collect().await.unwrap().trailers(), Some(&trailers()));
            let kept = Source::Kept(sent([kept("ab")]).await, 2, Some(trailers()));
            assert_eq!(answer(kept, length).collect().await.unwrap().trailers(), Some(&trailers()));
        }
        let short = answer(Source::Live(sent([data("a"), end()]).await), Some(2));
        assert!(short.collect().await.is_err());
    }
}
