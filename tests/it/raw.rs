//! An agent made of raw sockets: it sends the bytes of a case as they stand, and reads what comes back without
//! mercy. Three ways in: the proxy's own listener, a tunnel in the clear, a tunnel with TLS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::message::{Framing, Head, Reader};
use crate::reply::Reply;
use crate::{pki, wait};

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(buffer),
            Stream::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}

/// A connection through the proxy.
pub struct Wire {
    stream: Stream,
    reader: Reader,
}

impl Wire {
    /// To the proxy's own listener.
    pub fn open(proxy: SocketAddr) -> Self {
        Self::try_open(proxy).expect("the proxy listens")
    }

    /// The same, where nobody may be listening.
    pub fn try_open(proxy: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(proxy)?;
        stream.set_read_timeout(Some(wait::DEADLINE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: Stream::Plain(stream), reader: Reader::new() })
    }

    /// A tunnel to this authority, still in the clear.
    pub fn tunnel(proxy: SocketAddr, authority: &str) -> Self {
        let mut wire = Self::open(proxy);
        wire.send(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
        wire.connected()
    }

    /// After a CONNECT: reads the answer, which must open the tunnel.
    pub fn connected(mut self) -> Self {
        let head = self.reader.head(&mut self.stream).expect("an answer").expect("an answer to CONNECT");
        let head = Head::parse(&head).expect("a well-formed answer");
        assert_eq!(head.start.get(9..12), Some("200"), "CONNECT was answered {}", head.start);
        self
    }

    /// A tunnel with TLS inside it. `name` goes into the SNI, where it is no address, and is checked.
    pub fn tls(proxy: SocketAddr, authority: &str, name: &str, roots: &Path, alpn: &[&str]) -> Self {
        Self::try_tls(proxy, authority, name, roots, alpn).expect("the handshake succeeds")
    }

    /// `tls`, where the handshake may fail.
    pub fn try_tls(
        proxy: SocketAddr,
        authority: &str,
        name: &str,
        roots: &Path,
        alpn: &[&str],
    ) -> io::Result<Self> {
        Self::tunnel(proxy, authority).secured(name, pki::client(roots, alpn))
    }

    /// Shakes hands over what was in the clear until now.
    pub fn secured(self, name: &str, config: std::sync::Arc<rustls::ClientConfig>) -> io::Result<Self> {
        let Stream::Plain(mut stream) = self.stream else { return Err(io::Error::other("TLS in TLS")) };
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(config, name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        let stream = Stream::Tls(Box::new(StreamOwned::new(session, stream)));
        Ok(Self { stream, reader: Reader::new() })
    }

    /// Whether the TLS session went on from an earlier one.
    pub fn resumed(&self) -> bool {
        match &self.stream {
            Stream::Plain(_) => false,
            Stream::Tls(stream) => stream.conn.handshake_kind() == Some(rustls::HandshakeKind::Resumed),
        }
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => &stream.sock,
        }
    }

    /// Writes bytes; a proxy that has closed already is no error, for the answer says why.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush());
    }

    /// Writes bytes, or says that they could not be written.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush())
    }

    /// No more will be sent, but answers are read.
    pub fn finish(&self) {
        let _ = self.socket().shutdown(Shutdown::Write);
    }

    /// One whole answer.
    pub fn reply(&mut self) -> Reply {
        self.try_reply(false).expect("an answer is whole").expect("an answer comes")
    }

    /// The answer to a HEAD request.
    pub fn head_reply(&mut self) -> Reply {
        self.try_reply(true).expect("an answer is whole").expect("an answer comes")
    }

    /// One whole answer; `None` where the connection ends instead.
    pub fn try_reply(&mut self, to_head: bool) -> io::Result<Option<Reply>> {
        let mut interim = Vec::new();
        loop {
            let Some(raw) = self.reader.head(&mut self.stream)? else { return Ok(None) };
            let head = Head::parse(&raw).map_err(io::Error::other)?;
            let status = head.start.get(9..12).and_then(|digits| digits.parse::<u16>().ok());
            let status = status.ok_or_else(|| io::Error::other("an answer without a status"))?;
            if (100..200).contains(&status) && status != 101 {
                interim.push(status);
                continue;
            }
            let body = self.body(&head, status, to_head)?;
            return Ok(Some(Reply { status, head, body, interim }));
        }
    }

    fn body(&mut self, head: &Head, status: u16, to_head: bool) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        let keep = |piece: &[u8]| body.extend_from_slice(piece);
        if to_head || matches!(status, 101 | 204 | 304) {
            return Ok(body);
        }
        match head.framing().map_err(io::Error::other)? {
            Framing::Length(length) => self.reader.exactly(&mut self.stream, length, keep)?,
            Framing::Chunked => self.reader.chunked(&mut self.stream, keep, |_| {})?,
            Framing::Unsaid => self.reader.until_end(&mut self.stream, keep)?,
        }
        Ok(body)
    }

    /// Reads the answer's head, and hands the body on without keeping it. Returns the status and the length.
    pub fn drain_reply(&mut self) -> (u16, u64) {
        let raw = self.reader.head(&mut self.stream).expect("an answer").expect("an answer comes");
        let head = Head::parse(&raw).expect("a well-formed answer");
        let mut length = 0;
        let count = |piece: &[u8]| length += piece.len() as u64;
        match head.framing().expect("a framed answer") {
            Framing::Length(length) => self.reader.exactly(&mut self.stream, length, count),
            Framing::Chunked => self.reader.chunked(&mut self.stream, count, |_| {}),
            Framing::Unsaid => self.reader.until_end(&mut self.stream, count),
        }
        .expect("the body is whole");
        (head.start[9..12].parse().expect("a status"), length)
    }

    /// Every byte until the other side closes. A reset counts as a close; silence until the deadline does not.
    pub fn until_close(&mut self, case: &str) -> Vec<u8> {
        let mut all = Vec::new();
        match self.reader.until_end(&mut self.stream, |piece| all.extend_from_slice(piece)) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                panic!("{case}: the connection stayed open after {:?}", String::from_utf8_lossy(&all));
            }
            Err(_) => {}
        }
        all
    }

    /// Raw access, for frames.
    pub fn read_more(&mut self) -> io::Result<bool> {
        self.reader.more(&mut self.stream)
    }

    /// What was read and not taken yet.
    pub fn pending(&self) -> &[u8] {
        self.reader.rest()
    }

    /// Takes bytes that were read.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        self.reader.take(count)
    }
}
