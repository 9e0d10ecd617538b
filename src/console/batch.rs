//! Several holds that are decided as one: the list of them, by code and digest, and below it what each of them is. They
//! are released only once all of it was displayed; where one of them moves on meanwhile, it is no longer the same list and
//! nothing is decided (CASES HI-19, HI-20, AP-28).

mod page;

use crate::approve::outcome::moved;
use crate::approve::sketch::Sketch;
use crate::approve::{Lens, Style};
use crate::console::dialog::Target;
use crate::console::errand::{Ask, Page, Wanted};
use crate::console::sheet::Sheet;
use crate::console::state::{Act, State};
use crate::console::view::View;
use crate::hold::HoldView;
use crate::limits::{GROUP_BODY_MAX, GROUP_MAX};

/// The list.
#[derive(Debug)]
pub struct Batch {
    members: Vec<Member>,
    width: usize,
}

#[derive(Debug)]
struct Member {
    hold: HoldView,
    page: Option<Page>,
    /// As others are compared with it; none where it is too large for that, or was not rendered whole.
    sketch: Option<Sketch>,
}

impl Member {
    fn new(hold: &HoldView) -> Self {
        Self { hold: hold.clone(), page: None, sketch: None }
    }

    fn wanted(&self, width: usize) -> Wanted {
        Wanted { id: self.hold.id.clone(), width, lens: Lens::Pretty, all: true }
    }

    fn take(&mut self, page: &Page) {
        let fits = self.hold.body_bytes <= GROUP_BODY_MAX as u64;
        self.sketch = Sketch::of(&page.rendering).filter(|_| fits);
        self.page = Some(page.clone());
    }

    fn target(&self) -> Result<Target, String> {
        let code = &self.hold.code;
        let page = self.page.as_ref().ok_or("the requests are still being read")?;
        if let Some(why) = &page.not_yours {
            return Err(format!("{code} is not yours to release: {why}"));
        }
        match page.rendering.digest {
            _ if page.rendering.elided => {
                Err(format!("{code} is too large for a list: look at it on its own"))
            }
            Some(digest) if digest.to_string() == self.hold.digest => {
                Ok(Target { id: self.hold.id.clone(), code: code.clone(), digest })
            }
            Some(_) => Err(format!("{code} was edited: show the list again")),
            None => Err(format!("{code}: what is stored is not what was held")),
        }
    }
}

impl Batch {
    /// The holds.
    pub fn holds(&self) -> impl Iterator<Item = &HoldView> {
        self.members.iter().map(|member| &member.hold)
    }

    /// What a release would be of, or why there is none.
    pub fn targets(&self) -> Result<Vec<Target>, String> {
        self.members.iter().map(Member::target).collect()
    }

    fn is_whole(&self) -> bool {
        self.members.iter().all(|member| member.page.is_some())
    }
}

impl State {
    /// Shows what is marked.
    pub(super) fn gather(&mut self) {
        let members: Vec<Member> = self.list.marked().into_iter().map(Member::new).collect();
        match members.len() {
            0 => self.say("nothing is marked: space marks the selected hold", Style::Quiet),
            count if count > GROUP_MAX => {
                self.say(
                    &format!("nobody reads more than {GROUP_MAX} at a time; mark fewer"),
                    Style::Warning,
                );
            }
            _ => {
                self.batch = Some(Batch { members, width: 0 });
                self.sheets.remove(&View::Batch);
                self.stack.push(View::Batch);
            }
        }
    }

    /// Asks for what the screen needs of them and has not asked for.
    pub(super) fn ask_for_batch(&mut self, width: usize) {
        let Some(batch) = self.batch.as_mut().filter(|batch| batch.width != width) else { return };
        batch.width = width;
        for member in &mut batch.members {
            member.page = None;
            self.acts.push(Act::Ask(Ask::Page(member.wanted(width))));
        }
    }

    /// One of them came; whether it is one of them.
    pub(super) fn hear_member(&mut self, wanted: &Wanted, result: &Result<Box<Page>, String>) -> bool {
        let Some(batch) = self.batch.as_mut() else { return false };
        let width = batch.width;
        // Another view of the same hold may be on its way from where it was looked at alone.
        let Some(member) = batch.members.iter_mut().find(|member| member.wanted(width) == *wanted) else {
            return false;
        };
        match result {
            Ok(page) => member.take(page),
            Err(why) => {
                let why = why.clone();
                self.leave_batch(&why);
                return true;
            }
        }
        if let Some(batch) = self.batch.as_ref().filter(|batch| batch.is_whole()) {
            let lines = batch.page(self.look.charset);
            self.sheets.insert(View::Batch, Sheet::made_for(wanted.width, lines));
            // The lines are others now: what is asked about them would be asked of what nobody has seen.
            if self.view() == View::Batch && self.dialog.take().is_some() {
                self.say("the list is displayed anew; nothing was decided", Style::Warning);
            }
        }
        true
    }

    /// A hold has changed: a list in which it stands otherwise is not the list any more.
    pub(super) fn hear_of_member(&mut self, now: &HoldView) {
        let member = self.batch.as_ref().and_then(|batch| batch.holds().find(|hold| hold.id == now.id));
        if let Some(why) = member.and_then(|hold| moved(hold, Some(now))) {
            self.leave_batch(&format!("{why}; the list is not the same any more, and nothing was decided"));
        }
    }

    pub(super) fn leave_batch(&mut self, why: &str) {
        if self.batch.take().is_some() {
            self.stack.retain(|view| *view != View::Batch);
            self.dialog = None;
            self.say(why, Style::Warning);
        }
    }
}
