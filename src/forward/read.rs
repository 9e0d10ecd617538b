//! Reads: on a pooled connection where there is one, else on a fresh one. If the pooled connection turns out closed
//! before it took a byte, or says in HTTP/2 that it has done nothing with the stream (REFUSED_STREAM, or a GOAWAY
//! before it), the read goes once more, on a fresh one, if its body is still there; nothing else is ever sent twice.

use http::Response;
use http::header::WWW_AUTHENTICATE;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Failure;
use super::answer::{Answer, Home};
use super::body::Outgoing;
use super::connect::{Upstream, Wire};
use super::http2::{Fate, fate};
use super::pool::{Dial, Pool, Reserved};
use super::request;
use super::send::{Lost, answered, describe, within_silence};
use super::shared::{Place, Shared};
use super::shelf::{Idle, Key, Lane};
use super::spoken::{Spoken, binds_identity, is_connection_bound};
use super::stream::Stream;
use super::witness::Witness;
use crate::agent::Agent;
use crate::audit::Receipt;
use crate::code::Code;
use crate::kind::Read;
use crate::limits::{ANSWER_FIELDS_MAX, HTTP1_BUFFER};
use crate::release::Release;
use crate::snapshot::Head;

/// Sends a read. `spoken`: what its agent speaks. The receipt stays with the caller, whose exchange fills its place
/// when the body has ended.
pub async fn fetch(
    upstream: &Upstream,
    pool: &Pool,
    agent: &Agent,
    spoken: Spoken,
    release: Release<Read>,
    _receipt: &Receipt<Read>,
) -> Result<Response<Answer>, Failure> {
    let (head, content) = release.into_parts();
    let key = Key::new(head.origin.clone(), agent, spoken);
    let way = Way { upstream, pool, spoken, head: &head, key: &key, bound: binds_identity(&head) };
    way.go(Outgoing::of(content)).await
}

/// What both attempts need.
struct Way<'a> {
    upstream: &'a Upstream,
    pool: &'a Pool,
    spoken: Spoken,
    head: &'a Head,
    key: &'a Key,
    /// The credentials belong to the connection, which nobody else is to use.
    bound: bool,
}

enum Attempt {
    Failed(Failure),
    /// Nothing was done with it, and the body is as it was.
    Untouched(Outgoing),
}

impl Way<'_> {
    async fn go(&self, mut body: Outgoing) -> Result<Response<Answer>, Failure> {
        let reserved = if self.bound { Reserved::Dial(None) } else { self.pool.reserve(self.key).await };
        let dial = match reserved {
            Reserved::Dial(dial) => dial,
            Reserved::Lane(lane) => match self.attempt(lane, body).await {
                Ok(response) => return Ok(response),
                Err(Attempt::Failed(failure)) => return Err(failure),
                Err(Attempt::Untouched(back)) => {
                    body = back;
                    None
                }
            },
        };
        let lane = self.open(dial).await?;
        match self.attempt(lane, body).await {
            Ok(response) => Ok(response),
            Err(Attempt::Failed(failure)) => Err(failure),
            Err(Attempt::Untouched(_)) => Err(Failure::unsent(
                Code::UpstreamUnreachable,
                "the upstream closed the connection at once, or refused the request's stream",
            )),
        }
    }

    async fn open(&self, dial: Option<Dial>) -> Result<Lane, Failure> {
        let line = self.upstream.connect(self.head, self.spoken).await?;
        let lane = match line.wire {
            Wire::Http1(stream) => Lane::Whole(idle(stream).await?),
            Wire::Http2(channel) if self.bound => Lane::Place(Shared::new(channel).1),
            Wire::Http2(channel) => Lane::Place(self.pool.share(self.key, channel)),
        };
        if let Some(dial) = dial {
            dial.over(matches!(lane, Lane::Place(_)));
        }
        Ok(lane)
    }

    async fn attempt(&self, lane: Lane, body: Outgoing) -> Result<Response<Answer>, Attempt> {
        match lane {
            Lane::Whole(idle) => self.over_http1(idle, body).await,
            Lane::Place(place) => self.over_http2(place, body).await,
        }
    }

    async fn over_http1(&self, mut idle: Idle, body: Outgoing) -> Result<Response<Answer>, Attempt> {
        let request = request::http1(self.head, body).map_err(Attempt::Failed)?;
        let before = idle.tally.bytes();
        let mut untouched = None;
        let answer = idle.sender.try_send_request(request);
        let answer = async {
            answer.await.map_err(|mut error| {
                untouched = error.take_message();
                error.into_error()
            })
        };
        let result = within_silence(answer, &idle.tally).await;
        let response = match (result, untouched) {
            (Ok(response), _) => response,
            (Err(_), Some(request)) if idle.tally.bytes() == before => {
                return Err(Attempt::Untouched(request.into_body()));
            }
            (Err(lost), _) => return Err(Attempt::Failed(lost.failed(idle.tally.bytes() > before))),
        };
        let keep = !self.bound && !asks_for_identity(&response);
        let home = keep.then(|| Home::Pool { pool: self.pool.clone(), key: self.key.clone(), idle });
        answered(response, self.head, home).map_err(Attempt::Failed)
    }

    async fn over_http2(&self, place: Place, body: Outgoing) -> Result<Response<Answer>, Attempt> {
        let (bodiless, taken) = (body.is_empty(), body.taken());
        let request = request::http2(self.head, body).map_err(Attempt::Failed)?;
        let mut untouched = None;
        let mut sender = place.channel.sender.clone();
        let answer = sender.try_send_request(request);
        let answer = async {
            answer.await.map_err(|mut error| {
                untouched = error.take_message();
                error.into_error()
            })
        };
        let lost = match within_silence(answer, &taken).await {
            Ok(response) => {
                return answered(response, self.head, Some(Home::Place(place))).map_err(Attempt::Failed);
            }
            Err(lost) => lost,
        };
        let fate = match &lost {
            Lost::Broken(error) => fate(error),
            Lost::Silent => Fate::Lost,
        };
        if fate == Fate::Lost {
            place.retire();
        }
        match untouched {
            Some(request) => Err(Attempt::Untouched(request.into_body())),
            None if bodiless && fate == Fate::Refused => Err(Attempt::Untouched(Outgoing::empty())),
            None => Err(Attempt::Failed(lost.failed(true))),
        }
    }
}

async fn idle(stream: Stream) -> Result<Idle, Failure> {
    let (stream, tally) = Witness::counting(stream);
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(HTTP1_BUFFER)
        .max_headers(ANSWER_FIELDS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Failure::unsent(Code::UpstreamUnreachable, describe(&error)))?;
    tokio::spawn(connection);
    Ok(Idle { sender, tally })
}

/// Whether the answer begins a scheme that makes the connection somebody's own.
fn asks_for_identity<T>(response: &Response<T>) -> bool {
    response.headers().get_all(WWW_AUTHENTICATE).iter().any(|value| is_connection_bound(value.as_bytes()))
}
