//! How people edit a held request: what they change is judged at the gate, which stands above their floor's reach.

use std::sync::{Arc, OnceLock};

use crate::gate::Gate;
use crate::hold::{DecisionError, HoldId, HoldView, Who};
use crate::snapshot::Digest;

/// The handle; of no use until the gate stands.
#[derive(Clone, Default)]
pub struct Editor(Arc<OnceLock<Arc<Gate>>>);

impl Editor {
    /// The gate stands.
    pub(super) fn open(&self, gate: Arc<Gate>) {
        let _ = self.0.set(gate);
    }

    /// The request of a hold as a text to edit (see `parse::edit`), and the digest of what it shows.
    pub async fn text(&self, hold: HoldId) -> Result<(Digest, String), DecisionError> {
        self.gate()?.edit_text(hold).await
    }

    /// Puts the request that the text says in the place of the held one with the digest `of`. `NoEdit` says what is
    /// wrong with it, and in which line.
    pub async fn edit(
        &self,
        hold: HoldId,
        of: Digest,
        text: &str,
        by: Who,
    ) -> Result<HoldView, DecisionError> {
        self.gate()?.edit(hold, of, text, by).await
    }

    fn gate(&self) -> Result<&Arc<Gate>, DecisionError> {
        self.0.get().ok_or(DecisionError::Unavailable)
    }
}
