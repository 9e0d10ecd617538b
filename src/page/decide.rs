//! What a form says of one hold. It names the digest and the state that the page showed; where either has changed, the
//! page was stale, its person is told so, and nothing is decided.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::admin::answer::refusal;
use crate::admin::holds::{find, name};
use crate::admin::{Kind, Office, Person, Problem, body};
use crate::hold::{Choice, Decision, HoldId, HoldView};
use crate::page::detail::{Asked, fault, show};
use crate::page::door::see_other;
use crate::page::form::Form;
use crate::page::{grant, whole};
use crate::snapshot::Digest;

/// `POST /holds/{id}`
pub async fn decide(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
    content: Content,
) -> Response {
    let id = match name(id) {
        Ok(id) => id,
        Err(problem) => return fault(&office, &person, &problem).await,
    };
    match said(&office, &person, &id, content).await {
        Ok(view) => see_other(&format!("/holds/{}", view.id)),
        Err(problem) => match show(&office, &person, &id, Asked::default(), Some(&problem)).await {
            Ok(response) => response,
            Err(problem) => fault(&office, &person, &problem).await,
        },
    }
}

async fn said(office: &Office, person: &Person, id: &str, content: Content) -> Result<HoldView, Problem> {
    person.must_decide()?;
    const KNOWN: [&str; 10] =
        ["digest", "state", "given", "decision", "reason", whole::FIELD, "typed", "scope", "minutes", "uses"];
    let form = Form::read(content, &KNOWN).await?;
    let view = find(office, id).await?;
    fresh(&view, &form)?;
    let choice = match form.text("decision") {
        "approve" => Choice::Approve,
        "deny" => Choice::Deny,
        _ => return Err(Problem::new(Kind::BadRequest, "approve it or deny it; nothing was decided")),
    };
    let grant = grant::read(&form)?;
    if grant.is_some() && choice == Choice::Deny {
        return Err(Problem::new(Kind::BadRequest, "a denial gives no grant; nothing was decided"));
    }
    if choice == Choice::Approve {
        let is_whole = whole::was_shown(office, &view, &form).await;
        whole::may_release(&view, &form, is_whole, grant.is_some())?;
    }
    let hold = view.id.parse().map(HoldId);
    let decision = Decision {
        hold: hold.map_err(|_| Problem::new(Kind::Unavailable, "this hold cannot be named"))?,
        choice,
        digest: Digest::parse(&view.digest),
        reason: body::reason(form.option("reason"))?,
        by: person.who.clone(),
        grant,
    };
    let mut views = office.desk.decide(vec![decision]).await.map_err(refusal)?;
    views.pop().ok_or_else(|| Problem::new(Kind::Unavailable, "nothing was decided"))
}

/// The desk compares the digest once more, when it decides.
fn fresh(view: &HoldView, form: &Form) -> Result<(), Problem> {
    if form.text("digest") != view.digest {
        let detail =
            "the request was changed after your page was made; this is how it reads now; nothing was decided";
        return Err(Problem::new(Kind::OtherDigest, detail));
    }
    if form.text("state") != view.state {
        let detail = format!(
            "your page was old: it showed this hold as {}, and it is {} by now; nothing was decided",
            form.text("state"),
            view.state
        );
        return Err(Problem::new(Kind::Conflict, detail));
    }
    // A form that does not say how many had approved was made when nobody had.
    if form.text("given").parse().unwrap_or(0) != view.approvals.given.len() {
        let detail = "somebody else has approved it, or took that back, after your page was made: your word may be the \
                      last one now; nothing was decided";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::hold;

    #[test]
    fn a_form_is_fresh_only_while_digest_state_and_approvals_are_what_its_page_showed() {
        let view = hold("x");
        let with = |digest: &str, state, given| {
            fresh(&view, &Form::of(&[("digest", digest), ("state", state), ("given", given)])).is_ok()
        };
        assert!(with(&view.digest, "held", "1"));
        for (digest, state, given) in [
            ("sha256:0", "held", "1"),
            (&view.digest, "armed", "1"),
            (&view.digest, "held", "0"),
            (&view.digest, "held", ""),
        ] {
            assert!(!with(digest, state, given), "{digest} {state} {given}");
        }
    }
}
