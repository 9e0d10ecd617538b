//! parse: from decrypted bytes to one request that can be judged, with one reading of it and no other.
//!
//! The strict reader lies under hyper and lets only heads and bodies through that can be read in one way; what
//! is left of a request after hyper (`http::request::Parts`, of HTTP/1.1 and HTTP/2 alike) is checked again and
//! put into the canonical form of SPEC section 7. When unsure it refuses: nothing is repaired, and nothing is
//! ever answered by hyper itself. RFC 9110, 9112, 9113; CASES groups FR and PR.
//!
//! * `strict`: the reader, an `AsyncRead + AsyncWrite` around the agent's stream; `line` is the gate's hold on it.
//! * `scan`, `chunk`: heads and chunked bodies, byte by byte.
//! * `grammar`, `fields`: what a method, a target and the fields may look like, whatever the version.
//! * `head`, `connect`: from hyper's request to a frozen one, or to a tunnel's destination.
//! * `capture`, `stream`: its body, whole or flowing.
//! * `data`: a request that was written down instead of sent; `edit`: one that a person changes.

pub mod capture;
mod chunk;
mod closing;
pub mod connect;
pub mod data;
pub mod edit;
mod fields;
mod grammar;
pub mod head;
pub mod line;
pub mod refusal;
mod scan;
pub mod stream;
pub mod strict;
mod timer;

pub use capture::{CaptureError, capture};
pub use connect::connect;
pub use fields::Framing;
pub use head::{Door, Received, receive};
pub use line::{Interim, Line, RawHead};
pub use refusal::Refusal;
pub use stream::paced;
pub use strict::{Refuser, Strict};
