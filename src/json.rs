//! JSON, read in one way or not at all (RFC 8259). What two readers could take for two things is refused: a key that
//! stands twice, keys that differ in letter case alone, a byte order mark, half a surrogate pair, anything after the
//! value. So whoever judges a document may rely on what it says (CASES CL-24, CL-25, CL-27 to CL-29).
//!
//! Nothing recurses, nothing is copied while reading: the nodes of a document lie in one list, in the order of the
//! source, and point into it. Numbers stay the text that was sent.

mod keys;
mod node;
mod reader;
#[cfg(test)]
mod tests;
mod token;
mod value;
mod walk;

pub use value::{Kind, Value};
pub use walk::{Items, Members};

use node::Node;
use reader::Reader;

use crate::limits;

/// A whole JSON text that was read without trouble.
#[derive(Debug)]
pub struct Document<'a> {
    source: &'a str,
    nodes: Vec<Node>,
}

impl Document<'_> {
    /// The one value that the text is.
    pub fn root(&self) -> Value<'_> {
        Value::root(self)
    }
}

/// Why a text is not JSON that everybody reads alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}, at byte {at}")]
pub struct Trouble {
    /// Our own words, never the sender's.
    pub reason: &'static str,
    /// Offset of the byte where it was seen, from 0.
    pub at: usize,
}

/// Reads one JSON text, which the bytes must be from the first to the last.
pub fn read(bytes: &[u8]) -> Result<Document<'_>, Trouble> {
    if bytes.len() > limits::JSON_BYTES_MAX {
        return Err(Trouble { reason: "the text is longer than is looked into", at: limits::JSON_BYTES_MAX });
    }
    let source = std::str::from_utf8(bytes)
        .map_err(|error| Trouble { reason: "the text is not UTF-8", at: error.valid_up_to() })?;
    if source.starts_with('\u{feff}') {
        return Err(Trouble { reason: "a byte order mark stands before the text", at: 0 });
    }
    Ok(Document { source, nodes: Reader::new(source).read()? })
}

/// Whether the first sign is that of an object. A guess for choosing who looks closer, not a judgement.
pub fn looks_like_object(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !token::is_blank(**byte)) == Some(&b'{')
}
