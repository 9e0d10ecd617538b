//! A fresh connection to an upstream: resolve, check, connect in order until one address answers, shake hands, in
//! the version of HTTP that ALPN gives, or, in the clear, in the agent's own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::{Flaw, SHOWS_AUTHORITY};
use super::http2::{self, Channel};
use super::resolve::addresses;
use super::spoken::{Offer, Spoken};
use super::stream::Stream;
use super::{Failure, Guard, Resolve};
use crate::code::Code;
use crate::limits::{CONNECT_WAIT, UPSTREAM_TLS_WAIT};
use crate::origin::{Host, Origin};
use crate::snapshot::Head;

/// Their names in ALPN (RFC 7301, RFC 9113 section 3.2).
pub const HTTP1: &[u8] = b"http/1.1";
/// See `HTTP1`.
pub const HTTP2: &[u8] = b"h2";

/// What is needed to reach upstreams.
#[derive(Clone)]
pub struct Upstream {
    /// Offers both versions.
    tls: Arc<ClientConfig>,
    /// Offers HTTP/1.1 alone.
    tls_http1: Arc<ClientConfig>,
    guard: Arc<Guard>,
    resolver: Arc<dyn Resolve>,
}

/// A connection that stands and has taken no byte of a request yet.
pub struct Line {
    pub(super) wire: Wire,
}

/// What it speaks.
pub enum Wire {
    /// HTTP/1.1
    Http1(Stream),
    /// HTTP/2, the handshake over.
    Http2(Channel),
}

impl Upstream {
    /// Puts the three together. `tls` offers HTTP/2 and HTTP/1.1.
    pub fn new(tls: Arc<ClientConfig>, guard: Guard, resolver: Arc<dyn Resolve>) -> Self {
        let mut http1 = ClientConfig::clone(&tls);
        http1.alpn_protocols = vec![HTTP1.to_vec()];
        Self { tls, tls_http1: Arc::new(http1), guard: Arc::new(guard), resolver }
    }

    /// Whether the origin resolves to addresses that may be dialled, without dialling one.
    pub async fn check(&self, origin: &Origin) -> Result<(), Failure> {
        addresses(self.resolver.as_ref(), &self.guard, origin).await.map(|_| ())
    }

    /// Connects, for this request. `agent`: what its agent speaks.
    pub async fn connect(&self, head: &Head, agent: Spoken) -> Result<Line, Failure> {
        let found = addresses(self.resolver.as_ref(), &self.guard, &head.origin).await?;
        let tcp = dial(&found).await?;
        let host = &head.origin.host;
        let (stream, spoken) = match Offer::of(head, agent) {
            Offer::Clear(spoken) => (Stream::Plain(tcp), spoken),
            Offer::Either => over(self.shake_hands(&self.tls, tcp, host).await?),
            Offer::Http1 => over(self.shake_hands(&self.tls_http1, tcp, host).await?),
        };
        let wire = match spoken {
            Spoken::Http1 => Wire::Http1(stream),
            Spoken::Http2 => Wire::Http2(http2::open(stream).await?),
        };
        Ok(Line { wire })
    }

    async fn shake_hands(
        &self,
        config: &Arc<ClientConfig>,
        tcp: TcpStream,
        host: &Host,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let name = server_name(host)?;
        let handshake = TlsConnector::from(config.clone()).connect(name, tcp);
        match tokio::time::timeout(UPSTREAM_TLS_WAIT, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Failure::unsent(
                Code::UpstreamTls,
                format!("the TLS handshake with the upstream failed: {error}{}", advice(&error)),
            )),
            Err(_) => Err(Failure::unsent(
                Code::UpstreamTimeout,
                "the upstream's TLS handshake was not over in time",
            )),
        }
    }
}

/// What its operator, or Holdpoint's, can do about a certificate.
fn advice(error: &io::Error) -> String {
    match Flaw::of(error) {
        Some(Flaw::Authority) => format!(
            "; {SHOWS_AUTHORITY}, which is refused also where it is one of [upstream] roots: give the server a certificate \
             that this CA has signed, with CA:FALSE and its name, and leave the CA's own in [upstream] roots"
        ),
        Some(Flaw::Expired) => "; whoever runs the server must renew its certificate".to_owned(),
        Some(Flaw::NotYet) => "; is the clock of the machine that Holdpoint runs on right?".to_owned(),
        Some(Flaw::Names(_)) => "; call the server by a name that its certificate has".to_owned(),
        Some(Flaw::Other(_) | Flaw::Stranger) => "; a private CA goes into [upstream] roots".to_owned(),
        None => String::new(),
    }
}

/// An upstream that knows nothing of ALPN speaks HTTP/1.1.
fn over(stream: TlsStream<TcpStream>) -> (Stream, Spoken) {
    let agreed = stream.get_ref().1.alpn_protocol();
    let spoken = if agreed == Some(HTTP2) { Spoken::Http2 } else { Spoken::Http1 };
    (Stream::Tls(Box::new(stream)), spoken)
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
