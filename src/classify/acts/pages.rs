//! Pages, which speak of actions, and programs, which do them: what the rest of a path says of its end.

use crate::classify::segments::{is_one_of, segments};
use crate::origin::Host;
use crate::snapshot::Head;

/// What a file's extension says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    None,
    /// A program of a device or an old server.
    Cgi,
    Program,
    Page,
}

/// A segment's name and what its extension says. `v1.run` and `users.delete` have none.
pub(super) fn stem(segment: &str) -> (&str, Extension) {
    let Some((name, extension)) = segment.rsplit_once('.') else { return (segment, Extension::None) };
    let is = |list: &[&str]| is_one_of(extension, list);
    match () {
        () if is(&["cgi"]) => (name, Extension::Cgi),
        () if is(&[
            "php", "asp", "aspx", "ashx", "asmx", "do", "action", "jsp", "lua", "pl", "json", "xml",
        ]) =>
        {
            (name, Extension::Program)
        }
        () if is(&["gif"]) => (segment, Extension::None),
        () => (segment, Extension::Page),
    }
}

/// Whether it is a page about something: documentation, articles, packages, source files. What a page is about is
/// the last thing that its path names, and it may well be an action.
pub(super) fn is_about(head: &Head, path: &str) -> bool {
    const PLACES: [&str; 43] = [
        "doc",
        "docs",
        "documentation",
        "wiki",
        "blog",
        "blogs",
        "reference",
        "references",
        "ref",
        "help",
        "manual",
        "manuals",
        "man",
        "guide",
        "guides",
        "tutorial",
        "tutorials",
        "learn",
        "questions",
        "javadoc",
        "api-docs",
        "apidocs",
        "api-reference",
        "articles",
        "article",
        "news",
        "blob",
        "tree",
        "raw",
        "src",
        "pypi",
        "package",
        "packages",
        "project",
        "crates",
        "gems",
        "search",
        "tags",
        "topics",
        "glossary",
        "dictionary",
        "definition",
        "faq",
    ];
    const HOSTS: [&str; 12] = [
        "docs",
        "doc",
        "developer",
        "developers",
        "learn",
        "wiki",
        "help",
        "support",
        "blog",
        "manual",
        "man",
        "pkg",
    ];
    if is_program(path) {
        return false;
    }
    let host = match &head.origin.host {
        Host::Name(name) => name.split_once('.').map_or("", |(first, _)| first),
        _ => "",
    };
    let mut inner = segments(path).rev().skip(1);
    HOSTS.contains(&host) || inner.any(|segment| is_one_of(segment, &PLACES))
}

/// Whether the path leads to a program rather than to pages.
pub(super) fn is_program(path: &str) -> bool {
    const PLACES: [&str; 8] =
        ["api", "json-api", "xml-api", "rpc", "cgi-bin", "webservices", "actuator", "wp-admin"];
    segments(path).rev().skip(1).any(|segment| is_one_of(segment, &PLACES))
}
