//! GETs whose path names an action: `/users/42/delete`, `/api/sendMessage?to=bob`, `/logout`, `/reboot.cgi`.

use crate::classify::Effect;
use crate::classify::acts::query::has_argument;
use crate::classify::acts::verbs::{Place, find, grown, with_noun};
use crate::classify::segments::{is_one_of, segments};
use crate::origin::Host;
use crate::snapshot::Head;

type Said = Option<(Effect, &'static str)>;

const NAMED: &str = "the end of its path names an action, and it has arguments";
const AFTER_ID: &str = "its path names an action on a thing";
const ALONE: &str = "the end of its path names an action";
const COMMAND: &str = "its path is a command of a store";
const HOOK: &str = "it calls a hook, which runs what hangs on it";

/// What the path says.
pub(super) fn look(head: &Head) -> Said {
    let path = head.path();
    let mut from_end = segments(path).rev();
    let last = from_end.next()?;
    if let Some(said) = hook(head).or_else(|| command(path)) {
        return Some(said);
    }
    let (name, extension) = stem(last);
    if extension == Extension::Page || is_about(head) {
        return None;
    }
    let before = from_end.next();
    let argument = has_argument(head.query());
    if let Some((effect, place)) = find(name) {
        let session =
            is_one_of(name, &["logout", "logoff", "signout"]) || name.len() > 6 && name.contains(['-', '_']);
        let device =
            extension == Extension::Cgi || before.is_some_and(|before| is_one_of(before, &["cgi-bin"]));
        return match place {
            Place::Path if session => Some((effect, ALONE)),
            Place::Path if argument => Some((effect, NAMED)),
            Place::Path if before.is_some_and(is_id) && from_end.next().is_some() => Some((effect, AFTER_ID)),
            Place::Path if device || is_power(name) && is_program(path) => Some((effect, ALONE)),
            _ => None,
        };
    }
    if argument && let Some(effect) = with_noun(name).or_else(|| grown(name).filter(|_| is_program(path))) {
        return Some((effect, NAMED));
    }
    let on_token = before.is_some_and(|before| is_one_of(before, &["unsubscribe", "optout", "opt-out"]));
    match name {
        _ if on_token && is_id(last) => Some((Effect::Write, AFTER_ID)),
        "wp-cron" => Some((Effect::Execute, ALONE)),
        "o.gif" | "open.gif" if argument => {
            Some((Effect::Write, "it tells a sender that a message was read"))
        }
        "build" | "buildWithParameters" if has_key(head.query(), "token") => Some((Effect::Execute, NAMED)),
        _ => None,
    }
}

fn has_key(query: Option<&str>, key: &str) -> bool {
    let key_of = |pair: &str| pair.split_once('=').map_or(pair, |(key, _)| key) == key;
    query.is_some_and(|query| query.split('&').any(key_of))
}

/// What a file's extension says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extension {
    None,
    /// A program of a device or an old server.
    Cgi,
    Program,
    Page,
}

/// A segment's name and what its extension says. `v1.run` and `users.delete` have none.
fn stem(segment: &str) -> (&str, Extension) {
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
fn is_about(head: &Head) -> bool {
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
    let path = head.path();
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
fn is_program(path: &str) -> bool {
    const PLACES: [&str; 8] =
        ["api", "json-api", "xml-api", "rpc", "cgi-bin", "webservices", "actuator", "wp-admin"];
    segments(path).rev().skip(1).any(|segment| is_one_of(segment, &PLACES))
}

/// What needs no argument, because there is one machine.
fn is_power(name: &str) -> bool {
    is_one_of(name, &["restart", "reboot", "shutdown", "poweroff", "halt"])
}

/// A number, or letters and digits such as machines make: `42`, `9f86d081-884c`, `usr_81hs7dk2`.
fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    plain && (digits == segment.len() || segment.len() >= 8 && digits * 4 >= segment.len())
}

/// Hosts and paths that exist to be called: `hooks.zapier.com`, `/hooks/catch/`, `/webhook/` with an id.
fn hook(head: &Head) -> Said {
    let by_host = match &head.origin.host {
        Host::Name(name) => name.starts_with("hooks.") || name.starts_with("hook."),
        _ => false,
    };
    let path = head.path();
    let by_path =
        || path.contains("/hooks/catch/") || path.rsplit_once("/webhook/").is_some_and(|(_, id)| is_id(id));
    let called = by_host && segments(path).any(is_id) || by_path();
    called.then_some((Effect::Execute, HOOK))
}

/// Key-value stores over HTTP take a command as the first segment: `/SET/key/value` (Webdis).
fn command(path: &str) -> Said {
    let mut all = segments(path);
    let first = all.next().filter(|first| first.bytes().all(|byte| byte.is_ascii_uppercase()))?;
    const DELETES: [&str; 6] = ["DEL", "UNLINK", "FLUSHALL", "FLUSHDB", "HDEL", "LTRIM"];
    const WRITES: [&str; 22] = [
        "SET", "SETEX", "SETNX", "GETSET", "APPEND", "INCR", "INCRBY", "DECR", "DECRBY", "EXPIRE", "HSET",
        "HMSET", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "SREM", "ZADD", "ZREM", "RENAME", "MSET",
    ];
    const RUNS: [&str; 5] = ["EVAL", "EVALSHA", "CONFIG", "PUBLISH", "SHUTDOWN"];
    let effect = match first {
        first if DELETES.contains(&first) => Effect::Delete,
        first if WRITES.contains(&first) => Effect::Write,
        first if RUNS.contains(&first) => Effect::Execute,
        _ => return None,
    };
    let whole = first.starts_with("FLUSH") || first == "SHUTDOWN";
    (whole || all.next().is_some()).then_some((effect, COMMAND))
}
