//! What waits, put together by what it is: the same agent, effect, dialect, operation, place and rule. What stands alone
//! comes first, and what is worse before what is less so, so that nobody gets to the many with the one unseen
//! (CASES AP-28). A group is only an order of asking: what is released is the list of ids and digests on screen.

use std::borrow::{Borrow, Cow};
use std::collections::HashMap;

use crate::hold::HoldView;
use crate::limits::{GROUP_MAX, GROUP_MIN};

/// Holds of one kind, the oldest first; the holds themselves, or whatever stands for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<H = HoldView> {
    /// One is asked about on its own; more may be asked about together.
    pub members: Vec<H>,
}

impl<H> Group<H> {
    /// Whether it may be asked about as one.
    pub fn is_many(&self) -> bool {
        self.members.len() > 1
    }
}

/// Worse effects first. What nobody can tell may be the worst.
const EFFECTS: [&str; 5] = ["permission", "unknown", "execute", "delete", "write"];

fn rank(hold: &HoldView) -> usize {
    EFFECTS.iter().position(|effect| *effect == hold.effect).unwrap_or(EFFECTS.len())
}

/// Puts what waits together, in the order in which it is to be asked about.
pub fn groups<H: Borrow<HoldView> + Clone>(pending: Vec<H>) -> Vec<Group<H>> {
    let mut groups: Vec<Group<H>> = Vec::new();
    for members in by_kind(&pending) {
        let members: Vec<H> = members.into_iter().map(|at| pending[at].clone()).collect();
        if members.len() >= GROUP_MIN && may_go_together(&members) {
            groups.extend(members.chunks(GROUP_MAX).map(|some| Group { members: some.to_vec() }));
        } else {
            groups.extend(members.into_iter().map(|hold| Group { members: vec![hold] }));
        }
    }
    groups.sort_by_cached_key(|group| {
        let first = group.members[0].borrow();
        (group.is_many(), rank(first), first.id.clone())
    });
    groups
}

/// The places of the holds of each kind.
fn by_kind<H: Borrow<HoldView>>(pending: &[H]) -> Vec<Vec<usize>> {
    let mut kinds: HashMap<[Cow<str>; 8], Vec<usize>> = HashMap::new();
    for (at, hold) in pending.iter().enumerate() {
        kinds.entry(kind(hold.borrow())).or_default().push(at);
    }
    kinds.into_values().collect()
}

/// Who may do what, and what nobody understands, is released one by one, but for the very same request again.
pub fn may_go_together<H: Borrow<HoldView>>(members: &[H]) -> bool {
    let first = members[0].borrow();
    !is_delicate(first) || members.iter().all(|hold| hold.borrow().digest == first.digest)
}

/// Whether it says who may do what, or nobody can tell what it does.
pub fn is_delicate(hold: &HoldView) -> bool {
    matches!(hold.effect.as_str(), "permission" | "unknown")
}

fn kind(hold: &HoldView) -> [Cow<'_, str>; 8] {
    [
        Cow::from(&hold.agent),
        Cow::from(&hold.source),
        Cow::from(&hold.effect),
        Cow::from(&hold.dialect),
        without_ids(&hold.operation),
        Cow::from(&hold.method),
        Cow::from(origin(&hold.url)),
        Cow::from(&hold.rule),
    ]
}

/// An operation whose path names one thing is the same operation on another: segments with a digit count as equal.
fn without_ids(operation: &str) -> Cow<'_, str> {
    let segment =
        |text: &str| if text.bytes().any(|byte| byte.is_ascii_digit()) { "*" } else { text }.to_owned();
    match operation.split_once(" /") {
        Some((method, path)) if path.bytes().any(|byte| byte.is_ascii_digit()) => {
            format!("{method} /{}", path.split('/').map(segment).collect::<Vec<_>>().join("/")).into()
        }
        _ => operation.into(),
    }
}

/// Scheme, host and port of a URL.
pub fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::hold::ApprovalsView;

    pub fn hold(number: usize, agent: &str, effect: &str, operation: &str) -> HoldView {
        HoldView {
            id: format!("{number:04}"),
            code: format!("A{number}"),
            state: "held".into(),
            agent: agent.into(),
            source: "10.1.2.3".into(),
            advisory: false,
            method: "POST".into(),
            url: "https://forum.example/posts?x".into(),
            http_version: "HTTP/1.1".into(),
            effect: effect.into(),
            dialect: "http".into(),
            operation: operation.into(),
            rule: "defaults.mutating".into(),
            why: vec![],
            digest: format!("sha256:{number:064}"),
            body_bytes: 0,
            headers: vec![],
            created_at: String::new(),
            deadline: String::new(),
            waiting: 1,
            attempts: 1,
            decisions: vec![],
            outcome: None,
            approvals: ApprovalsView::default(),
            grantable: None,
            grant: None,
            like_pending: 0,
            edited: None,
            frozen: false,
        }
    }

    fn ids(groups: &[Group]) -> Vec<Vec<String>> {
        groups.iter().map(|group| group.members.iter().map(|hold| hold.id.clone()).collect()).collect()
    }

    #[test]
    fn what_stands_alone_comes_before_the_many_and_worse_before_less() {
        let pending = vec![
            hold(1, "a", "write", "POST /posts"),
            hold(2, "a", "write", "POST /posts"),
            hold(3, "a", "write", "POST /posts"),
            hold(4, "a", "write", "POST /other"),
            hold(5, "b", "delete", "POST /posts"),
            hold(6, "a", "write", "POST /posts"),
        ];
        assert_eq!(ids(&groups(pending)), [vec!["0005"], vec!["0004"], vec!["0001", "0002", "0003", "0006"]]);
    }

    #[test]
    fn two_of_a_kind_are_asked_about_one_by_one_and_ids_in_paths_make_no_other_kind() {
        let of = |paths: &[&str]| {
            let each = paths.iter().enumerate();
            groups(each.map(|(at, path)| hold(at, "a", "delete", &format!("DELETE {path}"))).collect()).len()
        };
        assert_eq!(of(&["/mail/1", "/mail/2"]), 2);
        assert_eq!(of(&["/mail/1", "/mail/2", "/mail/3f9a"]), 1);
        assert_eq!(of(&["/mail/1", "/mail/2", "/users/3"]), 3);
    }

    /// Rights, and what nobody understands, are not released by the dozen.
    #[test]
    fn permissions_go_together_only_where_they_are_the_very_same() {
        for effect in ["permission", "unknown"] {
            let mut pending: Vec<_> = (0..3).map(|at| hold(at, "a", effect, "PUT /acl")).collect();
            assert_eq!(groups(pending.clone()).len(), 3, "{effect}");
            pending.iter_mut().for_each(|hold| hold.digest = "sha256:equal".into());
            assert_eq!(groups(pending).len(), 1, "{effect}");
        }
    }

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        assert_eq!(origin("https://a.example:8443/b?c"), "https://a.example:8443");
        assert_eq!(origin("https://a.example?b/c"), "https://a.example");
    }
}
