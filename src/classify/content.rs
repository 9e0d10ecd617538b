//! What the content says by being there, before anybody looks into it: a safe method with content is not a read
//! (RFC 9110 section 9.3.1: it has no defined meaning, so the service may give it any), and some content types
//! carry requests of their own (CASES CL-12).

use crate::classify::Effect;
use crate::classify::parameters::{self, Parameters};
use crate::classify::said::{Content, Request, Said};
use crate::snapshot::Head;

/// What the content type promises, as far as the dialect `http` cares.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Requests inside a request.
    Envelope,
    /// `a=b&c=d`, also where no type is given: frameworks take that for a form.
    Form,
    /// `multipart/form-data`.
    Multipart(Parameters),
    /// Anything else.
    Other,
    /// Two readers could take it for two things.
    Unclear,
}

/// Reads the content type.
pub(super) fn kind(head: &Head) -> Kind {
    let mut values = head.values("content-type");
    let (Some(value), None) = (values.next(), values.next()) else {
        return if head.values("content-type").next().is_none() { Kind::Form } else { Kind::Unclear };
    };
    let Some((essence, parameters)) = std::str::from_utf8(value).ok().and_then(parameters::parse) else {
        return Kind::Unclear;
    };
    match essence.as_str() {
        "multipart/form-data" => Kind::Multipart(parameters),
        "application/http" | "message/http" => Kind::Envelope,
        essence if essence.starts_with("multipart/") => Kind::Envelope,
        essence if essence.contains("urlencoded") || essence.contains("url-encoded") => form(&parameters),
        _ => Kind::Other,
    }
}

/// A form in another character set than UTF-8 has other keys than those that are seen here.
fn form(parameters: &Parameters) -> Kind {
    let plain = parameters
        .iter()
        .filter(|(name, _)| name == "charset")
        .all(|(_, value)| value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii"));
    if plain { Kind::Form } else { Kind::Unclear }
}

/// Whether a content coding other than `identity` stands between the bytes and what they mean. Nothing is decoded.
pub(super) fn is_encoded(head: &Head) -> bool {
    head.values("content-encoding").any(|value| {
        !value.split(|byte| *byte == b',').all(|coding| {
            let coding = coding.trim_ascii();
            coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
        })
    })
}

/// Whether the content is a form of one kind that every reader takes for one, and says so.
pub(super) fn is_form(head: &Head) -> bool {
    head.values("content-type").next().is_some() && kind(head) == Kind::Form
}

/// What the type of the content says, whatever is declared: nothing, unless two readers could take it for two things.
/// A type that carries requests of its own is an undeclared service's `unknown`, and a declared one's dialect takes it
/// apart, or says that it does not.
pub(super) fn recognise(request: &Request<'_>) -> Said {
    // Without content a type means little; two of them are still two requests to two readers.
    if matches!(request.content, Content::None) && request.head.values("content-type").nth(1).is_none() {
        return Said::default();
    }
    match kind(request.head) {
        Kind::Unclear => Said::one(Effect::Unknown, "content: its type can be read in two ways"),
        Kind::Envelope | Kind::Form | Kind::Multipart(_) | Kind::Other => Said::default(),
    }
}

/// Whether the content type can carry requests of its own.
pub(super) fn is_envelope(head: &Head) -> bool {
    kind(head) == Kind::Envelope
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn head(fields: &[(&str, &'static str)]) -> Head {
        Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Http, Host::parse("a.example").unwrap(), None),
            target: "/".into(),
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Bytes::from_static(value.as_bytes())))
                .collect(),
        }
    }

    #[test]
    fn a_content_type_is_what_every_reader_would_take_it_for_or_unclear() {
        let kind_of = |text| kind(&head(&[("content-type", text)]));
        assert_eq!(kind(&head(&[])), Kind::Form);
        assert_eq!(kind_of("application/x-www-form-urlencoded"), Kind::Form);
        assert_eq!(kind_of("Application/X-WWW-Form-UrlEncoded; charset=UTF-8"), Kind::Form);
        assert_eq!(kind_of("application/json"), Kind::Other);
        assert_eq!(kind_of("multipart/mixed; boundary=b"), Kind::Envelope);
        for text in [
            "application/x-www-form-urlencoded; charset=utf-16",
            "text/plain, multipart/form-data",
            "",
            "x/y;",
        ] {
            assert_eq!(kind_of(text), Kind::Unclear, "{text}");
        }
        let two = head(&[("content-type", "text/plain"), ("content-type", "multipart/form-data")]);
        assert_eq!(kind(&two), Kind::Unclear);
    }

    /// CASES CL-35
    #[test]
    fn any_content_coding_but_identity_counts() {
        for (text, encoded) in [
            ("identity", false),
            ("Identity, identity", false),
            ("", false),
            ("gzip", true),
            ("identity, gzip", true),
            ("xyz", true),
        ] {
            assert_eq!(is_encoded(&head(&[("content-encoding", text)])), encoded, "{text}");
        }
    }
}
