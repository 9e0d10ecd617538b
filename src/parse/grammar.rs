//! What a method and a target may look like, in every version of HTTP. RFC 9110 section 9.1, RFC 9112 section 3,
//! RFC 3986; each form is a subset of what `http::Method` and `http::Uri` take, so that neither ever refuses or
//! shortens what was let through here.

use crate::code::Code;
use crate::limits;
use crate::origin::{Host, HostError, Origin, Scheme, split_authority};
use crate::parse::Refusal;

/// A request target, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// `http://host/path`: what a proxy is asked in.
    Absolute(Origin, &'a str),
    /// `host:port`, of CONNECT only.
    Authority(Host, u16),
    /// `/path`: what an origin server is asked in.
    Origin(&'a str),
}

/// Methods whose requests have a `content-length` even where they have no body (RFC 9110 section 8.6).
pub fn has_length(method: &str) -> bool {
    matches!(method, "PATCH" | "POST" | "PUT")
}

/// Whether a byte may stand in a method. Methods are case-sensitive and every registered one is in upper case;
/// `get` is a token too, which some servers take for `GET` (CASES FR-25).
pub fn is_method_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
}

/// Checks a whole method.
pub fn check_method(method: &str) -> Result<(), Refusal> {
    if method.len() > limits::METHOD_BYTES_MAX {
        return Err(method_too_long());
    }
    if method.is_empty() || !method.bytes().all(is_method_byte) {
        return Err(bad_method());
    }
    match method {
        "TRACE" | "TRACK" => Err(Refusal::new(
            Code::NotSupported,
            "TRACE and TRACK are not spoken here: they would send fields that Holdpoint adds back to the agent",
        )),
        "PRI" => Err(Refusal::malformed(
            "an HTTP/2 preface is taken only as the first bytes inside a tunnel; speak HTTP/1.1 here",
        )),
        _ => Ok(()),
    }
}

/// Every version says the same of a bad method.
pub fn bad_method() -> Refusal {
    Refusal::malformed("a method is written in upper-case letters, digits, hyphens and underscores")
}

/// The longest registered method has 17 characters.
pub fn method_too_long() -> Refusal {
    Refusal::new(Code::NotSupported, "the method is longer than any known one")
}

/// The request target is over its limit.
pub fn target_too_long() -> Refusal {
    Refusal::new(Code::UriTooLong, "the request target is longer than 16 KiB")
}

/// Whether a byte may stand in any target at all. `#` would start a fragment, which `http::Uri` drops without a
/// word; `\` is a slash to some servers; the rest is not visible ASCII (CASES FR-15, 21, 24).
pub fn is_target_byte(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'\\')
}

/// A byte that no target may have.
pub fn bad_target_byte() -> Refusal {
    Refusal::malformed(
        "the request target has a byte that must be percent-encoded (a control, blank, `#`, `\\` or non-ASCII byte)",
    )
}

/// Takes a target apart. `text` is visible ASCII.
pub fn read_target<'a>(method: &str, text: &'a str) -> Result<Target<'a>, Refusal> {
    if method == "CONNECT" {
        return read_authority(text);
    }
    if text.starts_with('/') {
        check_path(text)?;
        return Ok(Target::Origin(text));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(Refusal::malformed(
            "the request target is neither a path nor an absolute http: or https: URL",
        ));
    };
    let scheme = Scheme::parse(scheme)
        .ok_or_else(|| Refusal::malformed("the URL's scheme is not `http` or `https` in lower case"))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = split_authority(authority).map_err(bad_host)?;
    check_path(path)?;
    Ok(Target::Absolute(Origin::new(scheme, host, port), path))
}

fn read_authority(text: &str) -> Result<Target<'static>, Refusal> {
    match split_authority(text).map_err(bad_host)? {
        (host, Some(port)) => Ok(Target::Authority(host, port)),
        (_, None) => Err(Refusal::malformed("CONNECT names a host and a port, like `host:443`")),
    }
}

/// A host or port that cannot be read in one way.
pub fn bad_host(error: HostError) -> Refusal {
    Refusal::malformed(format!("{error}; name the host as host[:port], without a user"))
}

/// Checks path and query: the bytes that `http::uri::PathAndQuery` takes but for those that `is_target_byte`
/// refuses. A path that starts with two slashes is an authority to whoever resolves it as a reference
/// (CASES PR-05); `*` has no place in a frozen request.
pub fn check_path(text: &str) -> Result<(), Refusal> {
    if !text.starts_with('/') || text.starts_with("//") {
        return Err(Refusal::malformed("the path must start with one slash"));
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let is_path_byte = |byte: u8| is_target_byte(byte) && !matches!(byte, b'<' | b'>' | b'`');
    let is_query_byte = |byte: u8| is_target_byte(byte) && !matches!(byte, b'<' | b'>' | b'"');
    if path.bytes().all(is_path_byte) && query.bytes().all(is_query_byte) {
        Ok(())
    } else {
        Err(bad_target_byte())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_method_is_upper_case_and_not_too_long() {
        for method in ["GET", "VERSION-CONTROL", "X-MS-ENUMATTS", "FROBNICATE", "GETX", "M_1"] {
            assert!(check_method(method).is_ok(), "{method}");
        }
        for (method, code) in [
            ("get", Code::Malformed),
            ("Get", Code::Malformed),
            ("G=T", Code::Malformed),
            ("", Code::Malformed),
            ("!GET", Code::Malformed),
            ("PRI", Code::Malformed),
            ("TRACE", Code::NotSupported),
            ("TRACK", Code::NotSupported),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Code::NotSupported),
        ] {
            assert_eq!(check_method(method).unwrap_err().code, code, "{method}");
        }
        assert!(check_method("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").is_ok());
    }

    /// CASES FR-20, FR-22, FR-23: only a path, an absolute URL with a path, or CONNECT's authority.
    #[test]
    fn a_target_has_one_of_three_forms() {
        let host = Host::Name("a.example".into());
        let absolute = |scheme, port| Target::Absolute(Origin { scheme, host: host.clone(), port }, "/x?y");
        assert_eq!(read_target("GET", "/x?y").unwrap(), Target::Origin("/x?y"));
        assert_eq!(read_target("GET", "http://A.example/x?y").unwrap(), absolute(Scheme::Http, 80));
        assert_eq!(read_target("GET", "https://a.example:8/x?y").unwrap(), absolute(Scheme::Https, 8));
        assert_eq!(read_target("CONNECT", "a.example:443").unwrap(), Target::Authority(host, 443));
        for (method, target) in [
            ("GET", "a.example:80"),
            ("GET", "*"),
            ("OPTIONS", "*"),
            ("GET", "?x"),
            ("GET", "x"),
            ("GET", "//evil/x"),
            ("GET", "http:http://internal/admin"),
            ("GET", "http://"),
            ("GET", "http:///x"),
            ("GET", "http://a.example"),
            ("GET", "http://a.example?x"),
            ("GET", "http://a.example//x"),
            ("GET", "http://good@evil/x"),
            ("GET", "http://a.example:0/"),
            ("GET", "http://a.example:99999/"),
            ("GET", "http://a.example:/"),
            ("GET", "http://[example.com]/"),
            ("GET", "http://[::1/"),
            ("GET", "http://[fe80::1%25lo]/"),
            ("GET", "HTTP://a.example/"),
            ("GET", "ftp://a.example/"),
            ("CONNECT", "a.example"),
            ("CONNECT", "http://a.example/"),
            ("CONNECT", "user@a.example:443"),
            ("CONNECT", "[example.com]:443"),
            ("CONNECT", "/x"),
        ] {
            assert_eq!(read_target(method, target).unwrap_err().code, Code::Malformed, "{method} {target}");
        }
    }

    proptest! {
        /// CASES FR-21: what is let through comes out of `http::Uri` byte for byte.
        #[test]
        fn a_path_that_is_let_through_survives_the_library(path in "/[ -~]{0,24}") {
            if check_path(&path).is_ok() {
                let uri: http::Uri = path.parse().expect("the library takes what was let through");
                prop_assert_eq!(uri.path_and_query().map(|whole| whole.as_str()), Some(path.as_str()));
            }
        }

        #[test]
        fn an_absolute_url_that_is_let_through_survives_the_library(rest in "[a-zA-Z0-9.:\\[\\]@/?%-]{1,24}") {
            let text = format!("http://{rest}");
            if let Ok(Target::Absolute(_, path)) = read_target("GET", &text) {
                let uri: http::Uri = text.parse().expect("the library takes what was let through");
                prop_assert_eq!(uri.path_and_query().map(|whole| whole.as_str()), Some(path));
                prop_assert_eq!(uri.to_string(), text.clone());
            }
        }
    }
}
