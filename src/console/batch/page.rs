//! The page of a list: which holds, then each group of like ones with what its members differ in, as `review` and the
//! prompt of `serve` show it, and whole whatever stands out.

use super::{Batch, Member};
use crate::approve::alike;
use crate::approve::groups::groups;
use crate::approve::sketch::sort_out;
use crate::approve::words::count;
use crate::approve::wrap::{Setting, set};
use crate::approve::{Charset, Gutter, Line, Style, Untrusted};
use crate::console::questions::label;
use crate::hold::HoldView;

impl Batch {
    /// The page, once every member was read.
    pub(super) fn page(&self, charset: Charset) -> Vec<Line> {
        let printer = Printer { width: self.width, charset };
        let many = count(self.members.len() as u64, "hold");
        let mut lines = vec![Line::own(format!("{many} to be decided as one:"), Style::Title)];
        lines.extend(self.holds().flat_map(|hold| printer.row(hold)));
        for why in self.members.iter().filter_map(|member| member.target().err()) {
            lines.extend(printer.own(&format!("! {why}"), Style::Warning));
        }
        for members in self.groups() {
            lines.extend(printer.group(&members));
        }
        lines.push(Line::own(format!("end of the list: {}", self.members.len()), Style::Title));
        lines
    }

    fn groups(&self) -> Vec<Vec<&Member>> {
        let of = |id: &str| self.members.iter().find(|member| member.hold.id == id);
        let groups = groups(self.holds().collect());
        groups.iter().map(|group| group.members.iter().filter_map(|hold| of(&hold.id)).collect()).collect()
    }
}

struct Printer {
    width: usize,
    charset: Charset,
}

impl Printer {
    /// Together on one page where they are alike, the others whole and before them.
    fn group(&self, members: &[&Member]) -> Vec<Line> {
        let sketches: Vec<_> = members.iter().map(|member| member.sketch.clone()).collect();
        let sorted = sort_out(&sketches);
        let together: Vec<&Member> = sorted.together.iter().map(|at| members[*at]).collect();
        let page = self.alike(&together);
        let alone = members.iter().enumerate();
        let alone = alone.filter(|(at, _)| page.is_none() || sorted.alone.contains(at));
        let mut lines: Vec<Line> = alone.flat_map(|(_, member)| self.whole(member)).collect();
        if let Some(page) = page {
            lines.push(Line::own("", Style::Plain));
            lines.extend(page);
        }
        lines
    }

    fn alike(&self, members: &[&Member]) -> Option<Vec<Line>> {
        let first = members.first().filter(|_| members.len() > 1)?;
        let rendering = first.page.as_ref()?.rendering.clone();
        let members: Option<Vec<alike::Member>> = members
            .iter()
            .map(|member| Some(alike::Member { view: &member.hold, sketch: member.sketch.as_ref()? }))
            .collect();
        alike::page(&members?, rendering, self.width, self.charset)
    }

    fn whole(&self, member: &Member) -> Vec<Line> {
        let mut lines = vec![Line::own("", Style::Plain)];
        lines.extend(self.own(&format!("{} whole:", member.hold.code), Style::Title));
        lines.extend(member.page.iter().flat_map(|page| page.rendering.lines.iter().cloned()));
        lines
    }

    /// `K7QF 0f0f0f0f0f0f │ POST /posts https://…`; what stands behind the bar is the agent's.
    fn row(&self, hold: &HoldView) -> Vec<Line> {
        let label = Untrusted::from(&label(hold)).show(self.charset).text;
        let setting = Setting { label, gutter: Gutter::Start, ..Setting::default() };
        self.set(&format!("{} {}", hold.operation, hold.url), &setting)
    }

    fn own(&self, text: &str, style: Style) -> Vec<Line> {
        self.set(text, &Setting { style, ..Setting::default() })
    }

    fn set(&self, text: &str, setting: &Setting) -> Vec<Line> {
        set(&Untrusted::from(text).show(self.charset), setting, self.width, None).0
    }
}
