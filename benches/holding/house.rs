//! A Holdpoint of its own for one measurement: the binary, in a temporary directory, stopped with it.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::wire::Wire;

/// It runs for as long as this lives.
pub struct House {
    child: Child,
    dir: tempfile::TempDir,
    /// Where agents go.
    pub proxy: SocketAddr,
    /// Where people go.
    pub admin: SocketAddr,
    /// The admin's token.
    pub token: String,
}

const CONFIG: &str = r#"
[proxy]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
socket = "state/admin.sock"
[upstream]
allow_addresses = ["127.0.0.0/8"]
[hold]
wait = "WAIT"
timeout = "12h"
max_pending = 20000
max_pending_per_agent = 20000
"#;

/// Its log, in its directory.
const LOG: &str = "serve.log";
/// Holds that have not come by then do not come.
const NO_MORE: Duration = Duration::from_secs(20);

impl House {
    /// Starts one in which agents wait this long.
    pub async fn start(wait: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("holdpoint.toml"), CONFIG.replace("WAIT", wait)).expect("a config");
        let child = Command::new(env!("CARGO_BIN_EXE_holdpoint"))
            .args(["serve", "--no-prompt", "--config", "holdpoint.toml"])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.path().join(LOG)).expect("a log"))
            .spawn()
            .expect("holdpoint starts");
        let state = dir.path().join("state");
        let proxy = read(&state.join("proxy.addr")).await.parse().expect("an address");
        let admin = read(&state.join("admin.addr")).await.parse().expect("an address");
        let token = read(&state.join("admin.token")).await;
        Self { child, dir, proxy, admin, token }
    }

    /// A connection to the admin side.
    pub async fn people(&self) -> Wire {
        Wire::open(self.admin).await.with_token(&self.token)
    }

    /// Runs a command of the binary against it; how long it took and what it printed.
    pub fn run(&self, args: &[&str]) -> (Duration, Vec<u8>) {
        let begun = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_holdpoint"))
            .args(args)
            .args(["--config", "holdpoint.toml"])
            .current_dir(self.dir.path())
            .output()
            .expect("the command runs");
        (begun.elapsed(), output.stdout)
    }

    /// Resident memory, in KiB, as the kernel counts it (proc(5)).
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it lives");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it has memory");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number of KiB")
    }

    /// What it said that was no everyday matter.
    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join(LOG)).unwrap_or_default();
        let odd = |line: &&str| line.contains("WARN") || line.contains("ERROR");
        text.lines().filter(odd).take(20).collect::<Vec<_>>().join("\n")
    }

    /// Waits until this many holds are undecided; gives up, saying why, when no more of them come.
    pub async fn until_held(&self, count: usize) {
        let (mut most, mut since) = (0.0, Instant::now());
        loop {
            let (_, text) = self.people().await.ask("GET", "/metrics", "").await;
            let text = String::from_utf8_lossy(&text).into_owned();
            let held = text.lines().find_map(|line| line.strip_prefix("holdpoint_holds{state=\"held\"} "));
            let held = held.and_then(|held| held.parse::<f64>().ok()).expect("a number of holds");
            if held == count as f64 {
                return;
            }
            if held > most {
                (most, since) = (held, Instant::now());
            }
            assert!(since.elapsed() < NO_MORE, "{held} of {count} are held:\n{}\n{text}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn read(file: &std::path::Path) -> String {
    loop {
        match std::fs::read_to_string(file) {
            Ok(text) if text.ends_with('\n') || !text.is_empty() => return text.trim().to_owned(),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
