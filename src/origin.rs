//! Where a request wants to go: scheme, canonical host, port. One canonical name goes to the rules, the
//! resolver, the SNI, the certificate check and the `Host` field.
//!
//! The narrow form is accepted and the rest refused; nothing is repaired but letter case. A host is a strict DNS
//! name of A-labels, or an IP literal in its canonical spelling: what only a resolver would read as an address
//! (`2130706433`, `0x7f.1`, `127.1`) is refused, so that no check and the resolver can differ (CASES DE-08, 13,
//! 14, 15). RFC 3986 section 3.2.2, RFC 1123 section 2.1.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// The port where none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }

    /// Reads the exact lower-case name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Scheme::Http),
            "https" => Some(Scheme::Https),
            _ => None,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A canonical host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A DNS name in lower case, without a dot at its end.
    Name(String),
    /// An IPv4 literal.
    V4(Ipv4Addr),
    /// An IPv6 literal, without brackets or zone.
    V6(Ipv6Addr),
}

/// Why a text is no host, in words for the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing stands there.
    #[error("the host is empty")]
    Empty,
    /// Longer than 253 octets, or a label longer than 63.
    #[error("the host name or one of its labels is too long")]
    TooLong,
    /// A byte that no A-label has.
    #[error(
        "the host has a character outside a-z, 0-9, hyphen, underscore and dot (write names as A-labels)"
    )]
    Character,
    /// An empty label, a dot at the end, a hyphen at the edge of a label.
    #[error("the host has an empty label, a dot at its end, or a label that starts or ends with a hyphen")]
    Label,
    /// Only a resolver would take it for an address.
    #[error("the host is a number in another spelling than the canonical one of an IP address")]
    Number,
    /// A bracketed text that is no plain IPv6 address.
    #[error("the brackets do not hold an IPv6 address without a zone")]
    Brackets,
    /// A port that is empty, zero, over 65535 or no number.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl Host {
    /// Reads a host as it stands in an authority: `name`, `192.0.2.1` or `[2001:db8::1]`.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        if let Some(rest) = text.strip_prefix('[') {
            let inner = rest.strip_suffix(']').ok_or(HostError::Brackets)?;
            return inner.parse().map(Host::V6).map_err(|_| HostError::Brackets);
        }
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if text.len() > 253 {
            return Err(HostError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
            return Err(HostError::Character);
        }
        for label in text.split('.') {
            if label.is_empty() || label.starts_with('-') || label.ends_with('-') {
                return Err(HostError::Label);
            }
            if label.len() > 63 {
                return Err(HostError::TooLong);
            }
        }
        let last = text.rsplit('.').next().unwrap_or_default();
        if looks_numeric(last) {
            let address: Ipv4Addr = text.parse().map_err(|_| HostError::Number)?;
            return Ok(Host::V4(address));
        }
        Ok(Host::Name(text.to_ascii_lowercase()))
    }

    /// The address, where the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(*address)),
            Host::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// The host of an address.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Host::V4(address),
            IpAddr::V6(address) => Host::V6(address),
        }
    }
}

/// Digits only, or `0x` and hexadecimal digits: what `inet_aton` reads as a number.
fn looks_numeric(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    match lower.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => address.fmt(f),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Splits `host[:port]` strictly. No userinfo, no path, no blanks.
pub fn split_authority(text: &str) -> Result<(Host, Option<u16>), HostError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']').ok_or(HostError::Brackets)?;
            let (host, tail) = text.split_at(end + 2);
            match tail.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if tail.is_empty() => (host, None),
                None => return Err(HostError::Brackets),
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    Ok((Host::parse(host)?, port.map(parse_port).transpose()?))
}

fn parse_port(text: &str) -> Result<u16, HostError> {
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HostError::Port);
    }
    match text.parse::<u16>() {
        Ok(0) | Err(_) => Err(HostError::Port),
        Ok(port) => Ok(port),
    }
}

/// Scheme, host and port: where exactly one request goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Its canonical host.
    pub host: Host,
    /// Its port, always known.
    pub port: u16,
}

impl Origin {
    /// Puts the three together; a missing port is the scheme's own.
    pub fn new(scheme: Scheme, host: Host, port: Option<u16>) -> Self {
        Self { scheme, host, port: port.unwrap_or(scheme.default_port()) }
    }

    /// `host[:port]` as the `Host` field has it: the scheme's own port is left out.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_lower_case_and_nothing_else_is_repaired() {
        assert_eq!(Host::parse("Forum.Corp.Example"), Ok(Host::Name("forum.corp.example".into())));
        for (text, error) in [
            ("", HostError::Empty),
            ("forum.example.", HostError::Label),
            ("forum..example", HostError::Label),
            (".example", HostError::Label),
            ("-a.example", HostError::Label),
            ("a b", HostError::Character),
            ("a\0b", HostError::Character),
            ("a%2eb", HostError::Character),
            ("user@host", HostError::Character),
            ("ex\u{ad}ample.com", HostError::Character),
            ("①.example", HostError::Character),
        ] {
            assert_eq!(Host::parse(text), Err(error), "{text:?}");
        }
    }

    /// CASES DE-08: getaddrinfo reads each of these as an address, `IpAddr::from_str` none of them.
    #[test]
    fn an_address_in_an_odd_spelling_is_refused() {
        for text in [
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "0",
            "0251.0376.0251.0376",
            "127.0.0.0x1",
            "1.2.3.4.5",
            "a.1",
        ] {
            assert_eq!(Host::parse(text), Err(HostError::Number), "{text}");
        }
        assert_eq!(Host::parse("127.0.0.1"), Ok(Host::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(Host::parse("0xcafe.example"), Ok(Host::Name("0xcafe.example".into())));
    }

    #[test]
    fn brackets_hold_an_ipv6_address_and_nothing_else() {
        assert_eq!(Host::parse("[::1]"), Ok(Host::V6(Ipv6Addr::LOCALHOST)));
        for text in ["[example.com]", "[::1", "[fe80::1%lo]", "[fe80::1%25lo]", "[]", "[::1]x"] {
            assert!(Host::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_is_a_plain_number_from_1_to_65535() {
        assert_eq!(split_authority("a.example:8443"), Ok((Host::Name("a.example".into()), Some(8443))));
        assert_eq!(split_authority("[::1]:80"), Ok((Host::V6(Ipv6Addr::LOCALHOST), Some(80))));
        for text in ["a:", "a:0", "a:65536", "a:+80", "a:8 0", "a:443a", "a:b:c", "[::1]80", "a:099999"] {
            assert!(split_authority(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_scheme_s_own_port_is_left_out_of_the_authority() {
        let host = Host::Name("a.example".into());
        assert_eq!(Origin::new(Scheme::Https, host.clone(), None).to_string(), "https://a.example");
        assert_eq!(Origin::new(Scheme::Http, host, Some(443)).to_string(), "http://a.example:443");
    }
}
