//! hyper's side of a connection: HTTP/1.1 over the strict reader, HTTP/2 with bounds.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Gate, Passage};
use crate::accept::Arrival;
use crate::audit::Event;
use crate::forward::Pool;
use crate::limits::{
    H2_CONNECTION_WINDOW, H2_LOCAL_RESETS_MAX, H2_PENDING_RESETS_MAX, H2_SEND_BUFFER, H2_STREAM_WINDOW,
    H2_STREAMS_MAX, HEAD_BYTES_MAX,
};
use crate::parse::strict::server;
use crate::parse::{Door, Refuser, Strict};

/// A connection from the accept loop: plain HTTP/1.1 to the explicit proxy.
pub async fn welcome(gate: Arc<Gate>, pool: Pool, arrival: Arrival) {
    let Arrival { stream, peer, seat } = arrival;
    if stream.set_nonblocking(true).is_err() {
        return;
    }
    let Ok(stream) = tokio::net::TcpStream::from_std(stream) else { return };
    let Ok(local) = stream.local_addr() else { return };
    let seat = Arc::new((seat, gate.metrics.connection()));
    let passage = Passage {
        gate,
        pool,
        door: Door::Explicit,
        agent: None,
        peer,
        local,
        line: None,
        version: "HTTP/1.1",
        seat,
    };
    http1(passage, stream, Bytes::new()).await;
}

/// Serves HTTP/1.1. `prefix` was read ahead.
pub async fn http1<S>(mut passage: Passage, stream: S, prefix: Bytes)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (strict, line) = Strict::new(stream, prefix, passage.refuser());
    passage.line = Some(line);
    passage.version = "HTTP/1.1";
    let passage = Arc::new(passage);
    let service = service_fn(move |request| {
        let passage = passage.clone();
        async move { Ok::<_, Infallible>(passage.pass(request).await) }
    });
    let connection = server().serve_connection(TokioIo::new(strict), service).with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an HTTP/1.1 connection ended");
    }
}

/// Serves HTTP/2.
pub async fn http2<S>(mut passage: Passage, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    passage.version = "HTTP/2";
    let passage = Arc::new(passage);
    let service = service_fn(move |request| {
        let passage = passage.clone();
        async move { Ok::<_, Infallible>(passage.pass(request).await) }
    });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(std::time::Duration::from_secs(20))
        .max_concurrent_streams(H2_STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        .max_send_buf_size(H2_SEND_BUFFER)
        .max_pending_accept_reset_streams(H2_PENDING_RESETS_MAX)
        .max_local_error_reset_streams(H2_LOCAL_RESETS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an HTTP/2 connection ended");
    }
}

impl Passage {
    /// What the strict reader calls when a head never becomes a request.
    fn refuser(&self) -> Refuser {
        let (gate, source, agent) = (self.gate.clone(), self.peer.ip(), self.agent.clone());
        Arc::new(move |refusal| {
            gate.refuse_head(refusal, gate.record(Event::Refused, source, agent.as_ref()))
        })
    }
}
