//! `ls --watch`: on a terminal one screen that is drawn anew when something changes, and each second for the ages;
//! elsewhere a line for each change, or with `--json` each hold that changed as one JSON line.

use std::collections::HashMap;
use std::time::Duration;

use rustix::termios::tcgetwinsize;
use tokio::time::{Instant, sleep_until, timeout};

use crate::admin::json;
use crate::cli::args::Ls;
use crate::cli::client::Client;
use crate::cli::listen::{Listener, Told};
use crate::cli::ls::{Listing, line, table};
use crate::cli::{Done, out};
use crate::clock::{Clock, Wall};
use crate::hold::HoldView;
use crate::limits;

/// Home, and clear what follows. Nothing that came from an agent is ever part of a sequence.
const ANEW: &str = "\x1b[H\x1b[J";

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
    loop {
        let rows = tcgetwinsize(std::io::stdout()).map_or(24, |size| usize::from(size.ws_row).max(4));
        let room = rows - 3;
        let mut listing = Listing::new(asked);
        let mut holds = listing.page(client, room + 1).await?;
        let more = holds.len() > room;
        holds.truncate(room);
        let drawn = Instant::now();
        loop {
            draw(&holds, more, Clock::system().now().wall)?;
            let news = timeout(Duration::from_secs(1), listener.next()).await;
            match news {
                // A second has passed.
                Err(_) => continue,
                Ok(Ok(None)) => return out::say("the server has ended\n"),
                Ok(told) => drop(told?),
            }
            break;
        }
        // Not oftener than eyes can see; what comes meanwhile is part of the next screen.
        let rest = drawn + limits::WATCH_REST;
        while Instant::now() < rest {
            tokio::select! {
                told = listener.next() => if told?.is_none() { return Ok(()) },
                () = sleep_until(rest) => {}
            }
        }
    }
}

fn draw(holds: &[HoldView], more: bool, now: Wall) -> Done {
    let mut text =
        format!("{ANEW}{}", if holds.is_empty() { "no holds\n".to_owned() } else { table(holds, now) });
    if more {
        text.push_str("and more; --state and --agent narrow it down\n");
    }
    // A narrower screen would wrap, and a drawn line be two.
    let columns = out::columns();
    let cut: Vec<String> = text.lines().map(|line| cut(line, columns)).collect();
    out::say(&(cut.join("\n") + "\n"))
}

/// The cells are of printable characters that were shown already; wide ones may take two columns.
fn cut(line: &str, columns: usize) -> String {
    use unicode_width::UnicodeWidthChar;
    let (mut out, mut width) = (String::new(), 0);
    let visible = line.strip_prefix(ANEW);
    out.push_str(visible.map_or("", |_| ANEW));
    for letter in visible.unwrap_or(line).chars() {
        width += letter.width().unwrap_or(0);
        if width > columns {
            break;
        }
        out.push(letter);
    }
    out
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
                out::say(&if asked.json { json::text(&hold) + "\n" } else { line(&hold, now) })?;
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
fn is_going_on(hold: &HoldView) -> bool {
    matches!(hold.state.as_str(), "held" | "approved" | "armed" | "forwarding")
}
