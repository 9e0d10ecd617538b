//! What was said last, above the keys. It takes as many rows as it needs, so that no end of it is lost; the view has so many
//! fewer lines, and none of them counts as displayed below it.

use crate::approve::wrap::{Setting, set};
use crate::approve::{Charset, Line, Style, Untrusted};
use crate::console::state::{Link, State};
use crate::console::view::View;
use crate::limits::CONSOLE_SAID_ROWS;

impl State {
    /// The rows of it; none where nothing is to be said.
    pub fn message(&self) -> Vec<Line> {
        let standing = || Some((self.standing()?, Style::Warning));
        let Some((text, style)) = self.said.clone().filter(|_| !self.searching).or_else(standing) else {
            return Vec::new();
        };
        let shown = Untrusted::from(&text).show(self.look.charset);
        let setting = Setting { style, ..Setting::default() };
        // Holdpoint's own lines have no gutter, and three columns more.
        let width = usize::from(self.size.0) + 3;
        let mut lines = set(&shown, &setting, width, None).0;
        if lines.len() > 1 {
            // What is quoted may be anybody's: nothing of it begins at the left edge.
            lines = set(&shown, &setting, width - 2, None).0;
            lines.iter_mut().skip(1).for_each(|line| line.label = "  ".into());
        }
        self.cut(lines)
    }

    /// As many rows as there is room for; the last one says that there were more.
    fn cut(&self, mut lines: Vec<Line>) -> Vec<Line> {
        let most = usize::from(self.size.1 / 4).min(CONSOLE_SAID_ROWS);
        if lines.len() > most {
            lines.truncate(most);
            let sign = if self.look.charset == Charset::Utf8 { " …" } else { " ~" };
            let last = lines.last_mut().and_then(|line| line.spans.last_mut());
            last.into_iter().for_each(|span| span.text = span.text.trim_end().to_owned() + sign);
        }
        lines
    }

    /// Whether the row of what is said is the search's.
    pub fn is_finding(&self) -> bool {
        let narrowed = !self.list.filter().is_empty() && self.view() == View::Holds;
        self.searching || (narrowed && self.said.is_none())
    }

    /// What is to be said where nothing else is.
    fn standing(&self) -> Option<String> {
        if self.is_finding() {
            return None;
        }
        if let Link::Lost(why) = &self.link {
            return Some(format!("no connection: {why}"));
        }
        let hold = match self.view() {
            View::Holds => self.list.selected()?,
            View::Detail => &self.detail.as_ref()?.hold,
            _ => return None,
        };
        let frozen =
            Some(hold).filter(|_| self.view() == View::Detail).and_then(|hold| self.kept_back(&hold.agent));
        let advisory = "* advisory: nothing on this machine can keep this agent from approving";
        frozen.or_else(|| hold.advisory.then(|| advisory.to_owned()))
    }
}
