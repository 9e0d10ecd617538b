//! `demo`: the whole thing on one machine, with no network and nothing to set up. A small forum runs on loopback, two agents
//! go through a Holdpoint of their own, and the person is asked at the prompt of `serve`. What the agents do is what happened
//! once: one answers a question unasked and wrongly, and a colleague's script follows the answer and opens the data lake to
//! everyone.
//!
//! Everything lies in one directory of its own. Without a terminal it needs `--script`, and decides as that says.

mod actor;
mod audience;
mod forum;
mod script;
mod stage;
mod story;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::cli::args::Demo;
use crate::cli::{Done, Trouble, out, prompt};

pub use audience::Told;

use audience::Audience;
use script::Script;
use stage::Stage;
use story::Story;

/// Plays it.
pub fn run(asked: Demo) -> Done {
    let script = asked.script.as_deref().map(Script::parse).transpose().map_err(Trouble::Wrong)?;
    if script.is_none() && !prompt::has_terminal() {
        let text = "there is no terminal to ask on; `holdpoint demo --script mixed` decides by itself";
        return Err(Trouble::Wrong(text.to_owned()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::Failed(format!("cannot start: {error}")))?;
    let done = runtime.block_on(async {
        let stage = Stage::set(asked.dir.as_deref(), script.is_some()).await?;
        let played = match script {
            Some(script) => before_script(&stage, script).await,
            None => before_person(&stage).await,
        };
        let (ending, record) = stage.strike(played.is_ok()).await;
        let story = played?;
        out::say(&(story.lines() + &ending)).map_err(|_| "standard output has gone".to_owned())?;
        record
    });
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    done.map_err(Trouble::Failed)
}

async fn before_script(stage: &Stage, script: Script) -> Result<story::Ending, String> {
    Story::new(stage, &Audience::Script(script.into())).play().await
}

/// The prompt has a thread and the terminal; the story waits for what is decided there.
async fn before_person(stage: &Stage) -> Result<story::Ending, String> {
    let told = Arc::new(Told::default());
    let stopping = Arc::new(AtomicBool::new(false));
    let (left, ended) = oneshot::channel();
    let seat = prompt::Seat { log: stage.log(), stopping: stopping.clone(), told: Some(told.clone()) };
    prompt::sit(stage.running(), &[], seat, |end| {
        let _ = left.send(end);
    })?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let audience = Audience::Person(told.clone());
    let story = Story::new(stage, &audience);
    let mut ended = ended;
    let played = tokio::select! {
        played = story.play() => played,
        _ = interrupt.recv() => Err(EARLY.to_owned()),
        _ = terminate.recv() => Err(EARLY.to_owned()),
        _ = &mut ended => return Err("the terminal has gone before the story was over".to_owned()),
    };
    told.rests();
    stopping.store(true, Ordering::Relaxed);
    // The prompt lets go of the terminal first; what it did not come to say is said after it.
    let _ = ended.await;
    told.take().iter().try_for_each(|line| out::say(&format!("{line}\n"))).map_err(|_| EARLY.to_owned())?;
    played
}

const EARLY: &str = "the demo was stopped before the story was over; nothing more is sent";
