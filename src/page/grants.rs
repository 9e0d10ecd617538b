//! What was approved for a while, and how to end it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use crate::admin::answer::refusal;
use crate::admin::holds::name;
use crate::admin::{Office, Person};
use crate::clock::{Clock, Wall};
use crate::hold::GrantView;
use crate::page::detail::fault;
use crate::page::door::see_other;
use crate::page::form::Form;
use crate::page::frame::{Frame, pending};
use crate::page::words::{age, left, shown};

/// `GET /grants`
pub async fn grants(State(office): State<Arc<Office>>, Extension(person): Extension<Person>) -> Response {
    let (grants, pending) = (office.desk.grants().await, pending(&office).await);
    let frame = Frame { title: "Grants", kind: "grants", person: Some(&person), pending };
    frame.around(StatusCode::OK, &page(&grants, Clock::system().now().wall))
}

/// `POST /grants/{id}/revoke`
pub async fn revoke(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
    content: Content,
) -> Response {
    let done = async {
        person.must_decide()?;
        Form::read(content, &[]).await?;
        office.desk.revoke(&name(id)?, &person.who).await.map_err(refusal)
    };
    match done.await {
        Ok(_) => see_other("/grants"),
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

fn page(grants: &[GrantView], now: Wall) -> Markup {
    html! {
        h1 { "Grants" }
        div #fresh {
            @if grants.is_empty() { p.empty { "None is live, and none ended lately. A grant is given with an approval." } }
            ul.cards { @for grant in grants { li { (card(grant, now)) } } }
        }
    }
}

fn card(grant: &GrantView, now: Wall) -> Markup {
    let is_live = grant.state == "live";
    html! {
        h2.name { (shown(&grant.agent)) ": " (grant.scope.as_str()) " " (shown(&grant.covers)) }
        p {
            strong { (shown(&grant.state.replace('_', " "))) } ", " (grant.used) " of " (grant.uses) " used"
            @if is_live { ", ends in " (left(&grant.expires_at, now)) }
            ", given " (age(&grant.created_at, now)) " ago by " (shown(&grant.approvers.join(" and ")))
            @if let Some(by) = &grant.revoked_by { ", revoked by " (shown(by)) }
        }
        p { a href=(format!("/holds/{}", shown(&grant.hold))) { "The hold that it was given with" } }
        @if is_live {
            form method="post" action=(format!("/grants/{}/revoke", shown(&grant.id))) {
                button.danger { "Revoke" }
            }
        }
    }
}
