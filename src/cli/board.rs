//! The screen of `ls --watch`. The title stays, then comes what waits for a person, the oldest first, because it expires
//! first; then what was approved and is not over; then what ended, the latest first. What does not fit is counted.
//!
//! What is not over is asked for at every look, as far as it can be shown; what ended is remembered as it is told of.

use std::collections::VecDeque;

use rustix::termios::tcgetwinsize;
use unicode_width::UnicodeWidthChar;

use crate::admin::Agents;
use crate::cli::args::Ls;
use crate::cli::client::Client;
use crate::cli::freeze::{freezes, notices};
use crate::cli::listen::Told;
use crate::cli::ls::{Listed, Listing, table};
use crate::cli::watch::{GOING_ON, is_going_on};
use crate::cli::{Done, Trouble, out};
use crate::clock::{Clock, Wall};
use crate::hold::{FreezeView, HoldView};
use crate::limits;

/// Home, and clear what follows. Nothing that came from an agent is ever part of a sequence.
const ANEW: &str = "\x1b[H\x1b[J";

/// What there is to see.
pub struct Board<'a> {
    asked: &'a Ls,
    /// What is not over, as many as the largest screen can show.
    going_on: Vec<HoldView>,
    /// How many there are that wait for a person.
    held: usize,
    /// What ended, the latest last.
    ended: VecDeque<HoldView>,
    freezes: Vec<FreezeView>,
}

impl<'a> Board<'a> {
    /// What has ended so far.
    pub async fn new(client: &Client, asked: &'a Ls) -> Result<Self, Trouble> {
        let mut board =
            Self { asked, going_on: Vec::new(), held: 0, ended: VecDeque::new(), freezes: Vec::new() };
        board.look_back(client).await?;
        Ok(board)
    }

    /// Everything that ended and is still known, the latest kept.
    async fn look_back(&mut self, client: &Client) -> Done {
        self.ended.clear();
        if self.asked.state.as_ref().is_some_and(|state| GOING_ON.contains(&state.as_str())) {
            return Ok(());
        }
        let mut listing = Listing::new(self.asked);
        loop {
            let page = listing.page(client, limits::PAGE_MAX).await?;
            let full = page.len() == limits::PAGE_MAX;
            page.into_iter().filter(|hold| !is_going_on(hold)).for_each(|hold| self.remember(hold));
            if !full {
                return Ok(());
            }
        }
    }

    fn remember(&mut self, hold: HoldView) {
        self.ended.retain(|known| known.id != hold.id);
        if self.ended.len() >= limits::WATCH_ROWS_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(hold);
    }

    /// Takes in what the server tells.
    pub async fn hear(&mut self, client: &Client, told: Told) -> Done {
        match told {
            Told::Anew => self.look_back(client).await?,
            Told::Happening(happening) => {
                let hold = happening.hold.filter(|hold| !is_going_on(hold) && self.asked.wants(hold));
                if let Some(hold) = hold {
                    self.remember(*hold);
                }
            }
        }
        Ok(())
    }

    /// Looks at what is not over.
    pub async fn look(&mut self, client: &Client) -> Done {
        self.going_on.clear();
        for state in GOING_ON {
            let room = limits::WATCH_ROWS_MAX - self.going_on.len();
            if room == 0 || self.asked.state.as_ref().is_some_and(|wanted| wanted != state) {
                continue;
            }
            let asked = Ls {
                state: Some(state.to_owned()),
                agent: self.asked.agent.clone(),
                json: false,
                watch: false,
            };
            self.going_on.extend(Listing::new(&asked).page(client, room).await?);
        }
        let shown = self.going_on.iter().filter(|hold| hold.state == "held").count();
        // Only where there are more than were asked for is it another question how many.
        self.held = if shown < limits::WATCH_ROWS_MAX { shown } else { self.count_held(client).await? };
        self.freezes = freezes(client).await?;
        Ok(())
    }

    async fn count_held(&self, client: &Client) -> Result<usize, Trouble> {
        let known: Agents = client.get_json("/v1/agents").await?;
        let wanted =
            known.agents.iter().filter(|one| self.asked.agent.as_ref().is_none_or(|name| *name == one.name));
        Ok(wanted.map(|one| one.held).sum())
    }

    /// Draws it, as large as the terminal is now.
    pub fn draw(&self) -> Done {
        let rows = tcgetwinsize(std::io::stdout()).map_or(24, |size| usize::from(size.ws_row));
        let lines = self.lines(rows, Clock::system().now().wall);
        let columns = out::columns();
        let cut: Vec<String> = lines.iter().map(|line| cut(line, columns)).collect();
        // No line end behind the last line: it would move the first one off the screen.
        out::say(&format!("{ANEW}{}", cut.join("\n")))
    }

    /// As many lines as there are rows, at the most.
    fn lines(&self, rows: usize, now: Wall) -> Vec<String> {
        let holds: Vec<&HoldView> = self.going_on.iter().chain(self.ended.iter().rev()).collect();
        let mut lines = notices(&self.freezes);
        // A title, a hold and what is left out have their place on every screen.
        lines.truncate(rows.saturating_sub(3));
        let notes = lines.len();
        let is_held = |hold: &&&HoldView| hold.state == "held";
        let others = holds.len() - holds.iter().filter(is_held).count();
        let hidden = |shown: usize| {
            let held = holds[..shown].iter().filter(is_held).count();
            (self.held.saturating_sub(held), others.saturating_sub(shown - held))
        };
        let mut shown = holds.len().min(rows.saturating_sub(notes + 1)).max(usize::from(!holds.is_empty()));
        if hidden(shown) != (0, 0) {
            shown = shown.min(rows.saturating_sub(notes + 2)).max(1);
        }
        if holds.is_empty() {
            lines.push("no holds".to_owned());
            return lines;
        }
        let these: Vec<Listed> = holds[..shown].iter().map(|hold| Listed::from(*hold)).collect();
        let table = table(&these, now);
        // The remark below a table is for what has room: the star stands in any case.
        lines.extend(table.lines().take(shown + 1).map(str::to_owned));
        match hidden(shown) {
            (0, 0) => lines.extend(table.lines().skip(shown + 1).map(str::to_owned)),
            (held, others) => lines.push(left_out(held, others)),
        }
        lines.truncate(rows.max(3));
        lines
    }
}

fn left_out(held: usize, others: usize) -> String {
    let parts = [(held, "more held"), (others, "others")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", crate::approve::words::number(number as u64)))
        .collect();
    format!("… {} not shown; --state and --agent narrow it down", parts.join(" and "))
}

/// The cells are of printable characters that were shown already; wide ones may take two columns.
fn cut(line: &str, columns: usize) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for letter in line.chars() {
        width += letter.width().unwrap_or(0);
        if width > columns {
            break;
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::sample;

    fn board<'a>(asked: &'a Ls, held: usize, ended: usize) -> Board<'a> {
        let hold = |number: usize, state: &str| HoldView {
            code: format!("{}{number}", &state[..1].to_uppercase()),
            id: format!("{state}{number}"),
            state: state.into(),
            ..sample::held()
        };
        Board {
            asked,
            going_on: (0..held).map(|number| hold(number, "held")).collect(),
            held,
            ended: (0..ended).map(|number| hold(number, "done")).collect(),
            freezes: Vec::new(),
        }
    }

    fn codes(board: &Board, rows: usize) -> Vec<String> {
        let lines = board.lines(rows, Wall(0));
        assert!(lines.len() <= rows, "{lines:?}");
        lines.iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    const ALL: Ls = Ls { state: None, agent: None, json: false, watch: true };

    #[test]
    fn what_waits_is_on_the_screen_before_what_ended_and_the_title_stays() {
        let mut board = board(&ALL, 2, 50);
        assert_eq!(codes(&board, 5), ["CODE", "H0", "H1", "D49", "…"]);
        assert!(board.lines(5, Wall(0))[4].starts_with("… 49 others not shown"));
        assert_eq!(codes(&board, 3), ["CODE", "H0", "…"]);
        assert!(board.lines(3, Wall(0))[2].starts_with("… 1 more held and 50 others not shown"));
        assert_eq!(codes(&board, 53).len(), 53);
        board.ended.clear();
        assert_eq!(codes(&board, 24), ["CODE", "H0", "H1"]);
        board.going_on.clear();
        board.held = 0;
        assert_eq!(board.lines(24, Wall(0)), ["no holds"]);
    }

    #[test]
    fn of_more_than_were_asked_for_all_are_counted() {
        let mut board = board(&ALL, 10, 0);
        board.held = 5_000;
        assert!(board.lines(4, Wall(0))[3].starts_with("… 4,998 more held not shown"));
    }

    #[test]
    fn a_freeze_stands_above_the_title_and_leaves_room_for_a_hold() {
        let mut board = board(&ALL, 9, 0);
        let freeze = FreezeView { agent: None, reason: None, by: "ops".into(), at: "DAWN".into() };
        board.freezes = vec![freeze.clone(), freeze];
        let lines = board.lines(5, Wall(0));
        assert!(lines[0].starts_with("! FROZEN: all agents, by ops since DAWN"), "{lines:?}");
        assert_eq!((lines.len(), &lines[2][..4], &lines[3][..2]), (5, "CODE", "H0"));
        assert_eq!(codes(&board, 3), ["CODE", "H0", "…"]);
    }

    #[test]
    fn a_row_is_never_wider_than_the_terminal() {
        assert_eq!(cut("abcdef", 3), "abc");
        assert_eq!(cut("漢字", 3), "漢");
    }
}
