//! Slack's Web API: RPC by GET or POST (https://api.slack.com/web), the method's name is the last segment and ends in
//! its verb: `/api/conversations.history`, `/api/admin.users.setAdmin`. GET acts as POST does, so that the HTTP method
//! says nothing; arguments say nothing either. A name whose verb is not known is nobody's read.

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::segments::{is_one_of, words};
use crate::limits;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    if asked.service.is_none() {
        return Err(Otherwise::NotMine);
    }
    let Some(name) = asked.head.path().strip_prefix("/api/") else { return Err(Otherwise::NotMine) };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    if name.is_empty() || name.len() > limits::LABEL_CHARS_MAX || !name.bytes().all(plain) {
        return Err(Otherwise::unclear("its path is not /api/METHOD"));
    }
    if !matches!(asked.head.method.as_str(), "GET" | "POST") {
        return Err(Otherwise::unclear("its methods are called by GET and POST"));
    }
    let operation = Operation::named(name, format!("Slack {name}"));
    Ok(vec![match verb(name) {
        Some(effect) => operation.says(effect, "the verb at the end of the method's name says so"),
        None => operation,
    }])
}

/// The verb is the first word after the last dot: `admin.apps.approved.list`, `users.lookupByEmail`.
fn verb(name: &str) -> Option<Effect> {
    let last = name.rsplit('.').next()?;
    let word = words(last).next()?;
    VERBS.iter().find(|(_, list)| is_one_of(word, list)).map(|(effect, _)| *effect)
}

const VERBS: [(Effect, &[&str]); 5] = [
    (Effect::Read, &["get", "list", "info", "history", "search", "lookup", "test"]),
    (Effect::Delete, &["archive", "delete", "kick", "remove", "revoke"]),
    (Effect::Permission, &["approve", "assign", "deny", "invite", "restrict"]),
    (Effect::Execute, &["post", "schedule", "send"]),
    (
        Effect::Write,
        &[
            "add",
            "close",
            "complete",
            "create",
            "disable",
            "edit",
            "enable",
            "end",
            "join",
            "leave",
            "mark",
            "open",
            "publish",
            "push",
            "rename",
            "set",
            "share",
            "unarchive",
            "update",
            "upload",
        ],
    ),
];
