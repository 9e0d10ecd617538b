//! Which version of HTTP is spoken to an upstream: over TLS what ALPN agrees on, in the clear what the agent itself
//! speaks. The frozen request is the same in both.

use crate::origin::Scheme;
use crate::snapshot::Head;

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spoken {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

impl Spoken {
    /// By the name that a hold has for what its agent spoke; whatever is not HTTP/2 is HTTP/1.1.
    pub fn named(name: &str) -> Self {
        if name == "HTTP/2" { Spoken::Http2 } else { Spoken::Http1 }
    }
}

/// What a connection is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// TLS, and ALPN decides.
    Either,
    /// TLS, HTTP/1.1 only.
    Http1,
    /// No TLS, and this version by prior knowledge (RFC 9113 section 3.3).
    Clear(Spoken),
}

impl Offer {
    /// For a request of an agent that speaks this version.
    pub fn of(head: &Head, agent: Spoken) -> Self {
        match head.origin.scheme {
            Scheme::Http => Offer::Clear(agent),
            Scheme::Https if binds_identity(head) => Offer::Http1,
            Scheme::Https => Offer::Either,
        }
    }
}

/// Whether its credentials belong to the connection and not to the request: HTTP/2 has no such schemes.
pub fn binds_identity(head: &Head) -> bool {
    head.values("authorization").any(|value| is_connection_bound(value))
}

/// Whether an authentication scheme belongs to the connection. `value`: of `authorization` or `www-authenticate`.
pub fn is_connection_bound(value: &[u8]) -> bool {
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"ntlm") || scheme.eq_ignore_ascii_case(b"negotiate")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{Host, Origin};

    fn head(scheme: Scheme, authorization: &'static str) -> Head {
        Head {
            method: "GET".into(),
            origin: Origin::new(scheme, Host::parse("forum.example").unwrap(), None),
            target: "/".into(),
            fields: vec![("authorization".into(), Bytes::from_static(authorization.as_bytes()))],
        }
    }

    #[test]
    fn alpn_decides_over_tls_and_the_agent_in_the_clear() {
        let plain = head(Scheme::Http, "Bearer x");
        assert_eq!(Offer::of(&plain, Spoken::Http1), Offer::Clear(Spoken::Http1));
        assert_eq!(Offer::of(&plain, Spoken::Http2), Offer::Clear(Spoken::Http2));
        assert_eq!(Offer::of(&head(Scheme::Https, "Bearer x"), Spoken::Http1), Offer::Either);
        assert_eq!(Offer::of(&head(Scheme::Https, "Bearer x"), Spoken::Http2), Offer::Either);
        for scheme in ["NTLM TlRM", "negotiate YII"] {
            assert_eq!(Offer::of(&head(Scheme::Https, scheme), Spoken::Http2), Offer::Http1);
        }
    }
}
