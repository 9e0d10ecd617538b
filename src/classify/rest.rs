//! What the words of a path say of a mutation: `/repos/a/b/collaborators/c` changes who may do what, `…/send` cannot be
//! undone by writing again. Words only raise, and only what the method calls a plain write: a DELETE of a membership
//! stays a `delete`.

use crate::classify::Effect;
use crate::classify::segments::{is_one_of, segments, words};

type Said = (Effect, &'static str);

const PERMISSION: Said = (Effect::Permission, "a word of its path says who may see or do what");
const DELETE: Said = (Effect::Delete, "its path ends in a word for removing");
const EXECUTE: Said = (Effect::Execute, "its path ends in a word for sending, running or paying");

/// What the path's words make of a write, and why.
pub(super) fn raise(path: &str) -> Option<Said> {
    let last = segments(path).next_back()?;
    if segments(path).rev().take(NEAR).any(permits) || segments(path).any(is_permissions) {
        return Some(PERMISSION);
    }
    if removes(last) {
        return Some(DELETE);
    }
    executes(last).then_some(EXECUTE)
}

/// An id or two may follow the noun: `collaborators/user/42`.
const NEAR: usize = 3;

/// Nouns of access that are a whole segment; as the last of several words they often mean data (`credit_grants`,
/// `segment_members`). An invitation is none of them: it admits nobody before somebody accepts it.
const WHOLE: [&str; 27] = [
    "members",
    "api_keys",
    "api-keys",
    "apikeys",
    "access_keys",
    "access-keys",
    "personal_access_tokens",
    "personal-access-tokens",
    "deploy_keys",
    "deploy_tokens",
    "sharing",
    "roles",
    "grant",
    "grants",
    "acl",
    "acls",
    "accesscontrol",
    "admins",
    "administrators",
    "role-assignments",
    "role_assignments",
    "roleassignments",
    "role-bindings",
    "rolebindings",
    "owners",
    "shares",
    "setIamPolicy",
];

/// Nouns of access that keep their meaning after other words: `outside_collaborators`, `group-memberships`.
const AFTER: [&str; 5] = ["permission", "permissions", "collaborators", "membership", "memberships"];

/// Whether a segment, the last or the one before an id, names what grants access.
fn permits(segment: &str) -> bool {
    if asks(segment) {
        return false;
    }
    is_one_of(segment, &WHOLE)
        || words(segment).last().is_some_and(|word| is_one_of(word, &AFTER))
        || words(segment).any(|word| is_one_of(word, &["memberships"]))
}

/// `testIamPermissions`, `list-members`: a question about rights gives none.
fn asks(segment: &str) -> bool {
    let mut all = words(segment);
    let verb = all
        .next()
        .is_some_and(|first| is_one_of(first, &["check", "get", "list", "query", "search", "test"]));
    verb && all.next().is_some()
}

/// What stands under `permissions` is about permissions, however deep.
fn is_permissions(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("permissions")
}

/// `delete`, `bulk_delete`, `items:purge`, `deleteTests`; not `deleted`, and not `removeFollowers`, which only unties.
fn removes(segment: &str) -> bool {
    let last = words(segment).last().unwrap_or_default();
    let first = words(segment).next().unwrap_or_default();
    is_one_of(last, &["delete", "remove", "destroy", "purge", "erase", "trash"])
        || is_one_of(first, &["delete", "destroy", "purge", "erase"])
}

/// Last words that send, run or pay.
const ACTS: [&str; 47] = [
    "send",
    "resend",
    "sends",
    "sms",
    "messages",
    "message",
    "emails",
    "email",
    "mail",
    "notify",
    "broadcast",
    "publish",
    "run",
    "rerun",
    "execute",
    "exec",
    "invoke",
    "invocations",
    "trigger",
    "triggers",
    "dispatch",
    "dispatches",
    "deploy",
    "reboot",
    "restart",
    "shutdown",
    "poweroff",
    "capture",
    "captures",
    "charge",
    "charges",
    "refund",
    "refunds",
    "pay",
    "payments",
    "payment",
    "payout",
    "payouts",
    "transfer",
    "transfers",
    "withdraw",
    "withdrawals",
    "purchase",
    "checkout",
    "calls",
    "eval",
    "console",
];

/// `send`, `send-sms`, `Messages.json`, `sendMessage`, `jobs:run`.
fn executes(segment: &str) -> bool {
    let name = segment.strip_suffix(".json").unwrap_or(segment);
    let (_, verb) = name.rsplit_once(':').unwrap_or(("", name));
    is_one_of(verb, &ACTS) || starts_with_sending(verb)
}

fn starts_with_sending(name: &str) -> bool {
    words(name).next().is_some_and(|word| is_one_of(word, &["send", "resend", "execute", "invoke", "refund"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_path_raise_a_write_and_their_neighbours_do_not() {
        let cases: [(Option<Effect>, &[&str]); 4] = [
            (
                Some(Effect::Permission),
                &[
                    "/repos/a/b/collaborators/c",
                    "/spaces/1/collaborators/user/7",
                    "/v1/groups/g/roles",
                    "/orgs/o/actions/permissions/workflow",
                    "/v1/projects/p/model_permissions",
                    "/2.0/group_memberships/4",
                    "/sessions/1/bulk-group-memberships-upsert",
                    "/api/v1/org/privacy/support/grant",
                    "/v1/organization/projects/p/api_keys",
                    "/v1/x%2Fy/setIamPolicy",
                    "/Members",
                ],
            ),
            (
                Some(Effect::Delete),
                &[
                    "/tests/delete",
                    "/slo/bulk_delete",
                    "/items/bulk-delete",
                    "/v6/deleteShareholders",
                    "/things:purge",
                ],
            ),
            (
                Some(Effect::Execute),
                &[
                    "/v3/mail/send",
                    "/v1/invoices/in_1/pay",
                    "/v1/charges",
                    "/v1/messages",
                    "/2010-04-01/Accounts/A/Messages.json",
                    "/repos/a/b/dispatches",
                    "/servers/1/reboot",
                    "/jobs/7:run",
                    "/chat/sendMessage",
                ],
            ),
            (
                None,
                &[
                    "/",
                    "/v1/customers",
                    "/users/1/credit_grants",
                    "/segment_members",
                    "/members/7/posts/9/comments",
                    "/v1/tokens",
                    "/deleted",
                    "/items/removeFollowers",
                    "/delete/items",
                    "/senders",
                    "/send/drafts",
                    "/runs",
                    "/orders/1/pay-later",
                    "/transferRoutes",
                    "/v1/x/testIamPermissions",
                    "/v1/spaces/s/list-members",
                    "/orgs/o/invitations",
                ],
            ),
        ];
        for (expected, paths) in cases {
            for path in paths {
                assert_eq!(raise(path).map(|(effect, _)| effect), expected, "{path}");
            }
        }
    }
}
