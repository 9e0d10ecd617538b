//! The one place that turns an end into a reply: problem details (RFC 9457), the headers that carry code and hold,
//! and what tells SDKs whether to come back (SPEC section 8). Texts are fixed; no byte of a request is echoed, but
//! for the reason that an approver wrote.

mod aws;
mod git;
mod graphql;
mod grpc;
mod jsonrpc;
mod oci;
mod tongue;

pub use tongue::Tongue;

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, PROXY_AUTHENTICATE, RETRY_AFTER,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::code::Code;
use crate::hold::HoldId;
use tongue::Words;

/// An end that is Holdpoint's own answer.
#[derive(Clone, Debug)]
pub struct End {
    /// Which.
    pub code: Code,
    /// What happened and what to do next; the code's own text where there is nothing more exact.
    pub detail: Option<String>,
    /// The hold that it concerns.
    pub hold: Option<HoldId>,
    /// Further members of the document: `reason`, `rule`, `upstream_status`.
    pub members: Vec<(&'static str, Value)>,
    /// Whether the connection ends with it; always where a body was left unread (CASES FR-30).
    pub close: bool,
}

impl End {
    /// An end with the code's own text, after which the connection closes.
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, hold: None, members: Vec::new(), close: true }
    }

    /// With a more exact text.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// About a hold; the request was read whole, so the connection may go on.
    pub fn of_hold(mut self, hold: HoldId) -> Self {
        self.hold = Some(hold);
        self.close = false;
        self
    }

    /// With a further member.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// The request was read whole: the connection may go on.
    pub fn keep(mut self) -> Self {
        self.close = false;
        self
    }

    fn text(&self) -> String {
        let reason =
            self.members.iter().find(|(name, _)| *name == "reason").and_then(|(_, value)| value.as_str());
        let detail = self.detail.as_deref().unwrap_or(detail_of(self.code));
        match reason {
            Some(reason) => format!("{detail} Reason: {reason}"),
            None => detail.to_owned(),
        }
    }

    /// The problem document.
    fn problem(&self) -> Value {
        let mut document = Map::new();
        document.insert("type".into(), format!("urn:holdpoint:{}", self.code.as_str()).into());
        document.insert("code".into(), self.code.as_str().into());
        document.insert("title".into(), title_of(self.code).into());
        document.insert("status".into(), self.code.status().into());
        document.insert("detail".into(), self.text().into());
        document.insert("message".into(), self.text().into());
        if let Some(hold) = self.hold {
            document.insert("hold_id".into(), hold.to_string().into());
        }
        for (name, value) in &self.members {
            document.insert((*name).into(), value.clone());
        }
        json!(document)
    }

    /// Status, fields and body, as problem details.
    pub fn response(&self) -> Response<Bytes> {
        self.response_in(&Tongue::Problem)
    }

    /// Status, fields and body in the tongue of the dialect.
    pub fn response_in(&self, tongue: &Tongue) -> Response<Bytes> {
        let words = tongue.words(self).unwrap_or_else(|| Words {
            status: StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content_type: HeaderValue::from_static("application/problem+json"),
            body: self.problem().to_string().into_bytes(),
        });
        let length = words.body.len();
        let mut response = Response::new(Bytes::from(words.body));
        *response.status_mut() = words.status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, words.content_type);
        fields.insert(CONTENT_LENGTH, length.into());
        self.put_fields(fields);
        tongue.put_fields(self, fields);
        response
    }

    fn put_fields(&self, fields: &mut HeaderMap) {
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        fields
            .insert(HeaderName::from_static("holdpoint-code"), HeaderValue::from_static(self.code.as_str()));
        if let Some(hold) = self.hold
            && let Ok(value) = hold.to_string().parse()
        {
            fields.insert(HeaderName::from_static("holdpoint-hold"), value);
        }
        if self.code.retry_after() {
            fields.insert(RETRY_AFTER, HeaderValue::from(wait_of(self.code).as_secs()));
        }
        if self.code.never_retry() {
            fields.insert(HeaderName::from_static("x-should-retry"), HeaderValue::from_static("false"));
        }
        if self.code == Code::ProxyAuth {
            fields.insert(PROXY_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"holdpoint\""));
        }
        if self.close {
            fields.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    /// The whole HTTP/1.1 message, for the strict reader, which answers before hyper has seen a request.
    pub fn http1(&self) -> Vec<u8> {
        let response = self.response();
        let mut out = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
        for (name, value) in response.headers() {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(response.body());
        out
    }
}

/// `held` asks the agent to come back at once; what waits for an operator or a restart takes longer.
fn wait_of(code: Code) -> Duration {
    Duration::from_secs(match code {
        Code::Held => 1,
        Code::Restarting => 5,
        _ => 10,
    })
}

fn title_of(code: Code) -> &'static str {
    match code {
        Code::AnswerLost => "Carried out, but the answer was not kept",
        Code::AuditUnavailable => "The audit log takes no record",
        Code::BodyTooLarge => "The body is too large",
        Code::Denied => "An approver refused this request",
        Code::DestinationBlocked => "This destination is not allowed",
        Code::ExpectationFailed => "This expectation cannot be met",
        Code::Expired => "Nobody decided in time",
        Code::Forbidden => "A rule forbids this request",
        Code::Frozen => "Everything that changes anything is stopped",
        Code::HeadersTooLarge => "The header section is too large",
        Code::Held => "This request waits for an approver",
        Code::Internal => "A fault of Holdpoint's own",
        Code::Loop => "The request came through this proxy already",
        Code::Malformed => "The request cannot be read in one way only",
        Code::NotSupported => "This is not supported",
        Code::OutcomeUnknown => "It is not known whether the request was carried out",
        Code::ProxyAuth => "The proxy does not know this agent",
        Code::QueueFull => "Too many requests wait for approvers",
        Code::RequestTimeout => "The request did not arrive in time",
        Code::Restarting => "Holdpoint is restarting",
        Code::StoreUnavailable => "The queue cannot be written",
        Code::TargetMismatch => "The request names two destinations",
        Code::UpstreamTimeout => "The upstream did not answer in time",
        Code::UpstreamTls => "No trusted TLS connection to the upstream",
        Code::UpstreamUnreachable => "The upstream cannot be reached",
        Code::UriTooLong => "The request target is too long",
    }
}

/// What happened and what to do next.
fn detail_of(code: Code) -> &'static str {
    match code {
        Code::AnswerLost => {
            "The request was carried out once, but its answer was too large to keep. Do not send it again; look at \
             the service for what came of it."
        }
        Code::AuditUnavailable => {
            "Nothing was sent, because nothing can be put on record. Tell the operator."
        }
        Code::BodyTooLarge => "Nothing was sent. The body is over the operator's limit (hold.max_body).",
        Code::Denied => "An approver refused this request; it was not sent. Do not send it again unchanged.",
        Code::DestinationBlocked => "Nothing was sent. The operator has not allowed this destination.",
        Code::ExpectationFailed => "Nothing was sent. Only `Expect: 100-continue` is understood.",
        Code::Expired => {
            "Nobody decided in time, so it was not sent. Ask the person you work for before you send it again."
        }
        Code::Forbidden => "The operator's rules forbid this request; it was not sent. Do not send it again.",
        Code::Frozen => "Nothing was sent: the operator has stopped all changes for now. Try again later.",
        Code::HeadersTooLarge => "Nothing was sent. Send fewer or smaller header fields.",
        Code::Held => {
            "Nobody has decided yet, and nothing was sent. Send the same request again, unchanged, to go on waiting."
        }
        Code::Internal => "Nothing was sent. Tell the operator; do not send it again.",
        Code::Loop => "Nothing was sent. A proxy setting leads back to this proxy.",
        Code::Malformed => "Nothing was sent. The request's framing or syntax must not be guessed at.",
        Code::NotSupported => "Nothing was sent. This method, upgrade or transfer coding is not supported.",
        Code::OutcomeUnknown => {
            "The request was sent, but no whole answer came. It may have been carried out. Do not send it again \
             before somebody has looked at the service."
        }
        Code::ProxyAuth => {
            "Nothing was sent. Give the agent's name and token in the proxy URL: http://NAME:TOKEN@HOST:PORT."
        }
        Code::QueueFull => "Nothing was sent. Wait until approvers have decided some, then send it again.",
        Code::RequestTimeout => "Nothing was sent. The request arrived too slowly.",
        Code::Restarting => "Nothing was sent. Send the same request again in a few seconds.",
        Code::StoreUnavailable => "Nothing was sent, because nothing can be kept safely. Tell the operator.",
        Code::TargetMismatch => {
            "Nothing was sent. The TLS name, the Host field and the destination of the connection must be the same."
        }
        Code::UpstreamTimeout => "The upstream did not answer in time.",
        Code::UpstreamTls => "Nothing was sent. The upstream's certificate or handshake was not accepted.",
        Code::UpstreamUnreachable => "The upstream could not be reached.",
        Code::UriTooLong => "Nothing was sent. The request target is over the limit.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_carries_the_reason_where_sdks_look_for_it() {
        let end = End::new(Code::Denied).of_hold(HoldId(uuid::Uuid::nil())).with("reason", "not on a Friday");
        let response = end.response();
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["x-should-retry"], "false");
        assert_eq!(response.headers()["holdpoint-code"], "denied");
        let document: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(document["reason"], "not on a Friday");
        assert!(document["message"].as_str().unwrap().ends_with("Reason: not on a Friday"));
        assert_eq!(document["hold_id"], "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn a_ticket_asks_to_come_back_and_keeps_the_connection() {
        let response = End::new(Code::Held).of_hold(HoldId(uuid::Uuid::nil())).response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        assert!(!response.headers().contains_key("connection"));
    }

    #[test]
    fn the_raw_message_is_whole() {
        let raw = String::from_utf8(End::new(Code::Malformed).http1()).unwrap();
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(head.contains("connection: close"), "{head}");
    }
}
