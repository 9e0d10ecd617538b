//! A group at the prompt: its page, the question, and one decision on exactly what the page listed.
//!
//! The page has the first request whole, and of every other one what differs from it, line by line, with its code and
//! the beginning of its digest. The question comes only once the end of it was displayed. What comes later is not part
//! of it; where a member moves on meanwhile, nothing is decided and the list is shown anew (CASES HI-19, HI-20).

use std::collections::HashSet;

use super::alike;
use super::answer::Answer;
use super::counter::Said;
use super::groups::Group;
use super::line::{Line, Style};
use super::outcome::moved;
use super::pager::Pager;
use super::prompt::{Left, Prompt, name};
use super::question::NOTHING_ELSE;
use super::sketch::{Sketch, sort_out};
use super::standing::{Place, standing};
use super::words::{count, number};
use crate::hold::HoldView;
use crate::hold::said::Choice;
use crate::limits::GROUP_TOLD;

/// One of a group, as it stands on the page.
struct Member {
    view: HoldView,
    sketch: Sketch,
}

impl Prompt<'_> {
    /// A group: what stands out of it is asked about on its own, one at a time; the rest on one page.
    pub(super) fn group(&mut self, group: &Group) -> Result<(), Left> {
        let members: HashSet<_> = group.members.iter().map(name).collect();
        self.sketches.retain(|name, _| members.contains(name));
        let fresh = group.members.iter().filter(|view| !self.sketches.contains_key(&name(view))).count();
        if fresh >= GROUP_TOLD {
            let many = count(group.members.len() as u64, "request");
            self.say(&format!("{many} of one kind wait; they are being compared"), Style::Quiet)?;
        }
        let sketches: Vec<_> = group.members.iter().map(|view| self.sketch(view)).collect();
        let sorted = sort_out(&sketches);
        if let Some(at) = sorted.alone.first() {
            return self.hold(&group.members[*at]);
        }
        let members = group.members.iter().cloned().zip(sketches);
        let members: Vec<Member> =
            members.filter_map(|(view, sketch)| Some(Member { view, sketch: sketch? })).collect();
        self.page_of(&members)
    }

    /// Kept from one look to the next, as long as its group is asked about.
    fn sketch(&mut self, view: &HoldView) -> Option<Sketch> {
        if let Some(known) = self.sketches.get(&name(view)) {
            return known.clone();
        }
        let made = self.counter.sketch(view, &self.options(false));
        self.sketches.insert(name(view), made.clone());
        made
    }

    fn page_of(&mut self, members: &[Member]) -> Result<(), Left> {
        self.ring()?;
        if self.waited_for_width()? {
            return Ok(());
        }
        let options = self.options(false);
        self.screen.say("", Style::Plain)?;
        let Some(lines) = self.lines_of(members) else {
            // It is no longer what was compared, or cannot be read: it is asked about on its own, if it still waits.
            self.sketches.extend(members.first().map(|first| (name(&first.view), None)));
            return Ok(());
        };
        let seen = Pager::new(self, options.width).show(&lines, Some(lines.len()), true)?;
        // Why they cannot be released as one.
        let barred = match self.counter.counts(&members[0].view) {
            Err(why) => Some(format!("these are not yours to release: {why}")),
            Ok(()) => (!seen).then(|| UNSEEN.to_owned()),
        };
        self.ask_of(members, options.width, barred.as_deref())
    }

    fn ask_of(&mut self, members: &[Member], width: usize, barred: Option<&str>) -> Result<(), Left> {
        let mut note = None;
        loop {
            if self.settle()? {
                self.say(super::question::EARLY, Style::Warning)?;
            }
            if self.is_reflowed(width)? {
                return Ok(());
            }
            let (first, last) = (&members[0].view, &members[members.len() - 1].view);
            let many = count(members.len() as u64, "request");
            let (first, last) = (self.safe(&first.code), self.safe(&last.code));
            if let Some(why) = barred {
                let why = self.safe(why);
                self.say(&why, Style::Warning)?;
                self.screen.ask("[more | no REASON | one by one | Enter leaves them held | ? helps]:")?;
            } else {
                let title = format!("Release these {many}, each as it is listed, {first} to {last}?");
                self.say(&title, Style::Title)?;
                self.screen.ask("[all | no REASON | one by one | Enter leaves them held | ? helps]:")?;
            }
            let Some(line) = self.line_while(width, |prompt| prompt.still_listed(members))? else {
                return Ok(());
            };
            let heard = self.heard(&line)?;
            if self.is_reflowed(width)? {
                return Ok(());
            }
            let answer = match heard {
                Ok(answer) => answer,
                Err(text) => {
                    self.say(text, Style::Warning)?;
                    continue;
                }
            };
            match answer {
                Answer::All if barred.is_some() => {
                    self.say("nothing done: they cannot be released as one", Style::Quiet)?;
                }
                Answer::All => return self.decide_all(members, Choice::Approve, note),
                Answer::Deny(reason) => return self.decide_all(members, Choice::Deny, reason),
                Answer::Leave => {
                    self.leave(members);
                    return self.say(&format!("{many} stay held"), Style::Quiet);
                }
                Answer::One => {
                    self.singly.extend(members.iter().map(|member| name(&member.view)));
                    return Ok(());
                }
                Answer::More | Answer::Raw => return Ok(()),
                Answer::Note(text) => {
                    note = Some(text);
                    self.say("the note goes on record with your all", Style::Quiet)?;
                }
                Answer::Freeze { .. } | Answer::Thaw(_) => self.stop_or_go(&answer)?,
                Answer::Help => {
                    for line in HELP.lines().chain([NOTHING_ELSE]) {
                        self.say(line, Style::Quiet)?;
                    }
                }
                Answer::Approve | Answer::Digest(_) | Answer::Grant(_) | Answer::Quit | Answer::Unclear => {
                    self.say("nothing done: type all, no, one, or Enter alone", Style::Quiet)?;
                }
            }
        }
    }

    /// What to say where a member has moved on: then the list is no longer what would be decided.
    fn still_listed(&self, members: &[Member]) -> Option<String> {
        let ids: Vec<_> = members.iter().map(|member| member.view.id.as_str()).collect();
        let now = self.counter.look_all(&ids);
        members.iter().zip(&now).find_map(|(Member { view, .. }, now)| moved(view, now.as_ref()))
    }

    fn decide_all(&mut self, members: &[Member], choice: Choice, reason: Option<String>) -> Result<(), Left> {
        let said: Vec<Said> = members
            .iter()
            .map(|Member { view, sketch }| Said {
                id: view.id.clone(),
                digest: Some(sketch.digest),
                choice,
                reason: reason.clone(),
                grant: None,
            })
            .collect();
        let many = count(members.len() as u64, "request");
        match self.counter.decide(&said) {
            Err(error) => {
                let text = format!("none of them was decided: {}", self.safe(&error));
                self.say(&text, Style::Warning)
            }
            Ok(_) if choice == Choice::Deny => {
                self.say(&format!("{many} refused; nothing of them was sent"), Style::Title)
            }
            Ok(views) => {
                let waiting: Vec<&HoldView> = views.iter().filter(|view| view.state == "held").collect();
                for view in &waiting {
                    self.aside.insert(name(view));
                }
                let armed: Vec<&HoldView> = views.iter().filter(|view| view.state == "armed").collect();
                let text = match views.len() - waiting.len() - armed.len() {
                    released if released == views.len() => format!("{many} released"),
                    0 => format!("{many} have your approval"),
                    released => format!("{many} have your approval; {} released", number(released as u64)),
                };
                self.say(&text, Style::Title)?;
                self.say_standing(&waiting)?;
                self.say_standing(&armed)
            }
        }
    }

    /// What those wait for that were not sent, of those that wait for the same once.
    fn say_standing(&mut self, views: &[&HoldView]) -> Result<(), Left> {
        let freezes = if views.is_empty() { Vec::new() } else { self.counter.freezes() };
        let mut said: Vec<(String, usize)> = Vec::new();
        for view in views {
            let words = standing(view, &freezes, Place::Prompt).unwrap_or_default();
            match said.iter_mut().find(|(known, _)| *known == words) {
                Some((_, count)) => *count += 1,
                None => said.push((words, 1)),
            }
        }
        for (words, count) in said {
            let text = self.safe(&format!("{count} of them: {words}"));
            self.say(&text, Style::Warning)?;
        }
        Ok(())
    }

    fn leave(&mut self, members: &[Member]) {
        self.aside.extend(members.iter().map(|member| name(&member.view)));
    }

    /// The page; `None` where the first of them can no longer be shown.
    fn lines_of(&mut self, members: &[Member]) -> Option<Vec<Line>> {
        let options = super::Options { all: true, ..self.options(false) };
        let rendering = self.counter.rendering(&members.first()?.view, &options)?;
        let alike: Vec<alike::Member> =
            members.iter().map(|Member { view, sketch }| alike::Member { view, sketch }).collect();
        let mut lines = alike::page(&alike, rendering, options.width, self.look().charset)?;
        lines.push(Line::own(format!("end of the list: {}", members.len()), Style::Title));
        Some(lines)
    }
}

const UNSEEN: &str =
    "The list was not displayed to its end: these cannot be released as one; more shows it again.";

const HELP: &str =
    "all, a        release exactly these, each by its id and digest, once; none where one has moved on
no [reason]   refuse them all; the agent is told the reason
one           ask about them one by one
note TEXT     put a note on record with your all
more          show the list again
freeze        stop everything that mutates (freeze agent NAME: one agent); thaw takes it back
Enter, skip   leave them held and go on";
