//! An `errors` array as registries write it (https://github.com/opencontainers/distribution-spec, "Error Codes"):
//! clients show its `message`, and of anything else the first few dozen bytes.

use serde_json::json;

use super::End;

/// The body.
pub(super) fn answer(end: &End) -> Vec<u8> {
    let code = match end.code.status() {
        401 | 407 => "UNAUTHORIZED",
        403 => "DENIED",
        429 => "TOOMANYREQUESTS",
        501 => "UNSUPPORTED",
        502..=504 => "UNAVAILABLE",
        _ => "UNKNOWN",
    };
    json!({"errors": [{"code": code, "message": end.text(), "detail": end.problem()}]})
        .to_string()
        .into_bytes()
}
