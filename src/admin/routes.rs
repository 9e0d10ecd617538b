//! The router, made from the table of routes. Before any of them stands the door; behind it everything but what the
//! table calls open needs a person. What is not in the table is not found.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, watch};

use crate::admin::door::Door;
use crate::admin::people::{People, Person};
use crate::admin::problem::{Kind, Problem};
use crate::admin::route::Access;
use crate::admin::session::{self, Sessions};
use crate::admin::table::routes;
use crate::admin::wrong::Wrong;
use crate::approve::Schemas;
use crate::audit::Audit;
use crate::hold::Desk;
use crate::limits;
use crate::serve::Editor;

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
    /// What edits requests.
    pub editor: Editor,
    /// The directory of the audit log.
    pub audit_dir: PathBuf,
    /// Tells the events of this process from those of another.
    pub epoch: String,
    /// Places for those who listen to events.
    pub listeners: Arc<Semaphore>,
    /// Places for those who read the audit log.
    pub readers: Arc<Semaphore>,
    /// Who is logged in on the web page.
    pub sessions: Sessions,
    /// Tokens that nobody has.
    pub wrong: Wrong,
    /// Turns true when the server stops; long polls end then.
    pub stopping: watch::Receiver<bool>,
}

/// The web page, with doors of its own.
#[derive(Clone, Default)]
pub struct Pages {
    /// Its routes.
    pub routes: Router,
    /// What a browser gets for a path that nobody knows.
    pub lost: Router,
}

/// All routes of the API, and `pages`; requests carry their `Arc<Door>` as an extension.
pub fn router(office: Arc<Office>, pages: Pages) -> Router {
    let (mut router, mut open) = (Router::new(), HashSet::new());
    for route in routes() {
        if route.access == Access::Open {
            open.insert(route.path);
        }
        router = router.route(route.path, route.runs);
    }
    let gate = Gate { office: Arc::clone(&office), open: Arc::new(open), lost: pages.lost };
    router
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(limits::ADMIN_BODY_MAX))
        .layer(from_fn_with_state(gate, at_the_door))
        .with_state(office)
        .merge(pages.routes)
}

/// What stands before all routes. On `open` paths no token is asked for.
#[derive(Clone)]
struct Gate {
    office: Arc<Office>,
    open: Arc<HashSet<&'static str>>,
    lost: Router,
}

async fn at_the_door(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if is_lost(&request) {
        let Ok(response) = TowerToHyperService::new(gate.lost).call(request).await;
        return response;
    }
    let mut response = match admit(&gate, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    harden(response.headers_mut());
    response
}

/// Whether somebody who uses the page came to a path that is none.
fn is_lost(request: &Request) -> bool {
    let is_known = request.extensions().get::<MatchedPath>().is_some();
    let is_of_the_api =
        request.uri().path().starts_with("/v1") || request.headers().contains_key(AUTHORIZATION);
    !is_known && !is_of_the_api && session::id(request.headers()).is_some()
}

/// A request that came through no door is a fault of ours, and is refused.
async fn admit(gate: &Gate, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let door = parts.extensions.get::<Arc<Door>>().cloned();
    let door = door.ok_or_else(|| Problem::new(Kind::Forbidden, "this came in through no listener"))?;
    door.check(&parts)?;
    if !gate.open.contains(parts.uri.path()) {
        let person = match on_the_page(&gate.office, &parts).await {
            Some(person) => {
                if let Some(ticket) = session::ticket(&parts.headers) {
                    parts.extensions.insert(ticket);
                }
                person
            }
            None => match gate.office.people.identify(&door, &parts.headers) {
                Ok(person) => person,
                Err(problem) => return Err(refused(&gate.office, &door, &parts, problem).await),
            },
        };
        parts.extensions.insert(person);
    }
    Ok(Request::from_parts(parts, body))
}

/// Who came with a token that nobody has is told so in its turn; who came with none, at once.
async fn refused(office: &Office, door: &Door, parts: &Parts, problem: Problem) -> Problem {
    if !matches!(door, Door::Tcp { .. }) || !parts.headers.contains_key(AUTHORIZATION) {
        return problem;
    }
    match office.wrong.came(session::address(parts)).await {
        Ok(()) => problem,
        Err(too_many) => too_many,
    }
}

/// Who listens to events on the web page: a browser sends no token with those. Nothing else of the API is had for a
/// cookie.
async fn on_the_page(office: &Office, parts: &Parts) -> Option<Person> {
    let listens = parts.method == Method::GET && parts.uri.path() == EVENTS;
    if !listens || parts.headers.contains_key(AUTHORIZATION) {
        return None;
    }
    session::person(office, parts).await
}

const EVENTS: &str = "/v1/events";

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
        "this path does not know the method; /openapi.json says which ones it has",
    )
}
