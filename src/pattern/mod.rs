//! Patterns for hosts and paths, as rules and services write them (SPEC section 6), and the paths that no `allow`
//! rule and no service may match.

mod host;
mod odd;
mod path;
mod readings;
mod states;

pub use host::HostPattern;
pub use odd::path_is_odd;
pub use path::PathPattern;

pub(crate) use odd::decoded;
pub(crate) use readings::path_readings;
