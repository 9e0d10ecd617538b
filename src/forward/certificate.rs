//! What is wrong with the certificate that a server shows, told from the error that a handshake ended with. The
//! verifier has refused it by then, whatever is made of its error here.

use std::io;

use rustls::{CertificateError, Error};

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is a CA's own (CA:TRUE).
    Authority,
    /// Its time is over.
    Expired,
    /// It is for these names and addresses, and not for the one that was called.
    Names(Vec<String>),
    /// Its time has not begun.
    NotYet,
    /// Something else, in the verifier's words.
    Other(String),
    /// Nobody who is trusted has signed it.
    Stranger,
}

/// What a certificate of a CA is called wherever one is refused.
pub const SHOWS_AUTHORITY: &str = "the server shows the certificate of a CA (CA:TRUE) as its own";

impl Flaw {
    /// `None`: the handshake failed for something else.
    pub fn of(error: &io::Error) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<Error>()?;
        let Error::InvalidCertificate(error) = error else { return None };
        Some(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYet,
            CertificateError::NotValidForName => Self::Names(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::Names(presented.iter().filter_map(|name| bare(name)).collect())
            }
            CertificateError::UnknownIssuer => Self::Stranger,
            // The verifier's own word (webpki, `Error::CaUsedAsEndEntity`), which rustls hands on as another's text.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                Self::Authority
            }
            other => Self::Other(other.to_string()),
        })
    }
}

/// The verifier writes `DnsName("a.example")` and `IpAddress(192.0.2.1)`. What is no host is left out.
fn bare(name: &str) -> Option<String> {
    let inside = |opening: &str, end: &str| name.strip_prefix(opening)?.strip_suffix(end);
    inside("DnsName(\"", "\")").or_else(|| inside("IpAddress(", ")")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(error: CertificateError) -> Option<Flaw> {
        Flaw::of(&io::Error::new(io::ErrorKind::InvalidData, Error::InvalidCertificate(error)))
    }

    #[test]
    fn the_names_of_a_certificate_are_told_as_one_would_type_them() {
        let presented = ["DnsName(\"a.example\")", "IpAddress(192.0.2.1)", "DirectoryName", "DnsName(\"odd"];
        let error = CertificateError::NotValidForNameContext {
            expected: rustls::pki_types::ServerName::try_from("b.example").unwrap(),
            presented: presented.map(str::to_owned).to_vec(),
        };
        assert_eq!(of(error), Some(Flaw::Names(vec!["a.example".into(), "192.0.2.1".into()])));
    }

    #[test]
    fn only_an_error_about_a_certificate_is_one() {
        assert_eq!(of(CertificateError::UnknownIssuer), Some(Flaw::Stranger));
        assert_eq!(of(CertificateError::Revoked), Some(Flaw::Other("Revoked".into())));
        assert_eq!(Flaw::of(&io::Error::other(Error::DecryptError)), None);
        assert_eq!(Flaw::of(&io::ErrorKind::UnexpectedEof.into()), None);
    }
}
