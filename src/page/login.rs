//! Login: the token is typed into a form once and never kept; a random number in a cookie stands for it from then on.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use maud::html;
use serde::Deserialize;

use crate::admin::session::{self, COOKIE_NAME};
use crate::admin::{Office, Person, is_name};
use crate::clock::Clock;
use crate::page::door::see_other;
use crate::page::form::Form;
use crate::page::frame::Frame;

/// Where a login comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// The hold that somebody wanted to see.
    hold: String,
    /// `ended`, `kept`, `often` or `wrong`.
    why: String,
}

/// `GET /login`
pub async fn page(
    person: Option<Extension<Person>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Query(asked) = asked.unwrap_or_default();
    // A browser that keeps the cookie comes back with it.
    if person.is_some() {
        return see_other(&target(&asked.hold));
    }
    show(&asked)
}

fn show(asked: &Asked) -> Response {
    let (status, why) = match asked.why.as_str() {
        "ended" => (StatusCode::OK, Some("You were logged out before that arrived. Nothing was decided.")),
        "kept" => (
            StatusCode::OK,
            Some(
                "The token is right, and your browser did not keep the cookie. Cookies must be on; Safari keeps this \
                 one only over https, Chromium and Firefox also from http://127.0.0.1 and http://localhost.",
            ),
        ),
        "often" => (
            StatusCode::TOO_MANY_REQUESTS,
            Some("Too many wrong tokens came lately. A right one is let in at any time."),
        ),
        "wrong" => (StatusCode::FORBIDDEN, Some("Nobody has this token.")),
        _ => (StatusCode::OK, None),
    };
    let frame = Frame { title: "Log in", kind: "", person: None, pending: 0 };
    frame.around(
        status,
        &html! {
            h1 { "Log in" }
            @if let Some(why) = why { p.alert role="alert" { (why) } }
            form.login method="post" action="/login" {
                @if is_name(&asked.hold) { input type="hidden" name="hold" value=(asked.hold); }
                label for="token" { "Your token" }
                input #token name="token" type="password" autocomplete="current-password" required autofocus;
                button.strong { "Log in" }
            }
            p.hint {
                "Where no approver is configured it is the one in " code { "state/admin.token" }
                "; otherwise the one whose hash your " code { "[[approver]]" } " has."
            }
            @if is_name(&asked.hold) {
                // A cookie of this kind is not sent by a link from elsewhere; by this one it is.
                p { a href=(target(&asked.hold)) { "Logged in already? Go on to " (asked.hold) } }
            }
        },
    )
}

/// `POST /login`
pub async fn login(State(office): State<Arc<Office>>, request: Request) -> Response {
    let (parts, content) = request.into_parts();
    let form = match Form::read(content, &["token", "hold"]).await {
        Ok(form) => form,
        Err(problem) => return problem.into_response(),
    };
    let hold = form.text("hold").to_owned();
    let Some(person) = office.people.by_token(form.text("token").trim()) else {
        return match office.wrong.came(session::address(&parts)).await {
            Ok(()) => show(&Asked { hold, why: "wrong".into() }),
            Err(_) => show(&Asked { hold, why: "often".into() }),
        };
    };
    let owner = session::owner(&parts).await;
    tracing::info!(approver = %person.who.name.escape_debug(), "logged in on the page");
    let id = office.sessions.open(person, owner, Clock::system().now().mono);
    let kept = if is_name(&hold) { format!("/login?why=kept&hold={hold}") } else { "/login?why=kept".into() };
    with_cookie(see_other(&kept), &id, "")
}

/// `POST /logout`
pub async fn logout(State(office): State<Arc<Office>>, headers: HeaderMap, _: Content) -> Response {
    if let Some(id) = session::id(&headers) {
        office.sessions.close(id);
    }
    with_cookie(see_other("/login"), "", "; Max-Age=0")
}

fn target(hold: &str) -> String {
    if is_name(hold) { format!("/holds/{hold}") } else { "/".to_owned() }
}

/// No script reads it, no other site sends it, and it ends with the browser.
fn with_cookie(mut response: Response, id: &str, more: &str) -> Response {
    let text = format!("{COOKIE_NAME}={id}; Path=/; Secure; HttpOnly; SameSite=Strict{more}");
    let value = HeaderValue::from_str(&text).expect("hexadecimal digits in a cookie of ours");
    response.headers_mut().insert(SET_COOKIE, value);
    response
}
