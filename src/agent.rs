//! Who asks, and how we know. Made in `identify/`, from a token or a source address; shown to approvers, and
//! part of what makes two requests the same.

use std::net::IpAddr;

/// The name of everyone where no `[[agent]]` is configured.
pub const ANONYMOUS: &str = "anonymous";

/// An agent as the operator named it; never a name that the agent gave itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Agent {
    /// The configured name, or `anonymous`.
    pub name: String,
    /// Where its connection came from.
    pub source: IpAddr,
    /// Its process runs as Holdpoint's own user or as root, so that nothing on this machine keeps it from
    /// approving its own requests (SPEC section 10).
    pub advisory: bool,
}

impl Agent {
    /// Whether it is everyone and no one.
    pub fn is_anonymous(&self) -> bool {
        self.name == ANONYMOUS
    }
}
