//! `console`: the full screen's hands. Requests are made in tasks and their answers come back as news; the events are
//! heard for as long as the screen stands, and a server that is gone is asked again, with ever longer rests.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use form_urlencoded::Serializer;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};

use crate::admin::{Agents, Grants, Holds, Page as Answer, Text};
use crate::approve::{Charset, Look, Rendering, Said, Tty};
use crate::cli::args::Ls;
use crate::cli::client::Client;
use crate::cli::edit::{self, UNCHANGED};
use crate::cli::freeze::freezes;
use crate::cli::listen::{Listener, Told};
use crate::cli::ls::Listing;
use crate::cli::review::{in_words, word};
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, curl, difference};
use crate::clock::Clock;
use crate::console::{Ask, Decided, Draft, Edited, Hands, News, Over, Page, Setup, Wanted};
use crate::hold::{FreezeView, GrantView, HoldView};
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
    start(&runtime, &clerk, asked)?;
    let setup = Setup { tty: &tty, look, address, clock: Clock::system(), news, wake: wake.into() };
    let over = crate::console::run(setup, &Desk { asks }).map_err(broken)?;
    // What is on its way is not waited for: it was sent, or it was not, and the hold says which.
    runtime.shutdown_background();
    match over {
        Over::Done => Ok(()),
        Over::Hangup => Err(Trouble::Failed("the terminal is gone; what was not decided stays held".into())),
    }
}

/// Hears what happens, does what is asked for, and passes signals on.
fn start(runtime: &Runtime, clerk: &Arc<Clerk>, mut asked: mpsc::Receiver<Ask>) -> Done {
    let deaf = |error| Trouble::Failed(format!("no signal handler: {error}"));
    let _inside = runtime.enter();
    for (kind, is_end) in
        [(SignalKind::window_change(), false), (SignalKind::terminate(), true), (SignalKind::hangup(), true)]
    {
        let (mut signal, clerk) = (signal(kind).map_err(deaf)?, clerk.clone());
        runtime.spawn(async move {
            while signal.recv().await.is_some() {
                clerk.tell(if is_end { News::Stop } else { News::Resized }).await;
            }
        });
    }
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
    Ok(())
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

    fn edit(&self, draft: &Draft, look: Look) -> Edited {
        match edit::by_hand(&draft.text) {
            Ok(text) if edit::is_unchanged(&draft.text, &text) => Edited::Not(UNCHANGED.into()),
            Ok(text) => {
                let width = crate::cli::out::columns();
                let lines = difference::lines(&draft.text, &text, look.charset, width);
                Edited::Changed(text, lines)
            }
            Err(trouble) => Edited::Not(in_words(trouble)),
        }
    }
}

/// Speaks to the server for the screen.
struct Clerk {
    client: Client,
    tell: mpsc::Sender<News>,
    waker: UnixStream,
    charset: Charset,
}

impl Clerk {
    async fn tell(&self, news: News) {
        // A screen that is gone hears nothing, and nobody minds.
        let _ = self.tell.send(news).await;
        // Where the pipe is full the screen is being woken already.
        let _ = (&self.waker).write(&[1]);
    }

    async fn hear(&self, heard: &mut bool) -> Done {
        let mut listener = Listener::start(&self.client).await?;
        while let Some(told) = listener.next().await? {
            match told {
                Told::Anew => {
                    self.tell(News::Freezes(freezes(&self.client).await?)).await;
                    let held = Ls { state: Some("held".into()), agent: None, json: false, watch: false };
                    self.tell(News::Holds(Listing::new(&held).all(&self.client).await?)).await;
                    *heard = true;
                }
                Told::Happening(happening) => {
                    if happening.freeze.is_some() {
                        self.tell(News::Freezes(freezes(&self.client).await?)).await;
                    }
                    if let Some(hold) = happening.hold {
                        self.tell(News::Changed(hold)).await;
                    }
                }
            }
        }
        Ok(())
    }

    async fn run(&self, ask: Ask) {
        let news = match ask {
            Ask::Decide(said) => return self.decide(said).await,
            Ask::Page(wanted) => {
                let page = self.page(&wanted).await.map(Box::new).map_err(in_words);
                News::Page(wanted, page)
            }
            Ask::Curl(id) => News::Curl(self.curl(&id).await),
            // A look that fails says nothing: the connection that is lost is told of where events are heard.
            Ask::Look(id) => match self.look(&id).await {
                Ok(hold) => News::Changed(Box::new(hold)),
                Err(_) => return,
            },
            other => self.other(other).await.unwrap_or_else(|trouble| News::Said(in_words(trouble))),
        };
        self.tell(news).await;
    }

    async fn other(&self, ask: Ask) -> Result<News, Trouble> {
        let client = &self.client;
        Ok(match ask {
            Ask::Agents => News::Agents(client.get_json::<Agents>("/v1/agents").await?.agents),
            Ask::Audit => News::Audit(self.audit().await?),
            Ask::Grants => News::Grants(client.get_json::<Grants>("/v1/grants").await?.grants),
            Ask::Draft(id) => {
                let text: Text = client.get_json(&format!("/v1/holds/{id}/request")).await?;
                News::Draft(Draft { id, digest: text.digest, text: text.text })
            }
            Ask::Replace(Draft { id, digest, text }) => {
                let body = json!({ "digest": digest, "text": text });
                let hold: HoldView = client.put(&format!("/v1/holds/{id}/request"), &body).await?;
                self.tell(News::Changed(Box::new(hold.clone()))).await;
                News::Said(format!("{}: edited; it needs approving", hold.code))
            }
            Ask::Freeze { agent, reason } => {
                let mut body = json!({});
                for (name, value) in [("agent", agent), ("reason", reason)] {
                    value.into_iter().for_each(|value| body[name] = value.into());
                }
                let freeze: FreezeView = client.put("/v1/freeze", &body).await?;
                let whose =
                    freeze.agent.map_or("everybody is".to_owned(), |agent| format!("agent {agent} is"));
                News::Said(format!("{whose} frozen"))
            }
            Ask::Thaw(agent) => {
                let query =
                    agent.map(|agent| Serializer::new(String::new()).append_pair("agent", &agent).finish());
                let path = query.map_or("/v1/freeze".to_owned(), |query| format!("/v1/freeze?{query}"));
                let freeze: FreezeView = client.delete(&path).await?;
                News::Said(format!("thawed: {}", crate::approve::standing::frozen(&freeze)))
            }
            Ask::Revoke(id) => {
                let grant: GrantView = client.delete(&format!("/v1/grants/{id}")).await?;
                let found: Grants = client.get_json("/v1/grants").await?;
                self.tell(News::Grants(found.grants)).await;
                News::Said(format!("the grant has ended: used {} of {}", grant.used, grant.uses))
            }
            Ask::Curl(_) | Ask::Decide(_) | Ask::Look(_) | Ask::Page(_) => {
                return Err(Trouble::Failed("that is asked for elsewhere".into()));
            }
        })
    }

    async fn look(&self, id: &str) -> Result<HoldView, Trouble> {
        self.client.get_json(&format!("/v1/holds/{id}")).await
    }

    async fn page(&self, wanted: &Wanted) -> Result<Page, Trouble> {
        let Wanted { id, width, raw, all } = wanted;
        let ascii = self.charset == Charset::Ascii;
        let path = format!("/v1/holds/{id}/rendering?width={width}&ascii={ascii}&raw={raw}&all={all}");
        let mut page: Answer = self.client.get_json(&path).await?;
        let not_yours = page.not_yours.take();
        Ok(Page { rendering: Rendering { charset: self.charset, ..page.into() }, not_yours })
    }

    /// What does not come through is not said again: first it is looked at what came of it.
    async fn decide(&self, said: Vec<Said>) {
        let answer = match said.as_slice() {
            [one] => {
                let (path, mut body) = (format!("/v1/holds/{}/decision", one.id), word(one));
                if let Some(members) = body.as_object_mut() {
                    members.remove("id");
                }
                self.client.post(&path, &body).await.map(|view: HoldView| vec![view])
            }
            several => {
                let body = json!({ "decisions": several.iter().map(word).collect::<Vec<_>>() });
                self.client.post("/v1/decisions", &body).await.map(|found: Holds| found.holds)
            }
        };
        let answer = answer.map_err(in_words);
        let mut now = Vec::new();
        if answer.is_err() {
            let mut rest = limits::CONSOLE_REST_MIN;
            while freezes(&self.client).await.is_err() {
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(limits::CONSOLE_REST_MAX);
            }
            for one in &said {
                now.push(self.look(&one.id).await.ok());
            }
        }
        self.tell(News::Decided(Box::new(Decided { said, answer, now }))).await;
    }

    async fn curl(&self, id: &str) -> Result<String, String> {
        let hold = self.look(id).await.map_err(in_words)?;
        let path = format!("/v1/holds/{id}/body");
        let answer = self.client.get(&path, None, std::time::Duration::ZERO).await.map_err(in_words)?;
        let (mut answer, mut body) = (answer.ok_or("the server gave no body")?, Vec::new());
        while let Some(piece) = answer.piece().await.map_err(in_words)? {
            body.extend_from_slice(&piece);
            if body.len() > limits::CONSOLE_CURL_MAX {
                break;
            }
        }
        curl::curl(&hold, &body)
    }

    /// The newest records, a line each.
    async fn audit(&self) -> Result<Vec<String>, Trouble> {
        let path = format!("/v1/audit?limit={}", limits::CONSOLE_RECORDS);
        let log: Value = self.client.get_json(&path).await?;
        Ok(log["records"].as_array().into_iter().flatten().map(record).collect())
    }
}

/// When, what, and who did what to which.
fn record(record: &Value) -> String {
    let text = |name: &str| match &record[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let parts = [
        "at",
        "event",
        "hold_code",
        "agent",
        "approver",
        "decision",
        "method",
        "host",
        "path",
        "verdict",
        "reason",
    ];
    let parts: Vec<String> = parts.iter().filter_map(|name| text(name)).collect();
    parts.join("  ")
}
