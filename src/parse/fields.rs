//! What the fields of a request may say, in every version of HTTP: framing, `Host`, connection options, and the
//! fields that must stand alone. RFC 9110 sections 5 to 8, RFC 9112 sections 3.2, 6 and 7, RFC 9113 section 8.2.
//!
//! One field that could be read in two ways refuses the request. Names are letters, digits and hyphens only: a
//! CGI server reads `Content_Length` as `Content-Length` (CASES FR-35).

use crate::code::Code;
use crate::origin::{Host, split_authority};
use crate::parse::{Refusal, grammar};

/// How the request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
}

/// How the end of the body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// It has this many bytes.
    Length(u64),
    /// It ends when it ends: chunked, or an HTTP/2 stream without a `content-length`.
    Unknown,
}

/// What the fields said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The `Host` field, taken apart. Always there but for HTTP/1.0 CONNECT and HTTP/2.
    pub host: Option<(Host, Option<u16>)>,
    /// By the fields alone; what an HTTP/2 stream without a length has, only its end can say.
    pub framing: Framing,
    /// The agent waits for a 100 before it sends its body.
    pub expects_continue: bool,
}

/// Fields of which a second one makes the request malformed: what judges or sends would read one of them, and
/// the service another (CASES FR-33). Those that decide where, who, what and how, and no lists.
const SINGLETONS: [&str; 36] = [
    "authorization",
    "content-encoding",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "depth",
    "destination",
    "dpop",
    "expect",
    "grpc-timeout",
    "host",
    "idempotency-key",
    "if-modified-since",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "mcp-session-id",
    "origin",
    "overwrite",
    "proxy-authorization",
    "range",
    "soapaction",
    "transfer-encoding",
    "upgrade",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-target",
    "x-api-key",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-ms-date",
];

/// The longest name that means something here; a longer one matches nothing.
const NAME_MAX: usize = 32;

/// Looks at the fields one by one, in the order in which they came.
#[derive(Debug)]
pub struct FieldCheck {
    wire: Wire,
    seen: u64,
    host: Option<(Host, Option<u16>)>,
    length: Option<u64>,
    chunked: bool,
    expects: bool,
    upgrade: bool,
    h2c: bool,
}

impl FieldCheck {
    /// Starts.
    pub fn new(wire: Wire) -> Self {
        Self {
            wire,
            seen: 0,
            host: None,
            length: None,
            chunked: false,
            expects: false,
            upgrade: false,
            h2c: false,
        }
    }

    /// Looks at one field. For HTTP/1 the blanks around the value are gone already, as RFC 9112 section 5 says.
    pub fn field(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
            return Err(bad_name());
        }
        check_value(value)?;
        let mut lower = [0; NAME_MAX];
        let Some(lower) = lower.get_mut(..name.len()) else { return self.long_name(name) };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.alone(lower, value)?;
        match &*lower {
            b"host" => self.host = Some(read_host(value)?),
            b"content-length" => self.length = Some(read_length(value)?),
            b"transfer-encoding" => self.coding(value)?,
            b"expect" => self.expect(value)?,
            b"connection" | b"proxy-connection" => self.options(value)?,
            b"upgrade" | b"keep-alive" if self.wire == Wire::Http2 => return Err(connection_field()),
            b"upgrade" => self.upgrade = true,
            b"te" if self.wire == Wire::Http2 && !value.eq_ignore_ascii_case(b"trailers") => {
                return Err(Refusal::malformed("in HTTP/2 the field TE may only say `trailers`"));
            }
            name if name.starts_with(b"holdpoint-") || name.starts_with(b"x-holdpoint-") => {
                return Err(ours());
            }
            _ => {}
        }
        Ok(())
    }

    fn long_name(&self, name: &[u8]) -> Result<(), Refusal> {
        let starts = |with: &[u8]| name.get(..with.len()).is_some_and(|own| own.eq_ignore_ascii_case(with));
        if starts(b"holdpoint-") || starts(b"x-holdpoint-") { Err(ours()) } else { Ok(()) }
    }

    /// Puts together what the fields said. `method` decides what must be there.
    pub fn end(self, method: &str) -> Result<Facts, Refusal> {
        if self.upgrade {
            return Err(Refusal::new(
                Code::NotSupported,
                "an upgrade to another protocol is not allowed here; send the request without Upgrade",
            ));
        }
        if self.h2c {
            return Err(Refusal::malformed("Connection names http2-settings without an Upgrade"));
        }
        let connect = method == "CONNECT";
        let framing = self.framing(method)?;
        let may_lack_host = self.wire == Wire::Http2 || (connect && self.wire == Wire::Http10);
        if self.host.is_none() && !may_lack_host {
            return Err(Refusal::malformed("the request has no Host; send exactly one"));
        }
        if connect && !matches!(framing, Framing::None | Framing::Length(0)) {
            return Err(Refusal::malformed("CONNECT has no body"));
        }
        // RFC 9110 section 10.1.1: what HTTP/1.0 expects is ignored, and without a body there is nothing to wait for.
        let has_body = !matches!(framing, Framing::None | Framing::Length(0));
        let expects_continue = self.expects && has_body && self.wire == Wire::Http11;
        Ok(Facts { host: self.host, framing, expects_continue })
    }

    fn framing(&self, method: &str) -> Result<Framing, Refusal> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(Refusal::malformed(
                "the request has both Content-Length and Transfer-Encoding; send one of them",
            )),
            (Some(length), false) => Ok(Framing::Length(length)),
            (None, true) => Ok(Framing::Unknown),
            (None, false) if self.wire == Wire::Http2 => Ok(Framing::Unknown),
            (None, false) if self.wire == Wire::Http10 && !bodiless(method) => Err(Refusal::malformed(
                "an HTTP/1.0 request with a body needs a Content-Length: its end must not be the end of the connection",
            )),
            (None, false) => Ok(Framing::None),
        }
    }

    fn alone(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        let Ok(place) = SINGLETONS.binary_search_by(|known| known.as_bytes().cmp(name)) else {
            return Ok(());
        };
        let bit = 1 << place;
        if self.seen & bit != 0 {
            return Err(Refusal::malformed(format!(
                "the field {} stands twice; send it once",
                SINGLETONS[place]
            )));
        }
        self.seen |= bit;
        if value.is_ascii() {
            Ok(())
        } else {
            // Some servers strip 0x85 and 0xa0 around a value (CASES FR-17).
            Err(Refusal::malformed(format!("the field {} has a non-ASCII byte", SINGLETONS[place])))
        }
    }

    fn coding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        match self.wire {
            Wire::Http2 => return Err(connection_field()),
            Wire::Http10 => return Err(Refusal::malformed("HTTP/1.0 has no Transfer-Encoding")),
            Wire::Http11 => {}
        }
        if value.eq_ignore_ascii_case(b"chunked") {
            self.chunked = true;
            return Ok(());
        }
        let codings: Vec<&[u8]> = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
        let plain =
            codings.iter().all(|coding| !coding.is_empty() && coding.iter().all(|byte| is_token(*byte)));
        if plain && codings.iter().any(|coding| !coding.eq_ignore_ascii_case(b"chunked")) {
            return Err(Refusal::new(
                Code::NotSupported,
                "the only transfer coding taken is `chunked`, once",
            ));
        }
        Err(Refusal::malformed("Transfer-Encoding must be the single word `chunked`"))
    }

    fn expect(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Refusal::new(
                Code::ExpectationFailed,
                "the only expectation that can be met is `100-continue`",
            ));
        }
        self.expects = true;
        Ok(())
    }

    /// Connection options name fields that a hop removes; only those pass that name nothing of meaning
    /// (CASES FR-32).
    fn options(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.wire == Wire::Http2 {
            return Err(connection_field());
        }
        for option in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            match &*option.to_ascii_lowercase() {
                b"" | b"close" | b"keep-alive" | b"te" | b"upgrade" | b"proxy-connection" => {}
                // Goes with `Upgrade: h2c`, which is refused as what it is.
                b"http2-settings" => self.h2c = true,
                _ => {
                    return Err(Refusal::malformed(
                        "Connection may only name close, keep-alive, upgrade and te: it must not make a hop drop other fields",
                    ));
                }
            }
        }
        Ok(())
    }
}

fn bodiless(method: &str) -> bool {
    matches!(method, "CONNECT" | "DELETE" | "GET" | "HEAD" | "OPTIONS")
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Every version says the same of a bad name.
pub fn bad_name() -> Refusal {
    Refusal::malformed(
        "a field name has a character other than letters, digits and hyphens, or a blank stands beside it",
    )
}

/// Every version says the same of a bad value.
pub fn bad_value() -> Refusal {
    Refusal::malformed("a field value has a control character, or blanks at its edge")
}

fn ours() -> Refusal {
    Refusal::malformed("fields named Holdpoint-* are Holdpoint's own; leave them out")
}

fn connection_field() -> Refusal {
    Refusal::malformed("an HTTP/2 request has a field of HTTP/1 connections")
}

/// Whether a byte may stand in a value.
pub fn is_value_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn check_value(value: &[u8]) -> Result<(), Refusal> {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if blank(value.first()) || blank(value.last()) || !value.iter().copied().all(is_value_byte) {
        return Err(bad_value());
    }
    Ok(())
}

fn read_host(value: &[u8]) -> Result<(Host, Option<u16>), Refusal> {
    let text = std::str::from_utf8(value).map_err(|_| Refusal::malformed("Host has a non-ASCII byte"))?;
    split_authority(text).map_err(grammar::bad_host)
}

/// `0`, or digits without a leading zero, that 63 bits hold (CASES FR-06, FR-08).
fn read_length(value: &[u8]) -> Result<u64, Refusal> {
    let bad = || Refusal::malformed("Content-Length is not one plain decimal number");
    let plain = !value.is_empty() && value.len() <= 19 && value.iter().all(u8::is_ascii_digit);
    if !plain || (value.len() > 1 && value[0] == b'0') {
        return Err(bad());
    }
    let number = std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<i64>().ok());
    number.and_then(|number| u64::try_from(number).ok()).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wire: Wire, fields: &[(&str, &str)]) -> Result<Facts, Code> {
        let mut check = FieldCheck::new(wire);
        for (name, value) in fields {
            check.field(name.as_bytes(), value.as_bytes()).map_err(|refusal| refusal.code)?;
        }
        check.end("POST").map_err(|refusal| refusal.code)
    }

    fn with_host(name: &str, value: &str) -> Result<Facts, Code> {
        check(Wire::Http11, &[("Host", "a"), (name, value)])
    }

    #[test]
    fn the_singletons_are_in_order_so_that_they_are_found() {
        assert!(SINGLETONS.is_sorted());
        assert!(SINGLETONS.iter().all(|name| name.len() <= NAME_MAX));
    }

    /// CASES FR-33: each listed field alone passes, twice it does not, whatever its case.
    #[test]
    fn a_field_that_must_stand_alone_may_not_stand_twice() {
        for name in SINGLETONS {
            let value = match name {
                "content-length" => "0",
                "expect" => "100-continue",
                "transfer-encoding" => "chunked",
                _ => "a",
            };
            let mut check = FieldCheck::new(Wire::Http11);
            check.field(name.as_bytes(), value.as_bytes()).unwrap();
            let twice = check.field(name.to_ascii_uppercase().as_bytes(), value.as_bytes());
            assert_eq!(twice.unwrap_err().code, Code::Malformed, "{name}");
        }
        let accept = check(Wire::Http11, &[("Host", "a"), ("Accept", "a"), ("Accept", "b")]);
        assert!(accept.is_ok());
    }

    /// CASES FR-01, FR-02, FR-05, FR-06.
    #[test]
    fn framing_is_said_once_and_plainly() {
        assert_eq!(with_host("Content-Length", "0").unwrap().framing, Framing::Length(0));
        assert_eq!(with_host("Content-Length", "50").unwrap().framing, Framing::Length(50));
        assert_eq!(with_host("Transfer-Encoding", "Chunked").unwrap().framing, Framing::Unknown);
        let both = [("Host", "a"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked")];
        assert_eq!(check(Wire::Http11, &both), Err(Code::Malformed));
        assert_eq!(check(Wire::Http10, &[("Host", "a")]), Err(Code::Malformed));
        assert_eq!(check(Wire::Http10, &[both[0], both[2]]), Err(Code::Malformed));
        assert!(check(Wire::Http10, &both[..2]).is_ok());
        assert_eq!(check(Wire::Http2, &[both[2]]), Err(Code::Malformed));
    }

    /// CASES FR-32.
    #[test]
    fn connection_names_only_what_every_hop_knows() {
        for value in ["close", "keep-alive, TE", "Keep-Alive", "", "proxy-connection"] {
            assert!(with_host("Connection", value).is_ok(), "{value}");
            assert!(with_host("Proxy-Connection", value).is_ok(), "{value}");
        }
        for value in ["host", "close, authorization", "content-length", "x-a", "close;x", "http2-settings"] {
            assert_eq!(with_host("Connection", value), Err(Code::Malformed), "{value}");
        }
        assert_eq!(check(Wire::Http2, &[("connection", "close")]), Err(Code::Malformed));
    }

    /// CASES PR-12, FR-31.
    #[test]
    fn upgrades_are_not_supported_and_expectations_are_one() {
        assert_eq!(with_host("Upgrade", "websocket"), Err(Code::NotSupported));
        let h2c = [("Host", "a"), ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c")];
        assert_eq!(check(Wire::Http11, &h2c), Err(Code::NotSupported));
        let expect = [("Host", "a"), ("Expect", "100-Continue"), ("Content-Length", "1")];
        assert!(check(Wire::Http11, &expect).unwrap().expects_continue);
        assert!(!check(Wire::Http11, &expect[..2]).unwrap().expects_continue);
        assert!(!check(Wire::Http10, &expect).unwrap().expects_continue);
        assert_eq!(with_host("Expect", "y 100-continue"), Err(Code::ExpectationFailed));
    }

    #[test]
    fn holdpoint_fields_are_nobody_elses() {
        let long = format!("X-Holdpoint-{}", "a".repeat(NAME_MAX));
        for name in ["Holdpoint-Code", "x-holdpoint-hold", "HOLDPOINT-X", &long] {
            assert_eq!(with_host(name, "a"), Err(Code::Malformed), "{name}");
        }
        assert!(with_host("Not-Holdpoint-Code", "a").is_ok());
    }

    /// CASES PR-07, FR-17.
    #[test]
    fn blanks_at_the_edge_and_non_ascii_where_it_matters_are_refused() {
        assert_eq!(with_host("X-A", " a"), Err(Code::Malformed));
        assert_eq!(with_host("X-A", "a\t"), Err(Code::Malformed));
        assert!(with_host("X-A", "caf\u{e9}").is_ok());
        assert_eq!(with_host("Content-Type", "text/plain\u{a0}"), Err(Code::Malformed));
    }
}
