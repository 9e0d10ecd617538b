//! The real binary: started, asked by its own command line, killed, started again.

use std::fs::{self, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use holdpoint::hold::HoldView;
use tempfile::TempDir;

use crate::pki::{Authority, Flaw};
use crate::plan::Plan;
use crate::tape::Tape;
use crate::{listing, oracle, wait};

pub const BINARY: &str = env!("CARGO_BIN_EXE_holdpoint");

/// `holdpoint serve` in a directory of its own, which outlives the process.
pub struct Server {
    pub authority: Authority,
    dir: TempDir,
    child: Option<Child>,
    environment: Vec<(String, String)>,
}

impl Server {
    /// Started and ready.
    pub fn start(plan: &Plan) -> Self {
        let mut server = Self::prepare(plan);
        server.run(None);
        server.ready();
        server
    }

    /// Everything but the process.
    pub fn prepare(plan: &Plan) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let authority = Authority::new("upstreams");
        fs::write(dir.path().join("upstream.pem"), authority.pem()).expect("the directory is ours");
        fs::write(dir.path().join("holdpoint.toml"), plan.text(dir.path())).expect("the directory is ours");
        Self { authority, dir, child: None, environment: Vec::new() }
    }

    /// Every process that is started from now on has this variable.
    pub fn environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.into(), value.into()));
    }

    /// Starts the process; at this fail point it will kill itself.
    pub fn run(&mut self, failpoint: Option<&str>) {
        let mut command = self.command(&["serve", "--no-prompt"]);
        if let Some(name) = failpoint {
            command.env("HOLDPOINT_FAILPOINT", name);
        }
        self.spawn(command);
    }

    /// Starts it with a limit on the size of a file, in KiB; writes beyond it fail.
    pub fn run_limited(&mut self, file_kib: u64) {
        let mut command = Command::new("bash");
        let script = format!("trap '' XFSZ; ulimit -f {file_kib}; exec \"$0\" serve --no-prompt");
        command.args(["-c", &script, BINARY]);
        self.dress(&mut command);
        self.spawn(command);
    }

    fn spawn(&mut self, mut command: Command) {
        let _ = fs::remove_file(self.dir.path().join("state/proxy.addr"));
        let log = OpenOptions::new().create(true).append(true).open(self.log()).expect("a log file");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    /// Waits until it listens; `false` where it died before.
    pub fn try_ready(&mut self) -> bool {
        let file = self.dir.path().join("state/proxy.addr");
        wait::until("holdpoint to listen", || {
            if self.dead() {
                return Some(false);
            }
            let address: SocketAddr = fs::read_to_string(&file).ok()?.trim().parse().ok()?;
            std::net::TcpStream::connect(address).is_ok().then_some(true)
        })
    }

    /// Waits until it listens.
    pub fn ready(&mut self) {
        assert!(self.try_ready(), "holdpoint did not start:\n{}", self.log_text());
    }

    /// Whether the process has ended.
    pub fn dead(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().expect("it is our child").is_some())
    }

    /// `kill -9`
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Kills it and starts it again.
    pub fn restart(&mut self) {
        self.kill();
        self.run(None);
        self.ready();
    }

    /// Sends the process a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let child = self.child.as_ref().expect("it runs");
        rustix::process::kill_process(rustix::process::Pid::from_child(child), signal)
            .expect("it is our child");
    }

    /// SIGTERM, and waits for the end. `true`: it ended with 0.
    pub fn terminate(&mut self) -> bool {
        self.signal(rustix::process::Signal::TERM);
        let mut child = self.child.take().expect("it runs");
        wait::until("holdpoint to stop", || child.try_wait().expect("it is our child")).success()
    }

    /// Where the proxy listens.
    pub fn proxy(&self) -> SocketAddr {
        let text = fs::read_to_string(self.dir.path().join("state/proxy.addr")).expect("it is ready");
        text.trim().parse().expect("an address")
    }

    /// Where the admin API listens.
    pub fn admin(&self) -> SocketAddr {
        // It is written after the proxy's, which is what a start waits for.
        let file = self.dir.path().join("state/admin.addr");
        wait::until("the admin address", || fs::read_to_string(&file).ok()?.trim().parse().ok())
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("certs/ca.pem")
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("holdpoint.log")
    }

    pub fn log_text(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// A TLS upstream that it trusts.
    pub fn tls_tape(&self) -> Tape {
        Tape::tls(self.authority.server(&["127.0.0.1", "localhost"], Flaw::None))
    }

    /// The command line with this server's config.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments);
        self.dress(&mut command);
        command
    }

    fn dress(&self, command: &mut Command) {
        command.current_dir(self.dir.path()).env("HOLDPOINT_CONFIG", self.dir.path().join("holdpoint.toml"));
        command.env("NO_COLOR", "1").env_remove("HOLDPOINT_SERVER").env_remove("HOLDPOINT_FAILPOINT");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// Runs a command, without a terminal.
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("the binary runs")
    }

    /// Runs a command that must succeed; what it printed.
    pub fn says(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.cli(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "holdpoint {arguments:?}: {error}\n{}", self.log_text());
        output.stdout
    }

    /// The holds in this state.
    pub fn holds(&self, state: &str) -> Vec<HoldView> {
        let listed = listing::holds(&self.socket(), state);
        listed.unwrap_or_else(|| panic!("nobody lists what is {state}\n{}", self.log_text()))
    }

    /// The admin socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("state/admin.sock")
    }

    /// Waits until one hold is undecided.
    pub fn held(&self) -> HoldView {
        wait::until("an undecided hold", || listing::held(&self.socket())?.into_iter().next())
    }

    /// Releases exactly what the view shows.
    pub fn approve(&self, hold: &HoldView) {
        self.says(&["approve", &format!("{}@{}", hold.id, hold.digest)]);
    }

    pub fn deny(&self, hold: &HoldView, reason: &str) {
        self.says(&["deny", &hold.id, "--reason", reason]);
    }

    /// `show --raw`
    pub fn raw(&self, hold: &HoldView) -> Vec<u8> {
        self.says(&["show", &hold.id, "--raw"])
    }

    /// A figure of the process from /proc, in KiB: `VmRSS`, `VmHWM`.
    pub fn memory_kib(&self, name: &str) -> u64 {
        let pid = self.child.as_ref().expect("it runs").id();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("the figure is there");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }

    /// The audit records, their chain checked.
    pub fn records(&self) -> Vec<serde_json::Value> {
        oracle::records(&self.dir.path().join("state/audit"))
    }

    /// Both verifiers and the tapes agree.
    pub fn check(&self, tapes: &[&Tape]) {
        self.says(&["audit", "verify"]);
        oracle::check(&self.records(), tapes);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
