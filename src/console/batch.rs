//! Several holds that are decided as one: the list of them, by code and digest, and below it each of them whole. They are
//! released only once all of it was displayed; where one of them moves on meanwhile, it is no longer the same list and
//! nothing is decided (CASES HI-19, HI-20, AP-28).

use crate::approve::outcome::moved;
use crate::approve::{Gutter, Line, Span, Style};
use crate::console::dialog::Target;
use crate::console::errand::{Ask, Page, Wanted};
use crate::console::keys::View;
use crate::console::sheet::Sheet;
use crate::console::state::{Act, State};
use crate::hold::HoldView;
use crate::limits::GROUP_MAX;

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
}

impl Batch {
    /// The holds.
    pub fn holds(&self) -> impl Iterator<Item = &HoldView> {
        self.members.iter().map(|member| &member.hold)
    }

    /// What a release would be of, or why there is none.
    pub fn targets(&self) -> Result<Vec<Target>, String> {
        self.members.iter().map(target).collect()
    }

    fn is_whole(&self) -> bool {
        self.members.iter().all(|member| member.page.is_some())
    }
}

fn target(member: &Member) -> Result<Target, String> {
    let code = &member.hold.code;
    let page = member.page.as_ref().ok_or("the requests are still being read")?;
    if let Some(why) = &page.not_yours {
        return Err(format!("{code} is not yours to release: {why}"));
    }
    match page.rendering.digest {
        _ if page.rendering.elided => Err(format!("{code} is too large for a list: look at it on its own")),
        Some(digest) => Ok(Target { id: member.hold.id.clone(), code: code.clone(), digest }),
        None => Err(format!("{code}: what is stored is not what was held")),
    }
}

impl State {
    /// Shows what is marked.
    pub(super) fn gather(&mut self) {
        let members: Vec<Member> =
            self.list.marked().into_iter().map(|hold| Member { hold: hold.clone(), page: None }).collect();
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
            let wanted = Wanted { id: member.hold.id.clone(), width, raw: false, all: true };
            self.acts.push(Act::Ask(Ask::Page(wanted)));
        }
    }

    /// One of them came; whether it is one of them.
    pub(super) fn hear_member(&mut self, wanted: &Wanted, result: &Result<Box<Page>, String>) -> bool {
        let Some(batch) = self.batch.as_mut().filter(|batch| batch.width == wanted.width && wanted.all)
        else {
            return false;
        };
        let Some(member) = batch.members.iter_mut().find(|member| member.hold.id == wanted.id) else {
            return false;
        };
        match result {
            Ok(page) => member.page = Some((**page).clone()),
            Err(why) => {
                let why = why.clone();
                self.leave_batch(&why);
                return true;
            }
        }
        if batch.is_whole() {
            let lines = self.lines_of_batch();
            self.sheets.insert(View::Batch, Sheet::new(lines));
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

    fn lines_of_batch(&self) -> Vec<Line> {
        let Some(batch) = &self.batch else { return Vec::new() };
        let width = self.width();
        let mut lines = vec![Line::own(format!("{} marked:", batch.members.len()), Style::Title)];
        lines.extend(batch.holds().map(|hold| self.row_of_batch(hold, width)));
        for member in &batch.members {
            if let Err(why) = target(member) {
                lines.push(Line::own(format!("! {}", self.safe(&why)), Style::Warning));
            }
        }
        for Member { hold, page } in &batch.members {
            let title = format!("{} whole:", self.safe(&hold.code));
            lines.extend([Line::own("", Style::Plain), Line::own(title, Style::Title)]);
            lines.extend(page.iter().flat_map(|page| page.rendering.lines.iter().cloned()));
        }
        lines.push(Line::own("end of the list", Style::Title));
        lines
    }

    /// `K7QF 0f0f0f0f0f0f write triage-bot │ POST /posts https://…`; what stands behind the bar is the agent's. It may be
    /// cut: it stands whole below.
    fn row_of_batch(&self, hold: &HoldView, width: usize) -> Line {
        let digits = hold.digest.strip_prefix("sha256:").unwrap_or(&hold.digest);
        let digits = digits.get(..12).unwrap_or(digits);
        let label = format!("{} {digits} {} {} ", hold.code, hold.effect, hold.agent);
        let text: String =
            self.safe(&format!("{} {}", hold.operation, hold.url)).chars().take(width).collect();
        Line {
            label: self.safe(&label),
            gutter: Gutter::Start,
            spans: vec![Span { text, ..Span::default() }],
            ..Line::default()
        }
    }
}
