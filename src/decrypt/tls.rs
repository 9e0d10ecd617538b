//! The TLS handshake with an agent. One configuration for all hosts, so that session tickets work; its resolver
//! mints by the SNI. TLS 1.2 or later, no early data (CASES DE-29); a ticket resumes only under the name it was
//! issued for, which rustls checks (CASES DE-28).

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::Leaves;
use crate::limits::HANDSHAKE_WAIT;
use crate::origin::Host;

/// A fatal `unrecognized_name` alert in the clear, as it may stand before a ServerHello (RFC 8446 section 6.2).
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 1, 0, 2, 2, 112];

/// The version that was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// `http/1.1`, or nothing was offered.
    Http1,
    /// `h2`.
    Http2,
}

/// Why there is no plain text.
#[derive(Debug, thiserror::Error)]
pub enum TlsRefusal {
    /// The SNI names another host than the CONNECT.
    #[error("the SNI names another host than the CONNECT")]
    OtherName,
    /// The handshake failed: an agent that does not trust the CA, mostly.
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[from] io::Error),
    /// It did not end in time.
    #[error("the TLS handshake was not over in time")]
    Timeout,
    /// No certificate could be minted for the host.
    #[error("no certificate can be minted for this host")]
    NoLeaf,
}

/// Terminates TLS.
pub struct Decrypter {
    leaves: Arc<Leaves>,
    by_name: Arc<ServerConfig>,
}

#[derive(Debug)]
struct Fixed(Arc<CertifiedKey>);

impl ResolvesServerCert for Fixed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

struct ByName(Arc<Leaves>);

impl std::fmt::Debug for ByName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ByName")
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.of(&Host::parse(hello.server_name()?).ok()?)
    }
}

impl Decrypter {
    /// Prepares the configuration.
    pub fn new(leaves: Arc<Leaves>) -> Result<Self, String> {
        let mut config = base_config(Arc::new(ByName(leaves.clone())))?;
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().map_err(|error| error.to_string())?;
        // One ticket a handshake is what agents use; each costs a random number and 100 bytes.
        config.send_tls13_tickets = 1;
        Ok(Self { leaves, by_name: Arc::new(config) })
    }

    /// Shakes hands with an agent that wants to speak to `host`.
    pub async fn accept<S>(&self, stream: S, host: &Host) -> Result<(TlsStream<S>, Alpn), TlsRefusal>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        tokio::time::timeout(HANDSHAKE_WAIT, self.handshake(stream, host))
            .await
            .map_err(|_| TlsRefusal::Timeout)?
    }

    async fn handshake<S>(&self, stream: S, host: &Host) -> Result<(TlsStream<S>, Alpn), TlsRefusal>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let acceptor = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
        let mut start = acceptor.await?;
        let config = match start.client_hello().server_name() {
            Some(name) if Host::parse(name).as_ref() == Ok(host) => self.by_name.clone(),
            Some(_) => {
                // The alert is a courtesy: the refusal stands whether it arrives or not.
                let _ = start.io.write_all(&UNRECOGNIZED_NAME).await;
                let _ = start.io.shutdown().await;
                return Err(TlsRefusal::OtherName);
            }
            None => self.for_host(host)?,
        };
        let tls = start.into_stream(config).await?;
        let alpn = match tls.get_ref().1.alpn_protocol() {
            Some(b"h2") => Alpn::Http2,
            _ => Alpn::Http1,
        };
        Ok((tls, alpn))
    }

    /// For agents that send no SNI, as they do for an IP address. Without tickets: they would carry no name.
    fn for_host(&self, host: &Host) -> Result<Arc<ServerConfig>, TlsRefusal> {
        let leaf = self.leaves.of(host).ok_or(TlsRefusal::NoLeaf)?;
        let mut config = base_config(Arc::new(Fixed(leaf))).map_err(|_| TlsRefusal::NoLeaf)?;
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Ok(Arc::new(config))
    }
}

fn base_config(resolver: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
