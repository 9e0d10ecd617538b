//! Trailers of an answer that is kept. In the store they stand among its fields, under a name that no field can have,
//! and come back from there as trailers; they never become fields of the head (CASES FR-13).

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::snapshot::Field;

/// A colon cannot stand in a field's name (RFC 9110 section 5.6.2).
const MARK: &str = "trailer:";

/// As fields that can be kept.
pub fn mark(trailers: &HeaderMap) -> impl Iterator<Item = Field> + '_ {
    trailers.iter().map(|(name, value)| (format!("{MARK}{name}"), Bytes::copy_from_slice(value.as_bytes())))
}

/// Head and trailers of what was kept; `None`: there were no trailers.
pub fn split(fields: &[Field]) -> (HeaderMap, Option<HeaderMap>) {
    let (mut head, mut trailers) = (HeaderMap::new(), HeaderMap::new());
    for (name, value) in fields {
        let (place, name) = match name.strip_prefix(MARK) {
            Some(name) => (&mut trailers, name),
            None => (&mut head, name.as_str()),
        };
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        {
            place.append(name, value);
        }
    }
    (head, (!trailers.is_empty()).then_some(trailers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_come_back_as_trailers_and_fields_as_fields() {
        let mut trailers = HeaderMap::new();
        trailers.append("grpc-status", HeaderValue::from_static("0"));
        let mut fields: Vec<Field> = vec![("grpc-status".into(), Bytes::from_static(b"9"))];
        assert_eq!(split(&fields).1, None);
        fields.extend(mark(&trailers));
        let (head, found) = split(&fields);
        assert_eq!((head["grpc-status"].as_bytes(), found), (&b"9"[..], Some(trailers)));
    }
}
