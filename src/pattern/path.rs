//! Path patterns, against the raw path without its query: `*` stays within a segment, `**` does not.
//!
//! A pattern is compared in two ways. For `allow` rules with the bytes as they are, and a whole segment `*` is never
//! empty. For `hold` and `deny` rules more generously (a `*` may be empty, escapes compare without case), because
//! there a match is the cautious answer. Matching walks all states at once: its time is linear in the path.

use std::fmt;

use super::states::States;
use crate::limits;

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    exact: States,
    generous: States,
}

impl PathPattern {
    /// Compiles a pattern. The error is for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let problem = match text {
            _ if text.len() > limits::PATTERN_BYTES_MAX => "is longer than 512 bytes",
            _ if !text.starts_with('/') => "does not start with a slash (`/**` is every path)",
            _ if text.contains('?') => "has a question mark: the query is no part of a path",
            _ if text.contains('#') => "has a fragment, which no request has",
            _ if text.contains("***") => "has three stars: `*` stays within a segment, `**` does not",
            _ if text.bytes().any(|byte| !byte.is_ascii_graphic()) => {
                "has a blank or a character outside ASCII: paths are compared raw, so write it as %20, %C3%A9 …"
            }
            _ => {
                return Ok(Self {
                    text: text.to_owned(),
                    exact: States::of(text.as_bytes(), true),
                    generous: States::of(&with_upper_escapes(text.as_bytes()), false),
                });
            }
        };
        Err(format!("`{text}` {problem}"))
    }

    /// Whether the raw path is one that the pattern names, for `allow` rules.
    pub fn matches(&self, path: &str) -> bool {
        self.exact.accept(path.as_bytes())
    }

    /// Whether a reading of a path may be one that the pattern means, for `hold` and `deny` rules.
    pub fn catches(&self, path: &[u8]) -> bool {
        self.generous.accept(path)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Writes the digits of escapes in upper case; both cases mean the same (RFC 3986 section 6.2.2.1).
pub(crate) fn with_upper_escapes(path: &[u8]) -> Vec<u8> {
    let mut out = path.to_vec();
    for index in 0..out.len() {
        if out[index] == b'%' {
            let end = (index + 3).min(out.len());
            out[index + 1..end].make_ascii_uppercase();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern::parse(pattern).expect(pattern).matches(path)
    }

    #[test]
    fn a_star_stays_within_a_segment_and_two_do_not() {
        for (pattern, yes, no) in [
            ("/", "/", "/a"),
            ("/v1/messages", "/v1/messages", "/v1/messages/"),
            ("/v1/messages", "/v1/messages", "/v1/Messages"),
            ("/v1/messages", "/v1/messages", "/v1/messages2"),
            ("/repos/*/pulls", "/repos/a/pulls", "/repos/a/b/pulls"),
            ("/repos/*/pulls", "/repos/a/pulls", "/repos//pulls"),
            ("/files/*", "/files/1", "/files/"),
            ("/a/*.json", "/a/b.json", "/a/b/c.json"),
            ("/a/*.json", "/a/.json", "/a/b.jsonx"),
            ("/**", "/a/b/c", "a"),
            ("/a/**", "/a/", "/a"),
            ("/**/git-upload-pack", "/team/repo.git/git-upload-pack", "/git-upload-pack2"),
            ("/a/**/z", "/a/b/c/z", "/a/z"),
            ("/a**z", "/abc/xyz", "/abc/xy"),
            ("/*/*", "/a/b", "/a"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn a_hold_or_deny_rule_catches_more() {
        let catches =
            |pattern: &str, path: &str| PathPattern::parse(pattern).unwrap().catches(path.as_bytes());
        assert!(catches("/files/*", "/files/"));
        assert!(!catches("/files/*", "/files/a/b"));
        assert!(catches("/caf%c3%a9", "/caf%C3%A9"));
        assert!(!matches("/caf%c3%a9", "/caf%C3%A9"));
    }

    #[test]
    fn a_pattern_that_can_match_no_path_is_an_error() {
        for text in ["", "a", "*", "**", "/a?b", "/a#b", "/a b", "/é", "/a***b", "https://a.example/"] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
        }
        assert!(PathPattern::parse(&format!("/{}", "a".repeat(511))).is_ok());
        assert!(PathPattern::parse(&format!("/{}", "a".repeat(512))).is_err());
    }

    /// A pattern made to blow up matchers that go back.
    #[test]
    fn no_pattern_takes_more_than_linear_time() {
        let pattern = PathPattern::parse(&format!("/{}b", "*a**a".repeat(100))).unwrap();
        assert!(!pattern.matches(&format!("/{}", "a".repeat(16 * 1024))));
    }

    /// The plainest reading of the same words: try everything.
    fn plainly(pattern: &[u8], path: &[u8]) -> bool {
        match pattern {
            [] => path.is_empty(),
            [b'*', b'*', rest @ ..] => (0..=path.len()).any(|end| plainly(rest, &path[end..])),
            [b'*', rest @ ..] => (0..=path.len())
                .take_while(|end| !path[..*end].contains(&b'/'))
                .any(|end| plainly(rest, &path[end..])),
            [byte, rest @ ..] => path.first() == Some(byte) && plainly(rest, &path[1..]),
        }
    }

    proptest! {
        #[test]
        fn the_matcher_agrees_with_the_plainest_reading(
            pattern in "/([ab/]|[ab]\\*{0,2}[ab/]){0,6}\\*{0,2}",
            path in "/[ab/]{0,10}",
        ) {
            let compiled = PathPattern::parse(&pattern).unwrap();
            prop_assert_eq!(compiled.catches(path.as_bytes()), plainly(pattern.as_bytes(), path.as_bytes()));
            // What an `allow` rule matches, a `deny` rule with the same pattern catches.
            prop_assert!(!compiled.matches(&path) || compiled.catches(path.as_bytes()));
        }
    }
}
