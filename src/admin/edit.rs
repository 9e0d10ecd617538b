//! `/v1/holds/{id}/request`: a held request as a text that a person can change, and the changed text put in its place.
//! How a text becomes a request, and what it then is, is decided where requests are parsed and judged; here it is
//! only led there.

use std::sync::Arc;

use axum::body::Body as Content;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::answer::{self, refusal};
use crate::admin::asked::{Decider, Named};
use crate::admin::body;
use crate::admin::holds::find;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::hold::HoldId;
use crate::hold::said::DecisionError;
use crate::snapshot::Digest;

/// A request as a text.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The digest of the request that the text is of, or was made from.
    pub digest: String,
    /// HTTP/1.1, the values of secret fields masked.
    pub text: String,
}

/// `GET /v1/holds/{id}/request`
pub async fn text(
    State(office): State<Arc<Office>>,
    _: Decider,
    Named(id): Named,
) -> Result<Response, Problem> {
    let view = find(&office, &id).await?;
    let gone = || Problem::new(Kind::NotFound, "this request is no longer kept").about(&*view.id);
    let hold = view.id.parse().map(HoldId).map_err(|_| gone())?;
    let (digest, text) = office.editor.text(hold).await.map_err(refusal)?;
    Ok(answer::json(&Text { digest: digest.to_string(), text }))
}

/// `PUT /v1/holds/{id}/request`
pub async fn put(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    Named(id): Named,
    content: Content,
) -> Result<Response, Problem> {
    let Text { digest, text } = body::read(
        content,
        "`digest` is that of the request as it was, `text` is the request as it is to be",
    )
    .await?;
    let digest = Digest::parse(&digest);
    let of = digest.ok_or_else(|| Problem::new(Kind::BadRequest, "`digest` is `sha256:` and 64 digits"))?;
    let view = find(&office, &id).await?;
    let hold = view.id.parse().map(HoldId).map_err(|_| refusal(DecisionError::Unavailable))?;
    let view = office.editor.edit(hold, of, &text, person.who.clone()).await.map_err(refusal)?;
    Ok(answer::json(&view))
}
