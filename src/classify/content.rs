//! What the content says by being there, before anybody looks into it: a safe method with content is not a read
//! (RFC 9110 section 9.3.1: it has no defined meaning, so the service may give it any), and some content types
//! carry requests of their own (CASES CL-12).

use crate::classify::Effect;
use crate::classify::methods;
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

/// What the presence and the type of the content say.
pub(super) fn recognise(request: &Request<'_>) -> Said {
    if matches!(request.content, Content::None) {
        return Said::default();
    }
    let mut said = Said::default();
    if methods::lookup(&request.head.method).is_some_and(|method| !method.effect.is_mutating()) {
        // Announced content may turn out to be empty (chunked, with no chunk), and then it is none.
        if matches!(request.content, Content::Announced) {
            return Said::needs_body();
        }
        said.add(Effect::Unknown, "content: a safe method with content may ask for anything".to_owned());
    }
    match kind(request.head) {
        Kind::Envelope => {
            said.add(Effect::Unknown, "content: its type can carry requests of its own".to_owned());
        }
        Kind::Unclear => {
            said.add(Effect::Unknown, "content: its type can be read in two ways".to_owned());
        }
        Kind::Form | Kind::Multipart(_) | Kind::Other => {}
    }
    said
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
