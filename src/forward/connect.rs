//! A fresh connection to an upstream: resolve, check, connect in order until one address answers, shake hands.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::resolve::addresses;
use super::{Failure, Guard, Resolve};
use crate::code::Code;
use crate::limits::{CONNECT_WAIT, UPSTREAM_TLS_WAIT};
use crate::origin::{Host, Origin, Scheme};

/// What is needed to reach upstreams.
#[derive(Clone)]
pub struct Upstream {
    tls: Arc<ClientConfig>,
    guard: Arc<Guard>,
    resolver: Arc<dyn Resolve>,
}

/// A connection that stands and has taken no byte yet.
pub struct Line {
    pub(super) stream: Stream,
}

/// Plain or over TLS.
pub enum Stream {
    /// For `http`.
    Plain(TcpStream),
    /// For `https`.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Upstream {
    /// Puts the three together.
    pub fn new(tls: Arc<ClientConfig>, guard: Guard, resolver: Arc<dyn Resolve>) -> Self {
        Self { tls, guard: Arc::new(guard), resolver }
    }

    /// Whether the origin resolves to addresses that may be dialled, without dialling one.
    pub async fn check(&self, origin: &Origin) -> Result<(), Failure> {
        addresses(self.resolver.as_ref(), &self.guard, origin).await.map(|_| ())
    }

    /// Connects.
    pub async fn connect(&self, origin: &Origin) -> Result<Line, Failure> {
        let found = addresses(self.resolver.as_ref(), &self.guard, origin).await?;
        let tcp = dial(&found).await?;
        let stream = match origin.scheme {
            Scheme::Http => Stream::Plain(tcp),
            Scheme::Https => Stream::Tls(Box::new(self.shake_hands(tcp, &origin.host).await?)),
        };
        Ok(Line { stream })
    }

    async fn shake_hands(&self, tcp: TcpStream, host: &Host) -> Result<TlsStream<TcpStream>, Failure> {
        let name = server_name(host)?;
        let handshake = TlsConnector::from(self.tls.clone()).connect(name, tcp);
        match tokio::time::timeout(UPSTREAM_TLS_WAIT, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Failure::unsent(
                Code::UpstreamTls,
                format!(
                    "the TLS handshake with the upstream failed: {error}; a private CA goes into [upstream] roots"
                ),
            )),
            Err(_) => Err(Failure::unsent(
                Code::UpstreamTimeout,
                "the upstream's TLS handshake was not over in time",
            )),
        }
    }
}

fn server_name(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::V4(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::V6(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Name(name) => ServerName::try_from(name.clone())
            .map_err(|_| Failure::unsent(Code::UpstreamTls, "the host's name cannot stand in a certificate")),
    }
}

/// Tries the addresses in order; all of it is one attempt.
async fn dial(found: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut last = Failure::unsent(Code::UpstreamUnreachable, "the host's name has no address");
    for address in found {
        match tokio::time::timeout(CONNECT_WAIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without TCP_NODELAY answers wait 40 ms for the peer's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => {
                last = Failure::unsent(
                    Code::UpstreamUnreachable,
                    format!("no connection to the upstream: {error}"),
                );
            }
            Err(_) => {
                last = Failure::unsent(
                    Code::UpstreamTimeout,
                    "the upstream did not accept the connection in time",
                )
            }
        }
    }
    Err(last)
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
