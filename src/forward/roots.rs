//! Whom upstreams are trusted by: the system's roots and the operator's PEM files. There is no way to turn the
//! verification off.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::connect::{HTTP1, HTTP2};

/// Builds the configuration of all connections to upstreams, which offer HTTP/2 and HTTP/1.1. Missing system roots are a warning where a PEM file
/// is given, and an error where nothing else is.
pub fn trust(system: bool, files: &[PathBuf]) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if system {
        add_system(&mut roots, !files.is_empty())?;
    }
    for file in files {
        let certs: Vec<_> = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| format!("[upstream] roots: {}: {error}", file.display()))?;
        let (added, _) = roots.add_parsable_certificates(certs);
        if added == 0 {
            return Err(format!("[upstream] roots: {} holds no certificate", file.display()));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok(Arc::new(config))
}

fn add_system(roots: &mut RootCertStore, others: bool) -> Result<(), String> {
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added > 0 {
        return Ok(());
    }
    let reasons: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
    let text = format!(
        "[upstream] roots: the system has no root certificates ({}); install ca-certificates or name a PEM file",
        if reasons.is_empty() { "none found".to_owned() } else { reasons.join("; ") }
    );
    if !others {
        return Err(text);
    }
    tracing::warn!("{text}");
    Ok(())
}
