//! What a method and a path do by Google's conventions: the custom verb or the method, raised by what the addressed
//! collection is (`acl`, `permissions`).

use crate::classify::vocabulary::{self, Vocabulary};
use crate::classify::{Effect, catalog, methods};

/// The end of a path: what is addressed, and the verb.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End<'a> {
    /// The path without a leading slash and without the verb.
    pub(super) resource: &'a str,
    pub(super) verb: Verb<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verb<'a> {
    /// Behind a colon. `plain`: the colon stands as itself and under a version, as servers look for it.
    Custom { name: &'a str, plain: bool },
    /// The last segment, which may be a verb, a collection or an id.
    Last(&'a str),
}

/// Takes a path apart.
pub(super) fn end(path: &str) -> End<'_> {
    let path = path.trim_start_matches('/');
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let last = &path[start..];
    let escaped = last.rfind("%3A").max(last.rfind("%3a"));
    let (at, width, plain) = match (last.rfind(':'), escaped) {
        (Some(colon), escape) if escape.is_none_or(|escape| escape < colon) => (colon, 1, escape.is_none()),
        (_, Some(escape)) => (escape, 3, false),
        (_, None) => return End { resource: path, verb: Verb::Last(last) },
    };
    let verb = Verb::Custom { name: &last[at + width..], plain: plain && has_version(path) };
    End { resource: &path[..start + at], verb }
}

/// What the method, the verb and the collection say, and why.
pub(super) fn says(method: &str, path: &str) -> (Effect, String) {
    let Some(known) = methods::lookup(method) else {
        return (Effect::Unknown, "its method is not in the registry of methods".to_owned());
    };
    let said = format!("{} {}", known.name, known.why);
    let Some(words) = catalog::words("google") else {
        return (Effect::Unknown, "there are no words for Google's verbs".to_owned());
    };
    let end = end(path);
    match (known.name, &end.verb) {
        ("POST", Verb::Custom { name, plain: true }) if words.effect(name) == Some(Effect::Read) => {
            (Effect::Read, "its custom verb is a read in Google's conventions".to_owned())
        }
        ("POST", Verb::Last(name)) if is_read_of_compute(words, path, name) => {
            (Effect::Read, "its verb is a read of Compute Engine's".to_owned())
        }
        (_, verb) => raised(words, known.effect, verb, end.resource, said),
    }
}

/// The method's word, raised by the verb; where that makes it a mutation, by the collection too.
fn raised(
    words: &Vocabulary,
    method: Effect,
    verb: &Verb<'_>,
    resource: &str,
    said: String,
) -> (Effect, String) {
    let name = match verb {
        Verb::Custom { name, .. } => *name,
        // A safe method's last segment is a collection or an id, whatever word it is.
        Verb::Last(name) if method.is_mutating() && !is_collection(resource, name) => *name,
        Verb::Last(_) if method.is_mutating() => "",
        Verb::Last(_) => return (method, said),
    };
    let spoken = words.effect(name).filter(|effect| effect.is_mutating());
    let effect = spoken.map_or(method, |spoken| spoken.max(method));
    let collection = match verb {
        // A last segment that is a verb is no collection.
        Verb::Last(_) if words.effect(name).is_some() => {
            resource.rsplit_once('/').map_or("", |(parent, _)| parent)
        }
        _ => resource,
    };
    // Taking a right away is a delete, as everywhere but in AWS.
    let given = effect.is_mutating() && effect != Effect::Delete;
    let noun = if given { addressed(words, collection) } else { None };
    match noun.filter(|noun| *noun > effect) {
        Some(noun) => (noun, format!("{said}; it is addressed to who may do what")),
        None if effect > method => (effect, format!("{said}; its verb says more")),
        None => (effect, said),
    }
}

/// `deployPolicies`: where the path starts with its version, a verb stands behind a colon, and a plural is a collection.
fn is_collection(path: &str, last: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    last.ends_with('s') && !last.ends_with("ss") && has_version(first)
}

/// What the last two segments are: a collection, or an entry of one. Who is among the `members` of something may see
/// or do what they may.
fn addressed(words: &Vocabulary, resource: &str) -> Option<Effect> {
    let last = resource.rsplit('/').take(2);
    last.filter_map(|segment| {
        let parts: Vec<_> = vocabulary::words(segment).collect();
        let members = parts.last().is_some_and(|last| last == "members");
        words.last_noun(&parts).or(members.then_some(Effect::Permission))
    })
    .max()
}

/// `listManagedInstances`, `testIamPermissions`: ids of Compute Engine are in lower case.
fn is_read_of_compute(words: &Vocabulary, path: &str, name: &str) -> bool {
    path.starts_with("/compute/")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
        && words.effect(name) == Some(Effect::Read)
}

/// Whether one of the first segments is a version: `v1`, `v1beta1`, `v2.1`, `v2:computeRoutes`. An upload's path may
/// end in a name of the caller's.
fn has_version(path: &str) -> bool {
    if path.starts_with("upload/") || path.starts_with("resumable/") {
        return false;
    }
    path.split('/').take(3).any(|segment| {
        let segment = segment.split(':').next().unwrap_or_default();
        let mut bytes = segment.bytes();
        bytes.next() == Some(b'v')
            && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_what_follows_the_last_colon_of_the_last_segment() {
        let custom = |name, plain| Verb::Custom { name, plain };
        for (path, resource, verb) in [
            (
                "/v1/projects/p/secrets/s:setIamPolicy",
                "v1/projects/p/secrets/s",
                custom("setIamPolicy", true),
            ),
            ("/v1:validateAddress", "v1", custom("validateAddress", true)),
            ("/directions/v2:computeRoutes", "directions/v2", custom("computeRoutes", true)),
            ("/projects/p:search", "projects/p", custom("search", false)),
            ("/a/b/c/v1/p:search", "a/b/c/v1/p", custom("search", false)),
            ("/v1/p%3Asearch", "v1/p", custom("search", false)),
            ("/v1/p%3Ax:search", "v1/p%3Ax", custom("search", false)),
            ("/v1/p:x%3asearch", "v1/p:x", custom("search", false)),
            (
                "/compute/v1/projects/a:b/zones/z/disks",
                "compute/v1/projects/a:b/zones/z/disks",
                Verb::Last("disks"),
            ),
        ] {
            assert_eq!(end(path), End { resource, verb }, "{path}");
        }
    }

    #[test]
    fn a_post_is_a_read_by_a_verb_that_is_one_and_nothing_that_is_near_it() {
        for (path, effect) in [
            ("/v1/projects/p:search", Effect::Read),
            ("/v1/projects/p:searchAndReplace", Effect::Write),
            ("/v1/projects/p:Search", Effect::Read),
            ("/v1/projects/search", Effect::Write),
            ("/v1/projects/p%3Asearch", Effect::Write),
            ("/projects/p:search", Effect::Write),
            ("/v1/projects/p:", Effect::Write),
            ("/upload/v1/media/p:search", Effect::Write),
            ("/v1/projects/p:searching", Effect::Write),
            ("/compute/v1/projects/p/zones/z/x/testIamPermissions", Effect::Read),
            ("/compute/v1/projects/p/zones/z/x/list-mine", Effect::Write),
            ("/compute/v1/projects/p/zones/z/x/list", Effect::Write),
            ("/compute/v1/projects/p/zones/z/x/setIamPolicy", Effect::Permission),
            ("/v1/x/testIamPermissions", Effect::Permission),
            ("/v1/projects/p/deployPolicies", Effect::Write),
            ("/v1/projects/p/instances/i/restart", Effect::Execute),
            ("/calendar/v3/calendars/c/acl", Effect::Permission),
            ("/v1/spaces/s/members", Effect::Permission),
            ("/v1/projects/p/locations/l/aclConfig", Effect::Write),
            ("/v1/projects/p/locations/l/agents/a:validate", Effect::Write),
            ("/v1/projects/p/locations/l/conversations:sample", Effect::Write),
            ("/v1:validateAddress", Effect::Read),
            ("/gmail/v1/users/me/messages/send", Effect::Execute),
        ] {
            assert_eq!(says("POST", path).0, effect, "{path}");
        }
    }

    #[test]
    fn other_methods_are_only_raised() {
        for (method, path, effect) in [
            ("GET", "/v1/projects/p", Effect::Read),
            ("GET", "/v1/projects/p:search", Effect::Read),
            ("GET", "/v1/projects/p/userEvents:collect", Effect::Write),
            ("GET", "/v1/projects/p/userEvents%3Acollect", Effect::Write),
            ("GET", "/v1/projects/example.com:p", Effect::Read),
            ("GET", "/calendar/v3/calendars/c/acl", Effect::Read),
            ("PATCH", "/v1/projects/p:search", Effect::Write),
            ("DELETE", "/v1/projects/p:search", Effect::Delete),
            ("PUT", "/storage/v1/b/b/acl/x", Effect::Permission),
            ("DELETE", "/storage/v1/b/b/acl/x", Effect::Delete),
            ("PURGE", "/v1/projects/p", Effect::Unknown),
        ] {
            assert_eq!(says(method, path).0, effect, "{method} {path}");
        }
    }
}
