//! `console`: the full screen's hands. Requests are made in tasks and their answers come back as news; the events are
//! heard for as long as the screen stands, and a server that is gone is asked again, with ever longer rests.

mod clerk;
mod deciding;
mod errands;

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};

use crate::admin::Holds;
use crate::approve::{Look, Tty};
use crate::cli::client::Client;
use crate::cli::console::clerk::Clerk;
use crate::cli::edit::{self, UNCHANGED};
use crate::cli::review::in_words;
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, difference};
use crate::clock::Clock;
use crate::console::{Ask, Draft, Edited, Hands, News, Over, Setup};
use crate::limits;

/// Runs it.
pub fn run(place: &Place) -> Done {
    let tty = Tty::open().map_err(|error| {
        Trouble::Wrong(format!(
            "{error}\nhint: without one, look with `holdpoint ls` and `holdpoint show ID`"
        ))
    })?;
    let client = Client::find(place)?;
    let broken = |error: std::io::Error| Trouble::Failed(format!("the terminal: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::Failed(format!("cannot start: {error}")))?;
    // Before the screen is taken, so that a server that is not there is said on a line of its own.
    runtime.block_on(client.get_json::<Holds>("/v1/holds?state=held&limit=1"))?;
    let (wake, waker) = UnixStream::pair().map_err(broken)?;
    wake.set_nonblocking(true).map_err(broken)?;
    waker.set_nonblocking(true).map_err(broken)?;
    let (tell, news) = mpsc::channel(limits::CONSOLE_NEWS_MAX);
    let (asks, asked) = mpsc::channel(limits::CONSOLE_ASKS_MAX);
    let look = Look::here();
    let address = client.address().to_string();
    let clerk = Arc::new(Clerk { client, tell, waker, charset: look.charset });
    let broken_off = Arc::new(AtomicBool::new(false));
    {
        let _inside = runtime.enter();
        hear_signals(&clerk, &broken_off)?;
    }
    start(&runtime, &clerk, asked);
    let setup =
        Setup { tty: &tty, look, address, clock: Clock::system(), news, wake: wake.into(), broken_off };
    let over = crate::console::run(setup, &Desk { asks }).map_err(broken)?;
    // What is on its way is not waited for: it was sent, or it was not, and the hold says which.
    runtime.shutdown_background();
    match over {
        Over::Done => Ok(()),
        Over::Hangup => Err(Trouble::Failed("the terminal is gone; what was not decided stays held".into())),
    }
}

/// What a signal is to the screen, if it is anything.
type Heard = Option<fn() -> News>;

/// Passes signals on. Ctrl-C and Ctrl-\ are keys on the screen; while an editor has the terminal they are for the editor,
/// and this process lives on to take its draft away. A signal that is heard is at its default again in a child.
fn hear_signals(clerk: &Arc<Clerk>, broken_off: &Arc<AtomicBool>) -> Done {
    let deaf = |error| Trouble::Failed(format!("no signal handler: {error}"));
    let news: [(SignalKind, Heard); 5] = [
        (SignalKind::window_change(), Some(|| News::Resized)),
        (SignalKind::terminate(), Some(|| News::Stop)),
        (SignalKind::hangup(), Some(|| News::Stop)),
        (SignalKind::interrupt(), None),
        (SignalKind::quit(), None),
    ];
    for (kind, news) in news {
        let (mut signal, clerk, broken_off) =
            (signal(kind).map_err(deaf)?, clerk.clone(), broken_off.clone());
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                broken_off.fetch_or(kind != SignalKind::window_change(), Ordering::Relaxed);
                if let Some(news) = news {
                    clerk.tell(news()).await;
                }
            }
        });
    }
    Ok(())
}

/// Hears what happens, and does what is asked for.
fn start(runtime: &Runtime, clerk: &Arc<Clerk>, mut asked: mpsc::Receiver<Ask>) {
    runtime.spawn(listen(clerk.clone()));
    let (clerk, places) = (clerk.clone(), Arc::new(Semaphore::new(limits::CONSOLE_ERRANDS_MAX)));
    runtime.spawn(async move {
        while let Some(ask) = asked.recv().await {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let clerk = clerk.clone();
            tokio::spawn(async move {
                clerk.run(ask).await;
                drop(place);
            });
        }
    });
}

/// Hears what happens, for as long as this process lives.
async fn listen(clerk: Arc<Clerk>) {
    let mut rest = limits::CONSOLE_REST_MIN;
    loop {
        let mut heard = false;
        let why = match clerk.hear(&mut heard).await {
            Ok(()) => "the server has ended".to_owned(),
            Err(trouble) => in_words(trouble),
        };
        rest = if heard { limits::CONSOLE_REST_MIN } else { (rest * 2).min(limits::CONSOLE_REST_MAX) };
        clerk.tell(News::Lost(why)).await;
        tokio::time::sleep(rest).await;
    }
}

/// Takes what the screen asks for.
struct Desk {
    asks: mpsc::Sender<Ask>,
}

impl Hands for Desk {
    fn ask(&self, ask: Ask) -> bool {
        self.asks.try_send(ask).is_ok()
    }

    fn edit(&self, draft: &Draft, look: Look, columns: usize) -> Edited {
        match edit::by_hand(&draft.text) {
            Ok(text) if edit::is_unchanged(&draft.text, &text) => Edited::Not(UNCHANGED.into()),
            Ok(text) => {
                let lines = difference::lines(&draft.text, &text, look.charset, columns);
                Edited::Changed(text, lines)
            }
            Err(trouble) => Edited::Not(in_words(trouble)),
        }
    }
}
