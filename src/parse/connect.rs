//! CONNECT: the destination of a tunnel, decided once (SPEC section 5). HTTP/1.0 may ask for one too, and then need
//! not send a `Host`; only the proxy's own listener opens one (RFC 9110 section 9.3.6, CASES PR-11).

use http::request::Parts;

use crate::origin::Host;
use crate::parse::fields::Wire;
use crate::parse::grammar::{Target, read_target};
use crate::parse::head::{about, agree, check_fields, mismatch, wire};
use crate::parse::{Door, RawHead, Refusal};

/// Reads a CONNECT. `raw` is what the strict reader saw. A `Host` must name the same host, and the same port if it
/// names one.
pub fn connect(parts: &Parts, raw: Option<&RawHead>, door: &Door) -> Result<(Host, u16), Refusal> {
    check(parts, raw, door).map_err(|refusal| about(refusal, parts, door))
}

fn check(parts: &Parts, raw: Option<&RawHead>, door: &Door) -> Result<(Host, u16), Refusal> {
    let wire = wire(parts.version)?;
    if *door != Door::Explicit || wire == Wire::Http2 {
        return Err(Refusal::malformed("a tunnel inside a tunnel is not allowed"));
    }
    agree(parts, raw, wire)?;
    let facts = check_fields(parts, wire)?;
    let target = raw.and_then(|raw| std::str::from_utf8(&raw.target).ok()).unwrap_or_default();
    let Target::Authority(host, port) = read_target(parts.method.as_str(), target)? else {
        return Err(Refusal::malformed("CONNECT names a host and a port, like `host:443`"));
    };
    match facts.host {
        Some((named, named_port)) if named != host || named_port.is_some_and(|named| named != port) => {
            Err(mismatch("Host is not the host and port that CONNECT names"))
        }
        _ => Ok((host, port)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Request, Version};

    use super::*;
    use crate::code::Code;
    use crate::origin::Scheme;

    fn ask(
        version: Version,
        target: &'static str,
        host: Option<&str>,
        door: &Door,
    ) -> Result<(Host, u16), Code> {
        let mut request = Request::builder().method("CONNECT").version(version).uri(target);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        let raw = RawHead {
            method: Bytes::from_static(b"CONNECT"),
            target: Bytes::from_static(target.as_bytes()),
            version,
        };
        connect(&parts, Some(&raw), door).map_err(|refusal| refusal.code)
    }

    fn ask_11(target: &'static str, host: &str) -> Result<(Host, u16), Code> {
        ask(Version::HTTP_11, target, Some(host), &Door::Explicit)
    }

    #[test]
    fn connect_names_the_destination_and_a_host_that_agrees() {
        let expected = Ok((Host::parse("a.example").unwrap(), 443));
        assert_eq!(ask_11("A.example:443", "a.example:443"), expected);
        assert_eq!(ask_11("a.example:443", "a.example"), expected);
        assert_eq!(ask(Version::HTTP_10, "a.example:443", None, &Door::Explicit), expected);
    }

    /// CASES FR-18, FR-20.
    #[test]
    fn connect_is_refused_where_its_parts_disagree_or_are_missing() {
        assert_eq!(ask_11("a.example:443", "b.example:443"), Err(Code::TargetMismatch));
        assert_eq!(ask_11("a.example:443", "a.example:444"), Err(Code::TargetMismatch));
        assert_eq!(ask_11("a.example:443", "a.example, b.example"), Err(Code::Malformed));
        assert_eq!(ask_11("a.example", "a.example"), Err(Code::Malformed));
        assert_eq!(ask(Version::HTTP_11, "a.example:443", None, &Door::Explicit), Err(Code::Malformed));
    }

    /// CASES PR-11.
    #[test]
    fn a_tunnel_opens_no_tunnel() {
        let inside =
            Door::Tunnel { host: Host::parse("a.example").unwrap(), port: 443, scheme: Scheme::Https };
        let refused = ask(Version::HTTP_11, "a.example:443", Some("a.example:443"), &inside);
        assert_eq!(refused, Err(Code::Malformed));
    }
}
