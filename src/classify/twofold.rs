//! Paths that two readers could take for two (`pattern::path_is_odd`): no service is declared for one, so that nobody
//! lowers it; and what some service may take it for is judged as well, so that `GET …/pods/a/%65xec` is as bad as the
//! `exec` that it is to a service that decodes it (CASES CL-04, DE-41).

use crate::pattern::{decoded, path_is_odd};
use crate::snapshot::Head;

/// Escapes in escapes that are undone: services behind front ends undo one each.
const ROUNDS: usize = 3;

/// The head as the most generous service reads it; `None` where every reader reads the same.
pub(super) fn second_reading(head: &Head) -> Option<Head> {
    if !path_is_odd(head.path()) {
        return None;
    }
    let mut path = head.path().to_owned();
    for _ in 0..ROUNDS {
        path = String::from_utf8_lossy(&decoded(path.as_bytes())).into_owned();
    }
    let mut plain = segments(&path);
    if let Some(query) = head.query() {
        plain.push('?');
        plain.push_str(query);
    }
    (plain != head.target).then(|| Head { target: plain, ..head.clone() })
}

/// Without parameters of segments, empty segments and dots; what no path may hold is an escape again.
fn segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => drop(kept.pop()),
            plain => kept.push(plain),
        }
    }
    let mut out = String::new();
    for segment in kept {
        out.push('/');
        for char in segment.chars() {
            match char {
                '?' | '#' | '%' => out.push_str(&format!("%{:02X}", char as u32)),
                char if char.is_ascii_graphic() => out.push(char),
                char => char
                    .encode_utf8(&mut [0; 4])
                    .bytes()
                    .for_each(|byte| out.push_str(&format!("%{byte:02X}"))),
            }
        }
    }
    if out.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn second(target: &str) -> Option<String> {
        let origin = Origin::new(Scheme::Http, Host::parse("a.example").unwrap(), None);
        let head = Head { method: "GET".into(), origin, target: target.into(), fields: Vec::new() };
        second_reading(&head).map(|head| head.target)
    }

    #[test]
    fn an_odd_path_is_read_a_second_time_and_a_plain_one_is_not() {
        for (target, expected) in [
            ("/a/%65xec?x=1", "/a/exec?x=1"),
            ("/a//b/./c/../d/", "/a/b/d/"),
            ("/a;v=1/b", "/a/b"),
            ("/a/%2565xec", "/a/exec"),
            ("/a/%252525%3F", "/a/%25%3F"),
            ("/a\\b%2fc", "/a/b/c"),
            ("/..", "/"),
        ] {
            assert_eq!(second(target).as_deref(), Some(expected), "{target}");
        }
        assert_eq!(second("/a/b?x=/../c"), None);
        assert_eq!(second("/a/%C3%A9"), None);
    }
}
