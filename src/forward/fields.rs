//! What an upstream's answer keeps on its way to the agent: everything but hop-by-hop fields and `alt-svc`, which
//! would lead the agent around the proxy (RFC 9110 section 7.6.1, CASES PR-22).

use http::HeaderMap;
use http::header::{
    ALT_SVC, CONNECTION, CONTENT_LENGTH, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::response::Parts;

use super::Failure;
use crate::code::Code;

const DROPPED: [HeaderName; 9] = [
    ALT_SVC,
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Takes the fields out that end at this hop.
pub fn clean_fields(fields: &mut HeaderMap) {
    for name in named_by_connection(fields) {
        fields.remove(name);
    }
    for name in &DROPPED {
        fields.remove(name);
    }
    fields.remove(TRAILER);
}

fn named_by_connection(fields: &HeaderMap) -> Vec<HeaderName> {
    fields
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // What frames the message is not for a `Connection` field to take away.
        .filter(|name: &HeaderName| *name != CONTENT_LENGTH)
        .collect()
}

/// Refuses an answer whose framing has two readings, or that changes the protocol unasked (CASES FR-37).
pub fn check(parts: &Parts) -> Result<(), Failure> {
    let fault = |detail: &str| {
        Err(Failure {
            code: Code::UpstreamUnreachable,
            detail: format!("the upstream's answer {detail}"),
            sent: true,
        })
    };
    if parts.status.as_u16() == 101 {
        return fault("switches protocols, which nobody asked for");
    }
    if parts.headers.contains_key(TRANSFER_ENCODING) && parts.headers.contains_key(CONTENT_LENGTH) {
        return fault("has both Content-Length and Transfer-Encoding");
    }
    if parts.headers.get_all(CONTENT_LENGTH).iter().count() > 1 {
        return fault("has more than one Content-Length");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_this_hop_and_alt_svc_go_and_all_others_stay() {
        let mut fields = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("alt-svc", "h3=\":443\""),
            ("transfer-encoding", "chunked"),
            ("content-type", "text/plain"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ] {
            fields.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        clean_fields(&mut fields);
        assert_eq!(fields.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["content-type", "set-cookie"]);
        assert_eq!(fields.get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn an_answer_with_two_framings_is_refused() {
        let build = |fields: &[(&'static str, &'static str)]| {
            let mut response = http::Response::builder();
            for (name, value) in fields {
                response = response.header(*name, *value);
            }
            response.body(()).unwrap().into_parts().0
        };
        assert!(check(&build(&[("content-length", "5")])).is_ok());
        assert!(check(&build(&[("content-length", "5"), ("transfer-encoding", "chunked")])).is_err());
        assert!(check(&build(&[("content-length", "5"), ("content-length", "5")])).is_err());
    }
}
