//! A JSON answer, and how the desk's refusals look.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use crate::admin::json;
use crate::admin::problem::{Kind, Problem};
use crate::hold::said::DecisionError;

/// 200 with this JSON.
pub fn json(value: &impl Serialize) -> Response {
    text(json::text(value))
}

/// 200 with JSON that is made already.
pub fn text(text: String) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What the desk said no to.
pub fn refusal(error: DecisionError) -> Problem {
    match error {
        DecisionError::NotFound(hold) => {
            Problem::new(Kind::NotFound, "there is no such hold; nothing was decided").about(hold.to_string())
        }
        DecisionError::OtherDigest(hold) => {
            let detail = "the digest is not this hold's: look at the hold again; nothing was decided";
            Problem::new(Kind::OtherDigest, detail).about(hold.to_string())
        }
        DecisionError::NoDigest(hold) => {
            let detail = "an approval names the digest of what was looked at; nothing was decided";
            Problem::new(Kind::NoDigest, detail).about(hold.to_string())
        }
        DecisionError::Conflict(hold, state) => {
            let detail = format!("the hold is already {state}; nothing was decided");
            Problem::new(Kind::Conflict, detail).about(hold.to_string())
        }
        DecisionError::NotYours(hold, why) => Problem::new(Kind::NotYours, why).about(hold.to_string()),
        DecisionError::NoGrant(hold, why) | DecisionError::NoEdit(hold, why) => {
            Problem::new(Kind::Unfit, why).about(hold.to_string())
        }
        DecisionError::OtherFreeze(freeze) => {
            let detail = format!(
                "the freeze that you saw is not on any more; another is, by {} since {}; nothing was done",
                freeze.by, freeze.at
            );
            Problem::new(Kind::Conflict, detail)
        }
        DecisionError::NoSuch(what) => Problem::new(Kind::NotFound, what),
        DecisionError::TooMany(what) => Problem::new(Kind::TooMany, what),
        DecisionError::Unavailable => Problem::new(
            Kind::Unavailable,
            "this cannot be stored and put on record now; nothing was decided",
        ),
    }
}
