//! serve: everything is opened, tied together and started here, and stopped in order. Nothing else knows which
//! runtime it is on: connections live on data cores (a thread with a current-thread runtime each, and a pool of
//! its own), keeper, admin and people on the runtime that calls `start`.

mod cores;
mod editor;
mod reload;
mod state;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch as channel;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::accept::{self, Cores};
use crate::audit::{Audit, Event, Record};
use crate::clock::Clock;
use crate::config::Config;
use crate::decrypt::{Authority, Decrypter, Leaves};
use crate::forward::{Guard, Upstream};
use crate::gate::{Desks, Gate, Hurry, Pulse, Sessions, Tools};
use crate::hold::{Desk, Stops};
use crate::limits::{DRAIN_WAIT, HURRY_WAIT};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::spool::Spool;

use cores::DataCores;
use state::StateDir;

/// Whom everything that is called is trusted by.
pub use crate::forward::trust;
/// What is wrong with a server's certificate.
pub use crate::forward::{Flaw, SHOWS_AUTHORITY};
/// Who knows addresses of names: the system, or a table in tests.
pub use crate::forward::{Resolve, SystemResolver};
/// Whose a connection on this machine is.
pub use crate::identify::advisory::{ask_owner, find_owner};
/// The names of this machine's users, by which people are known on the admin socket.
pub use crate::identify::users::{NOBODY, name_of};
pub use editor::Editor;
pub use reload::{reload, rules_of};
pub use watch::{MetricsText, Readiness, Schemas, schemas};

/// A Holdpoint that runs.
pub struct Running {
    gate: Arc<Gate>,
    proxy: SocketAddr,
    admin: Option<SocketAddr>,
    socket: PathBuf,
    audit_dir: PathBuf,
    cores: DataCores,
    accepting: JoinHandle<()>,
    admin_task: JoinHandle<()>,
    watching: Vec<JoinHandle<()>>,
    editor: Editor,
    stopping: channel::Sender<bool>,
    state: StateDir,
}

/// What the people's side is built on.
pub struct Counter {
    /// The queue.
    pub desk: Desk,
    /// How a held request is changed.
    pub editor: Editor,
    /// The log.
    pub audit: Audit,
    /// The text of `/metrics`.
    pub metrics: MetricsText,
    /// Why `/readyz` says no, if it does.
    pub ready: Readiness,
    /// What messages of gRPC are made of.
    pub schemas: Schemas,
}

/// The people's side, bound and not yet running. It stands above this floor, so it is handed in.
pub trait Office: Send {
    /// Its TCP address, if it has one: no agent may be led there.
    fn addr(&self) -> Option<SocketAddr>;
    /// Its Unix socket.
    fn socket(&self) -> PathBuf;
    /// Serves until `stopped` changes.
    fn run(self: Box<Self>, stopped: channel::Receiver<bool>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Opens and starts everything on the current runtime. `open_office` binds the people's side.
pub async fn start<F>(
    config: Config,
    clock: Clock,
    resolver: Arc<dyn Resolve>,
    open_office: F,
) -> Result<Running, String>
where
    F: FnOnce(&Config, Counter) -> Result<Box<dyn Office>, String>,
{
    raise_file_limit();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let state = StateDir::open(&config.state_dir)?;
    let audit_dir = state.path().join("audit");
    let store = Store::open(&config.database).map_err(|error| error.to_string())?;
    let audit =
        Audit::open(&audit_dir, clock.clone(), store.checkpoint()).map_err(|error| error.to_string())?;
    let spool =
        Spool::open(&state.path().join("spool"), config.hold.max_spool).map_err(|error| error.to_string())?;
    let authority = Authority::open(&config.tls.ca_cert, &config.tls.ca_key)?;
    let decrypter = Decrypter::new(Arc::new(Leaves::new(authority, clock.clone())?))?;
    let tls = trust(config.upstream.system_roots, &config.upstream.root_files)?;

    let listener = accept::bind(config.proxy.listen, "[proxy] listen").await?;
    let proxy = listener.local_addr().map_err(|error| error.to_string())?;
    audit.record(started()).await.map_err(|error| error.to_string())?;
    let tools = Tools::new(clock.clone());
    let pulse = Pulse::new(&config.hold, clock.clone());
    let stops = Stops { freeze_file: state.path().join("freeze"), breaker: config.breaker.clone() };
    let desk = Desk::open(store, spool.clone(), audit.clone(), clock, config.hold.clone(), stops)
        .await
        .map_err(|e| e.to_string())?;
    let metrics = Metrics::new();
    let draining = Arc::new(AtomicBool::new(false));
    let rules = Arc::new(ArcSwap::from_pointee(rules_of(&config)));
    let editor = Editor::default();
    let office = open_office(
        &config,
        Counter {
            desk: desk.clone(),
            editor: editor.clone(),
            audit: audit.clone(),
            metrics: watch::metrics_text(&metrics),
            ready: watch::readiness(&desk, &audit, &draining),
            schemas: watch::schemas(&rules),
        },
    )?;

    let own = [Some(proxy), office.addr()].into_iter().flatten().collect();
    let guard = Guard::new(config.upstream.allow_addresses.clone(), own);
    let gate = Arc::new(Gate {
        rules,
        upstream: Upstream::new(tls, guard, resolver),
        desk,
        pulse,
        audit,
        spool,
        desks: Desks::default(),
        tools,
        sessions: Sessions::default(),
        metrics,
        decrypter,
        pseudonym: state.pseudonym()?,
        draining,
        hurry: Hurry::default(),
        running: AtomicUsize::new(0),
    });

    editor.open(gate.clone());
    let (dealt, doors) = Cores::new(DataCores::count());
    let cores = DataCores::start(&gate, doors)?;
    let accepting = tokio::spawn(accept::serve(listener, dealt));
    let (stopping, stopped) = channel::channel(false);
    let (admin, socket) = (office.addr(), office.socket());
    state.announce(proxy, admin)?;
    let admin_task = tokio::spawn(office.run(stopped));
    let watching =
        vec![tokio::spawn(watch::orphans(gate.clone())), tokio::spawn(watch::figures(gate.clone()))];
    tracing::info!(%proxy, admin = ?admin, socket = %socket.display(), "proxy listening on {proxy}");
    Ok(Running {
        gate,
        proxy,
        admin,
        socket,
        audit_dir,
        cores,
        accepting,
        admin_task,
        watching,
        editor,
        stopping,
        state,
    })
}

/// What `start` would refuse of the files of the certificate authority; nothing is made.
pub fn check_authority(config: &Config) -> Result<(), String> {
    Authority::check(&config.tls.ca_cert, &config.tls.ca_key)
}

fn started() -> Record {
    Record::new(Event::Started).with("version", env!("CARGO_PKG_VERSION")).with("pid", std::process::id())
}

/// Each held request keeps a socket open: the limit of open files goes up to the hard one.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

impl Running {
    /// Where the explicit proxy listens.
    pub fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    /// Where the admin API listens, if it does by TCP.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// The admin socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The directory of the audit log.
    pub fn audit_dir(&self) -> &Path {
        &self.audit_dir
    }

    /// The queue.
    pub fn desk(&self) -> &Desk {
        &self.gate.desk
    }

    /// How a held request is changed.
    pub fn editor(&self) -> &Editor {
        &self.editor
    }

    /// What connections share.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Stops in order: nothing new is let in, agents that wait are told to come back, what is being sent may end
    /// (`DRAIN_WAIT` at the most), then the log is closed.
    pub async fn stop(self) {
        self.stop_or_hurry(std::future::pending()).await;
    }

    /// The same, but that nothing is waited for any more once `hurry` is over: what is being sent then is cut off, its
    /// outcome is unknown, and its agent is told so. What is held stays held in either case.
    pub async fn stop_or_hurry(self, hurry: impl Future<Output = ()>) {
        self.gate.draining.store(true, Ordering::Relaxed);
        // Who is accepted from now on is told `restarting`; the listener closes when the wait is over.
        let drained = async {
            self.gate.desk.drain().await;
            self.at_rest().await;
        };
        let over = tokio::select! {
            waited = timeout(DRAIN_WAIT, drained) => waited.map_err(|_| "some exchanges had not ended when the wait was over"),
            () = hurry => Err("told again to stop: nothing more is waited for"),
        };
        if let Err(why) = over {
            tracing::warn!("{why}");
            self.gate.hurry.call();
            let _ = timeout(HURRY_WAIT, self.at_rest()).await;
        }
        let _ = self.stopping.send(true);
        for task in self.watching.into_iter().chain([self.accepting]) {
            task.abort();
            let _ = task.await;
        }
        self.cores.stop().await;
        let _ = self.admin_task.await;
        self.state.retract();
        self.gate.desk.close().await;
        self.gate.audit.close().await;
    }

    async fn at_rest(&self) {
        while self.gate.running.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
