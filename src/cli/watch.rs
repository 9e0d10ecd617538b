//! `ls --watch`: on a terminal one screen that is drawn anew when something changes, when the terminal changes its size,
//! and each second for the ages; elsewhere a line for each change, or with `--json` each hold that changed as one JSON line.

use std::collections::HashMap;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until, timeout};

use crate::admin::json;
use crate::cli::args::Ls;
use crate::cli::board::Board;
use crate::cli::client::Client;
use crate::cli::listen::{Listener, Told};
use crate::cli::ls::{Listed, Listing, line};
use crate::cli::{Done, Trouble, out};
use crate::clock::Clock;
use crate::hold::HoldView;
use crate::limits;

/// Watches until the server or the reader is gone.
pub async fn run(client: &Client, asked: &Ls) -> Done {
    let mut listener = Listener::start(client).await?;
    if out::is_terminal() && !asked.json {
        screen(client, asked, &mut listener).await
    } else {
        lines(client, asked, &mut listener).await
    }
}

async fn screen(client: &Client, asked: &Ls, listener: &mut Listener) -> Done {
    let deaf = |error| Trouble::Failed(format!("no signal handler: {error}"));
    let mut resized = signal(SignalKind::window_change()).map_err(deaf)?;
    let mut board = Board::new(client, asked).await?;
    loop {
        board.look(client).await?;
        let looked = Instant::now();
        loop {
            board.draw()?;
            let next = tokio::select! {
                _ = resized.recv() => continue,
                next = timeout(Duration::from_secs(1), listener.next()) => next,
            };
            match next {
                // A second has passed. Not every change is told of, so it is looked at again from time to time.
                Err(_) if looked.elapsed() < limits::WATCH_LOOK => continue,
                Err(_) => {}
                Ok(told) => match told? {
                    None => return out::say("the server has ended\n"),
                    Some(told) => board.hear(client, told).await?,
                },
            }
            break;
        }
        // Not oftener than eyes can see; what comes meanwhile is part of the next screen.
        let rest = looked + limits::WATCH_REST;
        while Instant::now() < rest {
            tokio::select! {
                told = listener.next() => match told? {
                    None => return out::say("the server has ended\n"),
                    Some(told) => board.hear(client, told).await?,
                },
                () = sleep_until(rest) => {}
            }
        }
    }
}

async fn lines(client: &Client, asked: &Ls, listener: &mut Listener) -> Done {
    let mut known: HashMap<String, HoldView> = HashMap::new();
    while let Some(told) = listener.next().await? {
        let news = match told {
            Told::Happening(happening) => happening.hold.map(|hold| *hold).into_iter().collect(),
            Told::Anew => Listing::new(asked).all(client).await?,
        };
        for hold in news.into_iter().filter(|hold| asked.wants_agent(hold)) {
            let same = known.get(&hold.id) == Some(&hold);
            let wanted = asked.wants(&hold) || known.contains_key(&hold.id);
            if !same && wanted {
                let now = Clock::system().now().wall;
                out::say(&if asked.json {
                    json::text(&hold) + "\n"
                } else {
                    line(&Listed::from(&hold), now)
                })?;
            }
            // What has left the wanted state is told once more, and then forgotten.
            if asked.wants(&hold) && is_going_on(&hold) {
                known.insert(hold.id.clone(), hold);
            } else {
                known.remove(&hold.id);
            }
        }
    }
    Ok(())
}

/// An ended hold changes no more.
pub fn is_going_on(hold: &HoldView) -> bool {
    GOING_ON.contains(&hold.state.as_str())
}

/// The states of what is not over, in the order in which people want to see them.
pub const GOING_ON: [&str; 4] = ["held", "armed", "approved", "forwarding"];
