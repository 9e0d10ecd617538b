//! Freezes at the prompt: that one is on, who froze, what waits behind it; and the words that freeze and thaw.

use super::answer::Answer;
use super::line::Style;
use super::prompt::{Left, Prompt};
use super::standing::{FILE, Place, back, covers, frozen};
use super::words::count;
use crate::hold::FreezeView;
use crate::limits::PAGE_MAX;

/// Who freezes by itself, so that nobody sits there who knows of it.
const BREAKER: &str = "breaker";

impl Prompt<'_> {
    /// Says what has changed of the freezes since they were told of last, and rings where the breaker has frozen.
    pub(super) fn tell_freezes(&mut self) -> Result<(), Left> {
        let now = self.counter.freezes();
        if now == self.freezes {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.freezes, now.clone());
        for freeze in now.iter().filter(|freeze| !before.contains(freeze)) {
            if freeze.by == BREAKER {
                self.screen.bell()?;
            }
            let pending = self.counter.pending();
            let behind = pending.iter().filter(|hold| covers(freeze, &hold.agent)).count();
            let least = if pending.len() >= PAGE_MAX { "at least " } else { "" };
            let text = self.safe(&format!("! FROZEN: {}", frozen(freeze)));
            self.say(&text, Style::Warning)?;
            let verb = if behind == 1 { "waits" } else { "wait" };
            let behind = count(behind as u64, "hold");
            let text =
                self.safe(&format!("{least}{behind} {verb} behind it; {}", back(freeze, Place::Prompt)));
            self.say(&text, Style::Quiet)?;
        }
        for freeze in before.iter().filter(|freeze| !now.contains(freeze)) {
            let text = self.safe(&format!("no longer frozen: {}", whose(freeze)));
            self.say(&text, Style::Title)?;
        }
        Ok(())
    }

    /// Freezes or thaws, as the person said.
    pub(super) fn stop_or_go(&mut self, answer: &Answer) -> Result<(), Left> {
        let done = match answer {
            Answer::Freeze { agent, reason } => self.counter.freeze(agent.as_deref(), reason.as_deref()),
            Answer::Thaw(agent) => {
                // The file's freeze goes with the file alone; a person's stands behind it.
                let theirs = |freeze: &&FreezeView| freeze.agent == *agent && freeze.by != FILE;
                let seen = self.freezes.iter().find(theirs);
                self.counter.thaw(agent.as_deref(), seen)
            }
            _ => return Ok(()),
        };
        match done {
            Ok(_) => self.tell_freezes(),
            Err(error) => {
                let text = format!("nothing was done: {}", self.safe(&error));
                self.say(&text, Style::Warning)
            }
        }
    }
}

fn whose(freeze: &FreezeView) -> String {
    freeze.agent.as_ref().map_or("all agents".to_owned(), |agent| format!("agent {agent}"))
}
