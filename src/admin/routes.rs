//! Which path leads where. Before any of them stands the door; behind it everything but `/healthz`, `/readyz` and
//! `/metrics` needs a person. What is not in this version is not found.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::watch;

use crate::admin::door::Door;
use crate::admin::people::People;
use crate::admin::problem::{Kind, Problem};
use crate::admin::{bytes, decisions, holds, open, rendering};
use crate::approve::Schemas;
use crate::audit::Audit;
use crate::hold::Desk;
use crate::limits;

/// The text of `/metrics`, made when it is asked for.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;
/// Whether Holdpoint can do its work; the error is a fixed text that names no host, path or agent.
pub type Ready = Arc<dyn Fn() -> Result<(), &'static str> + Send + Sync>;

/// What the routes need.
pub struct Office {
    /// The holds.
    pub desk: Desk,
    /// Where `revealed` goes.
    pub audit: Audit,
    /// Who may ask.
    pub people: People,
    /// See `MetricsText`.
    pub metrics: MetricsText,
    /// See `Ready`.
    pub ready: Ready,
    /// What messages of gRPC are made of.
    pub schemas: Schemas,
    /// Turns true when the server stops; long polls end then.
    pub stopping: watch::Receiver<bool>,
}

/// All routes; requests carry their `Arc<Door>` as an extension.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/healthz", get(open::healthz))
        .route("/readyz", get(open::readyz))
        .route("/metrics", get(open::metrics))
        .route("/v1/holds", get(holds::list))
        .route("/v1/holds/{id}", get(holds::one))
        .route("/v1/holds/{id}/body", get(bytes::body))
        .route("/v1/holds/{id}/raw", get(bytes::raw))
        .route("/v1/holds/{id}/rendering", get(rendering::rendering))
        .route("/v1/holds/{id}/decision", post(decisions::one))
        .route("/v1/decisions", post(decisions::batch))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(limits::ADMIN_BODY_MAX))
        .layer(from_fn_with_state(Arc::clone(&office), at_the_door))
        .with_state(office)
}

/// No token is asked for here, and nothing is told that names a host, a path or an agent.
fn is_open(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

async fn at_the_door(State(office): State<Arc<Office>>, request: Request, next: Next) -> Response {
    let mut response = match admit(&office, request) {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    harden(response.headers_mut());
    response
}

/// A request that came through no door is a fault of ours, and is refused.
fn admit(office: &Office, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let door = parts.extensions.get::<Arc<Door>>().cloned();
    let door = door.ok_or_else(|| Problem::new(Kind::Forbidden, "this came in through no listener"))?;
    door.check(&parts)?;
    if !is_open(parts.uri.path()) {
        parts.extensions.insert(office.people.identify(&door, &parts.headers)?);
    }
    Ok(Request::from_parts(parts, body))
}

/// For whatever browser looks at an answer: nothing runs, nothing is guessed, kept, framed or told on. There is
/// no CORS header anywhere (CASES AP-13, 19, 20).
fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

async fn nowhere() -> Problem {
    Problem::new(Kind::NotFound, "there is nothing at this path in this version")
}

async fn other_method(_door: Extension<Arc<Door>>) -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        "this path does not know the method; reads are GET, decisions are POST",
    )
}
