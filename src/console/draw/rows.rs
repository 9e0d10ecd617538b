//! The list of holds. What ended under the cursor stands there with its end in the place of its deadline.

use unicode_width::UnicodeWidthStr;

use super::Canvas;
use crate::approve::{Gutter, Style, Untrusted};
use crate::clock::Wall;
use crate::console::list::{Row, Title, stands, waits};
use crate::hold::HoldView;
use crate::limits::GROUP_MAX;

/// `> * K7QF   12s   29m write      triage-bot   `
const TITLES: &str = "    CODE   AGE  LEFT EFFECT     AGENT        OPERATION AND HOST";
/// `>* K7QF  29m write      `
const NARROW_TITLES: &str = "   CODE LEFT EFFECT     OPERATION, HOST";

impl Canvas<'_> {
    pub(super) fn holds(&mut self, top: u16, height: usize) {
        let state = self.state;
        let titles = if self.is_narrow() { NARROW_TITLES } else { TITLES };
        self.put(0, top, titles, Style::Quiet);
        let rows = state.list.visible(height);
        if rows.is_empty() {
            let text = if state.list.filter().is_empty() { "nothing waits" } else { "nothing is found" };
            self.put(0, top + 1, text, Style::Quiet);
        }
        for (at, row) in rows.iter().enumerate() {
            let y = top + 1 + at as u16;
            match row {
                Row::Armed(many) => {
                    let text = format!("{many} approved and not sent yet; d takes an approval back");
                    self.put(2, y, &text, Style::Title);
                }
                Row::Title(title) => self.group(y, title),
                Row::Hold(id) => {
                    if let Some(hold) = state.list.get(id) {
                        self.hold(y, hold);
                    }
                }
            }
        }
        let (above, all) = state.list.extent();
        let below = all.saturating_sub(above + rows.len());
        if below > 0 || above > 0 {
            let text = format!("{above} rows above, {below} below");
            let x = self.area.width.saturating_sub(text.len() as u16);
            if usize::from(x) > titles.len() {
                self.put(x, top, &text, Style::Quiet);
            }
        }
    }

    /// `4 of one operation: write by triage-bot │ DELETE /mail/*`; what stands behind the bar is the agent's.
    fn group(&mut self, y: u16, title: &Title) {
        let Some(hold) = self.state.list.get(&title.first) else { return };
        let (many, most) = (title.many, GROUP_MAX);
        let part = title.part.map(|(part, all)| format!(" (part {part} of {all}, {most} each at most)"));
        let head =
            format!("{many} of one operation{}: {} by {}", part.unwrap_or_default(), hold.effect, hold.agent);
        let operation = self.state.safe(&self.state.list.operation(title));
        let room = usize::from(self.area.width) - 2;
        let ruled = format!("{head}, rule {}", hold.rule);
        let head = if ruled.width() + 3 + operation.width() <= room { ruled } else { head };
        let x = self.put(2, y, &self.fit(&head, room), Style::Title);
        let x = self.put(x, y, " ", Style::Quiet);
        let x = self.put(x, y, Gutter::Start.text(self.state.look.charset), Style::Quiet);
        self.put(x, y, &operation, Style::Plain);
    }

    fn hold(&mut self, y: u16, hold: &HoldView) {
        let state = self.state;
        let is_selected = state.list.selected().is_some_and(|selected| selected.id == hold.id);
        let sign = if is_selected { '>' } else { ' ' };
        let mark = if state.list.is_marked(&hold.id) { '*' } else { ' ' };
        let style = if stands(hold) { Style::Plain } else { Style::Quiet };
        let agent = if hold.advisory { format!("{}*", hold.agent) } else { hold.agent.clone() };
        let (age, left) = (self.age(&hold.created_at, 1), self.age(&hold.deadline, -1));
        let code = self.fit(&hold.code, 4);
        // On a narrow screen the agent and the age stand in the hold's own view alone.
        let narrow = self.is_narrow();
        let head = if narrow {
            format!("{sign}{mark} {code:<4} ")
        } else {
            format!("{sign} {mark} {code:<4} {age:>5} ")
        };
        let (wide, room) = if narrow { (4, 10) } else { (5, 10) };
        let mut x = self.put(0, y, &head, style);
        x = match stands(hold) {
            true => {
                let effect = self.fit(&hold.effect, room);
                self.put(x, y, &format!("{left:>wide$} {effect:<room$} "), style)
            }
            false => {
                let room = wide + room + 1;
                self.put(x, y, &format!("{:<room$} ", self.fit(&hold.state, room)), Style::Warning)
            }
        };
        if !narrow {
            let agent = self.fit(&agent, 12);
            self.put(x, y, &agent, style);
            x += 13;
        }
        let what = self.what(hold, usize::from(self.area.width.saturating_sub(x)));
        self.put(x, y, &what, style);
        if is_selected {
            self.invert(y);
        }
    }

    pub(super) fn is_narrow(&self) -> bool {
        self.area.width < 64
    }

    /// The operation and the host, neither of them hidden by the other.
    fn what(&self, hold: &HoldView, room: usize) -> String {
        let host = hold.url.split_once("://").map_or(hold.url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        let approvals = &hold.approvals;
        let given = match approvals.needed {
            _ if !waits(hold) && stands(hold) => "armed ".to_owned(),
            0 | 1 => String::new(),
            needed => format!("{}/{needed} ", approvals.given.len()),
        };
        let host = self.fit(host, (room / 2).saturating_sub(2));
        let operation =
            self.fit(&hold.operation, room.saturating_sub(host.chars().count() + given.len() + 2));
        format!("{given}{operation}  {host}")
    }

    /// How long ago, or how long still.
    pub(super) fn age(&self, time: &str, sign: i64) -> String {
        let now = self.state.now.wall.0;
        let time = Wall::parse(time).map(|time| sign * (now - time.0));
        time.map_or_else(|| "?".to_owned(), short)
    }

    /// Made safe, and cut between characters where it is too wide.
    pub(super) fn fit(&self, text: &str, room: usize) -> String {
        let charset = self.state.look.charset;
        let shown = Untrusted::from(text).show(charset);
        if shown.columns() <= room {
            return shown.text;
        }
        let (mut columns, mut end) = (1, 0);
        for atom in &shown.atoms {
            columns += usize::from(atom.columns);
            if columns > room {
                break;
            }
            end += atom.text as usize;
        }
        let mut text = shown.text;
        text.truncate(end);
        text.push(self.sign());
        text
    }
}

/// `12s`, `3m`, `2h`, `4d`.
pub(super) fn short(milliseconds: i64) -> String {
    match milliseconds.max(0) / 1000 {
        seconds @ 0..=119 => format!("{seconds}s"),
        seconds @ 120..=7199 => format!("{}m", seconds / 60),
        seconds @ 7200..=172_799 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}
