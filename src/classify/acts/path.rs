//! GETs whose path names an action: `/users/42/delete`, `/users/delete/42`, `/api/sendMessage?to=bob`, `/logout`, `/reboot.cgi`.

use crate::classify::Effect;
use crate::classify::acts::hooks::{command, hook};
use crate::classify::acts::pages::{Extension, is_about, is_program, method, stem};
use crate::classify::acts::query::has_argument;
use crate::classify::acts::verbs::{Place, before_thing, find, firm, grown, with_noun, with_underscore};
use crate::classify::segments::{is_one_of, segments};
use crate::snapshot::Head;

type Said = Option<(Effect, &'static str)>;

const NAMED: &str = "the end of its path names an action, and it has arguments";
const AFTER_ID: &str = "its path names an action on a thing";
const BEFORE_ID: &str = "its path names an action, and then a thing";
const ALONE: &str = "the end of its path names an action";

/// What the path says, as it is or decoded.
pub(super) fn look(head: &Head, path: &str) -> Said {
    let mut from_end = segments(path).rev();
    let last = from_end.next()?;
    if let Some(said) = hook(head, path).or_else(|| command(path)) {
        return Some(said);
    }
    if let Some(effect) = last
        .rsplit_once(':')
        .filter(|(thing, verb)| is_id(thing) || is_custom(thing, verb))
        .and_then(|(_, verb)| firm(verb))
    {
        return Some((effect, AFTER_ID));
    }
    let (name, extension) = match stem(last) {
        (_, Extension::Page) => match method(head, last) {
            Some(method) => (method, Extension::None),
            None => return None,
        },
        found => found,
    };
    if is_about(head, path) {
        return None;
    }
    let before = from_end.next();
    if is_id(last)
        && let Some(effect) = before.and_then(before_thing)
    {
        return Some((effect, BEFORE_ID));
    }
    let argument = has_argument(head.query());
    if let Some((effect, place)) = find(name) {
        let device =
            extension == Extension::Cgi || before.is_some_and(|before| is_one_of(before, &["cgi-bin"]));
        return match place {
            Place::Session => Some((effect, ALONE)),
            Place::Path if argument => Some((effect, NAMED)),
            Place::Path if before.is_some_and(is_id) && from_end.next().is_some() => Some((effect, AFTER_ID)),
            Place::Path if device || is_power(name) && (is_program(path) || is_machine(before)) => {
                Some((effect, ALONE))
            }
            _ => None,
        };
    }
    let compound = || {
        with_noun(name).or_else(|| grown(name).filter(|_| is_program(path))).or_else(|| with_underscore(name))
    };
    if argument && let Some(effect) = compound() {
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

/// What needs no argument, because there is one machine.
fn is_power(name: &str) -> bool {
    is_one_of(name, &["restart", "reboot", "shutdown", "poweroff", "halt"])
}

/// `/restart`, `/admin/shutdown`: where there is one machine to speak of.
fn is_machine(before: Option<&str>) -> bool {
    const PLACES: [&str; 9] =
        ["-", "admin", "control", "device", "manage", "management", "server", "service", "system"];
    before.is_none_or(|before| is_one_of(before, &PLACES))
}

/// `/v1/things:delete` (https://google.aip.dev/136), all in lower case; `Help:Delete` is a page of a wiki.
fn is_custom(thing: &str, verb: &str) -> bool {
    let lower = |text: &str| text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    lower(thing) && lower(verb)
}

/// A number, or letters and digits such as machines make: `42`, `9f86d081-884c`, `usr_81hs7dk2`.
pub(super) fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    plain && (digits == segment.len() || segment.len() >= 8 && digits * 4 >= segment.len())
}
