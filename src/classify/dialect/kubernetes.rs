//! The Kubernetes API: the verb follows from method and path, as the API server's own authorisation reads them
//! (https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb).
//!
//! `exec`, `attach`, `portforward` and `proxy` run things whatever the method (CASES PR-27). What asks about rights
//! (access reviews) reads; what gives them (RBAC, service account tokens, certificates, admission) is `permission`.
//! `dryRun=All` makes a plain request a read only where it stands exactly once (CASES CL-08).

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};

mod resource;

use resource::Resource;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let Some(resource) = resource::parse(head.path()) else { return discovery(asked) };
    let verb = verb(asked, &resource)?;
    let (effect, why) = effect(verb, &resource);
    let name = format!("{verb} {}", resource.kind());
    let label = match resource.namespace {
        Some(namespace) => format!("kubernetes {verb} {} in {namespace}", resource.shown()),
        None => format!("kubernetes {verb} {}", resource.shown()),
    };
    let operation = Operation::named(name, super::bounded(&label));
    // What opens a way (also by the old `/proxy/` prefix, without a subresource) is no trial, whatever it says.
    let plain = verb != "connect" && resource.subresource.is_none();
    let tries = effect.is_mutating() && plain && is_dry_run(asked)?;
    Ok(vec![if tries {
        operation.says(Effect::Read, "`dryRun=All` stands exactly once, so that nothing is stored")
    } else {
        let bound = if resource.runs() || effect == Effect::Permission { effect } else { Effect::Read };
        operation.says(effect, why).at_least(bound)
    }])
}

/// `/api`, `/apis/GROUP`, `/version`, `/healthz`, `/openapi/v3`: what a client asks to find its way.
fn discovery(asked: &Asked<'_>) -> Reading {
    let head = asked.head;
    let first = head.path().split('/').nth(1).unwrap_or_default();
    let known = ["api", "apis", "version", "healthz", "livez", "readyz", "openapi", "metrics", ".well-known"];
    if !known.contains(&first) {
        return Err(Otherwise::NotMine);
    }
    if !matches!(head.method.as_str(), "GET" | "HEAD") || asked.has_content() {
        return Err(Otherwise::unclear("a path that no resource has, and no plain GET"));
    }
    let path = super::bounded(head.path());
    Ok(vec![
        Operation::named("discover", format!("kubernetes get {path}"))
            .says(Effect::Read, "it asks what there is"),
    ])
}

fn verb(asked: &Asked<'_>, resource: &Resource<'_>) -> Result<&'static str, Otherwise> {
    if resource.subresource.is_some_and(|name| resource::RUNS.contains(&name)) || resource.proxied {
        return Ok("connect");
    }
    let named = resource.name.is_some();
    Ok(match asked.head.method.as_str() {
        // No client of it sends one; behind the API server stand others' servers.
        "GET" | "HEAD" if asked.has_content() && !asked.content()?.is_empty() => {
            return Err(Otherwise::unclear("a GET with content"));
        }
        "GET" | "HEAD" => match (resource.watched || is_watch(asked)?, named) {
            (true, _) => "watch",
            (false, true) => "get",
            (false, false) => "list",
        },
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" if named => "delete",
        "DELETE" => "deletecollection",
        _ => return Err(Otherwise::unclear("a method that the Kubernetes API does not know")),
    })
}

fn effect(verb: &str, resource: &Resource<'_>) -> (Effect, &'static str) {
    if verb == "connect" {
        return (
            Effect::Execute,
            "it opens a way into a container, a node or a service, whatever the method",
        );
    }
    if matches!(verb, "get" | "list" | "watch") {
        return (Effect::Read, "the verb reads");
    }
    if resource.asks_about_rights() && verb == "create" {
        return (Effect::Read, "a review asks who may do what, and stores nothing");
    }
    if resource.gives_rights() {
        return (Effect::Permission, "the resource says who may do what");
    }
    match (verb, resource.subresource) {
        ("create", Some("eviction")) => (Effect::Delete, "an eviction removes a pod"),
        (_, Some("ephemeralcontainers")) => (Effect::Execute, "it runs a container in a pod that runs"),
        ("delete" | "deletecollection", _) => (Effect::Delete, "the verb deletes"),
        _ => (Effect::Write, "the verb writes"),
    }
}

/// `watch=true` in any of the spellings that the API server takes.
fn is_watch(asked: &Asked<'_>) -> Result<bool, Otherwise> {
    let is_true = |value: &str| !matches!(value, "false" | "0" | "");
    Ok(asked.query()?.iter().any(|(key, value)| key == "watch" && is_true(value)))
}

/// `dryRun=All` once, in the query; a delete's body may name it too, and then both must be seen to agree.
fn is_dry_run(asked: &Asked<'_>) -> Result<bool, Otherwise> {
    let query = asked.query()?;
    let mut found = query.iter().filter(|(key, _)| key.eq_ignore_ascii_case("dryrun"));
    let (Some((key, value)), None) = (found.next(), found.next()) else { return Ok(false) };
    if key != "dryRun" || value != "All" {
        return Ok(false);
    }
    // Options in the body of a delete stand instead of those in the query.
    Ok(asked.head.method != "DELETE" || !asked.has_content() || asked.content()?.is_empty())
}
