//! GETs that call something which exists to be called: a hook with an address of its own, a store's command.

use crate::classify::Effect;
use crate::classify::acts::path::is_id;
use crate::classify::segments::segments;
use crate::origin::Host;
use crate::snapshot::Head;

type Said = Option<(Effect, &'static str)>;

const COMMAND: &str = "its path is a command of a store";
const HOOK: &str = "it calls a hook, which runs what hangs on it";

/// Hosts and paths that exist to be called: `hooks.zapier.com`, `/hooks/catch/`, `/webhook/` with an id.
pub(super) fn hook(head: &Head, path: &str) -> Said {
    let by_host = match &head.origin.host {
        Host::Name(name) => name.starts_with("hooks.") || name.starts_with("hook."),
        _ => false,
    };
    let by_path =
        || path.contains("/hooks/catch/") || path.rsplit_once("/webhook/").is_some_and(|(_, id)| is_id(id));
    let called = by_host && segments(path).any(is_id) || by_path();
    called.then_some((Effect::Execute, HOOK))
}

/// Key-value stores over HTTP take a command as the first segment: `/SET/key/value` (Webdis).
pub(super) fn command(path: &str) -> Said {
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
