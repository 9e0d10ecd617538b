//! GETs whose query names an action: `?action=delete`, `?Action=TerminateInstances`, `?add2Queue=`, `?sql_query=DROP…`.

use crate::classify::Effect;
use crate::classify::acts::verbs::{Place, find, grown, with_noun};
use crate::classify::overrides::pairs;
use crate::classify::segments::{is_one_of, segments, words};

type Said = Option<(Effect, &'static str)>;

const NAMED: &str = "its query names an action";
const STATEMENT: &str = "its query carries a statement that changes things";
const COMMAND: &str = "its query carries a command for a device";

/// What the query says: the most cautious of its pairs.
pub(super) fn look(path: &str, query: &str) -> Said {
    let listing = is_listing(path);
    // Most keys end here, before anything is decoded or allocated.
    let worth =
        |pair: &&str| pair.contains('%') || could_act(pair.split_once('=').map_or(*pair, |(key, _)| key));
    let mut worst: Said = None;
    for pair in query.split(['&', ';']).filter(worth) {
        for (key, value) in pairs(pair.as_bytes()) {
            let said = judge(path, listing, &key, &value);
            if said.map(|said| said.0) > worst.map(|worst| worst.0) {
                worst = said;
            }
        }
    }
    worst
}

/// Whether a pair's key is one of those by which services choose what to do, whatever its value is.
pub(super) fn chooses(query: &str) -> bool {
    pairs(query.as_bytes()).any(|(key, _)| could_act(&key))
}

const ACTIONS: [&str; 15] = [
    "action",
    "act",
    "do",
    "cmd",
    "command",
    "op",
    "oper",
    "operation",
    "task",
    "func",
    "function",
    "turn",
    "switchcmd",
    "rpc",
    "ajax",
];
/// Where some frameworks have the path: `?r=post/delete`.
const ROUTES: [&str; 2] = ["r", "route"];
const ITSELF: [&str; 11] = [
    "add2queue",
    "add-to-cart",
    "add_to_cart",
    "delete",
    "remove",
    "destroy",
    "logout",
    "purge",
    "stream.body",
    "doing_wp_cron",
    "unsubscribe",
];
const STATEMENTS: [&str; 8] =
    ["sql", "sql_query", "sqlquery", "query", "statement", "stmt", "q", "anonymousbody"];

/// A key as PHP takes it: without the blanks before it, and without what follows a bracket.
fn plain(key: &str) -> &str {
    let key = key.trim_start_matches(['+', ' ']);
    key.split('[').next().unwrap_or(key)
}

fn could_act(key: &str) -> bool {
    let key = plain(key);
    let known = |list: &[&str]| is_one_of(key, list);
    known(&ACTIONS) || known(&ITSELF) || known(&STATEMENTS) || known(&ROUTES) || known(&["mode", "cmnd"])
}

fn judge(path: &str, listing: bool, key: &str, value: &str) -> Said {
    let key = plain(key);
    let is = |list: &[&str]| is_one_of(key, list);
    let value = value.trim();
    if is(&ACTIONS) {
        let effect = action(value).filter(|_| !listing)?;
        return Some(if is(&["switchcmd"]) { (Effect::Execute, COMMAND) } else { (effect, NAMED) });
    }
    if is(&ROUTES) {
        let route = value.rsplit_once('/').map(|(_, last)| last).and_then(find);
        return route.filter(|(_, place)| *place != Place::Value).map(|(effect, _)| (effect, NAMED));
    }
    if is(&["mode"]) {
        return find(value)
            .filter(|_| is_one_of(value, &["delete", "logout"]))
            .map(|(effect, _)| (effect, NAMED));
    }
    if is(&["cmnd"]) {
        // Tasmota: a bare name asks for a state, a name with an argument sets it.
        return value.contains([' ', ';']).then_some((Effect::Execute, COMMAND));
    }
    if is(&ITSELF) {
        let off =
            value.is_empty() && !is(&["logout", "add2queue"]) || is_one_of(value, &["0", "false", "no"]);
        return (!off && !listing).then(|| (itself(key), NAMED));
    }
    let searched =
        is(&["q"]) && !segments(path).next_back().is_some_and(|last| is_one_of(last, &["query", "exec"]));
    if is(&STATEMENTS) && !searched {
        return statement(value).map(|effect| (effect, STATEMENT));
    }
    None
}

fn itself(key: &str) -> Effect {
    match key.to_ascii_lowercase().as_str() {
        "stream.body" | "delete" | "remove" | "destroy" | "purge" => Effect::Delete,
        "add2queue" | "doing_wp_cron" => Effect::Execute,
        _ => Effect::Write,
    }
}

/// `delete`, `TerminateInstances`, `user.logout`, `full-import`, `setswitchon`, `on`; not `deleted` and not `edit`.
fn action(value: &str) -> Option<Effect> {
    if is_one_of(value, &["on", "off"]) {
        return Some(Effect::Execute);
    }
    let name = value.rsplit('.').next()?;
    let mut all = words(name);
    let first = all.next()?;
    let known = find(first).map(|(effect, _)| effect).or_else(|| grown(name)).or_else(|| with_noun(name));
    let import = is_one_of(value, &["full-import", "delta-import"]).then_some(Effect::Execute);
    // `eth_sendRawTransaction`: a group of methods before the name.
    let grouped = || name.split_once('_').and_then(|(_, rest)| with_noun(rest));
    known.or(import).or_else(|| find(value).map(|(effect, _)| effect)).or_else(grouped)
}

/// Whether the path lists what has happened: there `action=delete` is a filter.
fn is_listing(path: &str) -> bool {
    const LISTS: [&str; 10] = [
        "audit",
        "audits",
        "log",
        "logs",
        "events",
        "history",
        "activity",
        "activities",
        "search",
        "changes",
    ];
    segments(path).next_back().is_some_and(|last| words(last).any(|word| is_one_of(word, &LISTS)))
}

/// A statement of SQL, or a GraphQL mutation, by its first words. In search phrases the words come in other orders.
fn statement(text: &str) -> Option<Effect> {
    let mut all = text.split_ascii_whitespace();
    let first = all.next()?;
    let second = all.next().unwrap_or_default();
    let then = |list: &[&str]| is_one_of(second, list);
    const THINGS: [&str; 14] = [
        "table",
        "database",
        "index",
        "view",
        "schema",
        "user",
        "role",
        "function",
        "trigger",
        "series",
        "measurement",
        "continuous",
        "retention",
        "materialized",
    ];
    match () {
        () if first.starts_with("mutation") && text.contains('{') => Some(Effect::Unknown),
        () if first.eq_ignore_ascii_case("drop") && then(&THINGS) => Some(Effect::Delete),
        () if first.eq_ignore_ascii_case("delete") && then(&["from"]) => Some(Effect::Delete),
        () if first.eq_ignore_ascii_case("truncate") && !second.is_empty() => Some(Effect::Delete),
        () if is_one_of(first, &["insert", "replace"]) && then(&["into"]) => Some(Effect::Write),
        () if is_one_of(first, &["create", "alter"]) && then(&THINGS) => Some(Effect::Write),
        () if first.eq_ignore_ascii_case("update")
            && all.next().is_some_and(|third| is_one_of(third, &["set"])) =>
        {
            Some(Effect::Write)
        }
        () if is_one_of(first, &["grant", "revoke"])
            && all.any(|word| is_one_of(word, &["to", "from", "on"])) =>
        {
            Some(Effect::Permission)
        }
        () => None,
    }
}

/// Whether the query says more than how to show a page, or whence the visitor came.
pub(super) fn has_argument(query: Option<&str>) -> bool {
    const SHOWS: [&str; 22] = [
        "ref", "ref_", "source", "src", "hl", "lang", "locale", "language", "v", "ver", "version", "view",
        "tab", "page", "per_page", "limit", "offset", "sort", "order", "theme", "fbclid", "gclid",
    ];
    let tells = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        !(key.is_empty() || value.is_empty() || key.starts_with("utm_") || is_one_of(key, &SHOWS))
    };
    query.is_some_and(|query| query.split(['&', ';']).any(tells))
}
