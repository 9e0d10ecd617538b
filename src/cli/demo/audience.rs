//! Before whom the demo is played: a person at the prompt, or a script. The prompt has the terminal, so the story's lines
//! are handed to it, and it says them between two holds; a script has standard output.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::cli::demo::script::Script;
use crate::cli::{hold, out};
use crate::hold::{Desk, HoldView};
use crate::limits::DEMO_NEXT_WAIT;

/// Who looks on.
pub enum Audience {
    Person(std::sync::Arc<Told>),
    Script(tokio::sync::Mutex<Script>),
}

/// Lines on their way to the prompt.
#[derive(Default)]
pub struct Told {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    /// Lines said so far.
    count: u64,
    /// The story has come to a hold, or to its end: nothing more is said before the person has decided.
    resting: bool,
}

impl Told {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, line: &str) {
        let mut state = self.lock();
        state.lines.push(line.to_owned());
        state.count += 1;
    }

    fn rest(&self, resting: bool) {
        self.lock().resting = resting;
        self.changed.notify_all();
    }

    /// A decision is being made: the story is about to go on.
    pub fn moves(&self) {
        self.rest(false);
    }

    /// It does not go on before the next decision, or is over.
    pub fn rests(&self) {
        self.rest(true);
    }

    /// Changes with every line.
    pub fn count(&self) -> u64 {
        self.lock().count
    }

    /// What was said, once the story rests: lines of one act come together, before the hold that they lead to.
    pub fn take(&self) -> Vec<String> {
        let moving = |state: &mut State| !state.resting;
        let waited = self.changed.wait_timeout_while(self.lock(), DEMO_NEXT_WAIT, moving);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.lines)
    }
}

impl Audience {
    /// Tells a line of the story.
    pub fn say(&self, line: &str) {
        match self {
            Self::Person(told) => told.say(line),
            // Where nobody reads it any more the story still comes to its end.
            Self::Script(_) => drop(out::say(&format!("{line}\n"))),
        }
    }

    /// A hold is there. A person takes their time with it; a script decides now.
    pub async fn sees(&self, desk: &Desk, view: &HoldView, content: &str) -> Result<(), String> {
        let script = match self {
            Self::Person(told) => {
                told.rests();
                return Ok(());
            }
            Self::Script(script) => script,
        };
        self.say(&format!(
            "   | {} ({}), by {}",
            hold::safe(&view.operation),
            view.effect,
            hold::safe(&view.agent)
        ));
        self.say(&format!("   | {}", hold::safe(content)));
        let said = script.lock().await.answer(desk, view).await?;
        self.say(&format!("   Release it? {said}"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_together_once_the_story_rests() {
        let told = std::sync::Arc::new(Told::default());
        let reader = told.clone();
        let reading = std::thread::spawn(move || reader.take());
        told.say("one");
        told.say("two");
        told.rests();
        assert_eq!(reading.join().unwrap(), ["one", "two"]);
        assert_eq!((told.count(), told.take().len()), (2, 0));
    }
}
