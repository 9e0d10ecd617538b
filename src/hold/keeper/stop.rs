//! Freezes, as the keeper carries them out: the brake goes on before anybody is answered, and comes off only once the
//! thaw is on disk. And the file `freeze` in the state directory, which freezes everybody for as long as it exists;
//! what cannot be looked at counts as there.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use tokio::sync::oneshot;

use super::Keeper;
use crate::classify;
use crate::hold::queue::{By, Event, Freeze, Refusal};
use crate::hold::turn::{Effect, Turn};
use crate::hold::{DecisionError, FreezeView, Permit, Refused, SeenFreeze, Who};
use crate::limits;

/// The answer to a freeze or a thaw.
pub type Answer = oneshot::Sender<Result<FreezeView, DecisionError>>;

/// The file, and whether it was there.
pub struct FreezeFile {
    path: PathBuf,
    there: bool,
}

impl FreezeFile {
    /// `there`: it was, when somebody looked last.
    pub fn new(path: PathBuf, there: bool) -> Self {
        Self { path, there }
    }

    /// What is new: that it is there, with its text, or that it has gone.
    fn look(&mut self) -> Option<Option<String>> {
        let there =
            !matches!(self.path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
        if there == self.there {
            return None;
        }
        self.there = there;
        Some(there.then(|| self.text()))
    }

    /// Its text, on one line and of bounded length.
    fn text(&self) -> String {
        let is_file = self.path.metadata().is_ok_and(|found| found.is_file());
        let mut bytes = Vec::new();
        if is_file && let Ok(file) = File::open(&self.path) {
            let _ = file.take(limits::FREEZE_FILE_BYTES).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Keeper {
    /// Looks whether the file has come or gone.
    pub(super) fn look_at_file(&mut self, turn: &mut Turn) {
        if self.broken.is_none()
            && let Some(news) = self.file.look()
        {
            let _ = self.tell(Event::File(news), turn);
        }
    }

    pub(super) fn admit(
        &mut self,
        agent: String,
        effect: classify::Effect,
        reply: oneshot::Sender<Result<Permit, Refused>>,
        turn: &mut Turn,
    ) {
        self.look_at_file(turn);
        let _ = self.tell(Event::Admit(agent.clone(), effect), turn);
        let frozen = self.queue.is_frozen(&agent);
        let permit = if frozen { Err(Refused::Frozen) } else { Ok(self.tools.brake.permit(&agent)) };
        turn.effects.push(Effect::Admitted(reply, permit));
    }

    pub(super) fn freeze(
        &mut self,
        agent: Option<String>,
        reason: Option<String>,
        by: &Who,
        reply: Answer,
        turn: &mut Turn,
    ) {
        let at = self.tools.clock.now().wall.0;
        let freeze = Freeze { agent: agent.clone(), reason, by: By::Approver(by.name.clone()), at };
        match self.tell(Event::Freeze(freeze), turn) {
            Ok(()) => {
                let view = self.queue.freeze_of(agent.as_deref()).map(Freeze::view);
                turn.effects.push(Effect::Froze(reply, view));
            }
            Err(refusal) => drop(reply.send(Err(decision_error(refusal)))),
        }
    }

    pub(super) fn thaw(
        &mut self,
        agent: Option<String>,
        seen: &SeenFreeze,
        by: &Who,
        reply: Answer,
        turn: &mut Turn,
    ) {
        let view = self.queue.freeze_of(agent.as_deref()).map(Freeze::view);
        if let Some(other) = view.as_ref().filter(|view| !seen.is(view)) {
            let _ = reply.send(Err(DecisionError::OtherFreeze(other.clone())));
            return;
        }
        match self.tell(Event::Thaw(agent, by.name.clone()), turn) {
            Ok(()) => {
                turn.effects.push(Effect::Froze(reply, view));
            }
            Err(refusal) => drop(reply.send(Err(decision_error(refusal)))),
        }
    }
}

pub fn decision_error(refusal: Refusal) -> DecisionError {
    match refusal {
        Refusal::Decision(error) => error,
        Refusal::Release(_) => DecisionError::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_told_when_it_comes_and_when_it_goes_and_not_in_between() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("freeze");
        let mut file = FreezeFile::new(path.clone(), false);
        assert_eq!(file.look(), None);
        std::fs::write(&path, "the mail\nserver is on fire\x1b[2J\n").unwrap();
        assert_eq!(file.look(), Some(Some("the mail server is on fire\x1b[2J".to_owned())));
        assert_eq!(file.look(), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(file.look(), Some(None));
    }

    #[test]
    fn whatever_has_the_name_freezes_and_what_cannot_be_looked_at_does_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("freeze");
        std::os::unix::fs::symlink("/nowhere/at/all", &path).unwrap();
        assert_eq!(FreezeFile::new(path.clone(), false).look(), Some(Some(String::new())));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(FreezeFile::new(path, false).look(), Some(Some(String::new())));
        let below_a_file = dir.path().join("a");
        std::fs::write(&below_a_file, "").unwrap();
        assert_eq!(FreezeFile::new(below_a_file.join("freeze"), false).look(), Some(Some(String::new())));
    }
}
