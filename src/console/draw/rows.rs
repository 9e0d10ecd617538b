//! The list of holds. What ended under the cursor stands there with its end in the place of its deadline.

use super::Canvas;
use crate::approve::{Charset, Style, Untrusted};
use crate::clock::Wall;
use crate::console::list::{Row, waits};
use crate::hold::HoldView;

/// `> * K7QF   12s   29m  write      triage-bot   `
const TITLES: &str = "    CODE   AGE  LEFT  EFFECT     AGENT        OPERATION AND HOST";

impl Canvas<'_> {
    pub(super) fn holds(&mut self, top: u16, height: usize) {
        let state = self.state;
        self.put(0, top, TITLES, Style::Quiet);
        let rows = state.list.visible(height);
        if rows.is_empty() {
            let text = if state.list.filter().is_empty() { "nothing waits" } else { "nothing is found" };
            self.put(0, top + 1, text, Style::Quiet);
        }
        for (at, row) in rows.iter().enumerate() {
            let y = top + 1 + at as u16;
            match row {
                Row::Title(id, many) => self.group(y, id, *many),
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
            if usize::from(x) > TITLES.len() {
                self.put(x, top, &text, Style::Quiet);
            }
        }
    }

    fn group(&mut self, y: u16, id: &str, many: usize) {
        let Some(hold) = self.state.list.get(id) else { return };
        let text = format!("{many} of one kind: {} by {}, rule {}", hold.effect, hold.agent, hold.rule);
        let text = self.fit(&text, usize::from(self.area.width) - 2);
        self.put(2, y, &text, Style::Title);
    }

    fn hold(&mut self, y: u16, hold: &HoldView) {
        let state = self.state;
        let is_selected = state.list.selected().is_some_and(|selected| selected.id == hold.id);
        let sign = if is_selected { '>' } else { ' ' };
        let mark = if state.list.is_marked(&hold.id) { '*' } else { ' ' };
        let style = if waits(hold) { Style::Plain } else { Style::Quiet };
        let agent = if hold.advisory { format!("{}*", hold.agent) } else { hold.agent.clone() };
        let (age, left) = (self.age(&hold.created_at, 1), self.age(&hold.deadline, -1));
        let code = self.fit(&hold.code, 4);
        let mut x = self.put(0, y, &format!("{sign} {mark} {code:<4} {age:>5} "), style);
        x = match waits(hold) {
            true => self.put(x, y, &format!("{left:>5}  {:<10} ", self.fit(&hold.effect, 10)), style),
            false => self.put(x, y, &format!("{:<17} ", self.fit(&hold.state, 17)), Style::Warning),
        };
        let agent = self.fit(&agent, 12);
        self.put(x, y, &agent, style);
        self.put(x + 13, y, &self.what(hold, usize::from(self.area.width.saturating_sub(x + 13))), style);
        if is_selected {
            self.invert(y);
        }
    }

    /// The operation and the host, neither of them hidden by the other.
    fn what(&self, hold: &HoldView, room: usize) -> String {
        let host = hold.url.split_once("://").map_or(hold.url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        let approvals = &hold.approvals;
        let given = match approvals.needed {
            0 | 1 => String::new(),
            needed => format!("{}/{needed} ", approvals.given.len()),
        };
        let host = self.fit(host, (room / 2).saturating_sub(2));
        let operation =
            self.fit(&hold.operation, room.saturating_sub(host.chars().count() + given.len() + 2));
        format!("{given}{operation}  {host}")
    }

    /// How long ago, or how long still.
    fn age(&self, time: &str, sign: i64) -> String {
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
        let sign = if charset == Charset::Utf8 { '…' } else { '~' };
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
        text.push(sign);
        text
    }
}

/// `12s`, `3m`, `2h`, `4d`.
fn short(milliseconds: i64) -> String {
    match milliseconds.max(0) / 1000 {
        seconds @ 0..=119 => format!("{seconds}s"),
        seconds @ 120..=7199 => format!("{}m", seconds / 60),
        seconds @ 7200..=172_799 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}
