//! The interception CA: made on first start, its key readable by its owner only, refused otherwise.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
};

use crate::secret::random;

/// Years that a new CA is valid; people must not have to spread a new one each year.
const CA_YEARS: i32 = 10;

/// The CA, ready to sign.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads the CA, or makes it where neither file is there. One file without the other is an error: a new key
    /// behind a spread certificate would break every agent without a word.
    pub fn open(cert: &Path, key: &Path) -> Result<Self, String> {
        finish_making(cert, key)?;
        match (cert.exists(), key.exists()) {
            (true, true) => Self::load(cert, key),
            (false, false) => {
                Self::make(cert, key)?;
                Self::load(cert, key)
            }
            (true, false) => Err(lonely(cert, key)),
            (false, true) => Err(lonely(key, cert)),
        }
    }

    /// Says why `open` would fail, without making anything. A key that this user may not read is its owner's matter.
    pub fn check(cert: &Path, key: &Path) -> Result<(), String> {
        match (cert.exists(), key.exists()) {
            (true, true) if is_kept_from_us(key) => Ok(()),
            (true, true) => Self::load(cert, key).map(drop),
            (false, true) if draft_of(cert).exists() => Ok(()),
            (false, false) => Ok(()),
            (true, false) => Err(lonely(cert, key)),
            (false, true) => Err(lonely(key, cert)),
        }
    }

    fn load(cert: &Path, key: &Path) -> Result<Self, String> {
        refuse_if_readable_by_others(key)?;
        let pem = read(cert)?;
        let pair = KeyPair::from_pem(&read(key)?)
            .map_err(|error| format!("{}: not a private key in PEM (PKCS #8): {error}", key.display()))?;
        let issuer = Issuer::from_ca_cert_pem(&pem, pair)
            .map_err(|error| format!("{}: not a CA certificate in PEM: {error}", cert.display()))?;
        Ok(Self { pem, issuer })
    }

    fn make(cert: &Path, key: &Path) -> Result<(), String> {
        let fault = |error: rcgen::Error| format!("cannot make a CA: {error}");
        let pair = KeyPair::generate().map_err(fault)?;
        let mut params = CertificateParams::default();
        let name = format!("Holdpoint CA {}", crate::secret::hex(&random::<3>()));
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, "Holdpoint");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(serial());
        super::leaves::set_validity(&mut params, 365 * CA_YEARS);
        let signed = params.self_signed(&pair).map_err(fault)?;
        for (file, pem, mode) in [(key, pair.serialize_pem(), 0o600), (cert, signed.pem(), 0o644)] {
            let draft = draft_of(file);
            let _ = fs::remove_file(&draft);
            write_new(&draft, pem.as_bytes(), mode)?;
        }
        crate::failpoint::hit("ca.before_rename");
        rename(&draft_of(key), key)?;
        crate::failpoint::hit("ca.between_renames");
        rename(&draft_of(cert), cert)
    }

    /// The certificate, as agents need it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What signs leaves.
    pub fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }
}

/// Both files are whole on disk before either gets its name: a crash between the two names is finished here.
fn finish_making(cert: &Path, key: &Path) -> Result<(), String> {
    let draft = draft_of(cert);
    if key.exists() && !cert.exists() && draft.exists() { rename(&draft, cert) } else { Ok(()) }
}

fn draft_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn rename(draft: &Path, file: &Path) -> Result<(), String> {
    fs::rename(draft, file).map_err(|error| format!("{}: {error}", file.display()))
}

/// A random positive serial number of 16 bytes (RFC 5280 section 4.1.2.2): all leaves share one key, and a number
/// made from the key, which is the library's default, would repeat.
pub fn serial() -> SerialNumber {
    let mut bytes = random::<16>();
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn lonely(there: &Path, missing: &Path) -> String {
    format!(
        "{} is there but {} is not; put it back, or remove the first to have a new CA made",
        there.display(),
        missing.display()
    )
}

fn is_kept_from_us(key: &Path) -> bool {
    fs::File::open(key).is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

fn refuse_if_readable_by_others(key: &Path) -> Result<(), String> {
    let meta = fs::metadata(key).map_err(|error| format!("{}: {error}", key.display()))?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "{}: the CA key may be read by others (mode {mode:04o}); run `chmod 600 {}`, and make a new CA if \
             anyone could have copied it",
            key.display(),
            key.display()
        ));
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write_new(file: &Path, bytes: &[u8], mode: u32) -> Result<(), String> {
    let write = || -> io::Result<()> {
        if let Some(dir) = file.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(file)?;
        out.write_all(bytes)?;
        out.sync_all()
    };
    write().map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ca_is_made_once_and_its_key_is_its_owner_s_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("ca.pem"), dir.path().join("ca-key.pem"));
        let first = Authority::open(&cert, &key).unwrap().pem().to_owned();
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Authority::open(&cert, &key).unwrap().pem(), first);
    }

    /// CASES DE-35.
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("ca.pem"), dir.path().join("ca-key.pem"));
        Authority::open(&cert, &key).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Authority::open(&cert, &key).err().unwrap();
        assert!(error.contains("may be read by others (mode 0640)"), "{error}");
    }

    #[test]
    fn a_crash_while_the_ca_is_made_does_not_keep_the_next_start_away() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("ca.pem"), dir.path().join("ca-key.pem"));
        let made = Authority::open(&cert, &key).unwrap().pem().to_owned();
        fs::rename(&cert, draft_of(&cert)).unwrap();
        assert_eq!(Authority::open(&cert, &key).unwrap().pem(), made, "between the two names");
        fs::rename(&cert, draft_of(&cert)).unwrap();
        fs::rename(&key, draft_of(&key)).unwrap();
        assert!(Authority::open(&cert, &key).is_ok(), "before the first name");
    }

    #[test]
    fn a_certificate_without_its_key_is_an_error_and_not_a_new_ca() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("ca.pem"), dir.path().join("ca-key.pem"));
        Authority::open(&cert, &key).unwrap();
        fs::remove_file(&key).unwrap();
        assert!(Authority::open(&cert, &key).is_err());
    }
}
