//! AWS's errors, each in the shape of the request's own protocol (https://smithy.io/2.0/aws/protocols/): an SDK that
//! is given JSON where it expects XML raises a parse error, neither retries nor shows the reason.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::End;
use crate::code::Code;
use crate::snapshot::Head;

/// How a service writes its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `application/x-amz-json-1.0` and 1.1: the type in the body.
    Json10,
    /// See `Json10`.
    Json11,
    /// REST-JSON: the type in a field.
    RestJson,
    /// `<ErrorResponse><Error>`, for the query protocol and most of REST-XML.
    Query,
    /// `<Response><Errors><Error>`.
    Ec2,
    /// `<Error>`, bare.
    S3,
    /// A CBOR map.
    Cbor,
}

/// Services of the protocol REST-XML that wrap their error, by the name in the credential scope.
const WRAPPED_XML: [&str; 2] = ["route53", "cloudfront"];

impl Shape {
    /// By what the request says of its protocol, and the service that its signature names.
    pub fn of(head: &Head, content: &[u8]) -> Self {
        let kind = head.text("content-type").unwrap_or_default();
        if head.text("smithy-protocol") == Some("rpc-v2-cbor") {
            return Self::Cbor;
        }
        if head.text("x-amz-target").is_some() {
            return if kind.contains("json-1.0") { Self::Json10 } else { Self::Json11 };
        }
        let service = scope(head).unwrap_or_else(|| head.origin.host.to_string());
        let named = |name: &str| service == name || service.starts_with(&format!("{name}."));
        let in_query =
            head.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")));
        let in_form = kind.starts_with("application/x-www-form-urlencoded")
            && (content.starts_with(b"Action=") || content.windows(8).any(|window| window == b"&Action="));
        match () {
            () if named("ec2") => Self::Ec2,
            () if named("s3")
                || named("s3express")
                || service.contains(".s3.")
                || service.contains(".s3-") =>
            {
                Self::S3
            }
            () if in_query || in_form || WRAPPED_XML.iter().any(|name| named(name)) => Self::Query,
            () => Self::RestJson,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json10 => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
            Self::RestJson => "application/json",
            Self::Query | Self::Ec2 => "text/xml",
            Self::S3 => "application/xml",
            Self::Cbor => "application/cbor",
        }
    }

    pub(super) fn put_fields(self, end: &End, fields: &mut HeaderMap) {
        let id = end.hold.map_or_else(|| "holdpoint".to_owned(), |hold| hold.to_string());
        if let Ok(id) = HeaderValue::from_str(&id) {
            fields.insert(HeaderName::from_static("x-amzn-requestid"), id);
        }
        match self {
            Self::Json10 | Self::Json11 | Self::RestJson => {
                fields.insert(
                    HeaderName::from_static("x-amzn-errortype"),
                    HeaderValue::from_static(name(end.code, true)),
                );
            }
            Self::Cbor => {
                fields.insert(
                    HeaderName::from_static("smithy-protocol"),
                    HeaderValue::from_static("rpc-v2-cbor"),
                );
            }
            Self::Query | Self::Ec2 | Self::S3 => {}
        }
    }

    pub(super) fn answer(self, end: &End) -> Vec<u8> {
        let (code, text) = (
            name(end.code, matches!(self, Self::Json10 | Self::Json11 | Self::RestJson | Self::Cbor)),
            end.text(),
        );
        let id = end.hold.map_or_else(|| "holdpoint".to_owned(), |hold| hold.to_string());
        let (message, kind) = (xml(&text), if end.code.status() < 500 { "Sender" } else { "Receiver" });
        match self {
            Self::Json10 | Self::Json11 => {
                json!({"__type": code, "message": text, "Message": text, "holdpoint": end.problem()}).to_string().into_bytes()
            }
            Self::RestJson => {
                json!({"code": code, "message": text, "Message": text, "holdpoint": end.problem()}).to_string().into_bytes()
            }
            Self::Query => format!(
                "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>{id}</RequestId></ErrorResponse>"
            )
            .into_bytes(),
            Self::Ec2 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
                 <Message>{message}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
            )
            .into_bytes(),
            Self::S3 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
                 <RequestId>{id}</RequestId></Error>"
            )
            .into_bytes(),
            Self::Cbor => {
                let mut out = vec![0xa2];
                for part in ["__type", code, "message", text.as_str()] {
                    cbor_text(&mut out, part);
                }
                out
            }
        }
    }
}

/// The service of the credential scope `KEY/DATE/REGION/SERVICE/aws4_request`.
fn scope(head: &Head) -> Option<String> {
    let (_, rest) = head.text("authorization")?.split_once("Credential=")?;
    let scope = rest.split([',', ' ']).next()?;
    scope.rsplit('/').nth(1).map(str::to_owned)
}

/// Names that SDKs know: what says `ServiceUnavailable` with a 503 is sent again, what says `AccessDenied` is not.
fn name(code: Code, exception: bool) -> &'static str {
    match (code.status(), exception) {
        (400 | 417, true) => "ValidationException",
        (400 | 417, false) => "ValidationError",
        (401 | 403 | 407, true) => "AccessDeniedException",
        (401 | 403 | 407, false) => "AccessDenied",
        (408, _) => "RequestTimeout",
        (413 | 414 | 431, _) => "RequestEntityTooLarge",
        (503, true) => "ServiceUnavailableException",
        (503, false) => "ServiceUnavailable",
        (_, true) => "InternalServerException",
        (_, false) => "InternalError",
    }
}

/// RFC 8949: a text string with its length in front.
fn cbor_text(out: &mut Vec<u8>, text: &str) {
    let length = text.len();
    match u8::try_from(length) {
        Ok(short) if short < 24 => out.push(0x60 | short),
        Ok(byte) => out.extend([0x78, byte]),
        Err(_) => match u16::try_from(length) {
            Ok(two) => {
                out.push(0x79);
                out.extend(two.to_be_bytes());
            }
            Err(_) => {
                out.push(0x7b);
                out.extend((length as u64).to_be_bytes());
            }
        },
    }
    out.extend_from_slice(text.as_bytes());
}

/// Text in XML. What XML 1.0 cannot hold even escaped is left out.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\t' | '\n' => out.push(char),
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {}
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn head(host: &str, target: &str, fields: &[(&str, &str)]) -> Head {
        Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Https, Host::parse(host).unwrap(), None),
            target: target.into(),
            fields: fields
                .iter()
                .map(|(n, v)| ((*n).to_owned(), Bytes::copy_from_slice(v.as_bytes())))
                .collect(),
        }
    }

    #[test]
    fn the_shape_is_that_of_the_requests_own_protocol() {
        let signed = |service: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
            )
        };
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let of = |host, fields: &[(&str, &str)], content: &[u8]| Shape::of(&head(host, "/", fields), content);
        assert_eq!(
            of(
                "dynamodb.eu-west-1.amazonaws.com",
                &[("x-amz-target", "D.GetItem"), ("content-type", "application/x-amz-json-1.0")],
                b"{}"
            ),
            Shape::Json10
        );
        assert_eq!(
            of(
                "a.example",
                &[("x-amz-target", "D.GetItem"), ("content-type", "application/x-amz-json-1.1")],
                b"{}"
            ),
            Shape::Json11
        );
        assert_eq!(of("a.example", &[("smithy-protocol", "rpc-v2-cbor")], b""), Shape::Cbor);
        assert_eq!(
            of("127.0.0.1", &[("authorization", &signed("ec2")), form], b"Action=RunInstances"),
            Shape::Ec2
        );
        assert_eq!(
            of("127.0.0.1", &[("authorization", &signed("iam")), form], b"Action=CreateUser"),
            Shape::Query
        );
        assert_eq!(of("127.0.0.1", &[("authorization", &signed("s3"))], b""), Shape::S3);
        assert_eq!(of("bucket.s3.eu-west-1.amazonaws.com", &[], b""), Shape::S3);
        assert_eq!(of("127.0.0.1", &[("authorization", &signed("route53"))], b"<x/>"), Shape::Query);
        assert_eq!(of("127.0.0.1", &[("authorization", &signed("lambda"))], b"{}"), Shape::RestJson);
    }

    #[test]
    fn a_reason_cannot_leave_its_element() {
        let end = End::new(Code::Denied).with("reason", "</Message><Code>x</Code>&\u{1}");
        for shape in [Shape::Query, Shape::Ec2, Shape::S3] {
            let text = String::from_utf8(shape.answer(&end)).unwrap();
            assert_eq!(text.matches("<Code>").count(), 1, "{text}");
            assert!(text.contains("&lt;/Message&gt;") && text.contains("&amp;"), "{text}");
        }
    }

    #[test]
    fn cbor_text_has_its_length_in_front() {
        for (length, start) in [(5usize, vec![0x65]), (30, vec![0x78, 30]), (300, vec![0x79, 1, 44])] {
            let mut out = Vec::new();
            cbor_text(&mut out, &"x".repeat(length));
            assert!(out.starts_with(&start) && out.len() == start.len() + length);
        }
    }
}
