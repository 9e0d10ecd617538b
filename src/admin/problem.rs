//! How the admin API says no: a problem document (RFC 9457) with a `code` that programs can read. The texts are
//! fixed or Holdpoint's own; nothing of the request is echoed (CASES AP-34).

use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::admin::json;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not one that this API knows.
    BadRequest,
    /// Its body is over `limits::ADMIN_BODY_MAX`.
    BodyTooLarge,
    /// Decided otherwise already, or ended.
    Conflict,
    /// Known or not, this one may not do that here.
    Forbidden,
    /// The path is known, the method is not one of its own.
    MethodNotAllowed,
    /// An approval must name the digest that the approver saw.
    NoDigest,
    /// There is no such thing.
    NotFound,
    /// This person's word does not count for this hold.
    NotYours,
    /// The digest is not the hold's.
    OtherDigest,
    /// Its body was not whole in time.
    RequestTimeout,
    /// As many do this already as may.
    TooMany,
    /// Nobody is known to ask.
    Unauthorized,
    /// The store or the log fails; nothing was decided.
    Unavailable,
    /// It is understood, and cannot be done: no such grant may be given, or the edited request cannot be held.
    Unfit,
}

impl Kind {
    /// Its name in `code`.
    pub fn code(self) -> &'static str {
        match self {
            Kind::BadRequest => "bad_request",
            Kind::BodyTooLarge => "body_too_large",
            Kind::Conflict => "conflict",
            Kind::Forbidden => "forbidden",
            Kind::MethodNotAllowed => "method_not_allowed",
            Kind::NoDigest => "no_digest",
            Kind::NotFound => "not_found",
            Kind::NotYours => "not_yours",
            Kind::OtherDigest => "other_digest",
            Kind::RequestTimeout => "request_timeout",
            Kind::TooMany => "too_many",
            Kind::Unauthorized => "unauthorized",
            Kind::Unavailable => "unavailable",
            Kind::Unfit => "unfit",
        }
    }

    /// Its status.
    pub fn status(self) -> StatusCode {
        match self {
            Kind::BadRequest => StatusCode::BAD_REQUEST,
            Kind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Forbidden | Kind::NotYours => StatusCode::FORBIDDEN,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::NoDigest | Kind::OtherDigest => StatusCode::PRECONDITION_FAILED,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unauthorized => StatusCode::UNAUTHORIZED,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Unfit => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The connection ends with these: who is not let in keeps no place at the listener, and of a body that was
    /// not read nothing may be taken for a next request.
    fn ends_the_connection(self) -> bool {
        matches!(self, Kind::BodyTooLarge | Kind::Forbidden | Kind::RequestTimeout | Kind::Unauthorized)
    }
}

/// A refusal as JSON (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Document {
    /// `urn:holdpoint:CODE`
    r#type: String,
    /// What is wrong, for programs.
    code: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What to do next.
    detail: String,
    /// The hold that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_id: Option<String>,
}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    hold: Option<String>,
}

impl Problem {
    /// A refusal; `detail` says what to do next.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), hold: None }
    }

    /// Names the hold that it is about.
    pub fn about(mut self, hold: impl Into<String>) -> Self {
        self.hold = Some(hold.into());
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do next.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let document = Document {
            r#type: format!("urn:holdpoint:{}", self.kind.code()),
            code: self.kind.code(),
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            detail: self.detail,
            hold_id: self.hold,
        };
        let mut response = (status, json::text(&document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.kind == Kind::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"holdpoint\""));
        }
        if self.kind.ends_the_connection() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
