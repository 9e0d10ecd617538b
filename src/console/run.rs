//! The loop: keys and news into the state, the state onto the screen, what it wants done to whoever can. One thread; what
//! takes time is done elsewhere and comes back as news.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::Receiver;

use crate::approve::tty::Gone;
use crate::approve::{Look, Tty};
use crate::clock::Clock;
use crate::console::draw::draw;
use crate::console::errand::{Ask, Draft, Edited, News};
use crate::console::state::{Act, State};
use crate::console::terminal::{Full, Woken};
use crate::limits::PROMPT_TICK;

/// Who does the errands.
pub trait Hands {
    /// Asks the server; the answer is news. `false`: too much is asked for already.
    fn ask(&self, ask: Ask) -> bool;
    /// Has a person change a text in an editor, which has the terminal meanwhile.
    fn edit(&self, draft: &Draft, look: Look, columns: usize) -> Edited;
}

/// What the loop is given.
pub struct Setup<'a> {
    /// The terminal.
    pub tty: &'a Tty,
    /// How it looks.
    pub look: Look,
    /// The server, in words.
    pub address: String,
    /// The time.
    pub clock: Clock,
    /// What is heard.
    pub news: Receiver<News>,
    /// Readable when there may be news.
    pub wake: OwnedFd,
    /// Set by a signal that ends whatever else has the terminal.
    pub broken_off: Arc<AtomicBool>,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The person has had enough, or this process was told to end.
    Done,
    /// The terminal has gone.
    Hangup,
}

/// Runs until it is over.
pub fn run(setup: Setup, hands: &dyn Hands) -> io::Result<Over> {
    let Setup { tty, look, address, clock, mut news, wake, broken_off } = setup;
    let mut full = Full::open(tty, look)?;
    let mut state = State::new(look, &address, clock.now());
    loop {
        state.tick(clock.now());
        while let Ok(told) = news.try_recv() {
            state.hear(told, clock.now());
        }
        state.size = full.size();
        state.settle();
        for act in std::mem::take(&mut state.acts) {
            match act {
                Act::Quit => return Ok(Over::Done),
                Act::Anew => full.anew()?,
                Act::Ask(ask) => {
                    let decides = matches!(ask, Ask::Decide(_));
                    if !hands.ask(ask) {
                        state.busy(decides);
                    }
                }
                Act::Edit(draft) => {
                    full.give_back()?;
                    let edited = hands.edit(&draft, look, state.width());
                    full.take()?;
                    broken_off.store(false, Ordering::Relaxed);
                    state.edited(draft, edited);
                }
                Act::Forget => {
                    if tty.forget_input() == Err(Gone) {
                        return Ok(Over::Hangup);
                    }
                }
                Act::Print(text) => {
                    full.show_paper()?;
                    let read = print(tty, &text, &broken_off);
                    full.take()?;
                    read?;
                }
            }
        }
        state.display();
        full.screen.draw(|frame| {
            let cursor = draw(&state, frame.area(), frame.buffer_mut());
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
        })?;
        if !state.acts.is_empty() {
            continue;
        }
        match full.wait(&wake, state.patience(), &clock) {
            Err(Gone) => return Ok(Over::Hangup),
            Ok(Woken::Keys(burst)) => state.press(&burst, clock.now()),
            Ok(Woken::News) => drain(&wake),
        }
    }
}

/// One byte is written for each piece of news; that there is any is all that counts.
fn drain(wake: &OwnedFd) {
    let mut bytes = [0; 512];
    while rustix::io::read(wake, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}

/// On the ordinary screen, where a terminal breaks long lines in a way that copying undoes.
fn print(tty: &Tty, text: &str, broken_off: &AtomicBool) -> io::Result<()> {
    let mut out = tty.writer()?;
    write!(out, "\n{text}\n\nEnter goes back.")?;
    out.flush()?;
    while !broken_off.swap(false, Ordering::Relaxed) {
        match tty.line(PROMPT_TICK) {
            Ok(crate::approve::tty::Input::Nothing) => {}
            _ => break,
        }
    }
    Ok(())
}
