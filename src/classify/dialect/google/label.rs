//! `Google secretmanager setIamPolicy projects/p/secrets/s`: the API, the verb or the method, and what it is done to.

use super::act::{End, Verb, end};
use crate::classify::dialect::bounded;
use crate::origin::Host;
use crate::snapshot::Head;

/// Hosts that stand for many APIs, which their paths name first.
const SHARED: [&str; 2] = ["www", "content"];

pub(super) fn of(method: &str, head: &Head) -> String {
    let End { resource, verb } = end(head.path());
    let host = match &head.origin.host {
        Host::Name(name) => name.as_str().split('.').next().unwrap_or_default().to_owned(),
        address => address.to_string(),
    };
    let (first, rest) = resource.split_once('/').unwrap_or((resource, ""));
    let (api, resource) = if SHARED.contains(&host.as_str()) {
        (first, rest)
    } else if first == host {
        (host.as_str(), rest)
    } else {
        (host.as_str(), resource)
    };
    let resource = without_version(resource);
    let act = match verb {
        Verb::Custom { name, .. } => name,
        Verb::Last(_) => method,
    };
    bounded(format!("Google {api} {act} {resource}").trim_end())
}

fn without_version(resource: &str) -> &str {
    let (first, rest) = resource.split_once('/').unwrap_or((resource, ""));
    let is_version =
        first.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_version { rest } else { resource }
}
