//! `review`: the prompt of `serve`, over the socket or a URL. The same screens and questions; who decides is whoever
//! the server knows the caller as. What is shown is rendered by the server from the bytes that are digested, and every
//! decision names that digest.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use form_urlencoded::Serializer;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::admin::{Freezes, Holds, Page};
use crate::approve::prompt::{self, Setup};
use crate::approve::{BodyView, Charset, Counter, End, Look, Options, Rendering, Said, Stretch, Tty};
use crate::cli::args::Review;
use crate::cli::client::Client;
use crate::cli::listen::Listener;
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, out};
use crate::clock::Clock;
use crate::hold::said::Choice;
use crate::hold::{FreezeView, HoldView};
use crate::limits;
use crate::snapshot::Head;

/// Reviews.
pub fn run(place: &Place, asked: Review) -> Done {
    let tty = Tty::open().map_err(|error| {
        Trouble::Wrong(format!(
            "{error}\nhint: without one, look with `holdpoint ls` and `holdpoint show ID`"
        ))
    })?;
    let client = Arc::new(Client::find(place)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::Failed(format!("cannot start: {error}")))?;
    let greeting = format!("Holdpoint at {}; what is pending is asked for here.", client.address());
    let counter = Remote {
        version: Arc::new(AtomicU64::new(0)),
        gone: Arc::new(AtomicBool::new(false)),
        agent: asked.agent,
        barred: Mutex::default(),
        client,
        runtime,
    };
    // Before anything is shown, so that a server that is not there is said on a line of its own.
    counter.greet()?;
    counter.listen();
    let setup = Setup { greeting, stay: asked.stay, look: Look::here(), clock: Clock::system() };
    match prompt::run(&tty, &counter, &setup) {
        End::Done => out::say("nothing more waits\n"),
        // It has been said how many.
        End::Left => Ok(()),
        End::Stopping => Err(Trouble::Failed("the server has ended".into())),
        End::Hangup => Err(Trouble::Failed("the terminal is gone; what was not decided stays held".into())),
    }
}

/// A desk elsewhere.
struct Remote {
    client: Arc<Client>,
    runtime: Runtime,
    agent: Option<String>,
    /// Goes up with everything that the server tells.
    version: Arc<AtomicU64>,
    /// The server has ended.
    gone: Arc<AtomicBool>,
    /// Why the caller's approval would not count for the hold that was rendered last.
    barred: Mutex<Option<(String, Option<String>)>>,
}

impl Remote {
    /// What is pending, the oldest first, a page of it.
    fn holds(&self, after: Option<&str>) -> Result<Vec<HoldView>, Trouble> {
        let mut query = Serializer::new(String::new());
        query.append_pair("state", "held").append_pair("limit", &limits::PAGE_MAX.to_string());
        for (name, value) in [("agent", self.agent.as_deref()), ("after", after)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let found: Result<Holds, Trouble> = self.get(&format!("/v1/holds?{}", query.finish()));
        Ok(found?.holds)
    }

    /// Whether the server answers. One that is busy is not waited for in silence.
    fn greet(&self) -> Done {
        let address = self.client.address();
        self.runtime.block_on(async {
            let asked = self.client.get_json::<Holds>("/v1/holds?state=held&limit=1");
            tokio::pin!(asked);
            match tokio::time::timeout(limits::CLIENT_PATIENCE, &mut asked).await {
                Ok(found) => found,
                Err(_) => {
                    out::aside(&format!("waiting for the server at {address}, which is busy"));
                    asked.await
                }
            }
        })?;
        Ok(())
    }

    fn get<T: for<'a> serde::Deserialize<'a>>(&self, path: &str) -> Result<T, Trouble> {
        self.runtime.block_on(self.client.get_json(path))
    }

    fn page(&self, view: &HoldView, options: &Options, part: &str) -> Option<Page> {
        let Options { width, lens, all, charset, .. } = options;
        let (id, ascii, lens) = (&view.id, *charset == Charset::Ascii, lens.as_str());
        let width = (*width).min(limits::SHOWN_COLUMNS_MAX);
        self.get(&format!("/v1/holds/{id}/rendering?width={width}&ascii={ascii}&all={all}&view={lens}{part}"))
            .ok()
    }

    /// Hears what happens, for as long as the server lives. A server that cannot be heard for a while is asked again.
    fn listen(&self) {
        let (client, version, gone) = (self.client.clone(), self.version.clone(), self.gone.clone());
        self.runtime.spawn(async move {
            while let Ok(mut listener) = Listener::start(&client).await {
                while let Ok(Some(_)) = listener.next().await {
                    version.fetch_add(1, Ordering::SeqCst);
                }
            }
            gone.store(true, Ordering::SeqCst);
        });
    }
}

impl Counter for Remote {
    fn page(&self, after: Option<&str>) -> Vec<HoldView> {
        // Nothing pending, and nothing heard, are not the same.
        self.holds(after).unwrap_or_else(|_| {
            self.gone.store(true, Ordering::SeqCst);
            Vec::new()
        })
    }

    fn look(&self, id: &str) -> Option<HoldView> {
        self.get(&format!("/v1/holds/{id}")).ok()
    }

    /// A few are asked for one by one; many come with the page behind the oldest of them.
    fn look_all(&self, ids: &[&str]) -> Vec<Option<HoldView>> {
        if ids.len() <= limits::LOOKS_ONE_BY_ONE {
            return ids.iter().map(|id| self.look(id)).collect();
        }
        let oldest = ids.iter().min().copied();
        let page = Counter::page(self, oldest);
        let now: HashMap<&str, &HoldView> = page.iter().map(|view| (view.id.as_str(), view)).collect();
        ids.iter().map(|id| now.get(id).map(|view| (*view).clone()).or_else(|| self.look(id))).collect()
    }

    /// The bytes stay with the server.
    fn request(&self, _id: &str) -> Option<(Head, BodyView)> {
        None
    }

    fn body(&self, _id: &str, _from: u64, _max: usize) -> Option<Bytes> {
        None
    }

    fn rendering(&self, view: &HoldView, options: &Options) -> Option<Rendering> {
        let mut page = self.page(view, options, "")?;
        *self.barred.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((view.id.clone(), page.not_yours.take()));
        Some(Rendering { charset: options.charset, ..page.into() })
    }

    fn stretch(&self, view: &HoldView, from: Option<u64>, options: &Options) -> Option<Stretch> {
        let part = from.map_or("&opening=true".to_owned(), |from| format!("&from={from}"));
        Some(self.page(view, options, &part)?.into())
    }

    /// As the server said with the rendering that is on the screen.
    fn counts(&self, view: &HoldView) -> Result<(), String> {
        match &*self.barred.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((id, Some(why))) if *id == view.id => Err(why.clone()),
            _ => Ok(()),
        }
    }

    fn decide(&self, said: &[Said]) -> Result<Vec<HoldView>, String> {
        let decided: Result<Vec<HoldView>, Trouble> = match said {
            [one] => {
                let (path, mut body) = (format!("/v1/holds/{}/decision", one.id), word(one));
                if let Some(members) = body.as_object_mut() {
                    members.remove("id");
                }
                self.runtime.block_on(self.client.post(&path, &body)).map(|view: HoldView| vec![view])
            }
            several => {
                let body = json!({ "decisions": several.iter().map(word).collect::<Vec<_>>() });
                let decided = self.runtime.block_on(self.client.post("/v1/decisions", &body));
                decided.map(|found: Holds| found.holds)
            }
        };
        decided.map_err(in_words)
    }

    fn freezes(&self) -> Vec<FreezeView> {
        self.get("/v1/freeze").map(|found: Freezes| found.freezes).unwrap_or_default()
    }

    fn freeze(&self, agent: Option<&str>, reason: Option<&str>) -> Result<FreezeView, String> {
        let mut body = json!({});
        for (name, value) in [("agent", agent), ("reason", reason)] {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        self.runtime.block_on(self.client.put("/v1/freeze", &body)).map_err(in_words)
    }

    fn thaw(&self, agent: Option<&str>, seen: Option<&FreezeView>) -> Result<FreezeView, String> {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(agent.map(|agent| ("agent", agent)));
        query.extend_pairs(seen.into_iter().flat_map(|seen| [("by", &seen.by), ("at", &seen.at)]));
        let path = format!("/v1/freeze?{}", query.finish());
        self.runtime.block_on(self.client.delete(&path)).map_err(in_words)
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    fn stopping(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }
}

/// One decision as the API takes it.
pub fn word(said: &Said) -> Value {
    let mut body = json!({ "id": said.id, "decision": said.choice.as_str() });
    if let Some(digest) = said.digest {
        body["digest"] = digest.to_string().into();
    }
    if let Some(reason) = &said.reason {
        body["reason"] = reason.clone().into();
    }
    if let Some(grant) = &said.grant {
        let ttl = format!("{}s", grant.ttl.as_secs());
        body["grant"] = json!({ "ttl": ttl, "uses": grant.uses, "scope": grant.scope });
    }
    // A denial needs none, and says nothing of what it was.
    if said.choice == Choice::Deny
        && let Some(members) = body.as_object_mut()
    {
        members.remove("digest");
    }
    body
}

/// What went wrong, as a text.
pub fn in_words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Ended(_, text) | Trouble::Failed(text) | Trouble::Wrong(text) => text,
        Trouble::Said(_) => "it failed".into(),
    }
}
