//! etcdctl against etcd. It reads no proxy variable (its dialer is its own), so it runs in a network whose only way
//! out is a tunnel through the proxy: what `confined.py` makes.

use super::agent::{Agent, Ended, reads_as};
use super::backend::Backend;
use super::{debian, script, tools};
use crate::binary::Server;
use crate::plan::Plan;

struct Store {
    tools: std::path::PathBuf,
    etcd: Backend,
    server: Server,
}

/// The port in the line with which etcd says that it serves clients.
fn port(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("serving insecure client requests on 127.0.0.1:")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

impl Store {
    fn start() -> Option<Self> {
        let tools = tools()?;
        let any = "http://127.0.0.1:0";
        let etcd = Backend::logging(
            |dir| {
                let mut command = debian(&tools, "etcd");
                command.arg("--data-dir").arg(dir.join("data")).arg("--enable-grpc-gateway=false");
                command.args(["--listen-client-urls", any, "--advertise-client-urls", any]);
                command.args(["--listen-peer-urls", any, "--initial-advertise-peer-urls", any]);
                command.args(["--initial-cluster", "default=http://127.0.0.1:0"]);
                command
            },
            port,
        );
        let service = format!("name = \"store\"\nhost = [\"{}\"]\ncatalog = \"etcd\"", etcd.authority());
        Some(Self { tools, server: Server::start(&Plan::new().service(&service)), etcd })
    }

    /// Through the proxy. The library that etcdctl is made of gives up after 5 seconds, unless it is told otherwise.
    fn etcdctl(&self, line: &str) -> Agent<'_> {
        let program = debian(&self.tools, "etcdctl");
        let mut command = std::process::Command::new("python3");
        command.arg(script("confined.py")).arg(self.server.proxy().to_string()).arg(self.etcd.authority());
        command.arg(program.get_program()).args([
            "--command-timeout=60s",
            "--endpoints",
            &self.etcd.authority(),
        ]);
        command.args(line.split(' ')).env("ETCDCTL_API", "3");
        Agent::start(&self.server, command)
    }

    /// Around the proxy: what is there.
    fn value(&self, key: &str) -> String {
        let mut command = debian(&self.tools, "etcdctl");
        command
            .args(["--endpoints", &self.etcd.authority(), "get", "--print-value-only", key])
            .env("ETCDCTL_API", "3");
        let output = command.output().expect("etcdctl runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn denied(&self, line: &str, effect: &str, operation: &str) -> Ended {
        let mut agent = self.etcdctl(line);
        let hold = agent.held();
        reads_as(&hold, "grpc", effect, operation);
        self.server.deny(&hold, "not on a Friday");
        let ended = agent.ends();
        assert!(!ended.ok, "{ended:?}");
        ended
    }

    fn approved(&self, line: &str, effect: &str, operation: &str) -> String {
        let mut agent = self.etcdctl(line);
        let hold = agent.held();
        reads_as(&hold, "grpc", effect, operation);
        self.server.approve(&hold);
        agent.ends().succeeded().output
    }
}

#[test]
fn etcdctl_reads_pass_and_what_it_changes_waits() {
    let Some(store) = Store::start() else { return };
    assert_eq!(store.etcdctl("get color").passes().output, "");
    let put = "put color blue";
    let denied = store.denied(put, "write", "KV/Put");
    assert!(denied.errors.contains("not on a Friday"), "{denied:?}");
    assert!(denied.errors.contains("PermissionDenied"), "{denied:?}");
    assert_eq!(store.value("color"), "");
    assert_eq!(store.approved(put, "write", "KV/Put"), "OK");
    assert_eq!(store.etcdctl("get --print-value-only color").passes().output, "blue");
    store.denied("del color", "delete", "KV/DeleteRange");
    assert_eq!(store.value("color"), "blue");
    assert_eq!(store.approved("del color", "delete", "KV/DeleteRange"), "1");
    assert_eq!(store.value("color"), "");
    // etcd's own no.
    let mut agent = store.etcdctl("role delete nobody");
    store.server.approve(&agent.held());
    let refused = agent.ends();
    assert!(!refused.ok && refused.errors.contains("role name not found"), "{refused:?}");
    // What a role may do is a permission's matter.
    store.denied("role add reader", "permission", "Auth/RoleAdd");
    let attempts: Vec<_> = store.server.holds("denied").iter().map(|hold| hold.attempts).collect();
    assert_eq!(attempts, [1, 1, 1], "it asks no second time");
}
