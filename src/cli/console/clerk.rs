//! The console's clerk: hears the server's events and passes them on, and does what the screen asks for, one task each.

use std::io::Write;
use std::os::unix::net::UnixStream;

use tokio::sync::mpsc;

use crate::approve::Charset;
use crate::cli::args::Ls;
use crate::cli::client::Client;
use crate::cli::freeze::freezes;
use crate::cli::listen::{Listener, Told};
use crate::cli::ls::Listing;
use crate::cli::review::in_words;
use crate::cli::{Done, Trouble};
use crate::console::list::slim;
use crate::console::{Ask, News};
use crate::hold::{Happening, HoldView};
use crate::limits;

/// Speaks to the server for the screen.
pub(super) struct Clerk {
    pub(super) client: Client,
    pub(super) tell: mpsc::Sender<News>,
    pub(super) waker: UnixStream,
    pub(super) charset: Charset,
}

impl Clerk {
    pub(super) async fn tell(&self, news: News) {
        // A screen that is gone hears nothing, and nobody minds.
        let _ = self.tell.send(news).await;
        // Where the pipe is full the screen is being woken already.
        let _ = (&self.waker).write(&[1]);
    }

    pub(super) async fn hear(&self, heard: &mut bool) -> Done {
        let mut listener = Listener::start(&self.client).await?;
        while let Some(told) = listener.next().await? {
            match told {
                Told::Anew => {
                    self.tell(News::Freezes(freezes(&self.client).await?)).await;
                    let holds = self.standing().await?;
                    self.tell(News::Holds(holds)).await;
                    *heard = true;
                }
                Told::Happening(happening) => self.happened(*happening).await?,
            }
        }
        Ok(())
    }

    async fn happened(&self, happening: Happening) -> Done {
        if happening.freeze.is_some() {
            self.tell(News::Freezes(freezes(&self.client).await?)).await;
        }
        if let Some(hold) = happening.hold {
            self.tell(News::Changed(hold)).await;
        }
        Ok(())
    }

    /// All that waits, page after page; the first of many is shown while the others are read.
    async fn standing(&self) -> Result<Vec<HoldView>, Trouble> {
        let mut holds: Vec<HoldView> = Vec::new();
        for state in ["held", "armed"] {
            let asked = Ls { state: Some(state.into()), agent: None, json: false, watch: false };
            let mut listing = Listing::new(&asked);
            loop {
                let page: Vec<HoldView> = listing.page(&self.client, limits::PAGE_MAX).await?;
                let is_last = page.len() < limits::PAGE_MAX;
                if holds.is_empty() && !is_last {
                    self.tell(News::Some(page.iter().cloned().map(slim).collect())).await;
                }
                holds.extend(page.into_iter().map(slim));
                if is_last {
                    break;
                }
            }
        }
        Ok(holds)
    }

    pub(super) async fn run(&self, ask: Ask) {
        let news = match ask {
            Ask::Decide(said) => return self.decide(said).await,
            Ask::Page(wanted) => {
                let page = self.page(&wanted).await.map(Box::new).map_err(in_words);
                News::Page(wanted, page)
            }
            Ask::Curl(id) => {
                let command = self.curl(&id).await;
                News::Curl(id, command)
            }
            // A look that fails says nothing: the connection that is lost is told of where events are heard.
            Ask::Look(id) => match self.look(&id).await {
                Ok(hold) => News::Changed(Box::new(hold)),
                Err(_) => return,
            },
            other => self.other(other).await.unwrap_or_else(|trouble| News::Said(in_words(trouble))),
        };
        self.tell(news).await;
    }

    pub(super) async fn look(&self, id: &str) -> Result<HoldView, Trouble> {
        self.client.get_json(&format!("/v1/holds/{id}")).await
    }
}
