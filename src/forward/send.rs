//! Sending: one request on one fresh connection, once. Whatever comes back comes back to the agent as it is:
//! redirects, challenges and `Retry-After` are not acted upon.

use std::time::Duration;

use http::{Method, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Failure;
use super::answer::Answer;
use super::body::Outgoing;
use super::connect::Line;
use super::fields::{check, clean};
use super::witness::{Tally, Witness};
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
    let (frozen, body_len) = match &content {
        Content::Whole(body, _) => (head.http1(), body.len()),
        // A body of unknown length is chunked, which hyper says in a field of its own.
        Content::Stream(_) => (Vec::new(), 0),
    };
    let request = request(&head, Outgoing::of(content))?;
    let (stream, tally) = Witness::expecting(line.stream, frozen, body_len);
    crate::failpoint::hit("send.before_first_byte");
    let failed = |detail: String| failure(&tally, detail);
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HTTP1_BUFFER)
        .max_headers(ANSWER_FIELDS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(error.to_string()))?;
    tokio::spawn(connection);
    let answer = sender.send_request(request);
    let response = within_silence(answer, &tally).await.map_err(failed)?;
    let (mut parts, body) = response.into_parts();
    check(&parts)?;
    clean(&mut parts);
    Ok(Sent { response: Response::from_parts(parts, Answer::new(body, None)) })
}

/// The hyper request of a frozen head: same names, same order, same bytes.
pub fn request(head: &Head, body: Outgoing) -> Result<Request<Outgoing>, Failure> {
    let fault = |what: &str| Failure::unsent(Code::Internal, format!("the frozen {what} cannot be sent"));
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(head.method.as_bytes()).map_err(|_| fault("method"))?;
    *request.uri_mut() = head.target.parse::<Uri>().map_err(|_| fault("target"))?;
    for (name, value) in &head.fields {
        let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| fault("field name"))?;
        let value = http::HeaderValue::from_maybe_shared(value.clone()).map_err(|_| fault("field value"))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

/// Waits for the head of the answer for as long as bytes still leave, and `UPSTREAM_SILENCE` more.
pub async fn within_silence<F>(answer: F, tally: &Tally) -> Result<Response<Incoming>, String>
where
    F: Future<Output = hyper::Result<Response<Incoming>>>,
{
    tokio::pin!(answer);
    let mut seen = tally.bytes();
    loop {
        match tokio::time::timeout(UPSTREAM_SILENCE, &mut answer).await {
            Ok(result) => return result.map_err(|error| describe(&error)),
            Err(_) if tally.bytes() != seen => seen = tally.bytes(),
            Err(_) => return Err(format!("no answer within {}", seconds(UPSTREAM_SILENCE))),
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

/// A failure of a connection, and whether it had taken a byte.
pub fn failure(tally: &Tally, detail: impl Into<String>) -> Failure {
    let detail = detail.into();
    let sent = tally.bytes() > 0;
    let code =
        if detail.contains("no answer within") { Code::UpstreamTimeout } else { Code::UpstreamUnreachable };
    Failure { code, detail, sent }
}
