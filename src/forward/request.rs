//! From the frozen head to what hyper is given. In HTTP/1.1 the `Witness` compares the very bytes; in HTTP/2 the
//! bytes are compressed, so the request is read back into the frozen form, and compared with it, before hyper gets it.
//!
//! What HTTP/2 itself demands, and nothing else, is put differently (RFC 9113 section 8.3.1): method, scheme and
//! target are pseudo-headers, and `host` is `:authority`. A gRPC request also gets `te: trailers`, which gRPC's servers
//! ask for: that field is this hop's own, like `connection` in HTTP/1.1, and no part of the frozen request.

use http::header::{HOST, TE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};

use super::Failure;
use super::body::Outgoing;
use crate::code::Code;
use crate::snapshot::Head;

/// For HTTP/1.1: same names, same order, same bytes.
pub fn http1(head: &Head, body: Outgoing) -> Result<Request<Outgoing>, Failure> {
    let mut request = Request::new(body);
    *request.method_mut() = method(head)?;
    *request.uri_mut() = head.target.parse::<Uri>().map_err(|_| fault("target"))?;
    *request.headers_mut() = fields(head, |_| true)?;
    Ok(request)
}

/// For HTTP/2.
pub fn http2(head: &Head, body: Outgoing) -> Result<Request<Outgoing>, Failure> {
    let mut request = Request::new(body);
    *request.version_mut() = Version::HTTP_2;
    *request.method_mut() = method(head)?;
    *request.uri_mut() = uri(head)?;
    *request.headers_mut() = fields(head, |name| name != HOST.as_str())?;
    if !reads_back(&request, head) {
        return Err(fault("request"));
    }
    if is_grpc(head) {
        request.headers_mut().insert(TE, HeaderValue::from_static("trailers"));
    }
    Ok(request)
}

fn fault(what: &str) -> Failure {
    Failure::unsent(Code::Internal, format!("the frozen {what} cannot be sent"))
}

fn method(head: &Head) -> Result<Method, Failure> {
    Method::from_bytes(head.method.as_bytes()).map_err(|_| fault("method"))
}

fn fields(head: &Head, keeps: impl Fn(&str) -> bool) -> Result<HeaderMap, Failure> {
    let mut fields = HeaderMap::with_capacity(head.fields.len());
    for (name, value) in head.fields.iter().filter(|(name, _)| keeps(name)) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fault("field name"))?;
        let value = HeaderValue::from_maybe_shared(value.clone()).map_err(|_| fault("field value"))?;
        fields.append(name, value);
    }
    Ok(fields)
}

fn uri(head: &Head) -> Result<Uri, Failure> {
    let scheme: Scheme = head.origin.scheme.as_str().parse().map_err(|_| fault("scheme"))?;
    let authority: Authority = head.origin.authority().parse().map_err(|_| fault("host"))?;
    let target: PathAndQuery = head.target.parse().map_err(|_| fault("target"))?;
    Uri::builder()
        .scheme(scheme)
        .authority(authority)
        .path_and_query(target)
        .build()
        .map_err(|_| fault("target"))
}

/// Whether the request says what the frozen head says, name by name and byte by byte.
fn reads_back(request: &Request<Outgoing>, head: &Head) -> bool {
    let uri = request.uri();
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    let pseudo = request.method().as_str() == head.method
        && uri.scheme_str() == Some(head.origin.scheme.as_str())
        && uri.path_and_query().map(PathAndQuery::as_str) == Some(head.target.as_str())
        && head.values(HOST.as_str()).map(|value| Some(&value[..])).eq([authority]);
    let own = head.fields.iter().filter(|(name, _)| name != HOST.as_str());
    let given = request.headers().iter();
    pseudo
        && given
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .eq(own.map(|(name, value)| (name.as_str(), &value[..])))
}

fn is_grpc(head: &Head) -> bool {
    const GRPC: &str = "application/grpc";
    let kind = head.text("content-type").and_then(|kind| kind.get(..GRPC.len()));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(GRPC))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{self, Host, Origin};

    fn head(target: &str, fields: &[(&str, &'static str)]) -> Head {
        let origin = Origin::new(origin::Scheme::Https, Host::parse("forum.example").unwrap(), Some(8443));
        let own = [("host", "forum.example:8443")];
        let fields = own.iter().chain(fields);
        Head {
            method: "POST".into(),
            origin,
            target: target.into(),
            fields: fields
                .map(|(name, value)| ((*name).into(), Bytes::from_static(value.as_bytes())))
                .collect(),
        }
    }

    #[test]
    fn in_http_2_the_host_is_the_authority_and_all_else_stays() {
        let head = head("/a//b?c=%2f&&", &[("x-b", "1"), ("x-b", "caf\u{e9}"), ("cookie", "a=1; b=2")]);
        let request = http2(&head, Outgoing::empty()).unwrap();
        assert_eq!(request.uri(), "https://forum.example:8443/a//b?c=%2f&&");
        let names: Vec<_> = request.headers().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x-b", "x-b", "cookie"]);
    }

    #[test]
    fn only_a_grpc_request_says_that_it_takes_trailers() {
        let te = |kind: &'static str| {
            let request = http2(&head("/a", &[("content-type", kind)]), Outgoing::empty()).unwrap();
            request.headers().get(TE).map(|value| value.as_bytes().to_vec())
        };
        assert_eq!(te("application/grpc+proto").as_deref(), Some(&b"trailers"[..]));
        assert_eq!(te("Application/gRPC").as_deref(), Some(&b"trailers"[..]));
        assert_eq!(te("application/json"), None);
    }

    /// What would not arrive as it was frozen is not sent: names out of order, another host, a target that a library
    /// would put right.
    #[test]
    fn a_head_that_does_not_read_back_is_not_sent() {
        let apart = head("/a", &[("x-b", "1"), ("x-c", "2"), ("x-b", "3")]);
        assert!(http2(&apart, Outgoing::empty()).is_err());
        assert!(http2(&head("/a", &[("x-b", "1"), ("x-b", "3"), ("x-c", "2")]), Outgoing::empty()).is_ok());
        let mut other = head("/a", &[]);
        other.fields[0].1 = Bytes::from_static(b"evil.example:8443");
        assert!(http2(&other, Outgoing::empty()).is_err());
        assert!(http2(&head("/a#b", &[]), Outgoing::empty()).is_err());
    }
}
