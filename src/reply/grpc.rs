//! A gRPC status without messages, in the head alone ("trailers-only",
//! https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Which status says whether clients come back:
//! UNAVAILABLE is retried by policies, PERMISSION_DENIED and UNKNOWN are not.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::End;
use crate::code::Code;

/// Adds `grpc-status` and `grpc-message`.
pub(super) fn put_status(end: &End, fields: &mut HeaderMap) {
    fields.insert(HeaderName::from_static("grpc-status"), HeaderValue::from(status(end.code)));
    if let Ok(message) = HeaderValue::from_str(&escaped(&end.text())) {
        fields.insert(HeaderName::from_static("grpc-message"), message);
    }
}

/// https://grpc.io/docs/guides/status-codes/
fn status(code: Code) -> u16 {
    match code {
        Code::Denied | Code::Expired | Code::Forbidden | Code::DestinationBlocked => 7,
        Code::Held
        | Code::Frozen
        | Code::QueueFull
        | Code::Restarting
        | Code::StoreUnavailable
        | Code::AuditUnavailable
        | Code::UpstreamUnreachable
        | Code::UpstreamTls => 14,
        Code::UpstreamTimeout | Code::RequestTimeout => 4,
        Code::OutcomeUnknown | Code::AnswerLost => 2,
        Code::BodyTooLarge | Code::HeadersTooLarge | Code::UriTooLong => 8,
        Code::NotSupported => 12,
        Code::ProxyAuth => 16,
        Code::Malformed | Code::TargetMismatch | Code::ExpectationFailed => 3,
        Code::Internal | Code::Loop => 13,
    }
}

/// Percent-encoded but for printable ASCII without `%`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_escaped_so_that_it_is_one_line_of_ascii() {
        assert_eq!(escaped("100 % é\n"), "100 %25 %C3%A9%0A");
    }
}
