//! What comes with a page: a script, a style, an icon. All of it is in the binary and says nothing of anybody.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use maud::html;
use serde::Deserialize;

const SCRIPT: &str = include_str!("script.js");
const STYLE: &str = include_str!("style.css");

/// What an icon shows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// How many holds wait.
    n: usize,
}

/// `GET /assets/{name}`
pub async fn asset(Path(name): Path<String>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Query(asked) = asked.unwrap_or_default();
    let (kind, text) = match name.as_str() {
        "page.js" => ("text/javascript; charset=utf-8", SCRIPT.to_owned()),
        "page.css" => ("text/css; charset=utf-8", STYLE.to_owned()),
        "icon.svg" => ("image/svg+xml", icon(asked.n)),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A bar before a gap; with the number that waits where one does.
fn icon(pending: usize) -> String {
    let number = if pending > 99 { "99+".to_owned() } else { pending.to_string() };
    let size = if number.len() > 2 { "14" } else { "20" };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" {
            rect width="32" height="32" rx="7" fill=(if pending == 0 { "#3d6b52" } else { "#b4540a" }) {}
            @if pending == 0 {
                path d="M10 8v16M22 8v16" stroke="#fff" stroke-width="4" stroke-linecap="round" {}
            } @else {
                text x="16" y="23" fill="#fff" font-family="sans-serif" font-weight="700" font-size=(size)
                    text-anchor="middle" { (number) }
            }
        }
    }
    .into_string()
}
