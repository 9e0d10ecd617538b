//! Verbs that change things, and where each may be taken for one.

use crate::classify::Effect;
use crate::classify::segments::{is_one_of, words};

/// Where a verb is taken for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the end of a path with arguments, or after an id, and wherever `Value` is.
    Path,
    /// With a noun, `createUser`, and as the value of `action=`. Alone at the end of a path it is a page's name as
    /// well: `/projects/create?from=csv` is a form to fill in.
    Noun,
    /// At the end of a path, with nothing else: there is one session to end.
    Session,
    /// Only as the value of `action=`: it may be a noun itself, as in `transferLimits` and `importHistory`.
    Value,
}

use Effect::{Delete, Execute, Permission, Write};
use Place::{Noun, Path, Session, Value};

static VERBS: &[(&str, Effect, Place)] = &[
    ("activate", Write, Path),
    ("add", Write, Noun),
    ("add2queue", Execute, Value),
    ("approve", Write, Path),
    ("archive", Delete, Value),
    ("assign", Write, Noun),
    ("ban", Permission, Path),
    ("broadcast", Execute, Path),
    ("cancel", Write, Path),
    ("capture", Execute, Value),
    ("charge", Execute, Value),
    ("clear", Delete, Noun),
    ("create", Write, Noun),
    ("deactivate", Write, Path),
    ("delete", Delete, Path),
    ("deploy", Execute, Value),
    ("destroy", Delete, Path),
    ("disable", Write, Path),
    ("dispatch", Execute, Value),
    ("downvote", Write, Path),
    ("drop", Delete, Noun),
    ("enable", Write, Path),
    ("erase", Delete, Path),
    ("exec", Execute, Path),
    ("execute", Execute, Path),
    ("flush", Delete, Path),
    ("grant", Permission, Value),
    ("halt", Execute, Path),
    ("import", Write, Value),
    ("insert", Write, Noun),
    ("invite", Permission, Value),
    ("invoke", Execute, Path),
    ("kick", Delete, Path),
    ("kill", Execute, Path),
    ("log-off", Write, Session),
    ("log-out", Write, Session),
    ("log_out", Write, Session),
    ("logoff", Write, Session),
    ("logout", Write, Session),
    ("modify", Write, Noun),
    ("notify", Execute, Path),
    ("opt-out", Write, Path),
    ("opt_out", Write, Path),
    ("optout", Write, Path),
    ("poweroff", Execute, Path),
    ("publish", Execute, Path),
    ("purge", Delete, Path),
    ("reboot", Execute, Path),
    ("refund", Execute, Value),
    ("regenerate", Permission, Path),
    ("reject", Write, Path),
    ("remove", Delete, Path),
    ("rename", Write, Noun),
    ("reset", Write, Noun),
    ("restart", Execute, Path),
    ("revoke", Permission, Path),
    ("rotate", Permission, Noun),
    ("run", Execute, Value),
    ("save", Write, Noun),
    ("send", Execute, Path),
    ("sendmail", Execute, Path),
    ("sendmessage", Execute, Path),
    ("sendsms", Execute, Path),
    ("set", Write, Noun),
    ("shutdown", Execute, Path),
    ("sign-out", Write, Session),
    ("sign_out", Write, Session),
    ("signout", Write, Session),
    ("start", Execute, Value),
    ("stop", Execute, Value),
    ("submit", Write, Noun),
    ("suspend", Write, Path),
    ("terminate", Delete, Path),
    ("toggle", Execute, Path),
    ("transfer", Execute, Value),
    ("trash", Delete, Value),
    ("trigger", Execute, Path),
    ("truncate", Delete, Noun),
    ("unban", Permission, Path),
    ("unblock", Write, Path),
    ("unfollow", Write, Path),
    ("uninstall", Delete, Noun),
    ("unlike", Write, Path),
    ("unload", Delete, Noun),
    ("unpublish", Write, Path),
    ("unsubscribe", Write, Path),
    ("unsuspend", Write, Path),
    ("update", Write, Path),
    ("upgrade", Execute, Value),
    ("upload", Write, Value),
    ("upvote", Write, Path),
    ("vote", Write, Path),
    ("wipe", Delete, Path),
];

/// A verb in any case.
pub(super) fn find(word: &str) -> Option<(Effect, Place)> {
    let first = word.as_bytes().first()?.to_ascii_lowercase();
    let start = VERBS.partition_point(|(verb, _, _)| verb.as_bytes()[0] < first);
    let group = VERBS[start..].iter().take_while(|(verb, _, _)| verb.as_bytes()[0] == first);
    group
        .filter(|(verb, _, _)| verb.eq_ignore_ascii_case(word))
        .map(|(_, effect, place)| (*effect, *place))
        .next()
}

/// What the first word of a name says where more words follow in capitals: `sendMessage`, `TerminateInstances`.
pub(super) fn with_noun(name: &str) -> Option<Effect> {
    let mut all = words(name);
    let first = all.next().filter(|first| name.starts_with(first))?;
    let noun = name.as_bytes().get(first.len()).is_some_and(u8::is_ascii_uppercase);
    find(first).filter(|(_, place)| noun && *place != Value).map(|(effect, _)| effect)
}

/// A verb that is not the name of a thing as well, as `update`, `vote` and `trigger` are.
pub(super) fn firm(word: &str) -> Option<Effect> {
    const THINGS_TOO: [&str; 11] = [
        "ban",
        "broadcast",
        "halt",
        "kick",
        "kill",
        "notify",
        "publish",
        "sendmail",
        "trigger",
        "update",
        "vote",
    ];
    find(word).filter(|(_, place)| *place == Path && !is_one_of(word, &THINGS_TOO)).map(|(effect, _)| effect)
}

/// What a segment says that stands before an id: `delete` in `/users/delete/42`, `deleteUser`.
pub(super) fn before_thing(segment: &str) -> Option<Effect> {
    let first = words(segment).next().filter(|first| segment.starts_with(first))?;
    let alone = first.len() == segment.len();
    firm(first).filter(|_| alone || with_noun(segment).is_some() || with_underscore(segment).is_some())
}

/// What the first word of a name says where more words follow behind underscores: `delete_user`.
pub(super) fn with_underscore(name: &str) -> Option<Effect> {
    // Lists of such things, not one of them.
    const LISTS: [&str; 10] =
        ["flags", "history", "list", "log", "logs", "policy", "queue", "requests", "stats", "status"];
    let (first, rest) = name.split_once('_')?;
    let lists = words(rest).last().is_some_and(|last| is_one_of(last, &LISTS));
    firm(first).filter(|_| !lists && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

/// A verb with a noun grown to it, all in lower case: `createacct`. `updates`, `sender` and `deleted` are none.
pub(super) fn grown(name: &str) -> Option<Effect> {
    const STEMS: [&str; 10] = [
        "create",
        "delete",
        "modify",
        "remove",
        "suspend",
        "terminate",
        "unsuspend",
        "update",
        "set",
        "destroy",
    ];
    let stem = STEMS.iter().find(|stem| {
        name.len() >= stem.len() + 3
            && name.is_char_boundary(stem.len())
            && name[..stem.len()].eq_ignore_ascii_case(stem)
    })?;
    let noun = &name[stem.len()..];
    let plain = noun.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let other = ["t", "up", "d", "s", "r"]
        .iter()
        .any(|start| noun.len() <= 4 && noun[..start.len().min(noun.len())].eq_ignore_ascii_case(start));
    if !plain || other || noun.to_ascii_lowercase().starts_with("ting") {
        return None;
    }
    find(stem).map(|(effect, _)| effect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verbs_are_sorted_so_that_every_one_is_found() {
        assert!(VERBS.is_sorted_by(|a, b| a.0 < b.0));
        for (verb, effect, place) in VERBS {
            assert_eq!(find(verb), Some((*effect, *place)), "{verb}");
            assert_eq!(find(&verb.to_uppercase()), Some((*effect, *place)), "{verb}");
        }
        for word in ["Sign_Out", "log-out", "LOGOUT"] {
            assert_eq!(find(word), Some((Write, Session)), "{word}");
        }
        for word in ["", "deleted", "updates", "sender", "login", "\u{e9}", "log+out"] {
            assert_eq!(find(word), None, "{word}");
        }
    }

    #[test]
    fn a_verb_with_its_noun_is_an_action_and_its_relatives_are_not() {
        for name in ["sendMessage", "TerminateInstances", "deleteUser", "logoutUser"] {
            assert!(with_noun(name).is_some(), "{name}");
        }
        for name in
            ["send", "sender", "getUser", "sendmessage", "DeletedUsers", "transferLimits", "%sendMessage"]
        {
            assert_eq!(with_noun(name), None, "{name}");
        }
        for name in ["createacct", "removeacct", "setswitchon", "suspendacct", "deletedomain"] {
            assert!(grown(name).is_some(), "{name}");
        }
        for name in ["updates", "settings", "setup", "created", "deleted", "removed", "listaccts", "updater"]
        {
            assert_eq!(grown(name), None, "{name}");
        }
    }
}
