//! An upstream's answer to a held request, as it is kept for attempts that come back (SPEC section 7).

use bytes::Bytes;

use crate::snapshot::{Body, Field};

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The upstream's status.
    pub status: u16,
    /// Its fields, without hop-by-hop ones and `alt-svc`.
    pub fields: Vec<Field>,
    /// Its body, whole.
    pub body: Body,
}

/// The stored form: each name and value behind its length.
pub(in crate::hold) fn encode_fields(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        for part in [name.as_bytes(), value] {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part);
        }
    }
    out
}

/// Reads back what `encode_fields` wrote; anything else is `None`.
pub(in crate::hold) fn decode_fields(mut rest: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let name = String::from_utf8(take(&mut rest)?.to_vec()).ok()?;
        fields.push((name, Bytes::copy_from_slice(take(&mut rest)?)));
    }
    Some(fields)
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (bytes, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_fields_come_back_as_they_were_and_cut_ones_not_at_all() {
        let fields: Vec<Field> = vec![
            ("content-type".into(), Bytes::from_static(b"text/plain")),
            ("set-cookie".into(), Bytes::from_static(b"a=\xff")),
        ];
        let stored = encode_fields(&fields);
        assert_eq!(decode_fields(&stored), Some(fields));
        assert_eq!(decode_fields(&stored[..stored.len() - 1]), None);
        assert_eq!(decode_fields(&[]), Some(Vec::new()));
    }
}
