//! The CA's certificate as people and runtimes need it: PEM, fingerprint, whose it is and how long it holds, and
//! the bundle with the system's roots. Of X.509 (RFC 5280) only the few facts that are shown are read, from DER,
//! forwards and within bounds; nothing is decided by them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::cli::{beside, java, out};
use crate::secret::{hex, sha256};

/// Where systems keep all their roots in one file.
const SYSTEM_FILES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

const BUNDLE: &str = "ca-bundle.pem";
const JAVA_STORE: &str = "ca-bundle.jks";

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(CertificateDer<'static>);

/// What is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its names, as far as they are text.
    pub subject: String,
    /// RFC 3339.
    pub since: String,
    /// RFC 3339.
    pub until: String,
}

/// The first certificate of a PEM file. A key in it is passed over.
pub fn read(file: &Path) -> Result<Certificate, String> {
    let bytes = fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("{}: there is no CA yet; `holdpoint serve` makes it when it first starts", file.display())
        }
        _ => format!("{}: {error}", file.display()),
    })?;
    let der = CertificateDer::from_pem_slice(&bytes);
    der.map(Certificate).map_err(|_| format!("{}: there is no certificate as PEM in it", file.display()))
}

/// Writes the CA and the system's roots beside the CA, as PEM and as Java's trust store, where agents of other users can
/// read them too, and says where both are. Who may not write there takes those that `serve` wrote.
pub fn bundles(ca_file: &Path) -> Result<(PathBuf, PathBuf), String> {
    let ca = read(ca_file)?;
    let named = |error: std::io::Error| format!("{}: {error}", ca_file.display());
    let bundle = std::path::absolute(ca_file.with_file_name(BUNDLE)).map_err(named)?;
    let roots = system_roots(&bundle);
    if roots.is_empty() {
        out::aside("warning: no system roots were found; the bundle holds Holdpoint's CA alone");
    }
    let mut all = vec![ca.clone()];
    all.extend(roots.into_iter().map(Certificate).filter(|root| *root != ca));
    let pem: String = all.iter().map(Certificate::pem).collect();
    let store = java::store(all.iter().map(|each| &*each.0));
    let pem = beside::write(ca_file, BUNDLE, pem.as_bytes(), |old| begins_with(old, &ca))?;
    let store = beside::write(ca_file, JAVA_STORE, &store, |old| has(old, &ca))?;
    Ok((pem, store))
}

/// Whether a bundle begins with this CA, as ours do.
fn begins_with(bundle: &[u8], ca: &Certificate) -> bool {
    CertificateDer::from_pem_slice(bundle).is_ok_and(|first| first == ca.0)
}

fn has(store: &[u8], ca: &Certificate) -> bool {
    store.windows(ca.0.len()).any(|window| window == &*ca.0)
}

/// What `SSL_CERT_FILE` and the like name, else the system's own. Where they name our bundle (the variables are
/// set already), it is left out: a CA that was replaced must not live on in it.
fn system_roots(bundle: &Path) -> Vec<CertificateDer<'static>> {
    let ours = |path: std::ffi::OsString| std::path::absolute(path).is_ok_and(|path| path == bundle);
    if !std::env::var_os("SSL_CERT_FILE").is_some_and(ours) {
        return rustls_native_certs::load_native_certs().certs;
    }
    let file = SYSTEM_FILES.iter().map(Path::new).find(|file| file.exists());
    file.map(|file| rustls_native_certs::load_certs_from_paths(Some(file), None).certs).unwrap_or_default()
}

impl Certificate {
    /// As PEM (RFC 7468).
    pub fn pem(&self) -> String {
        let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in STANDARD.encode(&self.0).as_bytes().chunks(64) {
            out.extend(line.iter().map(|byte| *byte as char));
            out.push('\n');
        }
        out + "-----END CERTIFICATE-----\n"
    }

    /// SHA-256 over its DER, as browsers and openssl write it.
    pub fn fingerprint(&self) -> String {
        let digits = hex(&sha256(&self.0)).to_ascii_uppercase();
        let pairs: Vec<&str> = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
        pairs.join(":")
    }

    /// What is shown of it; `None` where it is not laid out as expected.
    pub fn facts(&self) -> Option<Facts> {
        let (_, mut certificate, _) = element(&self.0)?;
        let mut body = next(&mut certificate)?.1;
        if body.first() == Some(&0xa0) {
            next(&mut body)?;
        }
        let (_serial, _algorithm, _issuer) = (next(&mut body)?, next(&mut body)?, next(&mut body)?);
        let mut validity = next(&mut body)?.1;
        let (since, until) = (time(next(&mut validity)?)?, time(next(&mut validity)?)?);
        Some(Facts { subject: names(next(&mut body)?.1), since, until })
    }
}

/// One DER element: its tag, its content, and what follows. Lengths of up to three bytes: certificates are small.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn next<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, content, rest) = element(bytes)?;
    *bytes = rest;
    Some((tag, content))
}

/// UTCTime (0x17, years 1950 to 2049) or GeneralizedTime (0x18), both to the second and in UTC (RFC 5280 4.1.2.5).
fn time((tag, content): (u8, &[u8])) -> Option<String> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let digits = match tag {
        0x17 if digits.get(..2)? < "50" => format!("20{digits}"),
        0x17 => format!("19{digits}"),
        0x18 => digits.to_owned(),
        _ => return None,
    };
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| &digits[from..to];
    Some(format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    ))
}

/// The values of a name, in order: `Holdpoint, Holdpoint CA`.
fn names(mut name: &[u8]) -> String {
    let mut found = Vec::new();
    while let Some((_, mut set)) = next(&mut name) {
        while let Some((_, mut pair)) = next(&mut set) {
            if let (Some(_), Some((_, value))) = (next(&mut pair), next(&mut pair)) {
                found.push(String::from_utf8_lossy(value).into_owned());
            }
        }
    }
    found.join(", ")
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn made(name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2026, 11, 21);
        params.not_after = rcgen::date_time_ymd(2051, 2, 3);
        params.distinguished_name.push(DnType::CommonName, name);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        fs::write(&file, text).unwrap();
        (dir, file)
    }

    #[test]
    fn a_certificate_says_whose_it_is_and_how_long_it_holds() {
        let (_dir, file) = file(&made("Holdpoint test").0);
        let certificate = read(&file).unwrap();
        let facts = certificate.facts().unwrap();
        assert!(facts.subject.contains("Holdpoint test"), "{facts:?}");
        assert_eq!((&*facts.since, &*facts.until), ("2026-11-21T00:00:00Z", "2051-02-03T00:00:00Z"));
        assert_eq!(certificate.fingerprint().len(), 95);
    }

    #[test]
    fn a_key_in_the_file_is_never_printed() {
        let (pem, key) = made("Holdpoint test");
        let (_dir, file) = file(&format!("{key}{pem}"));
        let shown = read(&file).unwrap().pem();
        assert_eq!(shown.replace('\n', ""), pem.replace(['\r', '\n'], ""));
        assert!(!shown.contains("PRIVATE"));
        assert!(read(Path::new("/nonexistent/ca.pem")).unwrap_err().contains("no CA yet"));
    }

    #[test]
    fn a_cut_certificate_has_no_facts_and_does_no_harm() {
        let (_dir, file) = file(&made("Holdpoint test").0);
        let whole = read(&file).unwrap().0;
        for cut in 0..whole.len().min(120) {
            assert_eq!(Certificate(whole[..cut].to_vec().into()).facts(), None);
        }
    }

    #[test]
    fn the_bundle_holds_the_ca_once_and_can_be_made_again() {
        let (_dir, file) = file(&made("Holdpoint test").0);
        let bundle_of = || fs::read_to_string(bundles(&file).unwrap().0).unwrap();
        let ca = read(&file).unwrap().pem();
        assert_eq!(bundle_of().matches(&ca).count(), 1);
        assert!(bundle_of().starts_with(&ca));
    }
}
