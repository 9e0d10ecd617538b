//! The brake: freezes of one agent or of all, put on and taken back. A freeze of all is asked for by a form of its own: an
//! empty name must not come to mean everybody. A thaw is of the freeze that its page showed.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::State;
use axum::response::Response;

use crate::admin::answer::refusal;
use crate::admin::{Kind, Office, Person, Problem, body};
use crate::hold::{FreezeView, SeenFreeze};
use crate::limits;
use crate::page::detail::fault;
use crate::page::door::see_other;
use crate::page::form::Form;

/// `POST /freeze`
pub async fn freeze(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    content: Content,
) -> Response {
    let done = async {
        person.must_decide()?;
        let form = Form::read(content, &["whose", "agent", "reason"]).await?;
        let (agent, reason) = (whose(&form)?, body::reason(form.option("reason"))?);
        office.desk.freeze(agent, reason, &person.who).await.map_err(refusal)
    };
    answer(&office, &person, done.await).await
}

/// `POST /thaw`
pub async fn thaw(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    content: Content,
) -> Response {
    let done = async {
        person.must_decide()?;
        let form = Form::read(content, &["whose", "agent", "by", "at"]).await?;
        let agent = whose(&form)?;
        let seen = SeenFreeze { by: Some(form.text("by").into()), at: Some(form.text("at").into()) };
        office.desk.unfreeze_seen(agent, seen, &person.who).await.map_err(refusal)
    };
    answer(&office, &person, done.await).await
}

async fn answer(office: &Office, person: &Person, done: Result<FreezeView, Problem>) -> Response {
    match done {
        Ok(_) => see_other("/agents"),
        Err(problem) => fault(office, person, &problem).await,
    }
}

/// Whose freeze: one agent's, or everybody's where the form says so in a word.
fn whose(form: &Form) -> Result<Option<String>, Problem> {
    let agent = form.text("agent");
    match form.text("whose") {
        "all" if agent.is_empty() => Ok(None),
        "agent" if (1..=limits::NAME_BYTES_MAX).contains(&agent.len()) => Ok(Some(agent.to_owned())),
        _ => Err(Problem::new(
            Kind::BadRequest,
            "say whose: one agent's by its name, or all; nothing was done",
        )),
    }
}
