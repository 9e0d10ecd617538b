//! The whole router in process, over a real desk and a real log: what gets in, what a decision does, and that
//! nothing else does anything.

mod decisions;
mod document;
mod entry;
mod log;
mod reading;
mod server;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body as Content;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Semaphore, watch};

use crate::admin::door::Door;
use crate::admin::people::People;
use crate::admin::routes::{Office, Pages, router};
use crate::admin::session::Sessions;
use crate::agent::Agent;
use crate::audit::{Audit, Lines, Next};
use crate::classify::{Effect, Finding};
use crate::clock::Clock;
use crate::config::Config;
use crate::decide::Terms;
use crate::hold::{Desk, HoldView, NewHold, Scope, Stops, Waiting};
use crate::origin::{Host, Origin, Scheme};
use crate::secret::Masked;
use crate::serve::Editor;
use crate::snapshot::{Body, Head, Snapshot};
use crate::store::Store;
use crate::store::spool::Spool;

const HOST: &str = "127.0.0.1:8081";
const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

struct Desked {
    dir: TempDir,
    desk: Desk,
    router: Router,
    stop: watch::Sender<bool>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and `code`.
    fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }
}

impl Desked {
    async fn new() -> Self {
        Self::with(People::anyone(&Masked::new(TOKEN.into()))).await
    }

    async fn with(people: People) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (desk, audit) = open(dir.path()).await;
        let (stop, stopping) = watch::channel(false);
        let office = Office {
            desk: desk.clone(),
            audit,
            people,
            metrics: Arc::new(|| "# EOF\n".into()),
            ready: Arc::new(|| Ok(())),
            schemas: Arc::new(|_| None),
            editor: Editor::default(),
            audit_dir: dir.path().join("audit"),
            epoch: "3f9a1c0d".into(),
            listeners: Arc::new(Semaphore::new(2)),
            readers: Arc::new(Semaphore::new(1)),
            sessions: Sessions::default(),
            wrong: Default::default(),
            stopping,
        };
        Self { dir, desk, router: router(Arc::new(office), Pages::default()), stop }
    }

    /// An agent's request that is held, and the hold as people see it.
    async fn hold(&self, path: &str) -> (Waiting, HoldView) {
        let waiting = self.desk.arrive(request(path)).await.unwrap();
        let view = self.desk.find(&waiting.hold().to_string()).await.unwrap();
        (waiting, view)
    }

    async fn send(&self, door: Door, request: http::request::Builder, body: impl Into<Content>) -> Answer {
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(Arc::new(door));
        let response = TowerToHyperService::new(self.router.clone()).call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    /// From the port, with the token.
    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(tcp(), known(method, path), body.to_owned()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    async fn decide(&self, id: &str, said: Value) -> Answer {
        self.ask("POST", &format!("/v1/holds/{id}/decision"), &said.to_string()).await
    }

    async fn state(&self, id: &str) -> String {
        self.desk.find(id).await.unwrap().state
    }

    /// The events on record, in order.
    fn events(&self) -> Vec<String> {
        let mut lines = Lines::of_log(&self.dir.path().join("audit")).unwrap();
        let mut events = Vec::new();
        while lines.advance().unwrap() == Next::Line {
            events.push(crate::audit::read_line(lines.bytes()).unwrap().event);
        }
        events
    }
}

/// A desk and its log in a directory.
async fn open(dir: &Path) -> (Desk, Audit) {
    let store = Store::open(&dir.join("holdpoint.db")).unwrap();
    let audit = Audit::open(&dir.join("audit"), Clock::system(), None).unwrap();
    let spool = Spool::open(&dir.join("spool"), 1 << 30).unwrap();
    let Config { hold, breaker, .. } = Config::default();
    let stops = Stops { freeze_file: dir.join("freeze"), breaker };
    let desk = Desk::open(store, spool, audit.clone(), Clock::system(), hold, stops).await.unwrap();
    (desk, audit)
}

fn request(path: &str) -> NewHold {
    let origin = Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None);
    let body = Bytes::from_static(b"{\"text\":\"hello\"}");
    let field = |name: &str, value: &str| (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()));
    let fields = vec![
        field("host", "forum.example"),
        field("authorization", "Bearer canary-secret"),
        field("content-length", "16"),
    ];
    let head = Head { method: "POST".into(), origin, target: path.into(), fields };
    let finding = Finding {
        effect: Effect::Write,
        dialect: "http",
        operation: format!("POST {path}"),
        why: vec!["POST writes".into()],
        declared: None,
    };
    NewHold {
        snapshot: Snapshot::freeze(head, Body::memory(body)),
        agent: Agent { name: "alice".into(), source: "127.0.0.1".parse().unwrap(), advisory: false },
        finding,
        terms: Terms {
            rule: "defaults.mutating".into(),
            timeout: None,
            approvers: None,
            note: None,
            grantable: Some(Scope::Operation),
        },
        owner: None,
        http_version: "HTTP/1.1",
    }
}

fn tcp() -> Door {
    Door::tcp(HOST.parse().unwrap(), None)
}

fn socket(uid: u32, user: &str) -> Door {
    Door::Socket { uid, user: user.into() }
}

fn bare(method: &str, path: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    if matches!(method, "POST" | "PUT" | "PATCH") {
        request.header("content-type", "application/json")
    } else {
        request
    }
}

fn known(method: &str, path: &str) -> http::request::Builder {
    bare(method, path).header("host", HOST).header("authorization", format!("Bearer {TOKEN}"))
}
