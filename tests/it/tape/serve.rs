//! Serving a tape's connections: every byte is written down as it is read, and whatever is not plainly one request
//! after the other is a fault.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use super::{Connection, KEPT_BYTES, Opening, Request, Shared, lock, script};
use crate::message::{Framing, Head, Reader};

/// Takes connections until the tape is dropped.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for socket in listener.incoming() {
        let Ok(socket) = socket else { continue };
        let mut reel = lock(&shared.reel);
        if reel.stopped {
            return;
        }
        let number = reel.connections.len();
        reel.connections.push(Connection::default());
        reel.sockets.push(socket.try_clone().ok());
        drop(reel);
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            let _ = socket.set_nodelay(true);
            let result = serve(&shared, number, &socket);
            let mut reel = lock(&shared.reel);
            // With its last handle the socket closes, or resets where that was asked for; it has ended after that.
            if let Some(handle) = reel.sockets.get_mut(number) {
                *handle = None;
            }
            drop(socket);
            reel.connections[number].fault = result.err().map(|fault| fault.to_string());
            reel.connections[number].ended = true;
        });
    }
}

/// Reads through, and writes every byte down.
struct Recorder<'a, S> {
    stream: S,
    shared: &'a Shared,
    number: usize,
}

impl<S: Read> Read for Recorder<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        let kept = &mut lock(&self.shared.reel).connections[self.number].bytes;
        let room = KEPT_BYTES.saturating_sub(kept.len()).min(count);
        kept.extend_from_slice(&buffer[..room]);
        Ok(count)
    }
}

fn serve(shared: &Shared, number: usize, socket: &TcpStream) -> io::Result<()> {
    let opening = Arc::clone(&lock(&shared.openings))(number);
    match &shared.tls {
        None => converse(Recorder { stream: socket, shared, number }, &opening, socket),
        Some(config) => {
            let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            let stream = StreamOwned::new(session, socket);
            converse(Recorder { stream, shared, number }, &opening, socket)
        }
    }
}

fn converse<S: Read + Write>(
    mut stream: Recorder<'_, S>,
    opening: &Opening,
    socket: &TcpStream,
) -> io::Result<()> {
    if let Opening::ResetAfter(count) = opening {
        let mut bytes = vec![0; *count];
        stream.read_exact(&mut bytes)?;
        return reset(socket);
    }
    let mut reader = Reader::new();
    while let Some(request) = read_request(&mut stream, &mut reader)? {
        let script = Arc::clone(&lock(&stream.shared.script));
        let keep = script::perform(script(&request), &mut stream.stream, socket)?;
        if !keep {
            return Ok(());
        }
    }
    Ok(())
}

/// Closes with a reset, as a crashed server does.
pub(super) fn reset(socket: &TcpStream) -> io::Result<()> {
    rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO))?;
    Ok(())
}

fn read_request<S: Read>(stream: &mut Recorder<'_, S>, reader: &mut Reader) -> io::Result<Option<Request>> {
    let raw_head = match reader.head(stream) {
        Ok(Some(raw)) => raw,
        Ok(None) => return Ok(None),
        // A pooled connection that is reset while idle is no fault.
        Err(_) if reader.rest().is_empty() => return Ok(None),
        Err(error) => return Err(error),
    };
    let head = Head::parse(&raw_head).map_err(io::Error::other)?;
    let [method, target, "HTTP/1.1"] = head.start.split(' ').collect::<Vec<_>>()[..] else {
        return Err(io::Error::other(format!("a request line that is none: {:?}", head.start)));
    };
    let (method, target) = (method.to_owned(), target.to_owned());
    let (mut body, mut body_len) = (Vec::new(), 0);
    let keep = |piece: &[u8]| {
        body.extend_from_slice(&piece[..piece.len().min(KEPT_BYTES.saturating_sub(body.len()))]);
        body_len += piece.len() as u64;
    };
    match head.framing().map_err(io::Error::other)? {
        Framing::Unsaid => {}
        Framing::Length(length) => reader.exactly(stream, length, keep)?,
        Framing::Chunked => reader.chunked(stream, keep, |_| {})?,
    }
    let request = Request { method, target, head, raw_head, body, body_len, connection: stream.number };
    let mut reel = lock(&stream.shared.reel);
    reel.connections[stream.number].requests += 1;
    reel.requests.push(request.clone());
    Ok(Some(request))
}
