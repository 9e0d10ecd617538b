//! What came of decisions. What is looked at by now, and what is asked by now, stays where it is about something else.

use crate::approve::Style;
use crate::approve::outcome::told;
use crate::approve::standing::Place;
use crate::console::errand::Decided;
use crate::console::state::State;
use crate::console::view::View;
use crate::hold::HoldView;
use crate::hold::said::Choice;

impl State {
    /// Only now another decision may be made: what came of this one is known.
    pub(super) fn hear_decided(&mut self, decided: Decided) {
        self.deciding = false;
        let many = decided.said.len();
        let denied = decided.said.first().is_some_and(|said| said.choice == Choice::Deny);
        match decided.answer {
            Ok(holds) => {
                let text = match holds.as_slice() {
                    [hold] if denied => format!("{} was refused; nothing of it was sent", hold.code),
                    [hold] => told(hold, &self.freezes, Place::Shell),
                    _ if denied => format!("{many} requests refused; nothing of them was sent"),
                    _ => of_many(&holds),
                };
                if !denied {
                    self.followed = holds.iter().filter(|_| many == 1).map(|hold| hold.id.clone()).collect();
                }
                let ids: Vec<String> = decided.said.into_iter().map(|said| said.id).collect();
                self.leave_decided(&ids);
                self.say(&text, Style::Title);
                holds.into_iter().for_each(|hold| self.hear_of(hold));
            }
            Err(why) => {
                let why = why.lines().next().unwrap_or_default().to_owned();
                let found =
                    decided.now.iter().flatten().map(|hold| format!("{} is {}", hold.code, hold.state));
                let found: Vec<String> = found.take(3).collect();
                decided.now.into_iter().flatten().for_each(|hold| self.hear_of(hold));
                self.say(&format!("{why}; looked at since: {}", found.join(", ")), Style::Warning);
            }
        }
    }

    /// What is looked at by now may be another hold, and what is asked another question: both stay.
    fn leave_decided(&mut self, ids: &[String]) {
        let is_one = |id: &String| ids.contains(id);
        let other = self.dialog.take().filter(|dialog| !ids.iter().any(|id| dialog.is_about(id)));
        if self.batch.as_ref().is_some_and(|batch| batch.holds().any(|hold| is_one(&hold.id))) {
            self.close(View::Batch);
        }
        if ids.len() == 1 && self.detail.as_ref().is_some_and(|detail| is_one(&detail.hold.id)) {
            self.close(View::Detail);
        }
        self.dialog = other;
        self.list.unmark(ids);
    }
}

fn of_many(holds: &[HoldView]) -> String {
    let waiting = holds.iter().filter(|hold| matches!(hold.state.as_str(), "held" | "armed")).count();
    match waiting {
        0 => format!("{} requests released", holds.len()),
        waiting => {
            format!("{} requests have your approval; {waiting} of them were not sent yet", holds.len())
        }
    }
}
