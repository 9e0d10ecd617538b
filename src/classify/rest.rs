//! What the words of a path say of a mutation: `/repos/a/b/collaborators/c` changes who may do what, `…/cancel` and
//! `…/send` cannot be undone by writing again. Words only raise.

use crate::classify::Effect;

/// What the path's words make of a mutation, and why.
pub(super) fn raise(_path: &str) -> Option<(Effect, &'static str)> {
    None
}
