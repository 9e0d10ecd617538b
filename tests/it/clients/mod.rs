//! Real clients through the real binary, against real servers: curl, Python requests and httpx, Node's fetch, git;
//! the AWS command line and boto3 against moto; etcdctl and grpcio; the Python SDKs of MCP, OpenAI and Anthropic;
//! skopeo against a registry. They are configured as an agent's are, by the environment. `.ci/clients` installs them and
//! `.ci/run` requires them; elsewhere a test that finds none says so and is over.

mod again;
mod agent;
mod aws;
mod backend;
mod etcd;
mod git;
mod grpc;
mod http;
mod mcp;
mod model;
mod patience;
mod registry;
mod run;
mod sdk;

use std::path::PathBuf;
use std::process::Command;

use crate::binary::Server;
use crate::house::House;

/// Where the clients lie, or one line that they do not.
pub fn tools() -> Option<PathBuf> {
    let directory = std::env::var_os("HOLDPOINT_CLIENTS").map(PathBuf::from);
    let parts = ["venv", "node", "deb"];
    let found = directory.filter(|directory| parts.iter().all(|part| directory.join(part).exists()));
    if found.is_none() {
        let required = std::env::var_os("HOLDPOINT_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
        assert!(
            !required,
            "HOLDPOINT_CLIENTS has not all clients, and they are required; .ci/clients installs them"
        );
        println!("skipped: HOLDPOINT_CLIENTS names no directory with all clients; .ci/clients makes one");
    }
    found
}

/// A script of `tests/clients`.
pub fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A script of `tests/clients`, run by the Python that has the SDKs.
pub fn python(tools: &std::path::Path, name: &str) -> Command {
    let mut command = Command::new(tools.join("venv/bin/python"));
    command.arg(script(name));
    command
}

/// A program of Debian's, with the libraries that came along.
pub fn debian(tools: &std::path::Path, name: &str) -> Command {
    let mut command = Command::new(tools.join("deb/usr/bin").join(name));
    let machine = std::env::consts::ARCH;
    let libraries =
        ["usr/lib", "lib"].map(|place| tools.join("deb").join(place).join(format!("{machine}-linux-gnu")));
    command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).expect("paths without a colon"));
    command
}

/// Proxy and CA, in the variables of every runtime, and no way around.
pub fn through(command: &mut Command, server: &Server) {
    by(command, server.proxy(), &server.ca());
}

/// The same, through a proxy in this process.
pub fn through_house(command: &mut Command, house: &House) {
    by(command, house.proxy(), &house.ca());
}

fn by(command: &mut Command, proxy: std::net::SocketAddr, ca: &std::path::Path) {
    let proxy = format!("http://{proxy}");
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, &proxy);
    }
    for name in ["no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    for name in
        ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"]
    {
        command.env(name, ca);
    }
    command.env("NODE_USE_ENV_PROXY", "1");
}
