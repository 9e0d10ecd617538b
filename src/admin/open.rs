//! What may be asked without a token: whether the process lives, whether it can do its work, and figures. None
//! of them names a host, a path or an agent (SPEC section 10).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::admin::routes::Office;
use crate::metrics::CONTENT_TYPE as CONTENT_TYPE_OF_METRICS;

const PLAIN: &str = "text/plain; charset=utf-8";

/// The process lives.
pub async fn healthz() -> Response {
    answer(StatusCode::OK, PLAIN, "ok\n".into())
}

/// Requests are taken: the store and the log take writes, and nothing is shutting down.
pub async fn readyz(State(office): State<Arc<Office>>) -> Response {
    match readiness(&office) {
        Ok(()) => answer(StatusCode::OK, PLAIN, "ready\n".into()),
        Err(reason) => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("not ready: {reason}\n")),
    }
}

fn readiness(office: &Office) -> Result<(), &'static str> {
    if !office.desk.healthy() {
        return Err("the store takes no writes");
    }
    if !office.audit.healthy() {
        return Err("the audit log takes no records");
    }
    (office.ready)()
}

/// Figures for Prometheus.
pub async fn metrics(State(office): State<Arc<Office>>) -> Response {
    answer(StatusCode::OK, CONTENT_TYPE_OF_METRICS, (office.metrics)())
}

/// Nobody is known to ask, so nobody keeps a connection.
fn answer(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
