//! TLS on the admin port: `[admin] tls_cert` and `tls_key`, for listeners beyond loopback. The port answers to the names
//! that its certificate has and to no other, so that a name that was rebound to its address is refused as ever
//! (CASES AP-17). HTTP/1.1 alone; a certificate is read at the start, and again with the next one.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use x509_parser::extensions::GeneralName;

use crate::config::AdminTls;

/// What the port needs to speak TLS.
pub struct Tls {
    /// Shakes hands.
    pub acceptor: TlsAcceptor,
    /// The names and addresses that the certificate is for, in lower case; `*.` stands for one label.
    pub names: Vec<String>,
}

/// Reads the certificate and its key. The error is a text for the operator and names the config key.
pub fn read(files: &AdminTls) -> Result<Tls, String> {
    let AdminTls { cert, key } = files;
    let wrong = |error: &dyn std::fmt::Display| format!("admin.tls_cert: {}: {error}", cert.display());
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).map_err(|error| wrong(&error))?;
    let leaf = chain.first().ok_or_else(|| wrong(&"it holds no certificate; write it as PEM"))?;
    let names = names(leaf).ok_or_else(|| wrong(&"the first certificate names no host and no address (its subject alternative names); browsers take no other"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, private(key)?);
    let mut config = config.map_err(|error| {
        format!("admin.tls_key: {} does not go with {}: {error}", key.display(), cert.display())
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), names })
}

/// A key that everybody may read is everybody's; a group may, as certificate tools set it up.
fn private(key: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("admin.tls_key: {}: {error}", key.display());
    let mode = std::fs::metadata(key).map_err(|error| wrong(&error))?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(wrong(&format!("others may read it (mode {:o}); chmod o= it", mode & 0o777)));
    }
    PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(&error))
}

fn names(leaf: &CertificateDer<'_>) -> Option<Vec<String>> {
    let (_, certificate) = x509_parser::parse_x509_certificate(leaf).ok()?;
    let found = certificate.subject_alternative_name().ok()??;
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    let names: Vec<String> = found.value.general_names.iter().filter_map(name).collect();
    (!names.is_empty()).then_some(names)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn made(dir: &Path, names: &[&str]) -> AdminTls {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let files = AdminTls { cert: dir.join("c.pem"), key: dir.join("k.pem") };
        fs::write(&files.cert, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, Permissions::from_mode(0o600)).unwrap();
        files
    }

    #[test]
    fn a_port_answers_to_the_names_of_its_certificate() {
        let dir = tempfile::tempdir().unwrap();
        let files = made(dir.path(), &["Hold.corp.example", "*.lab.example", "192.0.2.7", "::1"]);
        let tls = read(&files).unwrap();
        assert_eq!(tls.names, ["hold.corp.example", "*.lab.example", "192.0.2.7", "::1"]);
    }

    /// CASES DE-35
    #[test]
    fn a_certificate_without_its_key_a_public_key_or_a_name_is_refused_and_says_which_key_of_the_config() {
        let dir = tempfile::tempdir().unwrap();
        let files = made(dir.path(), &["a.example"]);
        let error = |files: &AdminTls| read(files).map(|_| ()).unwrap_err();
        fs::set_permissions(&files.key, Permissions::from_mode(0o644)).unwrap();
        assert!(error(&files).contains("admin.tls_key") && error(&files).contains("others may read"));
        fs::set_permissions(&files.key, Permissions::from_mode(0o640)).unwrap();
        assert!(read(&files).is_ok());
        fs::write(&files.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
        assert!(error(&files).contains("does not go with"), "{}", error(&files));
        fs::write(&files.cert, "nothing").unwrap();
        assert!(error(&files).contains("admin.tls_cert"), "{}", error(&files));
        assert!(error(&made(dir.path(), &[])).contains("names no host"));
    }
}
