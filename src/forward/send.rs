//! Sending: one request on one fresh connection, once. Whatever comes back comes back to the agent as it is:
//! redirects, challenges and `Retry-After` are not acted upon, nor is an HTTP/2 upstream's word that it has refused
//! the stream or is going away (CASES HI-16).

use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Failure;
use super::answer::{Answer, Home};
use super::body::Outgoing;
use super::connect::{Line, Wire};
use super::fields::{check, clean};
use super::http2::Channel;
use super::request;
use super::stream::Stream;
use super::tally::Tally;
use super::witness::Witness;
use crate::audit::Receipt;
use crate::code::Code;
use crate::kind::Mutation;
use crate::limits::{ANSWER_FIELDS_MAX, HTTP1_BUFFER, UPSTREAM_SILENCE};
use crate::release::{Content, Release};
use crate::snapshot::Head;

/// An answer that has begun. The connection closes when the body ends.
pub struct Sent {
    /// The answer, without fields of this hop.
    pub response: Response<Answer>,
}

/// Sends a mutation. Consumes the line, the permission and the record of it.
pub async fn send(
    line: Line,
    release: Release<Mutation>,
    _receipt: Receipt<Mutation>,
) -> Result<Sent, Failure> {
    let (head, content) = release.into_parts();
    let (response, home) = match line.wire {
        Wire::Http1(stream) => (over_http1(stream, &head, content).await?, None),
        Wire::Http2(channel) => {
            let request = request::http2(&head, Outgoing::of(content))?;
            (over_http2(&channel, request).await?, Some(Home::Alone(channel)))
        }
    };
    Ok(Sent { response: answered(response, &head, home)? })
}

async fn over_http1(stream: Stream, head: &Head, content: Content) -> Result<Response<Incoming>, Failure> {
    let (frozen, body_len) = match &content {
        Content::Whole(body, _) => (head.http1(), body.len()),
        // A body of unknown length is chunked, which hyper says in a field of its own.
        Content::Stream(_) => (Vec::new(), 0),
    };
    let request = request::http1(head, Outgoing::of(content))?;
    let (stream, tally) = Witness::expecting(stream, frozen, body_len);
    crate::failpoint::hit("send.before_first_byte");
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HTTP1_BUFFER)
        .max_headers(ANSWER_FIELDS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failure(&tally, Lost::Broken(error)))?;
    tokio::spawn(connection);
    let answer = sender.send_request(request);
    within_silence(answer, &tally).await.map_err(|lost| failure(&tally, lost))
}

async fn over_http2(channel: &Channel, request: Request<Outgoing>) -> Result<Response<Incoming>, Failure> {
    crate::failpoint::hit("send.before_first_byte");
    let answer = channel.sender.clone().send_request(request);
    within_silence(answer, &channel.tally).await.map_err(|lost| failure(&channel.tally, lost))
}

/// Checks the head of an answer and makes it this hop's own.
pub fn answered(
    response: Response<Incoming>,
    head: &Head,
    home: Option<Home>,
) -> Result<Response<Answer>, Failure> {
    let (mut parts, body) = response.into_parts();
    check(&parts)?;
    clean(&mut parts);
    let answer = Answer::new(body, &parts, &head.method, home);
    Ok(Response::from_parts(parts, answer))
}

/// Why there is no answer.
pub enum Lost<E> {
    /// hyper says so.
    Broken(E),
    /// Nothing moved for `UPSTREAM_SILENCE`.
    Silent,
}

impl Lost<hyper::Error> {
    /// As a failure.
    pub fn failed(&self, sent: bool) -> Failure {
        match self {
            Lost::Broken(error) => Failure { code: Code::UpstreamUnreachable, detail: describe(error), sent },
            Lost::Silent => {
                let detail = format!("no answer within {}", seconds(UPSTREAM_SILENCE));
                Failure { code: Code::UpstreamTimeout, detail, sent }
            }
        }
    }
}

/// Waits for the head of the answer for as long as bytes still leave, and `UPSTREAM_SILENCE` more.
pub async fn within_silence<F, T, E>(answer: F, tally: &Tally) -> Result<T, Lost<E>>
where
    F: Future<Output = Result<T, E>>,
{
    tokio::pin!(answer);
    let mut seen = tally.bytes();
    loop {
        match tokio::time::timeout(UPSTREAM_SILENCE, &mut answer).await {
            Ok(result) => return result.map_err(Lost::Broken),
            Err(_) if tally.bytes() != seen => seen = tally.bytes(),
            Err(_) => return Err(Lost::Silent),
        }
    }
}

fn seconds(wait: Duration) -> String {
    format!("{} s", wait.as_secs())
}

/// hyper's error with its causes, which name the real reason.
pub fn describe(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A failure of a connection that carried one request. It takes nothing from here on: what is said of it stays true.
pub fn failure(tally: &Tally, lost: Lost<hyper::Error>) -> Failure {
    lost.failed(tally.seal())
}
