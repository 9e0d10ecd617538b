//! `type/subtype; name=value; name="value"`, as Content-Type and Content-Disposition have it (RFC 9110 section
//! 5.6.6), read so strictly that no two readers can differ: a backslash in a quoted string, a name without a value,
//! a list, a stray semicolon are `None`, and the caller takes that for unclear.

/// Names in lower case and values as they stand, in order.
pub(super) type Parameters = Vec<(String, String)>;

/// The first word in lower case, and the parameters.
pub(super) fn parse(text: &str) -> Option<(String, Parameters)> {
    let end = text.find(';').unwrap_or(text.len());
    let essence = text[..end].trim_matches(BLANK);
    if essence.is_empty() || !essence.split('/').all(is_token) {
        return None;
    }
    let mut rest = &text[end..];
    let mut parameters = Vec::new();
    while let Some(tail) = rest.strip_prefix(';') {
        let (name, value, tail) = parameter(tail.trim_start_matches(BLANK))?;
        parameters.push((name, value));
        rest = tail.trim_start_matches(BLANK);
    }
    rest.trim_matches(BLANK).is_empty().then(|| (essence.to_ascii_lowercase(), parameters))
}

/// The only value of a name; `None` where there is none, or more than one.
pub(super) fn only<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    let mut values = parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    values.next().filter(|_| values.next().is_none())
}

const BLANK: [char; 2] = [' ', '\t'];

fn parameter(text: &str) -> Option<(String, String, &str)> {
    let (name, rest) = text.split_once('=')?;
    if !is_token(name) {
        return None;
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').filter(|(value, _)| !value.contains('\\'))?,
        None => rest.split_at(rest.find([';', ' ', '\t']).unwrap_or(rest.len())),
    };
    let quoted = text.len() - name.len() - 1 - rest.len() != value.len();
    (quoted || is_token(value)).then(|| (name.to_ascii_lowercase(), value.to_owned(), rest))
}

/// RFC 9110 section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_their_one_strict_form() {
        let (essence, parameters) = parse("Form-Data; NAME=\"a; b\" ; filename=x.txt").unwrap();
        assert_eq!(essence, "form-data");
        assert_eq!(only(&parameters, "name"), Some("a; b"));
        assert_eq!(only(&parameters, "filename"), Some("x.txt"));
        assert_eq!(only(&parameters, "other"), None);
    }

    /// CASES CL-37: where readers differ, nobody reads.
    #[test]
    fn what_two_readers_read_in_two_ways_is_not_read() {
        for text in [
            "",
            ";a=b",
            "a/b;",
            "a/b; c",
            "a/b; c=",
            "a/b; c=\"d",
            "a/b; c=\"d\\\"; e=\"f\"",
            "a/b; c=d e",
            "a/b; c =d",
            "a/b, c/d",
            "a/b; c=d, e/f",
            "a b/c",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let (_, twice) = parse("a/b; c=1; C=2").unwrap();
        assert_eq!(only(&twice, "c"), None);
    }
}
