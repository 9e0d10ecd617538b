//! What of a request is one attempt's own, and goes out as the waiting attempt has it: the return address of a call,
//! or a signature with its date (`signature`).
//!
//! The return address of a call: the two values by which a client of JSON-RPC or MCP finds its answer, the top-level
//! `id` and `params._meta.progressToken`. A client that asks again counts on, and so they alone may differ between two
//! attempts at one call (SPEC section 7).
//!
//! Strict, because all else must be the same bytes: one call (a batch is none, nor is a client's answer to its server,
//! whose `id` says which question it answers), known members only, and values so plain that nothing but an address
//! can be in them. What is not exactly so has no return address, and is compared whole.

use std::ops::Range;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::hold::signature::Signature;
use crate::json::{self, Kind, Value};
use crate::limits;

/// What is one attempt's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Address {
    /// Of a call of JSON-RPC or MCP.
    Call(Reply),
    /// Of a request that is signed with AWS Signature Version 4.
    Signed(Signature),
}

impl Address {
    /// What differs, where the other's may be sent in place of this one's.
    pub fn differs(&self, other: &Self) -> Vec<&'static str> {
        match (self, other) {
            (Self::Call(one), Self::Call(other)) => one.differs(other),
            (Self::Signed(one), Self::Signed(other)) => one.differs(other),
            _ => Vec::new(),
        }
    }
}

/// The two values, as they stand in the source: `7`, `"a1"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    id: String,
    progress_token: Option<String>,
}

impl Reply {
    /// The names of the values that differ, as paths.
    pub fn differs(&self, other: &Self) -> Vec<&'static str> {
        let (id, token) = (self.id != other.id, self.progress_token != other.progress_token);
        [(id, Place::Id), (token, Place::ProgressToken)]
            .into_iter()
            .filter_map(|(differs, place)| differs.then_some(place.path()))
            .collect()
    }

    /// Whether one can stand in the other's places: the same values are there, each of the same kind.
    pub fn is_like(&self, other: &Self) -> bool {
        let is_text = |value: &str| value.starts_with('"');
        let token = |address: &Self| address.progress_token.as_deref().map(is_text);
        is_text(&self.id) == is_text(&other.id) && token(self) == token(other)
    }

    fn at(&self, place: Place) -> Option<&str> {
        match place {
            Place::Id => Some(&self.id),
            Place::ProgressToken => self.progress_token.as_deref(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Id,
    ProgressToken,
}

impl Place {
    fn path(self) -> &'static str {
        match self {
            Place::Id => "id",
            Place::ProgressToken => "params._meta.progressToken",
        }
    }
}

/// A call, taken apart at its return address.
pub struct Call<'a> {
    bytes: &'a [u8],
    /// In the order of the source; they do not overlap.
    places: Vec<(Place, Kind, Range<usize>)>,
    address: Reply,
}

impl<'a> Call<'a> {
    /// Takes a body apart.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > limits::READDRESS_BYTES_MAX {
            return None;
        }
        let document = json::read(bytes).ok()?;
        let root = document.root();
        let known = ["jsonrpc", "method", "params", "id"];
        if !root.is_object() || root.members().any(|(name, _)| !known.contains(&name.as_ref())) {
            return None;
        }
        root.get("method")?.as_str()?;
        let mut places = vec![place(Place::Id, root.get("id")?)?];
        let meta = root.get("params").and_then(|params| params.get("_meta"));
        if let Some(token) = meta.and_then(|meta| meta.get("progressToken")) {
            places.push(place(Place::ProgressToken, token)?);
        }
        places.sort_by_key(|(_, _, span)| span.start);
        let text = |wanted| {
            let (_, _, span) = places.iter().find(|(place, _, _)| *place == wanted)?;
            std::str::from_utf8(bytes.get(span.clone())?).ok().map(str::to_owned)
        };
        let address = Reply { id: text(Place::Id)?, progress_token: text(Place::ProgressToken) };
        Some(Self { bytes, places, address })
    }

    /// Where its answer goes.
    pub fn address(&self) -> &Reply {
        &self.address
    }

    /// Equal for two calls that are the same bytes but for the two values, and have these in the same places.
    pub fn key(&self) -> [u8; 32] {
        let mut whole = Context::new(&SHA256);
        let pieces = self.pieces();
        whole.update(&(pieces.len() as u64).to_be_bytes());
        for piece in pieces {
            whole.update(&(piece.len() as u64).to_be_bytes());
            whole.update(piece);
        }
        for (place, kind, _) in &self.places {
            whole.update(format!("{place:?} {kind:?};").as_bytes());
        }
        let mut key = [0; 32];
        key.copy_from_slice(whole.finish().as_ref());
        key
    }

    /// The same call with another return address. It is read again and compared before it is given out: every byte
    /// outside of the two values stands as it stood, and the values are those that were asked for.
    pub fn addressed(&self, address: &Reply) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(self.bytes.len() + 2 * limits::ADDRESS_BYTES_MAX);
        let pieces = self.pieces();
        let (last, before) = pieces.split_last()?;
        for (piece, (place, _, _)) in before.iter().zip(&self.places) {
            out.extend_from_slice(piece);
            out.extend_from_slice(address.at(*place)?.as_bytes());
        }
        out.extend_from_slice(last);
        let again = Call::read(&out)?;
        (again.address == *address && again.is_like(self)).then_some(out)
    }

    fn is_like(&self, other: &Call<'_>) -> bool {
        let places =
            |call: &Call<'_>| call.places.iter().map(|(place, kind, _)| (*place, *kind)).collect::<Vec<_>>();
        self.pieces() == other.pieces() && places(self) == places(other)
    }

    /// What stands before, between and behind the two values.
    fn pieces(&self) -> Vec<&'a [u8]> {
        let starts = std::iter::once(0).chain(self.places.iter().map(|(_, _, span)| span.end));
        let ends = self.places.iter().map(|(_, _, span)| span.start).chain([self.bytes.len()]);
        starts.zip(ends).map(|(start, end)| &self.bytes[start..end]).collect()
    }
}

/// A value that can be nothing but an address: a number that every reader keeps, or a short text of visible ASCII
/// without escapes, as counters and UUIDs are.
fn place(place: Place, value: Value<'_>) -> Option<(Place, Kind, Range<usize>)> {
    let source = value.source();
    let plain = match value.kind() {
        Kind::Number => value.number_is_plain(),
        Kind::String => source.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\'),
        _ => false,
    };
    (plain && source.len() <= limits::ADDRESS_BYTES_MAX).then(|| (place, value.kind(), value.span()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = r#"{"jsonrpc":"2.0", "id":9,"method":"tools/call","params":{"name":"save","arguments":{"id":9},"_meta":{"progressToken":9}}}"#;

    fn key(text: &str) -> Option<[u8; 32]> {
        Call::read(text.as_bytes()).map(|call| call.key())
    }

    fn same(one: &str, two: &str) -> bool {
        key(one).is_some() && key(one) == key(two)
    }

    #[test]
    fn a_call_with_another_id_or_token_is_the_same_call() {
        let id = CALL.replace(r#" "id":9"#, r#" "id":10"#);
        let token = CALL.replace(r#""progressToken":9"#, r#""progressToken":1234"#);
        assert!(same(CALL, &id));
        assert!(same(CALL, &token));
        let differs = |other: &str| {
            let (one, two) = (Call::read(CALL.as_bytes()).unwrap(), Call::read(other.as_bytes()).unwrap());
            one.address().differs(two.address())
        };
        assert_eq!(differs(CALL), [""; 0]);
        assert_eq!(differs(&id), ["id"]);
        assert_eq!(differs(&token), ["params._meta.progressToken"]);
    }

    #[test]
    fn a_call_that_differs_anywhere_else_is_another() {
        for (from, to) in [
            ("tools/call", "tools/cull"),
            ("save", "safe"),
            (r#""arguments":{"id":9}"#, r#""arguments":{"id":8}"#),
            (r#"2.0", "id""#, r#"2.0","id""#),
            (r#"2.0", "id":9"#, r#"2.0", "id":"9""#),
            (r#""progressToken":9"#, r#""progressToken":"9""#),
            (r#""progressToken":9"#, r#""progressToken":9,"more":1"#),
            (r#""_meta":{"progressToken":9}"#, r#""_meta":{}"#),
            (r#""_meta":{"progressToken":9}"#, r#""_meto":{"progressToken":9}"#),
        ] {
            let other = CALL.replace(from, to);
            assert_ne!(other, CALL);
            assert!(!same(CALL, &other), "{other}");
        }
        let moved = CALL.replace(r#" "id":9,"#, "").replace("}}}", r#"}}, "id":9}"#);
        assert!(key(&moved).is_some() && !same(CALL, &moved), "{moved}");
    }

    /// CASES CL-24
    #[test]
    fn what_is_not_one_plain_call_has_no_return_address() {
        for text in [
            r#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#,
            r#"{"jsonrpc":"2.0","method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":1,"ID":2,"method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":[1],"method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":1e9,"method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":"a b","method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":"\u0061","method":"a"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"progressToken":{}}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"a"} x"#,
            "",
        ] {
            assert!(key(text).is_none(), "{text}");
        }
        let long = |length: usize| format!(r#"{{"id":"{}","method":"a"}}"#, "x".repeat(length));
        assert!(key(&long(limits::ADDRESS_BYTES_MAX - 2)).is_some());
        assert!(key(&long(limits::ADDRESS_BYTES_MAX - 1)).is_none());
    }

    #[test]
    fn with_another_address_the_two_values_change_and_no_other_byte() {
        let later = CALL.replace(r#" "id":9"#, r#" "id":10"#).replace("Token\":9", "Token\":11");
        let (call, wanted) = (Call::read(CALL.as_bytes()).unwrap(), Call::read(later.as_bytes()).unwrap());
        assert_eq!(call.addressed(wanted.address()).as_deref(), Some(later.as_bytes()));
        assert_eq!(call.addressed(call.address()).as_deref(), Some(CALL.as_bytes()));
    }

    /// P2: an address that would bring anything but itself is not written.
    #[test]
    fn an_address_that_is_none_is_not_written() {
        let call = Call::read(CALL.as_bytes()).unwrap();
        let address = |id: &str, token: Option<&str>| Reply {
            id: id.to_owned(),
            progress_token: token.map(str::to_owned),
        };
        for wrong in [
            address(r#"1,"params":{}"#, Some("9")),
            address("1 ", Some("9")),
            address(r#""1""#, Some("9")),
            address("1", None),
            address("1", Some(r#"9,"more":1"#)),
            address("1", Some("[9]")),
        ] {
            assert_eq!(call.addressed(&wrong), None, "{wrong:?}");
        }
    }
}
