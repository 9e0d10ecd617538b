//! Several marked holds at once: first a page that shows exactly these, each with its digest and its request, then one
//! decision over that list, all or none. Whose place is taken by another request or another state is not decided, and
//! then none is.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::admin::answer::refusal;
use crate::admin::holds::{find, is_name};
use crate::admin::{Kind, Office, Person, Problem, body};
use crate::hold::{Choice, Decision, HoldId, HoldView};
use crate::limits;
use crate::page::detail::fault;
use crate::page::door::see_other;
use crate::page::fewer;
use crate::page::form::Form;
use crate::page::frame::{Frame, pending};
use crate::page::marked::page;
use crate::page::together::{rendered, together, worded};
use crate::snapshot::Digest;

/// `POST /batch`: shows what was marked. It decides nothing; it is a POST for the length of its list.
pub async fn ask(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    content: Content,
) -> Response {
    let asked = async {
        let (_, marks) = Form::read_list(content, &[], "hold").await?;
        if marks.len() > limits::PAGE_BATCH_MAX {
            return Ok(fewer::ask(&office, &person, &marks).await);
        }
        Ok(confirm(&office, &person, &held(&office, &marks, false).await?).await)
    };
    match asked.await {
        Ok(response) => response,
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

/// `POST /batch/decide`
pub async fn decide(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    content: Content,
) -> Response {
    let done = async {
        person.must_decide()?;
        let (form, marks) = Form::read_list(content, &["decision", "reason", "typed"], "hold").await?;
        let holds = held(&office, &marks, true).await?;
        let choice = match form.text("decision") {
            "approve" => Choice::Approve,
            "deny" => Choice::Deny,
            _ => {
                return Err(Problem::new(Kind::BadRequest, "approve them or deny them; nothing was decided"));
            }
        };
        if choice == Choice::Approve {
            worded(&form, &holds)?;
            together(&office, &person, &holds).await?;
        }
        let reason = body::reason(form.option("reason"))?;
        let decisions = holds.iter().filter_map(|hold| {
            Some(Decision {
                hold: HoldId(hold.id.parse().ok()?),
                choice,
                digest: Digest::parse(&hold.digest),
                reason: reason.clone(),
                by: person.who.clone(),
                grant: None,
            })
        });
        office.desk.decide(decisions.collect()).await.map_err(refusal)
    };
    match done.await {
        Ok(_) => see_other("/"),
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

/// The holds of a form, each as `ID@DIGEST`: undecided, and what they were when they were marked. A form that decides
/// says behind another `@` how many had approved each when it was shown: one more word may be the last one.
async fn held(office: &Office, marks: &[String], decides: bool) -> Result<Vec<HoldView>, Problem> {
    let bad = |detail: String| Problem::new(Kind::BadRequest, detail);
    if marks.is_empty() {
        return Err(bad("mark some holds first".into()));
    }
    if marks.len() > limits::PAGE_BATCH_MAX {
        return Err(bad(format!("at most {} at once; nothing was decided", limits::PAGE_BATCH_MAX)));
    }
    let mut holds: Vec<HoldView> = Vec::with_capacity(marks.len());
    for mark in marks {
        let mut parts = mark.splitn(3, '@');
        let (id, digest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let given = parts.next().unwrap_or("");
        if !is_name(id) {
            return Err(bad("this is no form of this page's".into()));
        }
        let hold = find(office, id).await?;
        if hold.digest != digest || hold.state != "held" {
            let detail = format!(
                "{} is {} now, or was changed since you marked it; nothing was decided",
                hold.code, hold.state
            );
            return Err(Problem::new(Kind::Conflict, detail));
        }
        if decides && given.parse().unwrap_or(0) != hold.approvals.given.len() {
            let detail = format!(
                "somebody else has approved {}, or took that back, after your page was made: your word may be the last \
                 one now; nothing was decided",
                hold.code
            );
            return Err(Problem::new(Kind::Conflict, detail));
        }
        if holds.iter().any(|other| other.id == hold.id) {
            return Err(bad("a hold is marked once; nothing was decided".into()));
        }
        holds.push(hold);
    }
    Ok(holds)
}

async fn confirm(office: &Office, person: &Person, holds: &[HoldView]) -> Response {
    let mut renderings = Vec::with_capacity(holds.len());
    for hold in holds {
        renderings.push(rendered(office, hold).await);
    }
    let together = together(office, person, holds).await.err();
    let frame =
        Frame { title: "Marked", kind: "batch", person: Some(person), pending: pending(office).await };
    frame.around(StatusCode::OK, &page(holds, &renderings, together.as_ref()))
}
