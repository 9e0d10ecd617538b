//! A freeze that comes or goes while somebody looks: what an approval does then is another thing, and so is the question.

use std::collections::BTreeSet;

use crate::approve::Style;
use crate::approve::standing::covers;
use crate::console::dialog::{Dialog, What};
use crate::console::state::State;
use crate::hold::FreezeView;

impl State {
    pub(super) fn hear_freezes(&mut self, freezes: Vec<FreezeView>) {
        let before = self.stopped_here();
        self.freezes = freezes;
        // Who thaws takes back the freeze that was asked about, and no other one that has come in its place.
        let gone = |dialog: &mut Dialog| match &dialog.what {
            What::Thaw(freeze) => !self.freezes.contains(freeze),
            _ => false,
        };
        if self.dialog.take_if(gone).is_some() {
            self.say("that freeze is not on any more; nothing was thawed", Style::Warning);
        }
        let after = self.stopped_here();
        if before != after {
            self.tell_of_freezes(&before, &after);
        }
    }

    /// Those of the agents whose requests are looked at that are frozen.
    fn stopped_here(&self) -> BTreeSet<String> {
        let one = self.detail.iter().map(|detail| &detail.hold.agent);
        let several = self.batch.iter().flat_map(|batch| batch.holds().map(|hold| &hold.agent));
        let is_frozen = |agent: &&String| self.freezes.iter().any(|freeze| covers(freeze, agent));
        one.chain(several).filter(is_frozen).cloned().collect()
    }

    fn tell_of_freezes(&mut self, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        let news = match after.difference(before).next() {
            Some(agent) => self.kept_back(agent).unwrap_or_default(),
            None => {
                let free: Vec<&str> = before.difference(after).map(String::as_str).collect();
                format!("{}: frozen no more; what you approve is sent at once", free.join(", "))
            }
        };
        let is_release = |dialog: &mut Dialog| matches!(dialog.what, What::Approve(..) | What::ApproveAll(_));
        let taken = if self.dialog.take_if(is_release).is_some() { "; nothing was decided" } else { "" };
        self.say(&format!("{news}{taken}"), Style::Warning);
    }
}
