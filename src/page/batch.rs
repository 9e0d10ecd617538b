//! Several marked holds at once: first a page that shows exactly these, each with its digest and its request, then one
//! decision over that list, all or none; a release of several by a word that is typed. Whose place is taken by another request or another state is not decided, and
//! then none is. What changes rights, and what nobody understands, is released one by one but for the very same
//! request again, as at the prompt (CASES AP-28).

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::admin::answer::refusal;
use crate::admin::holds::{find, is_name};
use crate::admin::rendering::{self, make};
use crate::admin::{Kind, Office, Person, Problem, body};
use crate::approve::Rendering;
use crate::approve::groups::may_go_together;
use crate::hold::{Choice, Decision, HoldId, HoldView};
use crate::limits;
use crate::page::detail::fault;
use crate::page::door::see_other;
use crate::page::fewer;
use crate::page::form::Form;
use crate::page::frame::{Frame, pending};
use crate::page::marked::{WORD, page};
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
        Ok(confirm(&office, &person, &held(&office, &marks).await?).await)
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
        let holds = held(&office, &marks).await?;
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

/// The holds of a form, each as `ID@DIGEST`: undecided, and what they were when they were marked.
async fn held(office: &Office, marks: &[String]) -> Result<Vec<HoldView>, Problem> {
    let bad = |detail: String| Problem::new(Kind::BadRequest, detail);
    if marks.is_empty() {
        return Err(bad("mark some holds first".into()));
    }
    if marks.len() > limits::PAGE_BATCH_MAX {
        return Err(bad(format!("at most {} at once; nothing was decided", limits::PAGE_BATCH_MAX)));
    }
    let mut holds: Vec<HoldView> = Vec::with_capacity(marks.len());
    for mark in marks {
        let (id, digest) = mark.split_once('@').unwrap_or((mark, ""));
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
        if holds.iter().any(|other| other.id == hold.id) {
            return Err(bad("a hold is marked once; nothing was decided".into()));
        }
        holds.push(hold);
    }
    Ok(holds)
}

/// More than one are released by a word that was typed.
fn worded(form: &Form, holds: &[HoldView]) -> Result<(), Problem> {
    if holds.len() < 2 || form.text("typed").trim().eq_ignore_ascii_case(WORD) {
        return Ok(());
    }
    let detail = format!("type `{WORD}` to release all of them; nothing was decided");
    Err(Problem::new(Kind::Unfit, detail))
}

/// Whether all of them may be released by one word.
async fn together(office: &Office, person: &Person, holds: &[HoldView]) -> Result<(), Problem> {
    for hold in holds {
        person.counts(hold).map_err(|why| Problem::new(Kind::NotYours, format!("{}: {why}", hold.code)))?;
        let rendering = rendered(office, hold).await?;
        if rendering.elided || rendering.digest.is_none() {
            let detail = format!(
                "{} cannot be shown whole: decide it on its own page; nothing was decided",
                hold.code
            );
            return Err(Problem::new(Kind::Unfit, detail));
        }
    }
    alike(holds).map_err(|detail| Problem::new(Kind::Unfit, detail))
}

fn alike(holds: &[HoldView]) -> Result<(), String> {
    let delicate: Vec<HoldView> = holds
        .iter()
        .filter(|hold| matches!(hold.effect.as_str(), "permission" | "unknown"))
        .cloned()
        .collect();
    if delicate.is_empty()
        || holds.len() == 1
        || (delicate.len() == holds.len() && may_go_together(&delicate))
    {
        return Ok(());
    }
    let codes: Vec<&str> = delicate.iter().map(|hold| hold.code.as_str()).collect();
    Err(format!(
        "who may do what, and what nobody understands, is released one by one ({}); nothing was decided",
        codes.join(", ")
    ))
}

async fn rendered(office: &Office, hold: &HoldView) -> Result<Rendering, Problem> {
    make(office, hold.clone(), limits::SHOWN_COLUMNS, &rendering::Asked::default()).await.map(Rendering::from)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::hold;

    fn of(effect: &str, digest: &str) -> HoldView {
        HoldView { effect: effect.into(), digest: digest.into(), ..hold("x") }
    }

    #[test]
    fn what_changes_rights_is_released_alone_or_with_its_very_twins() {
        assert!(alike(&[of("write", "a"), of("delete", "b")]).is_ok());
        assert!(alike(&[of("permission", "a")]).is_ok());
        assert!(alike(&[of("unknown", "a"), of("unknown", "a")]).is_ok());
        assert!(alike(&[of("unknown", "a"), of("unknown", "b")]).is_err());
        assert!(alike(&[of("permission", "a"), of("write", "b")]).is_err());
    }

    /// CASES AP-10: no single key, and no habit of one, releases more than one request.
    #[test]
    fn several_are_released_by_a_word_and_one_is_not_asked_for_it() {
        let (one, two) = (vec![of("write", "a")], vec![of("write", "a"), of("write", "b")]);
        let typed = |text| Form::of(&[("typed", text)]);
        assert!(worded(&typed(""), &one).is_ok());
        assert!(worded(&typed(" All "), &two).is_ok());
        for wrong in ["", "yes", "al"] {
            assert!(worded(&typed(wrong), &two).is_err(), "{wrong:?}");
        }
    }
}
