//! Pages, which speak of actions, and programs, which do them: what the rest of a path says of its end.

use crate::classify::acts::verbs::{find, with_noun};
use crate::classify::segments::{is_one_of, segments};
use crate::origin::Host;
use crate::snapshot::Head;

/// Of documentation, by their first label.
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

/// What a file's extension says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    None,
    /// A program of a device or an old server.
    Cgi,
    Program,
    Page,
}

/// The method behind the dot in `users.delete`; on hosts of documentation it is one that a page is about.
pub(super) fn method<'a>(head: &Head, segment: &'a str) -> Option<&'a str> {
    let (_, name) = segment.rsplit_once('.')?;
    let acts = find(name).is_some() || with_noun(name).is_some();
    (acts && !HOSTS.contains(&first_label(head))).then_some(name)
}

/// A segment's name and what its extension says.
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
    if is_program(path) {
        return false;
    }
    let mut inner = segments(path).rev().skip(1);
    HOSTS.contains(&first_label(head)) || inner.any(|segment| is_one_of(segment, &PLACES))
}

fn first_label(head: &Head) -> &str {
    match &head.origin.host {
        Host::Name(name) => name.split_once('.').map_or("", |(first, _)| first),
        _ => "",
    }
}

/// Whether the path leads to a program rather than to pages.
pub(super) fn is_program(path: &str) -> bool {
    const PLACES: [&str; 8] =
        ["api", "json-api", "xml-api", "rpc", "cgi-bin", "webservices", "actuator", "wp-admin"];
    segments(path).rev().skip(1).any(|segment| is_one_of(segment, &PLACES))
}
