//! A connection that speaks HTTP/2: opened with the preface and our settings, and good once the upstream's own
//! settings have come. That is still the handshake: no byte of a request has left.
//!
//! No keep-alive pings: gRPC's servers end a connection that sends them more often than every five minutes. The
//! connection's window is that of all its streams together, so that one stream which its agent does not read
//! never stops the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::oneshot;

use super::Failure;
use super::body::Outgoing;
use super::frames::Frames;
use super::send::describe;
use super::stream::Stream;
use super::tally::Tally;
use crate::code::Code;
use crate::limits::{
    H2_SEND_BUFFER, HEAD_BYTES_MAX, UPSTREAM_SETTINGS_WAIT, UPSTREAM_STREAM_WINDOW, UPSTREAM_STREAMS_MAX,
};

/// A connection that takes requests.
#[derive(Clone)]
pub struct Channel {
    pub(super) sender: SendRequest<Outgoing>,
    pub(super) tally: Tally,
    room: Arc<AtomicUsize>,
}

impl Channel {
    /// How many streams may be open at a time: ours and the upstream's bound, whichever is lower.
    pub fn room(&self) -> usize {
        self.room.load(Ordering::Relaxed).clamp(1, UPSTREAM_STREAMS_MAX)
    }
}

/// Shakes hands.
pub async fn open(stream: Stream) -> Result<Channel, Failure> {
    let (frames, tally, heard) = Frames::new(stream);
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .initial_stream_window_size(UPSTREAM_STREAM_WINDOW)
        .initial_connection_window_size(UPSTREAM_STREAM_WINDOW * UPSTREAM_STREAMS_MAX as u32)
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .max_send_buf_size(H2_SEND_BUFFER)
        .handshake(TokioIo::new(frames))
        .await
        .map_err(|error| Failure::unsent(Code::UpstreamUnreachable, describe(&error)))?;
    let room = Arc::new(AtomicUsize::new(UPSTREAM_STREAMS_MAX));
    let (ready, spoken) = oneshot::channel();
    tokio::spawn(drive(connection, heard, ready, room.clone()));
    match tokio::time::timeout(UPSTREAM_SETTINGS_WAIT, spoken).await {
        Ok(Ok(())) => Ok(Channel { sender, tally, room }),
        Ok(Err(_)) => Err(Failure::unsent(
            Code::UpstreamUnreachable,
            "the upstream closed the connection, or answered in another protocol, where HTTP/2 was to be spoken",
        )),
        Err(_) => {
            Err(Failure::unsent(Code::UpstreamTimeout, "the upstream's HTTP/2 settings did not come in time"))
        }
    }
}

/// Runs a connection to its end, says when the upstream has spoken, and keeps its bound on streams known.
async fn drive(
    connection: Connection<TokioIo<Frames<Stream>>, Outgoing, TokioExecutor>,
    mut heard: oneshot::Receiver<()>,
    ready: oneshot::Sender<()>,
    room: Arc<AtomicUsize>,
) {
    let mut connection = std::pin::pin!(connection);
    let mut ready = Some(ready);
    std::future::poll_fn(|cx| {
        if ready.is_some()
            && let Poll::Ready(result) = std::pin::Pin::new(&mut heard).poll(cx)
            && let Some(ready) = ready.take()
            && result.is_ok()
        {
            room.store(connection.current_max_send_streams(), Ordering::Relaxed);
            let _ = ready.send(());
        }
        let ended = connection.as_mut().poll(cx);
        room.store(connection.current_max_send_streams(), Ordering::Relaxed);
        ended.map(drop)
    })
    .await;
}

/// What an error says of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The upstream says that it has done nothing with it (RFC 9113 sections 6.8, 8.7).
    Refused,
    /// It was reset; the connection is still good.
    Reset,
    /// The connection is of no more use.
    Lost,
}

/// Reads it out of hyper's error.
pub fn fate(error: &hyper::Error) -> Fate {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return match (error.is_go_away(), error.is_reset()) {
                (true, _) if error.is_remote() => Fate::Refused,
                (_, true) if refused && error.is_remote() => Fate::Refused,
                (_, true) => Fate::Reset,
                _ => Fate::Lost,
            };
        }
        cause = error.source();
    }
    Fate::Lost
}
