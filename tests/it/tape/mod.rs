//! The tape: an upstream that remembers every byte of every connection, in the clear or over TLS, HTTP/1.1 only,
//! and answers as a script says. What is on no tape was not sent; what is on it twice was sent twice.

mod script;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::message::{Framing, Head, Reader};
use crate::wait;

pub use script::{Answer, Latch, Opening, ok};

/// Bytes that are kept of one connection and of one body; the rest is counted and hashed only.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub head: Head,
    /// The head's bytes.
    pub raw_head: Vec<u8>,
    /// The body, without its framing, as far as it is kept.
    pub body: Vec<u8>,
    pub body_len: u64,
    /// The connection that it came on.
    pub connection: usize,
}

impl Request {
    /// Head and body, as they were on the wire (where the body had a length).
    pub fn raw(&self) -> Vec<u8> {
        [self.raw_head.as_slice(), self.body.as_slice()].concat()
    }
}

/// One connection.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Every byte that was read, decrypted.
    pub bytes: Vec<u8>,
    pub requests: usize,
    /// What was wrong with what came, if anything was.
    pub fault: Option<String>,
    pub ended: bool,
}

#[derive(Default)]
struct Reel {
    connections: Vec<Connection>,
    requests: Vec<Request>,
    sockets: Vec<Option<TcpStream>>,
    stopped: bool,
}

type Script = Box<dyn Fn(&Request) -> Answer + Send + Sync>;
type Openings = Box<dyn Fn(usize) -> Opening + Send + Sync>;

struct Shared {
    reel: Mutex<Reel>,
    script: Mutex<Arc<Script>>,
    openings: Mutex<Arc<Openings>>,
    tls: Option<Arc<ServerConfig>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The upstream.
pub struct Tape {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Tape {
    /// In the clear.
    pub fn plain() -> Self {
        Self::start(None)
    }

    /// Over TLS.
    pub fn tls(config: Arc<ServerConfig>) -> Self {
        Self::start(Some(config))
    }

    fn start(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the kernel's choice");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            reel: Mutex::default(),
            script: Mutex::new(Arc::new(Box::new(ok))),
            openings: Mutex::new(Arc::new(Box::new(|_| Opening::Serve))),
            tls,
        });
        let keeper = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &keeper));
        Self { address, shared }
    }

    /// From now on requests are answered so.
    pub fn answer(&self, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        *lock(&self.shared.script) = Arc::new(Box::new(script));
    }

    /// From now on connections, by their number, are treated so.
    pub fn opening(&self, openings: impl Fn(usize) -> Opening + Send + Sync + 'static) {
        *lock(&self.shared.openings) = Arc::new(Box::new(openings));
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    pub fn scheme(&self) -> &'static str {
        if self.shared.tls.is_some() { "https" } else { "http" }
    }

    /// `scheme://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.authority())
    }

    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.reel).requests.clone()
    }

    pub fn connections(&self) -> Vec<Connection> {
        lock(&self.shared.reel).connections.clone()
    }

    /// The requests that are not reads by their method.
    pub fn mutations(&self) -> Vec<Request> {
        let mutating = |request: &Request| !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        self.requests().into_iter().filter(mutating).collect()
    }

    /// Waits until that many requests have arrived, and returns all there are.
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        wait::until(&format!("{count} requests on the tape"), || {
            let requests = self.requests();
            (requests.len() >= count).then_some(requests)
        })
    }

    /// Not one byte arrived.
    pub fn assert_empty(&self, case: &str) {
        for connection in self.connections() {
            let shown = String::from_utf8_lossy(&connection.bytes).into_owned();
            assert!(connection.bytes.is_empty(), "{case}: the upstream got {shown:?}");
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let mut reel = lock(&self.shared.reel);
        reel.stopped = true;
        for socket in reel.sockets.drain(..).flatten() {
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
        drop(reel);
        // Wakes the accept loop, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
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
            reel.connections[number].ended = true;
            reel.connections[number].fault = result.err().map(|fault| fault.to_string());
            // With its last handle the socket closes, or resets where that was asked for.
            if let Some(handle) = reel.sockets.get_mut(number) {
                *handle = None;
            }
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
fn reset(socket: &TcpStream) -> io::Result<()> {
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
