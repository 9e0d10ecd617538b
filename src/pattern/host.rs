//! Host patterns: `*` is one label, a leading `**.` one or more, `:port` or `:*` a port, and without it the scheme's
//! own port. Matching is label by label, never by prefix or suffix of a text (CASES DE-24); an address matches only
//! itself. A pattern that could not mean what it seems to say is an error.

use std::fmt;

use crate::origin::{Host, Origin, split_authority};

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    names: Names,
    port: Port,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Names {
    Exactly(Host),
    /// Labels in order; `None` is any one label. `deep`: one or more labels stand before them.
    Labels {
        deep: bool,
        labels: Vec<Option<String>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Any,
    Exactly(u16),
    Own,
}

impl HostPattern {
    /// Compiles `host`, `*.host`, `**.host`, each with `:port`, `:*` or nothing. The error is for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            return Err(format!("`{text}` has a slash: a host is written without scheme and path"));
        }
        let (host, port) = match text.strip_suffix(":*") {
            Some(host) => (host, Port::Any),
            None => split_port(text)?,
        };
        let names = if host.contains('*') { labels(host)? } else { Names::Exactly(exact(host)?) };
        Ok(Self { names, port, text: text.to_ascii_lowercase() })
    }

    /// Whether an origin is among those that the pattern names.
    pub fn matches(&self, origin: &Origin) -> bool {
        let port = match self.port {
            Port::Any => true,
            Port::Exactly(port) => origin.port == port,
            Port::Own => origin.port == origin.scheme.default_port(),
        };
        port && match (&self.names, &origin.host) {
            (Names::Exactly(host), found) => host == found,
            (Names::Labels { deep, labels }, Host::Name(name)) => labels_match(*deep, labels, name),
            // A wildcard never stands for a part of an address.
            (Names::Labels { .. }, Host::V4(_) | Host::V6(_)) => false,
        }
    }

    /// The address that it names, if it names one.
    pub fn address(&self) -> Option<&Host> {
        match &self.names {
            Names::Exactly(host @ (Host::V4(_) | Host::V6(_))) => Some(host),
            _ => None,
        }
    }

    /// The labels at its end that have no wildcard, or the whole host: what every host that it matches ends with.
    pub fn suffix(&self) -> String {
        match &self.names {
            Names::Exactly(host) => host.to_string(),
            Names::Labels { labels, .. } => {
                let tail = labels.iter().rposition(Option::is_none).map_or(0, |index| index + 1);
                labels[tail..].iter().flatten().map(String::as_str).collect::<Vec<_>>().join(".")
            }
        }
    }

    /// The pattern as it was written, in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// From the last label on, because a deep pattern is open at its front.
fn labels_match(deep: bool, labels: &[Option<String>], name: &str) -> bool {
    let mut found = name.rsplit('.');
    let tail = labels.iter().rev().all(|label| match (label, found.next()) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(label), Some(found)) => label == found,
    });
    tail && found.next().is_some() == deep
}

fn split_port(text: &str) -> Result<(&str, Port), String> {
    let end = match text.rfind(']') {
        Some(bracket) => bracket + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(end);
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok((host, Port::Own)),
        None => Err(format!("`{text}` has something after its brackets that is no port")),
        Some(port) if text.matches(':').count() > 1 && !host.ends_with(']') => {
            Err(format!("`{text}` has two colons and no brackets, or `{port}` is no port"))
        }
        Some(digits) => {
            let (_, port) = split_authority(&format!("x:{digits}")).map_err(|error| error.to_string())?;
            Ok((host, port.map_or(Port::Own, Port::Exactly)))
        }
    }
}

fn exact(host: &str) -> Result<Host, String> {
    Host::parse(host).map_err(|error| format!("`{host}`: {error}"))
}

fn labels(host: &str) -> Result<Names, String> {
    let (deep, rest) = match host.strip_prefix("**") {
        Some("") => return Err("`**` alone is every host: leave the key out instead".to_owned()),
        Some(rest) => match rest.strip_prefix('.') {
            Some(rest) => (true, rest),
            None => return Err(format!("`{host}`: `**` stands for whole labels, so a dot follows it")),
        },
        None => (false, host),
    };
    let labels: Vec<_> = rest.split('.').map(|label| (label != "*").then_some(label)).collect();
    if labels.iter().flatten().any(|label| label.contains('*')) {
        return Err(format!(
            "`{host}`: `*` stands for one whole label, and `**.` only at the front for one or more"
        ));
    }
    let is_number = |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    if labels.iter().any(Option::is_some) && labels.iter().flatten().all(is_number) {
        return Err(format!("`{host}`: an address is written whole; wildcards stand for labels of names"));
    }
    // Any label in place of a wildcard must give a host; `x` stands for it here.
    let sample: Vec<_> = labels.iter().map(|label| label.unwrap_or("x")).collect();
    exact(&sample.join(".")).map_err(|error| format!("`{host}`: {error}"))?;
    let labels = labels.into_iter().map(|label| label.map(str::to_ascii_lowercase)).collect();
    Ok(Names::Labels { deep, labels })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::origin::Scheme;

    fn matches(pattern: &str, url: &str) -> bool {
        let (scheme, authority) = url.split_once("://").expect("a URL");
        let (host, port) = split_authority(authority).expect("an authority");
        let origin = Origin::new(Scheme::parse(scheme).expect("a scheme"), host, port);
        HostPattern::parse(pattern).expect(pattern).matches(&origin)
    }

    /// CASES DE-24: for each yes the neighbour that is no.
    #[test]
    fn a_pattern_matches_label_by_label() {
        for (pattern, yes, no) in [
            ("github.com", "https://github.com", "https://evilgithub.com"),
            ("github.com", "https://github.com", "https://github.com.evil.example"),
            ("GitHub.com", "https://github.com", "https://api.github.com"),
            ("*.corp.example", "https://a.corp.example", "https://a.b.corp.example"),
            ("*.corp.example", "https://a.corp.example", "https://corp.example"),
            ("*.corp.example", "https://a.corp.example", "https://acorp.example"),
            ("a.*.example", "https://a.b.example", "https://a.b.c.example"),
            ("**.corp.example", "https://a.b.corp.example", "https://corp.example"),
            ("**.corp.example", "https://a.corp.example", "https://evilcorp.example"),
            ("**.*.example", "https://a.b.example", "https://b.example"),
            ("127.0.0.1", "http://127.0.0.1", "http://127.attacker.example"),
            ("*", "http://localhost", "http://127.0.0.1"),
            ("[2001:db8::1]", "https://[2001:db8:0::1]", "https://[2001:db8::2]"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn without_a_port_the_scheme_s_own_is_meant() {
        for (pattern, yes, no) in [
            ("a.example", "https://a.example:443", "https://a.example:8443"),
            ("a.example", "http://a.example", "http://a.example:443"),
            ("a.example:8443", "https://a.example:8443", "https://a.example"),
            ("a.example:443", "http://a.example:443", "http://a.example"),
            ("a.example:*", "https://a.example:1", "https://b.example:1"),
            ("[::1]:8080", "http://[::1]:8080", "http://[::1]"),
            ("*.example:8443", "https://a.example:8443", "https://a.example:443"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_mean_what_it_says_is_an_error() {
        for text in [
            "",
            "**",
            "**.",
            "*.",
            ".example",
            "a**.example",
            "**a.example",
            "a.**.example",
            "a*.example",
            "***.example",
            "10.*.0.1",
            "10.0.0.*",
            "*.0.0.1",
            "127.1",
            "2130706433",
            "https://a.example",
            "a.example/path",
            "a.example:",
            "a.example:0",
            "a.example:65536",
            "a.example:80:80",
            "::1",
            "[::1]x",
            "user@a.example",
            "a.example.",
            "münchen.example",
            "a b.example",
        ] {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }

    fn label() -> impl Strategy<Value = String> {
        "[a-c]{1,2}"
    }

    proptest! {
        /// CASES DE-24, against a second, plainer reading of the same words: `*` is exactly one label, `**.` at
        /// least one, and nothing else matches.
        #[test]
        fn wildcards_stand_for_whole_labels(
            name in proptest::collection::vec(label(), 1..5),
            pattern in proptest::collection::vec(prop_oneof![label(), Just("*".to_owned())], 1..4),
            deep in any::<bool>(),
        ) {
            let text = format!("{}{}", if deep { "**." } else { "" }, pattern.join("."));
            let host = Host::parse(&name.join(".")).unwrap();
            let found = HostPattern::parse(&text).unwrap().matches(&Origin::new(Scheme::Https, host, None));
            let front = name.len().checked_sub(pattern.len());
            let expected = match front {
                Some(front) => {
                    (if deep { front >= 1 } else { front == 0 })
                        && pattern.iter().zip(&name[front..]).all(|(p, n)| p == "*" || p == n)
                }
                None => false,
            };
            prop_assert_eq!(found, expected, "{} {:?}", text, name);
        }
    }
}
