//! What somebody with a browser is told who came to a path that nobody knows.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::admin::{Office, Person};
use crate::page::frame::{notice, pending};

/// Every path that is none.
pub async fn lost(State(office): State<Arc<Office>>, person: Option<Extension<Person>>) -> Response {
    let person = person.map(|Extension(person)| person);
    let text = "There is nothing at this address in this version.";
    notice(person.as_ref(), pending(&office).await, StatusCode::NOT_FOUND, "There is no such page", text)
}
