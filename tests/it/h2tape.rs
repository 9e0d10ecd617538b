//! The tape for HTTP/2: an upstream that remembers every request of every stream, over TLS with ALPN or in the clear by
//! prior knowledge, and does with a stream what a script says.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, Response};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

use crate::house::House;
use crate::message::Head;
use crate::names::NAMES;
use crate::oracle;
use crate::pki::Flaw;
use crate::tape::Request;
use crate::wait;

/// One stream, as it is asked.
pub struct Call {
    pub connection: usize,
    /// As the frozen form has it: `host` first, then the fields in their order, without `te`.
    pub head: Head,
    pub te: Option<Vec<u8>>,
    pub body: RecvStream,
    pub reply: SendResponse<Bytes>,
    tape: Arc<Shared>,
}

impl Call {
    /// Waits for the whole body, and writes the request down.
    pub async fn whole(&mut self) -> Request {
        let mut body = Vec::new();
        while let Some(piece) = self.body.data().await {
            let Ok(piece) = piece else { break };
            let _ = self.body.flow_control().release_capacity(piece.len());
            body.extend_from_slice(&piece);
        }
        self.write_down(body)
    }

    /// Writes the request down with this body.
    pub fn write_down(&self, body: Vec<u8>) -> Request {
        let mut words = self.head.start.split(' ');
        let mut next = || words.next().unwrap_or_default().to_owned();
        let (method, target) = (next(), next());
        let mut raw_head = format!("{}\r\n", self.head.start).into_bytes();
        for (name, value) in &self.head.fields {
            raw_head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        raw_head.extend_from_slice(b"\r\n");
        let body_len = body.len() as u64;
        let request = Request {
            method,
            target,
            head: self.head.clone(),
            raw_head,
            body,
            body_len,
            connection: self.connection,
        };
        lock(&self.tape.requests).push(request.clone());
        request
    }

    /// Answers whole: 200 with this body, and trailers where there are some.
    pub async fn answer(&mut self, fields: &[(&str, &str)], body: &[u8], trailers: &[(&str, &str)]) {
        let end = body.is_empty() && trailers.is_empty();
        let Ok(mut stream) = self.reply.send_response(head(200, fields), end) else { return };
        if end {
            return;
        }
        let _ = stream.send_data(Bytes::copy_from_slice(body), trailers.is_empty());
        if !trailers.is_empty() {
            let _ = stream.send_trailers(map(trailers));
        }
    }
}

/// A head of an answer.
pub fn head(status: u16, fields: &[(&str, &str)]) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    *response.headers_mut() = map(fields);
    response
}

/// Fields.
pub fn map(fields: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (name.parse::<http::HeaderName>().expect("a name"), value.parse().expect("a value"))
    };
    fields.iter().map(pair).collect()
}

type Done = Pin<Box<dyn Future<Output = ()> + Send>>;
type Script = Arc<dyn Fn(Call) -> Done + Send + Sync>;

struct Shared {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    script: Mutex<Script>,
    streams_max: u32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The upstream.
pub struct H2Tape {
    address: SocketAddr,
    tls: bool,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

impl H2Tape {
    /// Over TLS, with a certificate that this house trusts; ALPN offers HTTP/2 first.
    pub fn tls(house: &House) -> Self {
        Self::start(Some(h2_server(house)), 256)
    }

    /// In the clear.
    pub fn clear() -> Self {
        Self::start(None, 256)
    }

    /// In the clear, with that many streams at a time.
    pub fn narrow(streams_max: u32) -> Self {
        Self::start(None, streams_max)
    }

    fn start(tls: Option<Arc<ServerConfig>>, streams_max: u32) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            script: Mutex::new(Arc::new(|call| Box::pin(ok(call)))),
            streams_max,
        });
        let secure = tls.is_some();
        runtime.spawn(accept(listener, tls.map(TlsAcceptor::from), shared.clone()));
        Self { address, tls: secure, shared, runtime: Some(runtime) }
    }

    /// From now on streams are treated so.
    pub fn script<F: Future<Output = ()> + Send + 'static>(
        &self,
        script: impl Fn(Call) -> F + Send + Sync + 'static,
    ) {
        *lock(&self.shared.script) = Arc::new(move |call| Box::pin(script(call)));
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// `http` or `https`
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// What has arrived.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until that many requests have arrived.
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        wait::until(&format!("{count} requests on the tape"), || {
            let requests = self.requests();
            (requests.len() >= count).then_some(requests)
        })
    }

    /// Stops the house and checks what arrived here against its record.
    pub fn check(&self, house: House) {
        let mutations =
            self.requests().into_iter().filter(|request| !matches!(request.method.as_str(), "GET" | "HEAD"));
        let arrivals = mutations.map(|request| (oracle::digest_of(self.scheme(), &request), request));
        oracle::arrived(&house.shut(), arrivals.collect());
    }
}

impl Drop for H2Tape {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A server's TLS that prefers HTTP/2.
pub fn h2_server(house: &House) -> Arc<ServerConfig> {
    let mut config = ServerConfig::clone(&house.authority.server(&NAMES, Flaw::None));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Does what it is asked.
pub async fn ok(mut call: Call) {
    call.whole().await;
    call.answer(&[("content-type", "text/plain"), ("content-length", "3")], b"ok\n", &[]).await;
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(welcome(stream, tls.clone(), shared.clone(), number));
    }
}

async fn welcome(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>, number: usize) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => serve(stream, shared, number).await,
        Some(tls) => {
            let Ok(stream) = tls.accept(stream).await else { return };
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "HTTP/2 was not offered");
            serve(stream, shared, number).await;
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>, number: usize) {
    let mut builder = h2::server::Builder::new();
    let opened = builder.max_concurrent_streams(shared.streams_max).handshake::<_, Bytes>(stream).await;
    let Ok(mut connection) = opened else { return };
    while let Some(Ok((request, reply))) = connection.accept().await {
        let (parts, body) = request.into_parts();
        let uri = parts.uri;
        let target = uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
        let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let mut fields = vec![("host".to_owned(), authority.as_bytes().to_vec())];
        let own = parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        fields.extend(own.filter(|(name, _)| name != "te"));
        let call = Call {
            connection: number,
            head: Head { start: format!("{} {target} HTTP/1.1", parts.method), fields },
            te: parts.headers.get("te").map(|value| value.as_bytes().to_vec()),
            body,
            reply,
            tape: shared.clone(),
        };
        tokio::spawn(lock(&shared.script).clone()(call));
    }
}
