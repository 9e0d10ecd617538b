//! The tape: an upstream that remembers every byte of every connection, in the clear or over TLS, HTTP/1.1 only,
//! and answers as a script says. What is on no tape was not sent; what is on it twice was sent twice.

mod script;
mod serve;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;

use crate::message::Head;
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
        std::thread::spawn(move || serve::accept(&listener, &keeper));
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

    /// The sender died while a body was on its way: that is no fault of the bytes before.
    pub fn excuse_a_body_cut_short(&self) {
        for connection in &mut lock(&self.shared.reel).connections {
            connection.fault.take_if(|fault| fault.as_str() == "the stream ended inside a body");
        }
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
