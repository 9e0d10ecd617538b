//! decrypt: plain bytes out of a tunnel. What comes inside a CONNECT is looked at: TLS is terminated with a
//! certificate minted for the destination, cleartext HTTP goes on as it is, anything else is closed.
//!
//! The destination was decided by the CONNECT; an SNI that names another host ends the handshake with
//! `unrecognized_name` (SPEC section 5, CASES DE-01). Without SNI the CONNECT host stands.

mod ca;
mod leaves;
mod prefixed;
mod sniff;
mod tls;

pub use ca::Authority;
pub use leaves::Leaves;
pub use prefixed::Prefixed;
pub use sniff::{Speaks, sniff};
pub use tls::{Alpn, Decrypter, TlsRefusal};
