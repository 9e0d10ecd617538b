//! The one place that turns an end into a reply: problem details (RFC 9457) or what the request's dialect has instead
//! (`tongue`), the headers that carry code and hold, and what tells SDKs whether to come back (SPEC section 8). Texts
//! are fixed; what is echoed of a request is an id or a ref by which its client finds the answer, bounded, and the
//! reason that an approver wrote.

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
use serde_json::{Map, Value};

use crate::code::Code;
use crate::hold::HoldId;

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

/// What a tongue makes of an end.
struct Said {
    status: u16,
    content_type: &'static str,
    /// Fields of the tongue's own.
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Said {
    /// With the code's own status and no further fields.
    fn plainly(end: &End, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status: end.code.status(), content_type, fields: Vec::new(), body }
    }
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

    /// What happened and what to do next, with the approver's reason.
    fn text(&self) -> String {
        let reason =
            self.members.iter().find(|(name, _)| *name == "reason").and_then(|(_, value)| value.as_str());
        let detail = self.detail.as_deref().unwrap_or(self.code.detail());
        match reason {
            Some(reason) => format!("{detail} Reason: {reason}"),
            None => detail.to_owned(),
        }
    }

    /// The problem document (RFC 9457).
    fn problem(&self) -> Map<String, Value> {
        let mut document = Map::new();
        document.insert("type".into(), format!("urn:holdpoint:{}", self.code.as_str()).into());
        document.insert("code".into(), self.code.as_str().into());
        document.insert("title".into(), self.code.title().into());
        document.insert("status".into(), self.code.status().into());
        document.insert("detail".into(), self.text().into());
        document.insert("message".into(), self.text().into());
        if let Some(hold) = self.hold {
            document.insert("hold_id".into(), hold.to_string().into());
        }
        for (name, value) in &self.members {
            document.insert((*name).into(), value.clone());
        }
        document
    }

    /// Status, fields and body, as problem details.
    pub fn response(&self) -> Response<Bytes> {
        self.response_in(&Tongue::Problem)
    }

    /// Status, fields and body, in the tongue of the dialect.
    pub fn response_in(&self, tongue: &Tongue) -> Response<Bytes> {
        let Said { status, content_type, fields, body } = tongue.say(self);
        let length = body.len();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let head = response.headers_mut();
        head.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (name, value) in fields {
            if let Ok(value) = value.parse() {
                head.insert(HeaderName::from_static(name), value);
            }
        }
        self.put_fields(head);
        // A status of gRPC is a head and nothing else; its length is not announced.
        if length > 0 {
            head.insert(CONTENT_LENGTH, length.into());
        }
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
