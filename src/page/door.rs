//! The way in to the page, and what its answers tell a browser. The listener's own door is asked first; then a session
//! must say who it is. A form of somebody who is no longer logged in decides nothing and leads to the login.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::admin::{Door, Kind, Office, Problem, is_name, session};

/// What a browser may do with a page: its own script and style, its own events, its own forms, nothing else. Trusted
/// Types: no script can make HTML of a text, also not ours.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// Stands before all routes of the page.
pub async fn at_the_door(State(office): State<Arc<Office>>, request: Request, next: Next) -> Response {
    let mut response = match admit(&office, request).await {
        Ok(request) => next.run(request).await,
        Err(response) => response,
    };
    harden(response.headers_mut());
    response
}

async fn admit(office: &Office, request: Request) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    check(&parts).map_err(Problem::into_response)?;
    match session::person(office, &parts).await {
        Some(person) => drop(parts.extensions.insert(person)),
        None if is_open(&parts) => {}
        None => return Err(to_login(&parts)),
    }
    Ok(Request::from_parts(parts, body))
}

/// The socket has no page: no browser reaches it, and no cookie is needed there.
fn check(parts: &Parts) -> Result<(), Problem> {
    match parts.extensions.get::<Arc<Door>>() {
        Some(door) if matches!(**door, Door::Tcp { .. }) => match door.check_form(parts) {
            // Nothing is read of it: who wants to be logged out is, whatever the form is like.
            Err(problem) if problem.kind() == Kind::BadRequest && parts.uri.path() == "/logout" => Ok(()),
            checked => checked,
        },
        Some(_) => Err(Problem::new(Kind::NotFound, "the page is on the port, not on the socket")),
        None => Err(Problem::new(Kind::Forbidden, "this came in through no listener")),
    }
}

fn is_open(parts: &Parts) -> bool {
    let path = parts.uri.path();
    path == "/login" || path.starts_with("/assets/")
}

/// A link to a hold leads to it after the login.
fn to_login(parts: &Parts) -> Response {
    let hold = parts.uri.path().strip_prefix("/holds/").filter(|name| is_name(name));
    let looks = matches!(parts.method, Method::GET | Method::HEAD);
    see_other(&match (hold, looks) {
        (Some(name), true) => format!("/login?hold={name}"),
        (_, true) => "/login".to_owned(),
        (_, false) => "/login?why=ended".to_owned(),
    })
}

/// Leads on; `to` is a path of this page's.
pub fn see_other(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let value = HeaderValue::from_str(to).expect("paths of the page are printable ASCII");
    response.headers_mut().insert(LOCATION, value);
    response
}

/// The referrer policy: with `no-referrer` browsers send `Origin: null` with a form (Fetch, "append a request Origin
/// header"), which the door refuses.
fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
