//! `holdpoint serve`: the proxy, the admin side and the prompt together, until a signal ends them. SIGTERM and
//! SIGINT drain, SIGHUP reads the config again.

use std::fs::OpenOptions;
use std::future::Future;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::admin::Server;
use crate::approve::words::count;
use crate::cli::{freezes, prompt};
use crate::clock::Clock;
use crate::config::Config;
use crate::limits;
use crate::notify::{Notifier, Tools};
use crate::page;
use crate::serve::{self, Counter, Office, Resolve, Running, SystemResolver};

/// Starts everything on the current runtime, the admin side included.
pub async fn start(config: Config, clock: Clock) -> Result<Running, String> {
    start_with(config, clock, Arc::new(SystemResolver)).await
}

/// The same, with a resolver of the caller's.
pub async fn start_with(config: Config, clock: Clock, resolver: Arc<dyn Resolve>) -> Result<Running, String> {
    // What is wrong with it is said before anything is opened.
    let notifier = Notifier::new(&config.notify, || {
        serve::trust(config.upstream.system_roots, &config.upstream.root_files)
    })?;
    let running = serve::start(config, clock.clone(), resolver, open_office).await?;
    let (desk, metrics) = (running.desk().clone(), running.gate().metrics.clone());
    // Its tasks end with the runtime; what they have not told by then is told after the next start.
    notifier.start(&Tools { desk, clock, metrics });
    Ok(running)
}

fn open_office(config: &Config, counter: Counter) -> Result<Box<dyn Office>, String> {
    let server = Server::bind(config, counter, page::router)?;
    Ok(Box::new(AdminOffice(server)))
}

struct AdminOffice(Server);

impl Office for AdminOffice {
    fn addr(&self) -> Option<SocketAddr> {
        self.0.addr()
    }

    fn socket(&self) -> PathBuf {
        self.0.socket().to_owned()
    }

    fn run(self: Box<Self>, mut stopped: watch::Receiver<bool>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let stop = async move {
                let _ = stopped.changed().await;
            };
            if let Err(error) = self.0.run(stop).await {
                tracing::error!(%error, "the admin side ended");
            }
        })
    }
}

/// Runs until a signal says stop. `prompt`: holds are prompted for on the terminal, if there is one.
pub fn run(config: Config, prompt: bool) -> Result<(), String> {
    let prompting = prompt && prompt::has_terminal();
    let log = prompting.then(|| config.state_dir.join("holdpoint.log"));
    start_log(log.as_deref())?;
    // Two threads: keeper, admin and people; connections have cores of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    let result = runtime.block_on(until_told_to_stop(config, log));
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}

async fn until_told_to_stop(config: Config, log: Option<PathBuf>) -> Result<(), String> {
    let mut signals = Signals::listen()?;
    let running = start(config.clone(), Clock::system()).await?;
    if let Err(error) = super::variables::Files::prepare(&config) {
        tracing::warn!("agents have no bundle of roots and no guide: {error}");
    }
    if log.is_none() {
        eprintln!(
            "proxy listening on {}; approve with `holdpoint ls` and `holdpoint approve ID`",
            running.proxy()
        );
    }
    let prompting = log.is_some();
    let freezes = tokio::spawn(freezes::tell(running.desk().clone()));
    let stopping = Arc::new(AtomicBool::new(false));
    if let Some(log) = log
        && let Err(error) = prompt::start(&running, &config.approvers, &log, stopping.clone())
    {
        tracing::warn!("no prompt: {error}");
    }
    while let Wanted::Reload = signals.next().await {
        match serve::reload(running.gate(), &config) {
            Ok(()) => tracing::info!("the config was read again"),
            Err(error) => tracing::error!("the config stays as it was:\n{error}"),
        }
    }
    tracing::info!("stopping");
    stopping.store(true, Ordering::Relaxed);
    let gate = running.gate().clone();
    // What only waits for a person has been told to come back by then.
    let telling = async {
        tokio::time::sleep(limits::STOP_TOLD).await;
        tell_what_goes_on(gate.running.load(Ordering::Relaxed), prompting);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = running.stop_or_hurry(signals.stop()) => {}
        () = telling => {}
    }
    freezes.abort();
    Ok(())
}

/// Somebody who has asked for an end wants to know why it does not come.
fn tell_what_goes_on(exchanges: usize, prompting: bool) {
    if exchanges == 0 {
        return;
    }
    let text = format!(
        "waiting for {} that went out before, {} s at the most; a second signal (Ctrl-C) ends it now. What is held \
         stays held",
        count(exchanges as u64, "request"),
        limits::DRAIN_WAIT.as_secs()
    );
    if prompting {
        eprintln!("{text}");
    }
    tracing::warn!("{text}");
}

enum Wanted {
    Reload,
    Stop,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("no signal handler: {error}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one that says stop.
    async fn stop(&mut self) {
        while let Wanted::Reload = self.next().await {}
    }

    async fn next(&mut self) -> Wanted {
        tokio::select! {
            _ = self.terminate.recv() => Wanted::Stop,
            _ = self.interrupt.recv() => Wanted::Stop,
            _ = self.hangup.recv() => Wanted::Reload,
        }
    }
}

/// Structured lines to standard error, or to a file while the prompt has the terminal. They never hold a field
/// value or a body: nothing in the program gives them to the log. The libraries that do see bytes are kept at
/// `warn`, whatever the environment asks for (CASES AU-15).
pub(super) fn start_log(file: Option<&Path>) -> Result<(), String> {
    let filter = EnvFilter::try_new("warn,holdpoint=info").map_err(|error| error.to_string())?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_target(false);
    let result = match file {
        None => lines.with_writer(std::io::stderr).try_init(),
        Some(path) => {
            if let Some(dir) = path.parent() {
                std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
            }
            let file = OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            lines.json().with_writer(Mutex::new(file)).try_init()
        }
    };
    result.map_err(|error| error.to_string())
}
