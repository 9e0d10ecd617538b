//! The ways in which a service may read one request. Proxies, frameworks and file systems differ on `..`, `//`,
//! `%2f`, `;` and the like (CASES DE-41), and on who else may name the method or the path (CASES CL-01, CL-02).
//! Such a request matches no `allow` rule; `hold` and `deny` rules are tried on every reading, and the strictest
//! outcome stands.

use crate::classify::overrides;
use crate::pattern::{path_is_odd, path_readings};
use crate::snapshot::Head;

/// All readings of a request.
#[derive(Debug)]
pub(super) struct Readings<'a> {
    methods: Vec<&'a str>,
    paths: Vec<Vec<u8>>,
    odd_path: bool,
    overridden: bool,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a [u8],
    /// The path can be read in more ways than one.
    pub(super) odd_path: bool,
    /// So can the method.
    pub(super) overridden: bool,
}

impl<'a> Readings<'a> {
    /// Collects them. An ordinary request has one.
    pub(super) fn of(head: &'a Head) -> Self {
        let overrides = overrides::in_head(head);
        let mut methods = vec![head.method.as_str()];
        for method in overrides.iter().filter_map(|found| found.method) {
            if !methods.contains(&method.name) {
                methods.push(method.name);
            }
        }
        let other: Vec<_> = overrides::paths_in_head(head).collect();
        let mut paths = path_readings(head.path());
        for path in other.iter().filter_map(|value| std::str::from_utf8(value).ok()) {
            let path = path.split(['?', '#']).next().unwrap_or_default();
            paths.extend(path_readings(path));
        }
        Self {
            methods,
            paths,
            odd_path: path_is_odd(head.path()) || !other.is_empty(),
            overridden: !overrides.is_empty(),
        }
    }

    /// Whether there is more than one, or the path is one that servers read in different ways.
    pub(super) fn are_many(&self) -> bool {
        self.odd_path || self.overridden || self.methods.len() * self.paths.len() > 1
    }

    /// Every method with every path.
    pub(super) fn each(&self) -> impl Iterator<Item = Reading<'_>> {
        self.paths.iter().flat_map(|path| {
            self.methods.iter().map(|method| Reading {
                method,
                path,
                odd_path: self.odd_path,
                overridden: self.overridden,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES DE-41, each beside its ordinary neighbour.
    #[test]
    fn a_path_that_two_readers_read_differently_is_odd() {
        for (odd, ordinary) in [
            ("/a/../b", "/a/..b"),
            ("/a/./b", "/a/.b"),
            ("/a/..", "/a/..."),
            ("/a//b", "/a/b/"),
            ("//", "/"),
            ("/a;x=1/b", "/a,x=1/b"),
            ("/a\\b", "/a%7Cb"),
            ("/a%2fb", "/a%20b"),
            ("/a%2Fb", "/a%3Ab"),
            ("/a%5cb", "/a%5Bb"),
            ("/a%00", "/a%C3%A9"),
            ("/a%0d%0a", "/a%40b"),
            ("/%61", "/%2Ba"),
            ("/%2e%2e/b", "/%21"),
            ("/a%7Eb", "/a~b"),
            ("/%252e", "/%25"),
            ("/a%2", "/a%25zz"),
            ("/a%zz", "/a"),
            ("/%c0%ae", "/%C3%BC"),
            ("/a b", "/a+b"),
            ("a", "*"),
        ] {
            assert!(path_is_odd(odd), "{odd}");
            assert!(!path_is_odd(ordinary), "{ordinary}");
        }
    }

    #[test]
    fn the_readings_of_an_odd_path_have_what_a_service_may_make_of_it() {
        for (path, reading) in [
            ("/public/../admin", "/admin"),
            ("/public/%2e%2e/admin", "/admin"),
            ("/public/%252e%252e/admin", "/admin"),
            ("/public/..;/admin", "/admin"),
            ("/public%2f..%2fadmin", "/admin"),
            ("/public%5c..%5cadmin", "/admin"),
            ("//admin", "/admin"),
            ("/%61dmin", "/admin"),
            ("/admin;jsessionid=1/users", "/admin/users"),
            ("/admin%00.png", "/admin"),
            ("/a/%2e%2e", "/"),
        ] {
            assert!(path_readings(path).contains(&reading.as_bytes().to_vec()), "{path}");
        }
        assert_eq!(path_readings("/plain/path/"), [b"/plain/path/".to_vec()]);
    }
}
