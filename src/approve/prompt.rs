//! The prompt of `serve`, and `review`: shows what is held, what stands alone first, and asks. It runs on a thread of its own, on the
//! terminal alone.
//!
//! When unsure nothing is released: an empty answer, the end of input, a hang-up, an unknown word and anything with
//! control characters leave the hold as it is. What was typed before the question stood on screen is thrown away,
//! and a release names the digest of exactly what was rendered (CASES AP-04, 10, 24, 25).

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;

use super::answer::{self, Answer};
use super::counter::Counter;
use super::line::Style;
use super::options::{Lens, Options};
use super::print::{Look, Screen};
use super::sketch::Sketch;
use super::tty::{Gone, Input, Tty};
use super::untrusted::Untrusted;
use crate::clock::{Clock, Wall};
use crate::hold::{FreezeView, HoldView};
use crate::limits::{PROMPT_TICK, SHOWN_COLUMNS_MIN};

/// What the prompt is told once.
#[derive(Clone)]
pub struct Setup {
    /// The first line.
    pub greeting: String,
    /// Go on when nothing waits, and ask for what comes.
    pub stay: bool,
    /// How the terminal looks.
    pub look: Look,
    /// For ages and deadlines.
    pub clock: Clock,
}

/// Why the prompt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing waits any more, and nobody wants to wait for more.
    Done,
    /// The same, but for what the person has left undecided, which was said.
    Left,
    /// The terminal has gone; holds wait for the other surfaces.
    Hangup,
    /// Holdpoint is shutting down.
    Stopping,
}

/// What ends the prompt in the middle of something.
pub struct Left(End);

impl From<Gone> for Left {
    fn from(_: Gone) -> Self {
        Left(End::Hangup)
    }
}

impl From<io::Error> for Left {
    fn from(_: io::Error) -> Self {
        Left(End::Hangup)
    }
}

/// Takes the controlling terminal and starts the prompt's thread. The error says why there is none.
pub fn spawn(
    counter: Box<dyn Counter>,
    setup: Setup,
    ended: impl FnOnce(End) + Send + 'static,
) -> Result<(), String> {
    let tty = Tty::open()?;
    std::thread::Builder::new()
        .name("prompt".into())
        .spawn(move || ended(run(&tty, counter.as_ref(), &setup)))
        .map(|_| ())
        .map_err(|error| format!("the prompt's thread does not start: {error}"))
}

/// Asks until the terminal has gone or Holdpoint stops.
pub fn run(tty: &Tty, counter: &dyn Counter, setup: &Setup) -> End {
    let Ok(writer) = tty.writer() else { return End::Hangup };
    let screen = Screen::new(writer, setup.look);
    let mut prompt = Prompt {
        tty,
        counter,
        setup,
        screen,
        aside: HashSet::new(),
        singly: HashSet::new(),
        sketches: HashMap::new(),
        freezes: Vec::new(),
        page: None,
        idle: None,
    };
    let Err(Left(end)) = prompt.work();
    end
}

/// The prompt at work.
pub struct Prompt<'a> {
    pub(super) tty: &'a Tty,
    pub(super) counter: &'a dyn Counter,
    setup: &'a Setup,
    pub(super) screen: Screen<File>,
    /// Holds, by id and digest, that the person left as they are.
    pub(super) aside: HashSet<(String, String)>,
    /// Holds that are to be asked about one by one, though they are of a group.
    pub(super) singly: HashSet<(String, String)>,
    /// Of the holds that wait, as far as they were compared.
    pub(super) sketches: HashMap<(String, String), Option<Sketch>>,
    /// Freezes that were told of.
    pub(super) freezes: Vec<FreezeView>,
    /// The page of holds that is asked about begins after this one; with the oldest, where it is `None`.
    pub(super) page: Option<String>,
    /// Nothing is asked: how many holds are left aside, as was said last. The next hold rings.
    pub(super) idle: Option<usize>,
}

impl Prompt<'_> {
    fn work(&mut self) -> Result<std::convert::Infallible, Left> {
        self.screen.say(&self.setup.greeting, Style::Title)?;
        self.screen.say(
            "What is held is asked for here: what stands alone, worst first; then what is of one kind, oldest first.",
            Style::Quiet,
        )?;
        loop {
            self.still_wanted()?;
            let version = self.counter.version();
            for line in self.counter.aside() {
                self.screen.say(&line, Style::Plain)?;
            }
            self.tell_freezes()?;
            match self.next_group() {
                Some(group) if group.is_many() => self.group(&group)?,
                Some(group) => self.hold(&group.members[0])?,
                None if self.setup.stay => self.idle(version)?,
                None => {
                    // Nothing may be what is seen of a server that has ended.
                    self.still_wanted()?;
                    return Err(Left(self.end()?));
                }
            }
        }
    }

    /// Nothing is left to ask about.
    fn end(&mut self) -> Result<End, Left> {
        let text = match self.aside.len() {
            0 => return Ok(End::Done),
            1 => "1 hold is left undecided; `holdpoint review` asks about it again".to_owned(),
            left => format!("{left} holds are left undecided; `holdpoint review` asks about them again"),
        };
        self.screen.say(&text, Style::Warning)?;
        Ok(End::Left)
    }

    /// Fails when Holdpoint stops.
    pub(super) fn still_wanted(&self) -> Result<(), Left> {
        if self.counter.stopping() { Err(Left(End::Stopping)) } else { Ok(()) }
    }

    /// The first to be asked about after there was nothing.
    pub(super) fn ring(&mut self) -> Result<(), Left> {
        if self.idle.take().is_some() {
            self.screen.bell()?;
        }
        Ok(())
    }

    /// A line of Holdpoint's own.
    pub(super) fn say(&mut self, text: &str, style: Style) -> Result<(), Left> {
        Ok(self.screen.say(text, style)?)
    }

    /// Nothing to ask: waits until something changes, or the person wants to see again what was left.
    fn idle(&mut self, version: u64) -> Result<(), Left> {
        let left = self.aside.len();
        let waiting = match left {
            0 => "Nothing waits for you.".to_owned(),
            1 => "1 hold is left undecided; Enter shows it again.".to_owned(),
            _ => format!("{left} holds are left undecided; Enter shows them again."),
        };
        if self.idle.replace(left) != Some(left) {
            self.screen.say(&waiting, Style::Quiet)?;
        }
        loop {
            self.still_wanted()?;
            match self.tty.line(PROMPT_TICK)? {
                Input::Line(bytes) if left > 0 && answer::parse(&bytes) == Ok(Answer::Leave) => {
                    self.aside.clear();
                    self.idle = None;
                    return Ok(());
                }
                Input::Line(bytes) => {
                    if let Ok(answer @ (Answer::Freeze { .. } | Answer::Thaw(_))) = answer::parse(&bytes) {
                        self.stop_or_go(&answer)?;
                    }
                }
                Input::End => self.tty.pause(PROMPT_TICK)?,
                Input::Nothing => {}
            }
            if self.counter.version() != version {
                return Ok(());
            }
        }
    }

    /// Waits until there is room for a hold; true when it had to.
    pub(super) fn waited_for_width(&mut self) -> Result<bool, Left> {
        if self.tty.room().is_some() {
            return Ok(false);
        }
        self.screen.say("a hold waits; widen this terminal to see it", Style::Warning)?;
        while self.tty.room().is_none() {
            self.still_wanted()?;
            self.tty.pause(PROMPT_TICK)?;
        }
        Ok(true)
    }

    /// Whether the terminal is as wide now as it was for options of this width, and wide enough.
    pub(super) fn stands_at(&self, width: usize) -> bool {
        self.tty.room() == Some(width)
    }

    /// For the columns that there are now; what is laid out for too few is asked about only once it was laid out anew.
    pub(super) fn options(&self, raw: bool) -> Options {
        let now: Wall = self.setup.clock.now().wall;
        let width = self.tty.room().unwrap_or(SHOWN_COLUMNS_MIN);
        let lens = if raw { Lens::Raw } else { Lens::Pretty };
        Options { lens, ..Options::new(width, self.setup.look.charset, now) }
    }

    /// How this terminal looks.
    pub(super) fn look(&self) -> Look {
        self.setup.look
    }

    pub(super) fn safe(&self, text: &str) -> String {
        Untrusted::from(text).show(self.setup.look.charset).text
    }
}

/// What a hold is set aside by: an edited one is asked for again.
pub(super) fn name(view: &HoldView) -> (String, String) {
    (view.id.clone(), view.digest.clone())
}
