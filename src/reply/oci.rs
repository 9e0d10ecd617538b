//! An `errors` array as registries write it (https://github.com/opencontainers/distribution-spec, "Error Codes"):
//! clients show its `message`, and of anything else the first few dozen bytes.

use serde_json::json;

use super::{End, Said};

pub(super) fn say(end: &End) -> Said {
    let code = match end.code.status() {
        401 | 407 => "UNAUTHORIZED",
        403 => "DENIED",
        429 => "TOOMANYREQUESTS",
        501 => "UNSUPPORTED",
        502..=504 => "UNAVAILABLE",
        _ => "UNKNOWN",
    };
    let body = json!({"errors": [{"code": code, "message": end.text(), "detail": end.problem()}]});
    Said::plainly(end, "application/json", body.to_string().into_bytes())
}
