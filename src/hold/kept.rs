//! A head as it is kept to compare later ones with, and as those are made to be compared: a secret value gives way to its
//! length and a mark, which is equal where the value is and says nothing else of it. The mark is made with the digest of
//! the approved request, so that it is of use beside that request alone.

use crate::hold::view::is_secret_name;
use crate::secret::{hex, sha256};
use crate::snapshot::{Digest, Field, Head};

/// Bytes of a mark: nobody finds another value with the same one.
const MARK_BYTES: usize = 8;

/// The head without the values of secret fields and of parameters that are called like secrets. `beside` is the digest of
/// the approved request.
pub fn kept(head: &Head, beside: &Digest) -> Head {
    let fields = head.fields.iter().map(|field| kept_field(field, beside)).collect();
    Head { target: kept_target(&head.target, beside), fields, ..head.clone() }
}

/// A field likewise.
pub fn kept_field((name, value): &Field, beside: &Digest) -> Field {
    let value = match is_secret_name(name) {
        true => mark(name, value, beside).into(),
        false => value.clone(),
    };
    (name.clone(), value)
}

/// A target likewise.
pub fn kept_target(target: &str, beside: &Digest) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let parameter = |text: &str| match text.split_once('=') {
        Some((name, value)) if is_secret_parameter(name) => {
            format!("{name}={}", mark(name, value.as_bytes(), beside))
        }
        _ => text.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(parameter).collect();
    format!("{path}?{}", query.join("&"))
}

fn is_secret_parameter(name: &str) -> bool {
    let names = form_urlencoded::parse(name.as_bytes());
    names.into_iter().any(|(name, _)| is_secret_name(&name) || name.eq_ignore_ascii_case("sig"))
}

/// `[masked, 14 bytes, 5f3ab1c0d27be014]`
fn mark(name: &str, value: &[u8], beside: &Digest) -> String {
    let mut text = b"holdpoint kept v1\0".to_vec();
    for part in [beside.to_string().as_bytes(), name.as_bytes(), value] {
        text.extend_from_slice(&(part.len() as u64).to_be_bytes());
        text.extend_from_slice(part);
    }
    format!("[masked, {} bytes, {}]", value.len(), hex(&sha256(&text)[..MARK_BYTES]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn digest(byte: u8) -> Digest {
        Digest::parse(&format!("sha256:{}", format!("{byte:02x}").repeat(32))).unwrap()
    }

    fn head(target: &str, token: &'static str) -> Head {
        Head {
            method: "POST".to_owned(),
            origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
            target: target.to_owned(),
            fields: vec![("authorization".to_owned(), token.into()), ("x-team".to_owned(), "a".into())],
        }
    }

    #[test]
    fn a_secret_is_known_again_by_its_mark_and_another_of_the_same_length_is_not() {
        let of = |token, beside| kept(&head("/", token), &digest(beside));
        assert_eq!(of("hunter2", 1), of("hunter2", 1));
        assert_ne!(of("hunter2", 1), of("hunter3", 1));
        assert_ne!(of("hunter2", 1), of("hunter2", 2), "of use beside its own request alone");
        let shown = format!("{:?}", of("hunter2", 1));
        assert!(!shown.contains("hunter2") && shown.contains("[masked, 7 bytes, "), "{shown}");
        assert_eq!(of("hunter2", 1).fields[1], ("x-team".to_owned(), "a".into()));
    }

    #[test]
    fn a_parameter_is_masked_by_its_name_also_where_that_is_encoded() {
        let of = |target| kept(&head(target, "t"), &digest(1)).target;
        assert_ne!(of("/a?api_key=one"), of("/a?api_key=two"));
        assert!(of("/a?page=1&api%5Fkey=one").starts_with("/a?page=1&api%5Fkey=[masked, 3 bytes, "));
        assert_eq!(of("/a?page=1&monkey=one"), "/a?page=1&monkey=one");
    }
}
