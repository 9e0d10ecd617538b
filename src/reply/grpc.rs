//! gRPC's status in an answer that is a head and nothing else (Trailers-Only,
//! https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), and the same for gRPC-Web, whose clients look for
//! the status among the fields too. `grpc-retry-pushback-ms` (gRFC A6) says when to come back, or never.

use std::fmt::Write;

use super::tongue::essence;
use super::{End, Said, wait_of};
use crate::code::Code;
use crate::limits::GRPC_MESSAGE_BYTES_MAX;
use crate::snapshot::Head;

const UNAVAILABLE: u8 = 14;

/// The content type that the client reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    #[default]
    Grpc,
    /// gRPC-Web.
    Web,
    /// gRPC-Web in base64.
    WebText,
}

impl Wire {
    /// By the content type, which every request of gRPC has.
    pub(super) fn of(head: &Head) -> Option<Self> {
        let essence = essence(head.text("content-type")?);
        let (kind, _) = essence.split_once('+').unwrap_or((&essence, ""));
        match kind {
            "application/grpc" => Some(Wire::Grpc),
            "application/grpc-web" => Some(Wire::Web),
            "application/grpc-web-text" => Some(Wire::WebText),
            _ => None,
        }
    }

    pub(super) fn say(self, end: &End) -> Said {
        let content_type = match self {
            Wire::Grpc => "application/grpc",
            Wire::Web => "application/grpc-web",
            Wire::WebText => "application/grpc-web-text",
        };
        let status = status(end.code);
        let mut fields = vec![("grpc-status", status.to_string()), ("grpc-message", encoded(&end.text()))];
        if end.code.retry_after() {
            fields.push(("grpc-retry-pushback-ms", wait_of(end.code).as_millis().to_string()));
        } else if status != UNAVAILABLE {
            fields.push(("grpc-retry-pushback-ms", "-1".to_owned()));
        }
        Said { status: 200, content_type, fields, body: Vec::new() }
    }
}

/// https://grpc.io/docs/guides/status-codes/
fn status(code: Code) -> u8 {
    const INVALID_ARGUMENT: u8 = 3;
    const DEADLINE_EXCEEDED: u8 = 4;
    const PERMISSION_DENIED: u8 = 7;
    const RESOURCE_EXHAUSTED: u8 = 8;
    const FAILED_PRECONDITION: u8 = 9;
    const UNIMPLEMENTED: u8 = 12;
    const INTERNAL: u8 = 13;
    const DATA_LOSS: u8 = 15;
    const UNAUTHENTICATED: u8 = 16;
    match code {
        Code::ExpectationFailed | Code::Malformed | Code::TargetMismatch => INVALID_ARGUMENT,
        Code::RequestTimeout => DEADLINE_EXCEEDED,
        Code::Denied | Code::DestinationBlocked | Code::Expired | Code::Forbidden => PERMISSION_DENIED,
        Code::BodyTooLarge | Code::HeadersTooLarge | Code::UriTooLong => RESOURCE_EXHAUSTED,
        Code::Loop => FAILED_PRECONDITION,
        Code::NotSupported => UNIMPLEMENTED,
        Code::Internal => INTERNAL,
        Code::AuditUnavailable
        | Code::Frozen
        | Code::Held
        | Code::QueueFull
        | Code::Restarting
        | Code::StoreUnavailable
        | Code::UpstreamTimeout
        | Code::UpstreamTls
        | Code::UpstreamUnreachable => UNAVAILABLE,
        // Not UNKNOWN: clients of queues and workflows send again on that, and what was lost here is an answer.
        Code::AnswerLost | Code::OutcomeUnknown => DATA_LOSS,
        Code::ProxyAuth => UNAUTHENTICATED,
    }
}

/// Percent-encoded, and cut between two characters where it is too long.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let before = out.len();
        match character {
            ' '..='~' if character != '%' => out.push(character),
            _ => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "%{byte:02X}");
                }
            }
        }
        if out.len() > GRPC_MESSAGE_BYTES_MAX {
            out.truncate(before);
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::HoldId;
    use crate::reply::Tongue;
    use crate::reply::tongue::tests::head;

    fn response(end: End, kind: &str) -> http::Response<bytes::Bytes> {
        end.response_in(&Tongue::by_head(&head("/a.B/C", &[("content-type", kind)])))
    }

    #[test]
    fn a_denial_is_a_head_with_a_status_and_nothing_else() {
        let end =
            End::new(Code::Denied).of_hold(HoldId(uuid::Uuid::nil())).with("reason", "100 % nein, größer\n");
        let response = response(end, "application/grpc+proto");
        assert_eq!((response.status().as_u16(), response.body().len()), (200, 0));
        let fields = response.headers();
        assert_eq!(fields["content-type"], "application/grpc");
        assert_eq!(fields["grpc-status"], "7");
        assert!(
            fields["grpc-message"].to_str().unwrap().ends_with("Reason: 100 %25 nein, gr%C3%B6%C3%9Fer%0A")
        );
        assert_eq!(fields["grpc-retry-pushback-ms"], "-1");
        assert_eq!(
            (&fields["holdpoint-code"], fields.contains_key("holdpoint-hold")),
            (&"denied".parse().unwrap(), true)
        );
        assert!(!fields.contains_key("content-length"));
    }

    #[test]
    fn a_ticket_is_unavailable_and_says_when_to_come_back() {
        let response = response(End::new(Code::Held), "application/grpc");
        assert_eq!(response.headers()["grpc-status"], "14");
        assert_eq!(response.headers()["grpc-retry-pushback-ms"], "1000");
        assert_eq!(response.headers()["retry-after"], "1");
    }

    #[test]
    fn what_may_have_been_carried_out_has_no_status_that_clients_send_again_on() {
        for code in [Code::OutcomeUnknown, Code::AnswerLost] {
            let response = response(End::new(code), "application/grpc");
            assert_eq!(response.headers()["grpc-status"], "15");
            assert_eq!(response.headers()["grpc-retry-pushback-ms"], "-1");
        }
    }

    #[test]
    fn grpc_web_is_answered_in_the_type_that_it_asked_in() {
        for (kind, wanted) in [
            ("application/grpc-web+proto", "application/grpc-web"),
            ("application/grpc-web-text; charset=utf-8", "application/grpc-web-text"),
        ] {
            assert_eq!(response(End::new(Code::Denied), kind).headers()["content-type"], wanted);
        }
        assert_eq!(Wire::of(&head("/", &[("content-type", "application/grpcish")])), None);
    }

    #[test]
    fn a_message_is_cut_between_two_characters() {
        let text = encoded(&"ß".repeat(2000));
        assert!(text.len() <= GRPC_MESSAGE_BYTES_MAX && text.len().is_multiple_of("%C3%9F".len()));
    }
}
