//! TLS to a server elsewhere: verified always, by the system's roots (`SSL_CERT_FILE` names others) and, where the config
//! of this machine names a certificate for its own admin port, by that one too, so that one of one's own making works.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::cli::load;
use crate::cli::server::{Address, Place};

/// The PEM files that vouch for a server beside the system's roots.
pub fn roots(address: &Address, place: &Place) -> Vec<PathBuf> {
    if !matches!(address, Address::Tls(_)) {
        return Vec::new();
    }
    // Without a config there is nothing of one's own to trust.
    let config = load(place.config.as_deref()).ok();
    config.and_then(|config| config.admin.tls).map(|tls| tls.cert).into_iter().collect()
}

/// Connects to `HOST:PORT` and shakes hands.
pub async fn connect(authority: &str, files: &[PathBuf]) -> io::Result<TlsStream<TcpStream>> {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let stream = TcpStream::connect(authority).await?;
    TlsConnector::from(config(files)?).connect(name, stream).await
}

fn config(files: &[PathBuf]) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for file in files {
        let certs: Vec<CertificateDer<'static>> =
            CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(io::Error::other)?;
        roots.add_parsable_certificates(certs);
    }
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
