//! AWS's error shapes (https://smithy.io/2.0/aws/protocols/index.html). An SDK that is given another one either raises
//! an error of its own parser, or sees a bare status without the text; and some then do not come back for a `held`.
//!
//! The codes are those that AWS has for such ends. SDKs send again on a status of 500, 502, 503 or 504, whatever the
//! code is; on an access that was denied they do not. The hold's id stands where AWS has the id of a request.

mod protocol;

pub use protocol::Protocol;

use serde_json::{Map, Value, json};

use super::{End, Said};
use crate::code::Code;

impl Protocol {
    pub(super) fn say(self, end: &End) -> Said {
        let error = Error { code: self.code(end.code), message: end.text(), id: id(end) };
        let sender = end.code.status() < 500;
        let (content_type, body) = match self {
            Protocol::Cbor => ("application/cbor", error.cbor()),
            Protocol::Ec2 => ("text/xml;charset=UTF-8", error.ec2()),
            Protocol::Json10 => ("application/x-amz-json-1.0", error.json(end.problem())),
            Protocol::Json11 => ("application/x-amz-json-1.1", error.json(end.problem())),
            Protocol::Query | Protocol::RestXml => ("text/xml", error.wrapped(sender)),
            Protocol::RestJson => ("application/json", error.json(end.problem())),
            Protocol::S3 => ("application/xml", error.s3()),
        };
        let mut said = Said::plainly(end, content_type, body);
        let request_id = if self == Protocol::S3 { "x-amz-request-id" } else { "x-amzn-requestid" };
        said.fields.push((request_id, error.id));
        match self {
            Protocol::Cbor => said.fields.push(("smithy-protocol", "rpc-v2-cbor".to_owned())),
            Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => {
                said.fields.push(("x-amzn-errortype", error.code.to_owned()));
            }
            Protocol::Ec2 | Protocol::Query | Protocol::RestXml | Protocol::S3 => {}
        }
        said
    }

    /// What AWS calls it. Its JSON and CBOR services name exceptions, the others codes.
    fn code(self, code: Code) -> &'static str {
        let (plain, exception) = match code {
            Code::Denied | Code::DestinationBlocked | Code::Expired | Code::Forbidden => match self {
                Protocol::Ec2 => ("UnauthorizedOperation", ""),
                _ => ("AccessDenied", "AccessDeniedException"),
            },
            Code::AuditUnavailable
            | Code::Frozen
            | Code::Held
            | Code::QueueFull
            | Code::Restarting
            | Code::StoreUnavailable
            | Code::UpstreamTimeout
            | Code::UpstreamTls
            | Code::UpstreamUnreachable => match self {
                Protocol::Ec2 => ("Unavailable", ""),
                _ => ("ServiceUnavailable", "ServiceUnavailableException"),
            },
            Code::BodyTooLarge => ("EntityTooLarge", "RequestEntityTooLargeException"),
            Code::ExpectationFailed
            | Code::HeadersTooLarge
            | Code::Loop
            | Code::Malformed
            | Code::TargetMismatch
            | Code::UriTooLong => ("InvalidRequest", "InvalidRequestException"),
            Code::NotSupported => ("NotImplemented", "NotImplementedException"),
            Code::RequestTimeout => ("RequestTimeout", "RequestTimeoutException"),
            Code::AnswerLost => ("AnswerLost", "AnswerLostException"),
            Code::OutcomeUnknown => ("OutcomeUnknown", "OutcomeUnknownException"),
            Code::Internal | Code::ProxyAuth => match self {
                Protocol::S3 => ("InternalError", ""),
                _ => ("InternalFailure", "InternalServerException"),
            },
        };
        match self {
            Protocol::Cbor | Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => exception,
            Protocol::Ec2 | Protocol::Query | Protocol::RestXml | Protocol::S3 => plain,
        }
    }
}

fn id(end: &End) -> String {
    end.hold.map_or_else(|| "holdpoint".to_owned(), |hold| hold.to_string())
}

struct Error {
    code: &'static str,
    message: String,
    id: String,
}

impl Error {
    /// Services differ on how they write `message`. The problem document is a member, not the whole: an SDK would take
    /// its `code` for the exception's name.
    fn json(&self, problem: Map<String, Value>) -> Vec<u8> {
        json!({"__type": self.code, "message": self.message, "Message": self.message, "holdpoint": problem})
            .to_string()
            .into_bytes()
    }

    fn s3(&self) -> Vec<u8> {
        let Self { code, id, .. } = self;
        let message = escaped(&self.message);
        document(&format!(
            "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId>\
             <HostId>holdpoint</HostId></Error>"
        ))
    }

    fn wrapped(&self, sender: bool) -> Vec<u8> {
        let Self { code, id, .. } = self;
        let (kind, message) = (if sender { "Sender" } else { "Receiver" }, escaped(&self.message));
        document(&format!(
            "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>{id}</RequestId></ErrorResponse>"
        ))
    }

    fn ec2(&self) -> Vec<u8> {
        let Self { code, id, .. } = self;
        let message = escaped(&self.message);
        document(&format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
             <RequestID>{id}</RequestID></Response>"
        ))
    }

    /// A map of two texts (RFC 8949 section 3.1).
    fn cbor(&self) -> Vec<u8> {
        let mut out = vec![0xa2];
        for text in ["__type", self.code, "message", &self.message] {
            put_text(&mut out, text);
        }
        out
    }
}

fn document(root: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}").into_bytes()
}

/// Text of XML 1.0, which has no place for most control characters, not even escaped
/// (https://www.w3.org/TR/xml/#charsets).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

/// A text string; reasons are bounded, so two bytes of length are enough, and a longer text is cut at them.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    match text.len() {
        length @ 0..=23 => out.push(0x60 | length as u8),
        length => {
            out.push(0x79);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::HoldId;
    use crate::reply::Tongue;

    fn response(protocol: Protocol, code: Code) -> http::Response<bytes::Bytes> {
        let end = End::new(code).of_hold(HoldId(uuid::Uuid::nil())).with("reason", "a < b & c\u{1}");
        let response = end.response_in(&Tongue::Aws(protocol));
        assert_eq!(response.status(), code.status());
        assert_eq!(response.headers()["holdpoint-code"], code.as_str());
        response
    }

    fn text(protocol: Protocol, code: Code) -> String {
        String::from_utf8(response(protocol, code).body().to_vec()).unwrap()
    }

    #[test]
    fn json_names_the_exception_in_its_body_and_in_a_field() {
        for (protocol, kind) in [
            (Protocol::Json10, "application/x-amz-json-1.0"),
            (Protocol::Json11, "application/x-amz-json-1.1"),
            (Protocol::RestJson, "application/json"),
        ] {
            let response = response(protocol, Code::Denied);
            assert_eq!(response.headers()["content-type"], kind);
            assert_eq!(response.headers()["x-amzn-errortype"], "AccessDeniedException");
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(body["__type"], "AccessDeniedException");
            assert!(body["message"].as_str().unwrap().contains("Reason: a < b & c"));
            assert_eq!((body.get("code"), &body["holdpoint"]["code"]), (None, &Value::from("denied")));
        }
    }

    #[test]
    fn xml_is_in_the_shape_of_the_service_and_escaped() {
        let wrapped = text(Protocol::Query, Code::Held);
        assert!(wrapped.contains("<Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>"));
        assert!(wrapped.contains("Reason: a &lt; b &amp; c\u{fffd}</Message></Error><RequestId>00000000-"));
        assert!(
            text(Protocol::RestXml, Code::Denied).contains("<Type>Sender</Type><Code>AccessDenied</Code>")
        );
        let ec2 = text(Protocol::Ec2, Code::Denied);
        assert!(ec2.contains("<Response><Errors><Error><Code>UnauthorizedOperation</Code>"));
        assert!(
            ec2.ends_with("</Errors><RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>")
        );
        let s3 = text(Protocol::S3, Code::Denied);
        assert!(
            s3.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code>")
        );
    }

    #[test]
    fn cbor_is_a_map_of_two_texts() {
        let response = response(Protocol::Cbor, Code::Denied);
        assert_eq!(response.headers()["smithy-protocol"], "rpc-v2-cbor");
        let body = response.body();
        assert!(body.starts_with(b"\xa2\x66__type\x75AccessDeniedException\x67message\x79"));
        let length = usize::from(u16::from_be_bytes([body[39], body[40]]));
        assert_eq!(body.len(), 41 + length);
    }
}
