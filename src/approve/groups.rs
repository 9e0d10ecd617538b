//! What waits, put together by what it is: the same agent, effect, dialect, operation, place and rule. What stands alone
//! comes first, and what is worse before what is less so, so that nobody gets to the many with the one unseen
//! (CASES AP-28). A group is only an order of asking: what is released is the list of ids and digests on screen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::hold::{HoldView, Outline};
use crate::limits::{GROUP_MAX, GROUP_MIN};

/// Holds of one kind, the oldest first; the holds themselves, or whatever stands for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<T = HoldView> {
    /// One is asked about on its own; more may be asked about together.
    pub members: Vec<T>,
}

impl<T> Group<T> {
    /// Whether it may be asked about as one.
    pub fn is_many(&self) -> bool {
        self.members.len() > 1
    }
}

/// What those have in common that are put together.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind<'a> {
    /// Its name.
    pub agent: &'a str,
    source: &'a str,
    /// What it does.
    pub effect: &'a str,
    dialect: &'a str,
    operation: Cow<'a, str>,
    method: &'a str,
    origin: Cow<'a, str>,
    rule: &'a str,
}

impl Kind<'_> {
    /// What they are called, with `*` for what has a digit.
    pub fn pattern(&self) -> &str {
        &self.operation
    }
}

/// What can be put together with others like it.
pub trait Grouped {
    /// What it is.
    fn kind(&self) -> Kind<'_>;
    /// What it is called, its ids in it.
    fn operation(&self) -> &str;
    /// The later it came, the greater.
    fn id(&self) -> Cow<'_, str>;
    /// Whether it is the very same request.
    fn is_same(&self, other: &Self) -> bool;
}

impl Grouped for HoldView {
    fn kind(&self) -> Kind<'_> {
        Kind {
            agent: &self.agent,
            source: &self.source,
            effect: &self.effect,
            dialect: &self.dialect,
            operation: without_ids(&self.operation),
            method: &self.method,
            origin: origin(&self.url).into(),
            rule: &self.rule,
        }
    }

    fn operation(&self) -> &str {
        &self.operation
    }

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl<T: Grouped> Grouped for &T {
    fn kind(&self) -> Kind<'_> {
        (**self).kind()
    }

    fn operation(&self) -> &str {
        (**self).operation()
    }

    fn id(&self) -> Cow<'_, str> {
        (**self).id()
    }

    fn is_same(&self, other: &Self) -> bool {
        (**self).is_same(other)
    }
}

impl Grouped for Outline {
    fn kind(&self) -> Kind<'_> {
        let (facts, head) = (&self.facts, &self.head);
        Kind {
            agent: &facts.agent,
            source: &facts.source,
            effect: &facts.effect,
            dialect: &facts.dialect,
            operation: without_ids(&facts.operation),
            method: &head.method,
            origin: head.origin.to_string().into(),
            rule: &facts.rule,
        }
    }

    fn operation(&self) -> &str {
        &self.facts.operation
    }

    fn id(&self) -> Cow<'_, str> {
        self.id.to_string().into()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// Worse effects first. What nobody can tell may be the worst.
const EFFECTS: [&str; 5] = ["permission", "unknown", "execute", "delete", "write"];

fn rank(effect: &str) -> usize {
    EFFECTS.iter().position(|known| *known == effect).unwrap_or(EFFECTS.len())
}

/// Puts what waits together, in the order in which it is to be asked about.
pub fn groups<T: Grouped>(pending: Vec<T>) -> Vec<Group<T>> {
    let mut groups: Vec<Group<T>> = Vec::new();
    for members in by_kind(pending) {
        let most = if members.len() >= GROUP_MIN && may_go_together(&members) { GROUP_MAX } else { 1 };
        let mut rest = members.into_iter().peekable();
        while rest.peek().is_some() {
            groups.push(Group { members: rest.by_ref().take(most).collect() });
        }
    }
    groups.sort_by_cached_key(|group| {
        let first = &group.members[0];
        (group.is_many(), rank(first.kind().effect), first.id().into_owned())
    });
    groups
}

/// Each kind's, in their order.
fn by_kind<T: Grouped>(pending: Vec<T>) -> Vec<Vec<T>> {
    let mut kinds: Vec<Vec<T>> = Vec::new();
    let places = places(&pending);
    for (hold, place) in pending.into_iter().zip(places) {
        match kinds.get_mut(place) {
            Some(kind) => kind.push(hold),
            None => kinds.push(vec![hold]),
        }
    }
    kinds
}

/// Of each, which kind it is of; kinds are numbered as they come.
fn places<T: Grouped>(pending: &[T]) -> Vec<usize> {
    let mut known: BTreeMap<Kind<'_>, usize> = BTreeMap::new();
    let mut places = Vec::with_capacity(pending.len());
    for hold in pending {
        let next = known.len();
        places.push(*known.entry(hold.kind()).or_insert(next));
    }
    places
}

/// Who may do what, and what nobody understands, is released one by one, but for the very same request again.
pub fn may_go_together<T: Grouped>(members: &[T]) -> bool {
    !is_delicate(&members[0]) || members.iter().all(|hold| hold.is_same(&members[0]))
}

/// Whether it says who may do what, or nobody can tell what it does.
pub fn is_delicate(hold: &impl Grouped) -> bool {
    matches!(hold.kind().effect, "permission" | "unknown")
}

/// An operation whose path names one thing is the same operation on another: segments with a digit count as equal.
fn without_ids(operation: &str) -> Cow<'_, str> {
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    match operation.split_once(" /") {
        Some((method, path)) if has_digit(path) => {
            let segment = |text| if has_digit(text) { "*" } else { text };
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
    use crate::hold::sample::held;

    pub fn hold(number: usize, agent: &str, effect: &str, operation: &str) -> HoldView {
        HoldView {
            id: format!("{number:04}"),
            code: format!("A{number}"),
            agent: agent.into(),
            url: "https://forum.example/posts?x".into(),
            effect: effect.into(),
            operation: operation.into(),
            digest: format!("sha256:{number:064}"),
            ..held()
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
