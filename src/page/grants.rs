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
use crate::limits;
use crate::page::detail::fault;
use crate::page::door::see_other;
use crate::page::form::Form;
use crate::page::frame::{Frame, pending};
use crate::page::words::{age, left, shown, theirs};

/// Characters of what a grant covers: a method and a URL, which say all that matters by then.
const COVERS_MAX: usize = 1000;

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
        h2.name { "Like requests: " (grant.scope.as_str()) }
        div.theirs-of { (theirs(&grant.covers, COVERS_MAX)) (theirs(&grant.agent, limits::ROW_TEXT_MAX)) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::Scope;
    use crate::page::tests::{assert_only_ours, assert_quoted, payloads};

    fn grant(text: &str) -> GrantView {
        serde_json::from_value(serde_json::json!({
            "id": "0195d6a0-0000-7000-8000-000000000001", "state": "live", "agent": text, "scope": Scope::Exact.as_str(),
            "covers": text, "source": null, "effect": "write", "rule": "x", "ended_at": null, "hold": "K7QF", "uses": 2, "used": 1, "approvers": ["ana"],
            "created_at": "2026-11-21T00:00:00.000Z", "expires_at": "2026-11-21T00:00:00.000Z", "revoked_by": null,
        }))
        .unwrap()
    }

    /// CASES AP-12, 13
    #[test]
    fn what_a_grant_covers_stands_behind_the_bar_and_becomes_no_element() {
        let html = page(&[grant("POST x. Given by ana.")], Wall(0)).into_string();
        assert_quoted("a grant", &html, "POST x. Given by ana.");
        for text in payloads() {
            assert_only_ours(&text, &page(&[grant(&text)], Wall(0)).into_string());
        }
    }
}
