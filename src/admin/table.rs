//! All routes of the admin API (SPEC section 10). A route that is not here does not exist, and one that is here is in
//! `/openapi.json`.

use http::Method;

use crate::admin::log::{self, Log};
use crate::admin::problem::Kind;
use crate::admin::route::{Access, Given, Route};
use crate::admin::{
    agents, bytes, decisions, document, edit, events, freeze, grants, holds, open, rendering,
};
use crate::hold::{FreezeView, GrantView, Happening, HoldView};
use crate::metrics::CONTENT_TYPE as CONTENT_TYPE_OF_METRICS;

const BYTES: &str = "application/octet-stream";
const PLAIN: &str = "text/plain; charset=utf-8";
const POLL: &[(&str, &str)] =
    &[("If-None-Match", "the `ETag` of the answer before: with `wait`, answers when anything differs")];
const UNCHANGED: Given = Given { status: 304, kind: None, what: "nothing has changed", schema: None };

/// Every route.
pub fn routes() -> Vec<Route> {
    let mut routes = open_routes();
    routes.extend(looking());
    routes.extend(deciding());
    routes.extend(stopping());
    routes
}

fn open_routes() -> Vec<Route> {
    let open = |path, what, runs| Route::get(path, what, runs).for_whom(Access::Open);
    vec![
        open("/healthz", "Whether the process lives", open::healthz).gives_other(PLAIN, "it does"),
        Route::get("/readyz", "Whether requests are taken", open::readyz)
            .for_whom(Access::Open)
            .gives_other(PLAIN, "they are")
            .also(Given { status: 503, kind: Some(PLAIN), what: "why not", schema: None }),
        Route::get("/metrics", "Figures for Prometheus", open::metrics)
            .for_whom(Access::Open)
            .gives_other(CONTENT_TYPE_OF_METRICS, "OpenMetrics text"),
        Route::get("/openapi.json", "This document", document::openapi)
            .for_whom(Access::Open)
            .gives::<serde_json::Value>("OpenAPI 3.1"),
    ]
}

fn looking() -> Vec<Route> {
    vec![
        Route::get(
            "/v1/holds",
            "Holds in the order of their creation; with `wait`, a long poll",
            holds::list,
        )
        .query::<holds::Asked>()
        .knows(POLL)
        .gives::<holds::Holds>("a page of holds")
        .also(UNCHANGED)
        .refuses(&[Kind::BadRequest]),
        Route::get("/v1/holds/{id}", "One hold, by its id or code; with `wait`, a long poll", holds::one)
            .query::<holds::AskedOne>()
            .knows(POLL)
            .gives::<HoldView>("the hold")
            .also(UNCHANGED)
            .refuses(&[Kind::BadRequest, Kind::NotFound]),
        Route::get("/v1/holds/{id}/body", "The body, byte for byte", bytes::body)
            .gives_other(BYTES, "the body; cut off where it is no longer what was frozen")
            .refuses(&[Kind::NotFound]),
        Route::get(
            "/v1/holds/{id}/raw",
            "The request as HTTP/1.1, unmasked, exactly as it will be sent; on record as `revealed`",
            bytes::raw,
        )
        .for_whom(Access::Decide)
        .gives_other(BYTES, "head and body")
        .refuses(&[Kind::NotFound, Kind::Unavailable]),
        Route::get("/v1/holds/{id}/rendering", "The hold as a screen shows it", rendering::rendering)
            .query::<rendering::Asked>()
            .gives::<rendering::Page>("lines of styled spans, safe to print")
            .refuses(&[Kind::BadRequest, Kind::NotFound, Kind::Unavailable]),
        Route::get("/v1/holds/{id}/request", "The request as a text to be edited", edit::text)
            .for_whom(Access::Decide)
            .gives::<edit::Text>("the text, secrets masked, and the digest of what it is of")
            .refuses(&[Kind::NotFound, Kind::Unavailable]),
        Route::get(
            "/v1/events",
            "What happens, as server-sent events (`data` is one event as JSON)",
            events::events,
        )
        .knows(&[("Last-Event-ID", "goes on after this one; `lost` comes first where that cannot be")])
        .also(Given {
            status: 200,
            kind: Some("text/event-stream"),
            what: "events without end, and a comment every 15 s",
            schema: Some(schemars::SchemaGenerator::subschema_for::<Happening>),
        })
        .refuses(&[Kind::BadRequest, Kind::TooMany]),
        Route::get(
            "/v1/agents",
            "Agents that have something pending, a freeze or a grant, or were seen lately",
            agents::list,
        )
        .gives::<agents::Agents>("agents"),
        Route::get("/v1/audit", "Records of the audit log", log::records)
            .query::<log::Asked>()
            .gives::<Log>("records, and where to go on")
            .refuses(&[Kind::BadRequest, Kind::TooMany, Kind::Unavailable]),
    ]
}

fn deciding() -> Vec<Route> {
    const REFUSALS: &[Kind] = &[
        Kind::BadRequest,
        Kind::BodyTooLarge,
        Kind::Conflict,
        Kind::NoDigest,
        Kind::NotFound,
        Kind::OtherDigest,
        Kind::RequestTimeout,
        Kind::Unavailable,
        Kind::Unfit,
    ];
    vec![
        Route::act(Method::POST, "/v1/holds/{id}/decision", "Approves or denies one hold", decisions::one)
            .takes::<decisions::Said>()
            .gives::<HoldView>("the hold afterwards")
            .refuses(REFUSALS),
        Route::act(Method::POST, "/v1/decisions", "Decides an exact list, all or none", decisions::batch)
            .takes::<decisions::Batch>()
            .gives::<holds::Holds>("the holds afterwards, in the order of the list")
            .refuses(REFUSALS),
        Route::act(
            Method::PUT,
            "/v1/holds/{id}/request",
            "Puts an edited request in the place of the held one; it has a new digest and needs approving",
            edit::put,
        )
        .takes::<edit::Text>()
        .gives::<HoldView>("the hold afterwards")
        .refuses(REFUSALS),
    ]
}

fn stopping() -> Vec<Route> {
    const REFUSALS: &[Kind] = &[
        Kind::BadRequest,
        Kind::BodyTooLarge,
        Kind::Conflict,
        Kind::NotFound,
        Kind::RequestTimeout,
        Kind::Unavailable,
    ];
    vec![
        Route::get("/v1/grants", "Grants that are live, and those that ended lately", grants::list)
            .gives::<grants::Grants>("the youngest first"),
        Route::act(Method::DELETE, "/v1/grants/{id}", "Revokes a grant", grants::revoke)
            .gives::<GrantView>("the grant afterwards")
            .refuses(&[Kind::NotFound, Kind::Unavailable]),
        Route::get("/v1/freeze", "Freezes that are on", freeze::list).gives::<freeze::Freezes>("freezes"),
        Route::act(
            Method::PUT,
            "/v1/freeze",
            "Freezes one agent, or all: when this answers, no release that had not begun will begin",
            freeze::put,
        )
        .takes::<freeze::Wanted>()
        .gives::<FreezeView>("the freeze; the one that was on already, where one was")
        .refuses(REFUSALS)
        .refuses(&[Kind::TooMany]),
        Route::act(Method::DELETE, "/v1/freeze", "Takes a freeze back", freeze::thaw)
            .query::<freeze::Whom>()
            .gives::<FreezeView>("the freeze that was on")
            .refuses(&[Kind::BadRequest, Kind::Conflict, Kind::NotFound, Kind::Unavailable]),
    ]
}
