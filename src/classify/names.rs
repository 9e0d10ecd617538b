//! Names of operations and patterns for them, and the table that gives effects to names.
//!
//! An exact name beats a pattern; of several patterns the one with more letters wins, and among equals the more
//! cautious effect stands. So an exception is written beside its rule, in any order.

use std::collections::HashMap;

use crate::classify::Effect;
use crate::classify::overrides::is_key;
use crate::limits;
use crate::pattern::PathPattern;

/// A table from names to effects.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    exact: HashMap<String, Effect>,
    /// From the most letters to the fewest; among equals the most cautious first.
    patterns: Vec<(Pattern, Effect)>,
}

/// A pattern with at least one star.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    letters: usize,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    /// `*` stands for any run of characters.
    Plain,
    /// `METHOD /path?key=value&key`: the path as in rules; each key stands exactly once among the request's
    /// parameters, with this value where one is named.
    Route { method: Option<String>, path: PathPattern, parameters: Vec<(String, Option<String>)> },
}

/// A name as it is looked up: for most dialects a text; for `http` a method, a path and parameters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name<'a> {
    Plain(&'a str),
    Route { method: &'a str, path: &'a str, parameters: &'a [(String, String)] },
}

/// The entry of a table that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) effect: Effect,
    /// The name or pattern as it was written.
    pub(super) written: &'a str,
}

impl Table {
    /// Adds an entry. The same name twice keeps the more cautious effect. The error is for people.
    pub(super) fn add(&mut self, text: &str, effect: Effect) -> Result<(), String> {
        let pattern = Pattern::parse(text)?;
        if pattern.is_exact() {
            let known = self.exact.entry(text.to_owned()).or_insert(effect);
            *known = (*known).max(effect);
            return Ok(());
        }
        let place = self
            .patterns
            .partition_point(|(other, known)| (other.letters, *known) >= (pattern.letters, effect));
        self.patterns.insert(place, (pattern, effect));
        Ok(())
    }

    /// What the table says of a name.
    pub(super) fn find(&self, name: Name<'_>) -> Option<Entry<'_>> {
        if let Name::Plain(text) = name
            && let Some((written, effect)) = self.exact.get_key_value(text)
        {
            return Some(Entry { effect: *effect, written });
        }
        let matches = |(pattern, effect): &&(Pattern, Effect)| match effect {
            Effect::Read => pattern.matches(name),
            _ => pattern.catches(name),
        };
        let (pattern, effect) = self.patterns.iter().find(matches)?;
        Some(Entry { effect: *effect, written: &pattern.text })
    }

    /// Everything in it, as written, for `catalog show`.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Effect)> {
        let exact = self.exact.iter().map(|(name, effect)| (name.as_str(), *effect));
        exact.chain(self.patterns.iter().map(|(pattern, effect)| (pattern.text.as_str(), *effect)))
    }

    /// Whether an entry that looks at parameters could match this method and path.
    pub(super) fn parameters_matter(&self, method: &str, path: &str) -> bool {
        self.patterns.iter().any(|(pattern, _)| match &pattern.shape {
            Shape::Route { method: wanted, path: pattern, parameters } => {
                !parameters.is_empty()
                    && wanted.as_deref().is_none_or(|wanted| wanted == method)
                    && pattern.matches(path)
            }
            Shape::Plain => false,
        })
    }
}

impl Pattern {
    /// Compiles a name or pattern. The error is for people.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > limits::PATTERN_BYTES_MAX {
            return Err(format!("an operation's name has 1 to {} bytes", limits::PATTERN_BYTES_MAX));
        }
        let letters = text.bytes().filter(|byte| *byte != b'*').count();
        let shape = match text.split_once(' ') {
            Some((method, route)) if route.starts_with('/') => route_shape(method, route)?,
            _ => Shape::Plain,
        };
        Ok(Self { text: text.to_owned(), letters, shape })
    }

    fn is_exact(&self) -> bool {
        matches!(self.shape, Shape::Plain) && !self.text.contains('*')
    }

    /// Whether every service would take the name for one that the pattern means.
    pub(super) fn matches(&self, name: Name<'_>) -> bool {
        self.compare(name, has)
    }

    /// Whether some service would. What raises a route by a parameter must not be got round by a second one of that
    /// name, or by one in another case.
    fn catches(&self, name: Name<'_>) -> bool {
        self.compare(name, may_have)
    }

    fn compare(&self, name: Name<'_>, has: Has) -> bool {
        match (&self.shape, name) {
            (Shape::Plain, Name::Plain(name)) => glob(self.text.as_bytes(), name.as_bytes()),
            (
                Shape::Route { method, path, parameters },
                Name::Route { method: m, path: p, parameters: all },
            ) => {
                method.as_deref().is_none_or(|wanted| wanted == m)
                    && path.matches(p)
                    && parameters.iter().all(|(key, value)| has(all, key, value.as_deref()))
            }
            _ => false,
        }
    }
}

fn route_shape(method: &str, route: &str) -> Result<Shape, String> {
    let (path, query) = route.split_once('?').unwrap_or((route, ""));
    let parameters = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (pair.to_owned(), None),
        })
        .collect();
    let method = (method != "*").then(|| method.to_owned());
    Ok(Shape::Route { method, path: PathPattern::parse(path)?, parameters })
}

/// Whether a parameter stands among all, with this value where one is wanted.
type Has = fn(&[(String, String)], &str, Option<&str>) -> bool;

/// Exactly once, in any case (a second one could be the one that the service reads), with the value wanted.
fn has(all: &[(String, String)], key: &str, value: Option<&str>) -> bool {
    let mut found = all.iter().filter(|(known, _)| is_key(known, key));
    let (Some((known, found_value)), None) = (found.next(), found.next()) else { return false };
    known == key && value.is_none_or(|wanted| glob(wanted.as_bytes(), found_value.as_bytes()))
}

/// At least once, in any case, with a value that is the wanted one in any case.
fn may_have(all: &[(String, String)], key: &str, value: Option<&str>) -> bool {
    let is_wanted = |found: &str| {
        let lower = |text: &str| text.trim().to_ascii_lowercase();
        value.is_none_or(|wanted| glob(lower(wanted).as_bytes(), lower(found).as_bytes()))
    };
    all.iter().any(|(known, found)| is_key(known, key) && is_wanted(found))
}

/// `*` stands for any run of bytes. Never goes back further than the last star: its work is bounded by the product
/// of both lengths, and both are bounded.
pub(super) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            p = after;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[(&str, Effect)]) -> Table {
        let mut table = Table::default();
        for (name, effect) in entries {
            table.add(name, *effect).unwrap();
        }
        table
    }

    #[test]
    fn an_exact_name_beats_patterns_and_more_letters_beat_fewer() {
        let table = table(&[
            ("*:Get*", Effect::Read),
            ("sts:GetSessionToken", Effect::Permission),
            ("*:GetSecret*", Effect::Permission),
            ("*:Get*Value", Effect::Write),
        ]);
        let of = |name| table.find(Name::Plain(name)).map(|entry| entry.effect);
        assert_eq!(of("s3:GetObject"), Some(Effect::Read));
        assert_eq!(of("sts:GetSessionToken"), Some(Effect::Permission));
        assert_eq!(of("x:GetSecretValue"), Some(Effect::Permission));
        assert_eq!(of("x:GetPlainValue"), Some(Effect::Write));
        assert_eq!(of("x:PutValue"), None);
    }

    #[test]
    fn among_equals_the_more_cautious_effect_stands() {
        let table =
            table(&[("a*", Effect::Read), ("*a", Effect::Delete), ("b", Effect::Read), ("b", Effect::Write)]);
        assert_eq!(table.find(Name::Plain("aa")).unwrap().effect, Effect::Delete);
        assert_eq!(table.find(Name::Plain("b")).unwrap().effect, Effect::Write);
    }

    #[test]
    fn a_route_wants_its_parameters_exactly_once() {
        let table = table(&[("POST /api", Effect::Write), ("POST /api?action=query", Effect::Read)]);
        let of = |pairs: &[(&str, &str)]| {
            let all: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            table.find(Name::Route { method: "POST", path: "/api", parameters: &all }).unwrap().effect
        };
        assert_eq!(of(&[("action", "query"), ("x", "1")]), Effect::Read);
        assert_eq!(of(&[("action", "delete")]), Effect::Write);
        assert_eq!(of(&[("action", "query"), ("action", "delete")]), Effect::Write);
        assert_eq!(of(&[("action", "query"), ("Action", "delete")]), Effect::Write);
        assert_eq!(of(&[]), Effect::Write);
    }

    #[test]
    fn what_a_parameter_raises_is_raised_by_any_spelling_of_it() {
        let table = table(&[("GET /api", Effect::Read), ("GET /api?do=drop*", Effect::Delete)]);
        let of = |pairs: &[(&str, &str)]| {
            let all: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            table.find(Name::Route { method: "GET", path: "/api", parameters: &all }).unwrap().effect
        };
        for pairs in [&[("do", "drop")][..], &[("do", "show"), ("do", "drop")], &[("Do[]", " DROP x")]] {
            assert_eq!(of(pairs), Effect::Delete, "{pairs:?}");
        }
        for pairs in [&[("do", "show")][..], &[("undo", "drop")], &[]] {
            assert_eq!(of(pairs), Effect::Read, "{pairs:?}");
        }
    }

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, yes, no) in [
            ("a*b*c", "a.b.b.c", "a.b.b"),
            ("*", "", "\0no such"),
            ("get_*", "get_", "Get_x"),
            ("a**b", "ab", "a"),
        ] {
            assert!(glob(pattern.as_bytes(), yes.as_bytes()), "{pattern} {yes}");
            assert!(pattern == "*" || !glob(pattern.as_bytes(), no.as_bytes()), "{pattern} {no}");
        }
    }
}
