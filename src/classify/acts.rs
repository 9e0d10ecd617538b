//! Safe methods that act all the same (CASES CL-04): a GET whose last segment or parameters name an action.

use crate::classify::Effect;
use crate::snapshot::Head;

/// What a safe request does, where it looks like more than a read, and why.
pub(super) fn look(_head: &Head) -> Option<(Effect, &'static str)> {
    None
}
