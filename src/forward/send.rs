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
use crate::hold::Permit;
use crate::kind::Mutation;
use crate::limits::{ANSWER_FIELDS_MAX, HTTP1_BUFFER, UPSTREAM_SILENCE};
use crate::release::{Content, Release};
use crate::snapshot::Head;

/// An answer that has begun. The connection closes when the body ends.
pub struct Sent {
    /// The answer, without fields of this hop.
    pub response: Response<Answer>,
}

/// Sends a mutation. Consumes the line, the permission, the record of it, and the permit that a freeze takes back.
pub async fn send(
    line: Line,
    release: Release<Mutation>,
    _receipt: Receipt<Mutation>,
    permit: Permit,
) -> Result<Sent, Failure> {
    let (head, content) = release.into_parts();
    let (response, home) = match line.wire {
        Wire::Http1(stream) => (over_http1(stream, &head, content, permit).await?, None),
        Wire::Http2(channel) => {
            let request = request::http2(&head, Outgoing::of(content))?;
            channel.tally.needs(permit);
            (over_http2(&channel, request).await?, Some(Home::Alone(channel)))
        }
    };
    Ok(Sent { response: answered(response, &head, home)? })
}

async fn over_http1(
    stream: Stream,
    head: &Head,
    content: Content,
    permit: Permit,
) -> Result<Response<Incoming>, Failure> {
    let (frozen, body_len) = match &content {
        Content::Whole(body, _) => (head.http1(), body.len()),
        // A body of unknown length is chunked, which hyper says in a field of its own.
        Content::Stream(_) => (Vec::new(), 0),
    };
    let request = request::http1(head, Outgoing::of(content))?;
    let (stream, tally) = Witness::expecting(stream, frozen, body_len);
    tally.needs(permit);
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
    let sent = tally.seal();
    if !sent && tally.was_stopped() {
        return Failure::unsent(Code::Frozen, "a freeze came before its first byte");
    }
    lost.failed(sent)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::forward::http2;
    use crate::origin::{Host, Origin, Scheme};
    use crate::secret::sha256;
    use crate::snapshot::{Body, Digest};

    const LENGTH: usize = 200 * 1024;

    fn head() -> Head {
        Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Http, Host::parse("forum.example").unwrap(), None),
            target: "/posts".into(),
            fields: vec![
                ("host".into(), Bytes::from_static(b"forum.example")),
                ("content-length".into(), LENGTH.to_string().into()),
            ],
        }
    }

    /// How many bytes of the body came, and whether they were all of it; every stream is answered 200 at its end.
    async fn upstream(listener: TcpListener) -> (usize, bool) {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (request, mut reply) = connection.accept().await.unwrap().unwrap();
        let reading = tokio::spawn(async move {
            let (mut body, mut count) = (request.into_body(), 0);
            while let Some(piece) = body.data().await {
                let Ok(piece) = piece else { return (count, false) };
                body.flow_control().release_capacity(piece.len()).unwrap();
                count += piece.len();
            }
            reply.send_response(Response::new(()), true).unwrap();
            (count, body.is_end_stream())
        });
        while connection.accept().await.is_some() {}
        reading.await.unwrap()
    }

    async fn sent(body: Body) -> (Result<u16, Failure>, (usize, bool)) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let seen = tokio::spawn(upstream(listener));
        let channel = http2::open(Stream::Plain(tcp)).await.unwrap();
        assert!(channel.tally.bytes() == 0, "a handshake is no request");
        let digest = Digest::of(&head(), body.len(), body.sha256());
        let request = request::http2(&head(), Outgoing::of(Content::Whole(body, digest))).unwrap();
        let result = over_http2(&channel, request).await.map(|response| response.status().as_u16());
        drop(channel);
        (result, seen.await.unwrap())
    }

    /// CASES HI-01: over HTTP/2 too, a body that was changed on disk never reaches its end.
    #[tokio::test]
    async fn a_changed_body_is_reset_before_its_last_piece() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("body");
        let mut bytes = vec![7; LENGTH];
        let hash = sha256(&bytes);
        let body = || Body::file(file.clone(), LENGTH as u64, hash, Arc::new(()));
        std::fs::write(&file, &bytes).unwrap();
        let (result, seen) = sent(body()).await;
        assert_eq!((result.unwrap(), seen), (200, (LENGTH, true)));
        bytes[10] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let (result, (count, whole)) = sent(body()).await;
        assert!(result.is_err_and(|failure| failure.sent));
        assert!(count < LENGTH && !whole);
    }
}
