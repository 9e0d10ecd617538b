//! Certificates minted for hosts. One shared P-256 key (a new key per host would double the cost), a certificate
//! per host, kept for a day, `LEAVES_MAX` of them.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

use super::Authority;
use crate::clock::{Clock, Moment};
use crate::limits::LEAVES_MAX;
use crate::origin::Host;

/// Days that a leaf is valid, within the 398 that Apple accepts, <https://support.apple.com/en-us/102028>.
const LEAF_DAYS: i32 = 90;
/// A leaf is minted anew after this long.
const LEAF_KEPT: Duration = Duration::from_secs(24 * 3600);

/// The minted certificates.
pub struct Leaves {
    authority: Authority,
    pair: KeyPair,
    signer: Arc<dyn SigningKey>,
    kept: DashMap<Host, (Moment, Arc<CertifiedKey>)>,
    clock: Clock,
}

impl Leaves {
    /// Starts without any.
    pub fn new(authority: Authority, clock: Clock) -> Result<Self, String> {
        let fault =
            |error: &dyn std::fmt::Display| format!("cannot make the key of minted certificates: {error}");
        let pair = KeyPair::generate().map_err(|error| fault(&error))?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
        let signer = any_supported_type(&der).map_err(|error| fault(&error))?;
        Ok(Self { authority, pair, signer, kept: DashMap::new(), clock })
    }

    /// The CA's certificate.
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// The certificate for a host, minted if there is none. `None` where it cannot be minted.
    pub fn of(&self, host: &Host) -> Option<Arc<CertifiedKey>> {
        let now = self.clock.now().mono;
        if let Some(kept) = self.kept.get(host)
            && now.since(kept.0) < LEAF_KEPT
        {
            return Some(kept.1.clone());
        }
        let leaf = Arc::new(self.mint(host)?);
        // A flood of new names empties the cache rather than fill the memory; minting takes microseconds.
        if self.kept.len() >= LEAVES_MAX {
            self.kept.clear();
        }
        self.kept.insert(host.clone(), (now, leaf.clone()));
        Some(leaf)
    }

    fn mint(&self, host: &Host) -> Option<CertifiedKey> {
        let mut params = CertificateParams::default();
        let text = host.to_string();
        // A common name has 64 characters at the most (RFC 5280 appendix A.1); clients look at the SAN alone.
        params.distinguished_name.push(DnType::CommonName, text.get(..64).unwrap_or(&text));
        params.subject_alt_names = vec![match host {
            Host::Name(name) => SanType::DnsName(name.as_str().try_into().ok()?),
            Host::V4(address) => SanType::IpAddress((*address).into()),
            Host::V6(address) => SanType::IpAddress((*address).into()),
        }];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(super::ca::serial());
        set_validity(&mut params, LEAF_DAYS);
        let cert = params.signed_by(&self.pair, self.authority.issuer()).ok()?;
        Some(CertifiedKey::new(vec![CertificateDer::from(cert.der().to_vec())], self.signer.clone()))
    }
}

/// Valid from yesterday, because clocks differ, for so many days.
pub fn set_validity(params: &mut CertificateParams, days: i32) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let date = |offset: i32| {
        let day = today.saturating_add(jiff::Span::new().days(offset));
        date_time_ymd(i32::from(day.year()), day.month() as u8, day.day() as u8)
    };
    params.not_before = date(-1);
    params.not_after = date(days);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_minted_once_and_again_after_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual();
        let authority = Authority::open(&dir.path().join("ca.pem"), &dir.path().join("key.pem")).unwrap();
        let leaves = Leaves::new(authority, clock.clone()).unwrap();
        let host = Host::parse("forum.example").unwrap();
        let first = leaves.of(&host).unwrap();
        assert!(Arc::ptr_eq(&first, &leaves.of(&host).unwrap()));
        clock.advance(LEAF_KEPT);
        let second = leaves.of(&host).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        assert_ne!(first.cert, second.cert, "serial numbers do not repeat");
    }
}
