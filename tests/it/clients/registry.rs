//! skopeo against a registry: a pull passes; a push is several requests, each of which waits; so does a deletion.
//!
//! Go's programs never send a loopback address through a proxy, so that the registry is named by the machine's own
//! name, and listens on all its addresses.

use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};
use std::process::Command;

use holdpoint::hold::HoldView;

use super::agent::{Agent, reads_as};
use super::backend::Backend;
use super::{debian, script, tools};
use crate::binary::Server;
use crate::plan::Plan;

const CONFIG: &str = "version: 0.1\nlog: {level: info}\nhttp: {addr: \"0.0.0.0:0\"}\n\
                      storage: {filesystem: {rootdirectory: ./storage}, delete: {enabled: true}}\n";

struct Registry {
    tools: PathBuf,
    backend: Backend,
    host: String,
    server: Server,
}

/// The port in the line with which the registry says where it listens.
fn port(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("listening on [::]:")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

impl Registry {
    fn start() -> Option<Self> {
        let tools = tools()?;
        let backend = Backend::logging(
            |dir| {
                std::fs::write(dir.join("config.yml"), CONFIG).expect("the directory is ours");
                let mut command = debian(&tools, "docker-registry");
                command.args(["serve", "config.yml"]);
                command
            },
            port,
        );
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("the machine has a name");
        let host = format!("{}:{}", name.trim(), backend.port());
        let address = host.to_socket_addrs().ok().and_then(|mut all| all.next());
        let address = address.unwrap_or_else(|| panic!("this machine does not know its own name, {host}"));
        let service = format!("name = \"registry\"\nhost = [\"{host}\"]\ndialect = \"oci\"");
        let addresses = format!("[\"127.0.0.0/8\", \"{}\"]", address.ip());
        let plan = Plan::new().service(&service).set("upstream", "allow_addresses", &addresses);
        Some(Self { tools, server: Server::start(&plan), backend, host })
    }

    fn skopeo(&self, arguments: &[&str]) -> Agent<'_> {
        let mut command = debian(&self.tools, "skopeo");
        command
            .arg("--insecure-policy")
            .args(arguments)
            .current_dir(self.server.dir())
            .env("HOME", self.server.dir());
        Agent::start(&self.server, command)
    }

    fn image(&self) -> String {
        format!("docker://{}/team/app:1", self.host)
    }

    /// The repository's tags, as they lie in its storage.
    fn tags(&self) -> Vec<String> {
        let tags = self.backend.file("storage/docker/registry/v2/repositories/team/app/_manifests/tags");
        let entries = std::fs::read_dir(tags).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn blobs(&self) -> usize {
        fn files(at: &Path) -> usize {
            let entries = std::fs::read_dir(at).into_iter().flatten().flatten().map(|entry| entry.path());
            entries
                .map(|path| if path.is_dir() { files(&path) } else { usize::from(path.ends_with("data")) })
                .sum()
        }
        files(&self.backend.file("storage/docker/registry/v2/blobs"))
    }

    fn made(&self) {
        let made =
            Command::new("python3").arg(script("oci_image.py")).arg(self.server.dir().join("image")).status();
        assert!(made.expect("python3 runs").success());
    }
}

#[test]
fn skopeo_pulls_and_waits_with_each_step_of_a_push() {
    let Some(registry) = Registry::start() else { return };
    registry.made();
    let push = ["copy", "--dest-tls-verify=false", "oci:image:1", &registry.image()];

    let mut agent = registry.skopeo(&push);
    let hold = agent.held();
    reads_as(&hold, "oci", "write", "team/app");
    registry.server.deny(&hold, "not on a Friday");
    let ended = agent.ends_while(|hold| panic!("after the first no it goes on: {}", hold.operation));
    assert!(!ended.ok && ended.errors.contains("not on a Friday"), "{ended:?}");
    assert_eq!((registry.blobs(), registry.tags().len()), (0, 0));

    let mut shown = Vec::new();
    let pushed = registry.skopeo(&push).ends_while(|hold: &HoldView| {
        assert_eq!((&*hold.dialect, &*hold.effect), ("oci", "write"), "{hold:?}");
        assert!(hold.operation.contains("team/app"), "{}", hold.operation);
        shown.push(format!("{} {}", hold.method, hold.operation));
        registry.server.approve(hold);
    });
    pushed.succeeded();
    assert!(shown.len() >= 5 && shown.last().is_some_and(|last| last.starts_with("PUT ")), "{shown:?}");
    assert_eq!((registry.blobs(), registry.tags()), (3, vec!["1".to_owned()]));

    registry.skopeo(&["inspect", "--tls-verify=false", &registry.image()]).passes();
    registry.skopeo(&["copy", "--src-tls-verify=false", &registry.image(), "dir:pulled"]).passes();
    assert!(registry.server.dir().join("pulled/manifest.json").exists());

    let delete = ["delete", "--tls-verify=false", &registry.image()];
    let mut agent = registry.skopeo(&delete);
    let hold = agent.held();
    assert_eq!((&*hold.dialect, &*hold.effect), ("oci", "delete"), "{hold:?}");
    registry.server.approve(&hold);
    agent.ends().succeeded();
    assert!(registry.tags().is_empty());
}
