//! What a request does to the service, as one word (SPEC section 2). The order is the caution: opinions combine
//! with `max`, and `unknown` is above all others.

use std::fmt;

/// What a request does to the service, from the least to the most cautious reading (the order has meaning:
/// opinions combine with `max`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes or adds data.
    Write,
    /// Runs code, sends messages, moves money: what cannot be undone by writing again.
    Execute,
    /// Removes data.
    Delete,
    /// Changes who may see or do what.
    Permission,
    /// Nobody can tell.
    Unknown,
}

impl Effect {
    /// All of them.
    pub const ALL: [Effect; 6] =
        [Effect::Read, Effect::Write, Effect::Execute, Effect::Delete, Effect::Permission, Effect::Unknown];

    /// Its name in config, API and audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Execute => "execute",
            Effect::Delete => "delete",
            Effect::Permission => "permission",
            Effect::Unknown => "unknown",
        }
    }

    /// Reads `as_str`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.as_str() == text)
    }

    /// Everything but `read`.
    pub fn is_mutating(self) -> bool {
        self != Effect::Read
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_the_caution_and_unknown_is_above_all() {
        assert!(Effect::ALL.is_sorted());
        assert_eq!(Effect::ALL.into_iter().max(), Some(Effect::Unknown));
        assert_eq!(Effect::ALL.into_iter().filter(|effect| !effect.is_mutating()).count(), 1);
    }

    #[test]
    fn a_name_is_read_back_in_its_one_spelling() {
        for effect in Effect::ALL {
            assert_eq!(Effect::parse(effect.as_str()), Some(effect));
        }
        assert_eq!(Effect::parse("Read"), None);
        assert_eq!(Effect::parse("mutating"), None);
    }
}
