//! The registry API of the OCI distribution specification
//! (https://github.com/opencontainers/distribution-spec/blob/main/spec.md): pulling reads, pushing is uploads of blobs
//! and then the manifest that gives them a name. The methods say what each does; the dialect adds the names.

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let rest = head.path().strip_prefix("/v2").ok_or(Otherwise::NotMine)?;
    let (repository, what, last) = match split(rest) {
        Some(found) => found,
        None => return base(asked, rest),
    };
    if asked.has_content() && matches!(head.method.as_str(), "GET" | "HEAD") {
        return Err(Otherwise::unclear("a pull with content"));
    }
    let is_digest = last.contains(':');
    let shown = format!("{repository}{}{last}", if is_digest { "@" } else { ":" });
    let (name, label, effect) = match (head.method.as_str(), what) {
        ("GET" | "HEAD", _) => ("pull", format!("OCI pull {what} of {shown}"), Effect::Read),
        ("PUT", "manifests") => ("push manifest", format!("OCI push {shown}"), Effect::Write),
        ("DELETE", "manifests") => ("delete manifest", format!("OCI delete {shown}"), Effect::Delete),
        ("DELETE", "blobs") => ("delete blob", format!("OCI delete blob {shown}"), Effect::Delete),
        ("POST" | "PATCH" | "PUT", "blobs/uploads") => {
            ("push blob", format!("OCI push blob to {repository}"), Effect::Write)
        }
        ("DELETE", "blobs/uploads") => {
            ("cancel blob", format!("OCI cancel upload to {repository}"), Effect::Delete)
        }
        _ => return Err(Otherwise::unclear("a method that the registry API does not have there")),
    };
    Ok(vec![
        Operation::named(name, super::bounded(&label)).says(effect, "the method says so").at_least(effect),
    ])
}

/// `/v2/`, `/v2/_catalog`: asked before anything else.
fn base(asked: &Asked<'_>, rest: &str) -> Reading {
    if matches!(rest, "" | "/" | "/_catalog")
        && matches!(asked.head.method.as_str(), "GET" | "HEAD")
        && !asked.has_content()
    {
        return Ok(vec![
            Operation::named("base", "OCI registry base").says(Effect::Read, "it asks what the registry is"),
        ]);
    }
    Err(Otherwise::NotMine)
}

/// `/NAME/manifests/REFERENCE` and its like, from the right, because names have slashes.
fn split(rest: &str) -> Option<(&str, &'static str, &str)> {
    let rest = rest.strip_prefix('/')?;
    for what in ["blobs/uploads", "manifests", "blobs", "tags", "referrers"] {
        let marker = format!("/{what}/");
        if let Some((repository, last)) = rest.rsplit_once(&marker)
            && !repository.is_empty()
            && !last.contains('/')
        {
            return Some((repository, what, last));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_from_the_right() {
        assert_eq!(split("/a/b/manifests/v1"), Some(("a/b", "manifests", "v1")));
        assert_eq!(split("/a/blobs/uploads/"), Some(("a", "blobs/uploads", "")));
        assert_eq!(split("/a/blobs/sha256:0"), Some(("a", "blobs", "sha256:0")));
        assert_eq!(split("/manifests/manifests/v1"), Some(("manifests", "manifests", "v1")));
        assert_eq!(split("/_catalog"), None);
        assert_eq!(split("/a/other/x"), None);
    }
}
