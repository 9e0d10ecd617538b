//! The desk with everything under it that is real: queue, keeper, SQLite, spool and audit log in a temporary
//! directory, and a clock that moves when told.

mod edit;
mod grants;
mod joining;
mod life;
mod people;
mod quorum;
mod readdress;
mod resign;
mod restart;
mod stops;
mod trouble;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use crate::agent::Agent;
use crate::audit::{Audit, Receipt};
use crate::classify::{Effect, Finding};
use crate::clock::Clock;
use crate::config::{Config, Hold as Limits, Keepalive, OnDisconnect};
use crate::decide::{Approvers, Terms};
use crate::hold::said::{Choice, Decision, Filter};
use crate::hold::{
    Answer, Approval, Desk, Ended, HoldId, NewHold, Outcome, Permit, Refused, Scope, Stops, Waiting, Who,
};
use crate::kind::Mutation;
use crate::origin::{Host, Origin, Scheme};
use crate::snapshot::{Body, Field, Head, Snapshot};
use crate::store::Store;
use crate::store::spool::Spool;

/// A state directory and what lives in it.
pub struct House {
    pub dir: TempDir,
    pub clock: Clock,
    pub limits: Limits,
    pub desk: Desk,
    pub spool: Spool,
    audit: Audit,
}

pub fn limits() -> Limits {
    Limits {
        wait: Duration::from_secs(50),
        timeout: Duration::from_secs(1800),
        armed: Duration::from_secs(900),
        remember: Duration::from_secs(600),
        max_pending: 100,
        max_pending_per_agent: 50,
        max_body: 1 << 26,
        max_spool: 1 << 30,
        on_disconnect: OnDisconnect::Arm,
        keepalive: Keepalive::Off,
        retry_ignores: vec!["x-mine".to_owned()],
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(limits()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::at(tempfile::tempdir().unwrap(), Clock::manual(), limits).await
    }

    async fn at(dir: TempDir, clock: Clock, limits: Limits) -> Self {
        let (desk, audit, spool) = open(dir.path(), &clock, &limits).await.expect("the desk opens");
        Self { dir, clock, limits, desk, spool, audit }
    }

    /// Ends everything as a crash would, and starts it again.
    pub async fn restart(self) -> Self {
        let Self { dir, clock, limits, desk, spool, audit } = self;
        desk.close().await;
        audit.close().await;
        drop((desk, spool, audit));
        Self::at(dir, clock, limits).await
    }

    pub fn tick(&self, wait: Duration) {
        self.clock.advance(wait);
    }

    pub async fn arrive(&self, request: Request) -> Waiting {
        self.desk.arrive(request.hold()).await.expect("it is taken")
    }

    pub async fn decide(&self, hold: HoldId, choice: Choice) {
        self.decide_for(hold, choice, None).await;
    }

    pub async fn decide_for(&self, hold: HoldId, choice: Choice, reason: Option<&str>) {
        let digest = self.digest(hold).await;
        let decision = Decision {
            hold,
            choice,
            digest,
            reason: reason.map(str::to_owned),
            by: Who::named("ops"),
            grant: None,
        };
        self.desk.decide(vec![decision]).await.expect("the decision is taken");
    }

    pub async fn digest(&self, hold: HoldId) -> Option<crate::snapshot::Digest> {
        crate::snapshot::Digest::parse(&self.desk.find(&hold.to_string()).await?.digest)
    }

    pub async fn state(&self, hold: HoldId) -> String {
        self.desk.find(&hold.to_string()).await.expect("the hold is there").state
    }

    /// Waits until a hold is in a state.
    pub async fn until(&self, hold: HoldId, state: &str) {
        let mut changes = self.desk.changes();
        loop {
            changes.mark_unchanged();
            if self.state(hold).await == state {
                return;
            }
            changes.changed().await.expect("the keeper lives");
        }
    }

    /// Waits until so many attempts are connected to a hold.
    pub async fn until_waiting(&self, hold: HoldId, count: usize) {
        let mut changes = self.desk.changes();
        loop {
            changes.mark_unchanged();
            if self.desk.find(&hold.to_string()).await.expect("the hold is there").waiting == count {
                return;
            }
            changes.changed().await.expect("the keeper lives");
        }
    }

    /// The agent goes; its hold, once nobody waits for it any more.
    pub async fn leaves(&self, waiting: Waiting) -> HoldId {
        let hold = waiting.hold();
        drop(waiting);
        self.until_waiting(hold, 0).await;
        hold
    }

    /// The hold of the first, whose agent has gone, and what the second is given when it comes then.
    pub async fn come_back(&self, first: NewHold, second: NewHold) -> (HoldId, Waiting) {
        let hold = self.leaves(self.desk.arrive(first).await.expect("it is taken")).await;
        (hold, self.desk.arrive(second).await.expect("it is taken"))
    }

    pub async fn holds(&self) -> usize {
        self.desk.list(Filter::default()).await.len()
    }

    /// Sends an approved request: thawed, `sending`, ended with this status and body.
    pub async fn send(&self, approval: Approval, status: u16, body: &[u8]) {
        self.desk.thaw(&approval).await.expect("it thaws");
        self.desk.sending(&approval).await.expect("it may be sent");
        let answer =
            Answer { status, fields: fields(&[("x-a", "1")]), body: Body::memory(body.to_vec().into()) };
        self.desk.ended(approval, Outcome::Done { status, answer: Some(answer) }).await;
    }

    pub fn records(&self) -> Vec<serde_json::Value> {
        let mut files: Vec<_> = std::fs::read_dir(self.dir.path().join("audit"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
            .collect();
        files.sort();
        files
            .iter()
            .flat_map(|file| {
                std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
            })
            .map(|line| serde_json::from_str(&line).unwrap())
            .collect()
    }

    /// The events on record of one hold, with the state they name.
    pub fn story(&self, hold: HoldId) -> Vec<String> {
        let id = hold.to_string();
        let of_hold = |record: &serde_json::Value| record["hold"] == id.as_str();
        let text = |record: &serde_json::Value, name: &str| record[name].as_str().unwrap_or("").to_owned();
        self.records()
            .iter()
            .filter(|record| of_hold(record))
            .map(|record| match text(record, "event").as_str() {
                "ended" => format!("ended {}", text(record, "state")),
                "decided" => format!("decided {}", text(record, "decision")),
                event => event.to_owned(),
            })
            .collect()
    }
}

pub async fn open(dir: &Path, clock: &Clock, limits: &Limits) -> Result<(Desk, Audit, Spool), String> {
    let store = Store::open(&dir.join("holdpoint.db")).map_err(|error| error.to_string())?;
    let audit = Audit::open(&dir.join("audit"), clock.clone(), store.checkpoint())
        .map_err(|error| error.to_string())?;
    let spool = Spool::open(&dir.join("spool"), limits.max_spool).map_err(|error| error.to_string())?;
    let stops = Stops { freeze_file: dir.join("freeze"), breaker: Config::default().breaker };
    let desk = Desk::open(store, spool.clone(), audit.clone(), clock.clone(), limits.clone(), stops).await?;
    Ok((desk, audit, spool))
}

pub fn fields(pairs: &[(&str, &str)]) -> Vec<Field> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes()))).collect()
}

/// A request that can be sent as often as wanted.
#[derive(Clone)]
pub struct Request {
    pub agent: Agent,
    pub head: Head,
    pub body: Body,
    pub timeout: Option<Duration>,
    pub approvers: Option<Approvers>,
    pub owner: Option<String>,
    pub dialect: &'static str,
}

pub fn post() -> Request {
    Request {
        agent: Agent {
            name: "bot".to_owned(),
            source: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            advisory: false,
        },
        head: Head {
            method: "POST".to_owned(),
            origin: Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None),
            target: "/posts?q=1".to_owned(),
            fields: fields(&[
                ("host", "forum.example"),
                ("content-type", "text/plain"),
                ("content-length", "5"),
            ]),
        },
        body: Body::memory(Bytes::from_static(b"hello")),
        timeout: None,
        approvers: None,
        owner: None,
        dialect: "http",
    }
}

impl Request {
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.head.fields.retain(|(found, _)| found != name);
        self.head.fields.extend(fields(&[(name, value)]));
        self
    }

    pub fn target(mut self, target: &str) -> Self {
        self.head.target = target.to_owned();
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = Body::memory(Bytes::copy_from_slice(body));
        self
    }

    pub fn hold(&self) -> NewHold {
        NewHold {
            snapshot: Snapshot::freeze(self.head.clone(), self.body.clone()),
            agent: self.agent.clone(),
            finding: Finding {
                effect: Effect::Write,
                dialect: self.dialect,
                operation: "POST /posts".to_owned(),
                why: vec!["http: POST is not a read".to_owned()],
                declared: None,
            },
            terms: Terms {
                rule: "defaults.mutating".to_owned(),
                timeout: self.timeout,
                approvers: self.approvers.clone(),
                note: None,
                grantable: Some(Scope::Operation),
            },
            http_version: "HTTP/1.1",
            owner: self.owner.clone(),
        }
    }
}

pub fn approval(ended: Ended) -> Approval {
    match ended {
        Ended::Released(approval) => approval,
        other => panic!("released was expected, {other:?} came"),
    }
}

pub fn receipt(result: Result<(Receipt<Mutation>, Permit), Refused>) -> Receipt<Mutation> {
    result.expect("a receipt").0
}
