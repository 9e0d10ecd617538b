//! A GraphQL `errors` array (https://spec.graphql.org/October2021/#sec-Errors). Without `data`, because nothing was run.

use serde_json::json;

use super::End;

/// The body.
pub(super) fn answer(end: &End) -> Vec<u8> {
    json!({"errors": [{"message": end.text(), "extensions": end.problem()}]}).to_string().into_bytes()
}
