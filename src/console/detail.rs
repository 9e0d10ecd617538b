//! The hold that is looked at: which rendering of it is asked for, which one came, and whether all of it was displayed.
//! Decisions are about what came, never about what is in the list.

use crate::approve::{Lens, Style};
use crate::console::dialog::{Reading, Target};
use crate::console::errand::{Ask, Page, Wanted};
use crate::console::sheet::Sheet;
use crate::console::state::{Act, State};
use crate::console::view::View;
use crate::hold::HoldView;
use crate::snapshot::Digest;

/// One hold on the screen.
#[derive(Debug)]
pub struct Detail {
    /// As it was when it was last heard of.
    pub hold: HoldView,
    /// What of it is looked at.
    pub lens: Lens,
    /// Nothing left out.
    pub all: bool,
    /// What was asked for last.
    pub wanted: Option<Wanted>,
    /// What came.
    pub page: Option<Page>,
    /// What of it that is: the title says what stands below it, never what is still to come.
    pub shown: Lens,
    /// The request that was displayed to its end.
    pub read: Option<Digest>,
}

impl Detail {
    fn new(hold: HoldView) -> Self {
        Self {
            hold,
            lens: Lens::Pretty,
            all: false,
            wanted: None,
            page: None,
            shown: Lens::Pretty,
            read: None,
        }
    }

    /// What a release would be of: what is displayed, where that is the hold's.
    pub fn target(&self) -> Option<(Target, Reading)> {
        let digest = self.page.as_ref()?.rendering.digest?;
        let reading = if self.read == Some(digest) { Reading::Whole } else { Reading::Part };
        Some((Target { id: self.hold.id.clone(), code: self.hold.code.clone(), digest }, reading))
    }
}

impl State {
    /// Looks at a hold.
    pub fn open(&mut self, hold: HoldView) {
        self.detail = Some(Detail::new(hold));
        self.sheets.remove(&View::Detail);
        self.stack.push(View::Detail);
    }

    /// Asks for the rendering that the screen needs and has not asked for.
    pub(super) fn ask_for_pages(&mut self) {
        let width = self.width();
        if self.view() == View::Batch {
            self.ask_for_batch(width);
        }
        let Some(detail) = self.detail.as_mut() else { return };
        let Detail { hold, lens, all, .. } = detail;
        let wanted = Wanted { id: hold.id.clone(), width, lens: *lens, all: *all };
        if detail.wanted.as_ref() != Some(&wanted) {
            detail.wanted = Some(wanted.clone());
            self.acts.push(Act::Ask(Ask::Page(wanted)));
        }
    }

    /// A rendering came. One that nobody waits for any more is dropped.
    pub(super) fn hear_page(&mut self, wanted: &Wanted, result: Result<Box<Page>, String>) {
        if self.hear_member(wanted, &result) {
            return;
        }
        let Some(detail) = self.detail.as_mut().filter(|detail| detail.wanted.as_ref() == Some(wanted))
        else {
            return;
        };
        match result {
            Ok(page) => {
                self.sheets.insert(View::Detail, Sheet::made_for(wanted.width, page.rendering.lines.clone()));
                detail.page = Some(*page);
                detail.shown = wanted.lens;
                // The lines are others now: what is asked about them would be asked of what nobody has seen.
                if self.view() == View::Detail && self.dialog.take().is_some() {
                    self.say("the request is displayed anew; nothing was decided", Style::Warning);
                }
            }
            Err(why) => self.say(&why, Style::Warning),
        }
    }

    /// Notes that the request was displayed to its end, nothing of it left out.
    pub(super) fn note_reading(&mut self) {
        let width = self.width();
        let sheet = self.sheet();
        let is_read = sheet.is_read() && !sheet.is_cut(width) && self.view() == View::Detail;
        let Some(detail) = self.detail.as_mut().filter(|_| is_read) else { return };
        let rendering = detail.page.as_ref().map(|page| &page.rendering);
        if let Some(rendering) = rendering.filter(|rendering| !rendering.elided) {
            detail.read = rendering.digest;
        }
    }

    /// Another view, or all of it.
    pub(super) fn turn(&mut self, change: impl Fn(&mut Detail)) {
        if let Some(detail) = self.detail.as_mut() {
            change(detail);
        }
    }
}
