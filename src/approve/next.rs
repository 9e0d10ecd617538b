//! What the prompt asks about next. What waits is looked at a page at a time, the oldest first; the next page's turn comes
//! when nothing of this one is left but what the person set aside, so that however many wait, none of them is forgotten.

use std::collections::HashSet;

use super::groups::{Group, groups};
use super::prompt::{Prompt, name};
use crate::hold::HoldView;
use crate::limits::PAGE_MAX;

/// What a walk over the pages has found.
#[derive(Default)]
struct Walk {
    /// By id and digest: all that waits, as far as it was walked.
    names: HashSet<(String, String)>,
    /// Of the last page, what is not set aside.
    asked: Vec<HoldView>,
    /// Nothing lies behind it.
    to_the_end: bool,
}

impl Prompt<'_> {
    /// The first of those to be asked about.
    pub(super) fn next_group(&mut self) -> Option<Group> {
        let walk = self.walk();
        // What lies behind the last page that was looked at may wait still.
        let last = walk.names.iter().map(|(id, _)| id.clone()).max().unwrap_or_default();
        let waits =
            |name: &(String, String)| walk.names.contains(name) || (!walk.to_the_end && name.0 > last);
        self.aside.retain(waits);
        self.singly.retain(waits);
        self.sketches.retain(|name, _| waits(name));
        // Who chose to look at them one by one is not asked about other things before that is done.
        match walk.asked.iter().find(|view| self.singly.contains(&name(view))) {
            Some(view) => Some(Group { members: vec![view.clone()] }),
            None => groups(walk.asked).into_iter().next(),
        }
    }

    fn walk(&mut self) -> Walk {
        let mut walk = Walk::default();
        self.page = None;
        loop {
            let found = self.counter.page(self.page.as_deref());
            walk.to_the_end = found.len() < PAGE_MAX;
            walk.names.extend(found.iter().map(name));
            let last = found.last().map(|view| view.id.clone());
            walk.asked = found.into_iter().filter(|view| !self.aside.contains(&name(view))).collect();
            if walk.to_the_end || !walk.asked.is_empty() {
                return walk;
            }
            self.page = last;
        }
    }
}
