//! The house: a whole Holdpoint in this process, with its own directory, certificates and, where asked for, a
//! clock that moves by hand. Closing it asks the oracles whether every promise was kept.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdpoint::cli::serve::start_with;
use holdpoint::clock::Clock;
use holdpoint::config::Config;
use holdpoint::serve::Running;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::h2raw::Frames;
use crate::names::{NAMES, Names};
use crate::oracle;
use crate::pki::{Authority, Flaw};
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// A running Holdpoint.
pub struct House {
    pub clock: Clock,
    /// What signs the upstreams' certificates.
    pub authority: Authority,
    /// What the proxy's resolver says.
    pub names: Names,
    dir: TempDir,
    runtime: Option<Runtime>,
    running: Option<Running>,
    canaries: Vec<String>,
}

impl House {
    /// With the defaults.
    pub fn new() -> Self {
        Self::build(Plan::new(), Clock::system())
    }

    /// With these settings.
    pub fn with(plan: Plan) -> Self {
        Self::build(plan, Clock::system())
    }

    /// With these settings, and a clock that stands still until it is moved.
    pub fn timeless(plan: Plan) -> Self {
        Self::build(plan, Clock::manual())
    }

    fn build(plan: Plan, clock: Clock) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let authority = Authority::new("upstreams");
        std::fs::write(dir.path().join("upstream.pem"), authority.pem()).expect("the directory is ours");
        let names = Names::default();
        let mut house =
            Self { clock, authority, names, dir, runtime: None, running: None, canaries: Vec::new() };
        house.start(&plan);
        house
    }

    fn start(&mut self, plan: &Plan) {
        let text = plan.text(self.dir.path());
        let config = Config::parse("test.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        // The threads of the one before may still be about to let go of the state.
        let running = wait::until("holdpoint to start", || {
            let resolver = Arc::new(self.names.clone());
            let started = start_with(config.clone(), self.clock.clone(), resolver);
            match runtime.block_on(started) {
                Ok(running) => Some(running),
                Err(error) if error.contains("another holdpoint") => None,
                Err(error) => panic!("{error}"),
            }
        });
        self.running = Some(running);
        self.runtime = Some(runtime);
    }

    /// Stops in order, and starts again with these settings.
    pub fn restart(&mut self, plan: &Plan) {
        self.stop();
        self.start(plan);
    }

    /// The running server.
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs until it is closed")
    }

    /// Runs a future of the program's to its end.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("it runs until it is closed").block_on(future)
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where the proxy listens.
    pub fn proxy(&self) -> SocketAddr {
        self.running().proxy()
    }

    /// The interception CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("certs/ca.pem")
    }

    /// A TLS upstream that this house trusts, under all of `NAMES`.
    pub fn tls_tape(&self) -> Tape {
        Tape::tls(self.authority.server(&NAMES, Flaw::None))
    }

    /// A plain connection to the proxy.
    pub fn open(&self) -> Wire {
        Wire::open(self.proxy())
    }

    /// A tunnel to this upstream with TLS inside it, HTTP/1.1.
    pub fn secure(&self, tape: &Tape) -> Wire {
        Wire::tls(self.proxy(), &tape.authority(), "127.0.0.1", &self.ca(), &["http/1.1"])
    }

    /// The same, HTTP/2.
    pub fn secure_h2(&self, tape: &Tape) -> Frames {
        Frames::start(Wire::tls(self.proxy(), &tape.authority(), "127.0.0.1", &self.ca(), &["h2"]))
    }

    /// Text that must never be on record.
    pub fn canary(&mut self) -> String {
        let canary = format!("canary{}", holdpoint::secret::hex(&holdpoint::secret::random::<8>()));
        self.canaries.push(canary.clone());
        canary
    }

    /// The audit records so far.
    pub fn records(&self) -> Vec<Value> {
        oracle::records(&self.dir.path().join("state/audit"))
    }

    /// The audit records of one event.
    pub fn events(&self, event: &str) -> Vec<Value> {
        self.records().into_iter().filter(|record| record["event"] == event).collect()
    }

    /// Files in the spool.
    pub fn spool_files(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("state/spool")).map_or(0, |entries| entries.count())
    }

    fn stop(&mut self) {
        if let (Some(running), Some(runtime)) = (self.running.take(), self.runtime.take()) {
            runtime.block_on(running.stop());
            runtime.shutdown_timeout(wait::DEADLINE);
        }
    }

    /// Stops it, and checks the tapes against the record: the oracles of CASES section 1.0.
    pub fn close(self, tapes: &[&Tape]) {
        oracle::check(&self.shut(), tapes);
    }

    /// Stops it, and gives its whole record.
    pub fn shut(mut self) -> Vec<Value> {
        let holds = self.holds().len();
        let spooled = self.spool_files();
        // A request's body and its answer: two files to a hold at the most.
        assert!(spooled <= 2 * holds, "{spooled} spool files for {holds} holds");
        self.stop();
        let audit = self.dir.path().join("state/audit");
        oracle::no_canary(&audit, &self.canaries);
        oracle::records(&audit)
    }
}
