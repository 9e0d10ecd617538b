//! What an upstream's answer keeps on its way to the agent: everything but hop-by-hop fields and `alt-svc`, which
//! would lead the agent around the proxy (RFC 9110 section 7.6.1, CASES PR-22).

use http::header::{
    ALT_SVC, CONNECTION, CONTENT_LENGTH, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::response::Parts;
use http::{HeaderMap, Version};

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

/// Makes the head this hop's own: its version, and no field that ends here.
pub fn clean(parts: &mut Parts) {
    parts.version = Version::HTTP_11;
    clean_fields(&mut parts.headers);
}

/// Takes the fields out that end at this hop.
fn clean_fields(fields: &mut HeaderMap) {
    for name in named_by_connection(fields) {
        fields.remove(name);
    }
    for name in &DROPPED {
        fields.remove(name);
    }
    fields.remove(TRAILER);
}

/// The same of trailers, where no field may say how the message is framed either (RFC 9110 section 6.5.1).
pub fn clean_trailers(fields: &mut HeaderMap) {
    clean_fields(fields);
    fields.remove(CONTENT_LENGTH);
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
    let mut lengths = parts.headers.get_all(CONTENT_LENGTH).iter();
    let mut codings = parts.headers.get_all(TRANSFER_ENCODING).iter();
    match (lengths.next(), codings.next()) {
        (None, None) => {}
        (Some(_), Some(_)) => return fault("has both Content-Length and Transfer-Encoding"),
        (Some(length), None) if !is_plain_length(length.as_bytes()) => {
            return fault("has a Content-Length that is not one plain number");
        }
        // The field ends at this hop: a coding under the chunks would reach the agent unsaid.
        (None, Some(coding)) if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            return fault("has a transfer coding other than `chunked`");
        }
        _ => {}
    }
    if lengths.next().is_some() {
        return fault("has more than one Content-Length");
    }
    if codings.next().is_some() {
        return fault("has more than one Transfer-Encoding");
    }
    Ok(())
}

/// `0`, or digits without a leading zero: the agent gets the field as it is, and must read it as hyper did.
fn is_plain_length(value: &[u8]) -> bool {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits && (value.len() == 1 || value[0] != b'0')
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
        for length in ["5, 5", "05", "+5", ""] {
            assert!(check(&build(&[("content-length", length)])).is_err(), "{length}");
        }
        assert!(check(&build(&[("content-length", "0")])).is_ok());
        assert!(check(&build(&[("transfer-encoding", "Chunked")])).is_ok());
        for coding in ["gzip, chunked", "gzip", "chunked, chunked", "chunked, gzip"] {
            assert!(check(&build(&[("transfer-encoding", coding)])).is_err(), "{coding}");
        }
        let twice = [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")];
        assert!(check(&build(&twice)).is_err());
    }
}
