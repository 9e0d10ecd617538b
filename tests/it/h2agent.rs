//! An agent that speaks HTTP/2 through a tunnel, with everything that gRPC needs: trailers, and both ways at once.

use std::path::Path;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::h2tape::H2Tape;
use crate::house::House;
use crate::{pki, wait};

/// One connection.
pub struct H2Agent {
    runtime: Runtime,
    sender: SendRequest<Bytes>,
    base: String,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub fields: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
}

impl Answer {
    /// The value of a field, or nothing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of a trailer, or nothing.
    pub fn trailer(&self, name: &str) -> &str {
        let value = self.trailers.as_ref().and_then(|trailers| trailers.get(name));
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer that comes, or what broke it.
pub type Pending = JoinHandle<Result<Answer, h2::Error>>;

impl H2Agent {
    /// A tunnel to this upstream; TLS in it where the upstream speaks TLS.
    pub fn open(house: &House, tape: &H2Tape) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let authority = tape.authority();
        let (proxy, ca) = (house.proxy(), house.ca());
        let secure = tape.scheme() == "https";
        let sender = runtime.block_on(async {
            let stream = tunnel(TcpStream::connect(proxy).await.expect("the proxy"), &authority).await;
            if secure { shake(secured(stream, &ca).await).await } else { shake(stream).await }
        });
        Self { runtime, sender, base: format!("{}://{authority}", tape.scheme()) }
    }

    /// Opens a stream.
    pub fn stream(&self, method: &str, path: &str, fields: &[(&str, &str)], end: bool) -> Stream<'_> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        let (answer, body) = self.runtime.block_on(async {
            let mut sender = self.sender.clone().ready().await.expect("the connection stands");
            sender.send_request(request, end).expect("the stream opens")
        });
        Stream { agent: self, answer: Some(answer), body, coming: None }
    }

    /// Asks, and does not wait.
    pub fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &'static [u8]) -> Pending {
        let mut stream = self.stream(method, path, fields, body.is_empty());
        if !body.is_empty() {
            stream.body.send_data(Bytes::from_static(body), true).expect("the stream is open");
        }
        let answer = stream.answer.take().expect("nobody has waited for it");
        self.runtime.spawn(whole(answer))
    }

    /// Asks, and waits.
    pub fn call(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &'static [u8]) -> Answer {
        self.wait(self.ask(method, path, fields, body)).expect("a whole answer")
    }

    /// Waits for an answer.
    pub fn wait(&self, pending: Pending) -> Result<Answer, h2::Error> {
        self.run(pending).expect("the task ends")
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { tokio::time::timeout(wait::DEADLINE, future).await.expect("in time") })
    }
}

/// One stream, both ways.
pub struct Stream<'a> {
    agent: &'a H2Agent,
    answer: Option<ResponseFuture>,
    body: SendStream<Bytes>,
    coming: Option<RecvStream>,
}

impl Stream<'_> {
    /// Sends a piece of the body.
    pub fn say(&mut self, piece: &'static [u8], end: bool) {
        self.body.send_data(Bytes::from_static(piece), end).expect("the stream is open");
    }

    /// Resets it.
    pub fn reset(&mut self) {
        self.body.send_reset(h2::Reason::CANCEL);
    }

    /// Waits for the head of the answer.
    pub fn status(&mut self) -> u16 {
        let answer = self.answer.take().expect("it is waited for once");
        let (parts, body) = self.agent.run(answer).expect("an answer").into_parts();
        self.coming = Some(body);
        parts.status.as_u16()
    }

    /// Waits for the next piece of the answer; nothing at its end.
    pub fn hear(&mut self) -> Vec<u8> {
        let coming = self.coming.as_mut().expect("the head has come");
        let piece = self.agent.run(coming.data());
        piece.map(|piece| piece.expect("a piece").to_vec()).unwrap_or_default()
    }

    /// Whether what comes next is an error.
    pub fn breaks(&mut self) -> bool {
        let coming = self.coming.as_mut().expect("the head has come");
        self.agent.run(coming.data()).is_some_and(|piece| piece.is_err())
    }

    /// Waits for the trailers.
    pub fn trailers(&mut self) -> HeaderMap {
        let coming = self.coming.as_mut().expect("the head has come");
        self.agent.run(coming.trailers()).expect("the answer ends well").expect("trailers")
    }
}

async fn whole(answer: ResponseFuture) -> Result<Answer, h2::Error> {
    let (parts, mut body) = answer.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        bytes.extend_from_slice(&piece);
    }
    let trailers = body.trailers().await?;
    Ok(Answer { status: parts.status.as_u16(), fields: parts.headers, body: bytes, trailers })
}

async fn tunnel(mut stream: TcpStream, authority: &str) -> TcpStream {
    let ask = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.expect("the proxy listens");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer to CONNECT"));
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    stream
}

async fn secured(stream: TcpStream, ca: &Path) -> impl AsyncRead + AsyncWrite + Unpin + Send + 'static {
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    TlsConnector::from(pki::client(ca, &["h2"])).connect(name, stream).await.expect("the handshake")
}

async fn shake(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> SendRequest<Bytes> {
    let (sender, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}
