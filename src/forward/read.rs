//! Reads: on a pooled connection where there is one, else on a fresh one. If the pooled connection turns out closed
//! before it took a byte, the read goes once more, on a fresh one; nothing else is ever sent twice.

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Request, Response};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Failure;
use super::answer::{Answer, Home};
use super::body::Outgoing;
use super::connect::Upstream;
use super::fields::{check, clean};
use super::pool::{Idle, Key, Pool};
use super::send::{describe, failure, request, within_silence};
use super::witness::Witness;
use crate::agent::Agent;
use crate::audit::Receipt;
use crate::code::Code;
use crate::kind::Read;
use crate::limits::{ANSWER_FIELDS_MAX, HTTP1_BUFFER};
use crate::release::Release;

/// Sends a read. The receipt stays with the caller, whose exchange fills its place when the body has ended.
pub async fn fetch(
    upstream: &Upstream,
    pool: &Pool,
    agent: &Agent,
    release: Release<Read>,
    _receipt: &Receipt<Read>,
) -> Result<Response<Answer>, Failure> {
    let (head, content) = release.into_parts();
    let key = Key::new(head.origin.clone(), agent);
    let mut request = request(&head, Outgoing::of(content))?;
    let bound = binds_identity(request.headers());
    if !bound && let Some(idle) = pool.take(&key) {
        match attempt(idle, request, pool, &key).await {
            Ok(response) => return Ok(response),
            Err(Attempt::Failed(failure)) => return Err(failure),
            Err(Attempt::Untouched(back)) => request = *back,
        }
    }
    let idle = connect(upstream, &head.origin).await?;
    match attempt(idle, request, pool, &key).await {
        Ok(mut response) => {
            if bound {
                response.body_mut().stay_away();
            }
            Ok(response)
        }
        Err(Attempt::Failed(failure)) => Err(failure),
        Err(Attempt::Untouched(_)) => {
            Err(Failure::unsent(Code::UpstreamUnreachable, "the upstream closed the connection at once"))
        }
    }
}

enum Attempt {
    Failed(Failure),
    /// The connection took no byte of it.
    Untouched(Box<Request<Outgoing>>),
}

async fn connect(upstream: &Upstream, origin: &crate::origin::Origin) -> Result<Idle, Failure> {
    let line = upstream.connect(origin).await?;
    let (stream, tally) = Witness::counting(line.stream);
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(HTTP1_BUFFER)
        .max_headers(ANSWER_FIELDS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Failure::unsent(Code::UpstreamUnreachable, describe(&error)))?;
    tokio::spawn(connection);
    Ok(Idle { sender, tally })
}

async fn attempt(
    mut idle: Idle,
    request: Request<Outgoing>,
    pool: &Pool,
    key: &Key,
) -> Result<Response<Answer>, Attempt> {
    let before = idle.tally.bytes();
    let mut untouched = None;
    let answer = idle.sender.try_send_request(request);
    let answer = async {
        match answer.await {
            Ok(response) => Ok(response),
            Err(mut error) => {
                untouched = error.take_message();
                Err(error.into_error())
            }
        }
    };
    let result = within_silence(answer, &idle.tally).await;
    let response = match (result, untouched) {
        (Ok(response), _) => response,
        (Err(_), Some(request)) if idle.tally.bytes() == before => {
            return Err(Attempt::Untouched(Box::new(request)));
        }
        (Err(detail), _) => return Err(Attempt::Failed(failure(&idle.tally, detail))),
    };
    let (mut parts, body) = response.into_parts();
    check(&parts).map_err(Attempt::Failed)?;
    let keep = !binds_identity(&parts.headers);
    clean(&mut parts);
    let home = keep.then(|| Home { pool: pool.clone(), key: key.clone(), idle });
    Ok(Response::from_parts(parts, Answer::new(body, home)))
}

/// Whether an authentication scheme of these fields belongs to the connection and not to the request.
fn binds_identity(fields: &HeaderMap) -> bool {
    fields.get_all(AUTHORIZATION).iter().chain(fields.get_all(WWW_AUTHENTICATE).iter()).any(|value| {
        let scheme = value.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"ntlm") || scheme.eq_ignore_ascii_case(b"negotiate")
    })
}
