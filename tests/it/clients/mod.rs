//! Real clients through the real binary: curl, Python requests and httpx, Node's fetch, git. They are configured as an
//! agent's are, by the environment. `.ci/run` installs them and requires them; elsewhere a test that finds none says
//! so and is over.

mod git;
mod http;

use std::path::PathBuf;
use std::process::Command;

use crate::binary::Server;

/// Where the clients lie, or one line that they do not.
pub fn tools() -> Option<PathBuf> {
    let directory = std::env::var_os("HOLDPOINT_CLIENTS").map(PathBuf::from);
    let found =
        directory.filter(|directory| directory.join("venv").exists() && directory.join("node").exists());
    if found.is_none() {
        let required = std::env::var_os("HOLDPOINT_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
        assert!(!required, "HOLDPOINT_CLIENTS has no clients, and they are required; .ci/run installs them");
        println!("skipped: HOLDPOINT_CLIENTS names no directory with clients; .ci/run makes one");
    }
    found
}

/// A script of `tests/clients`.
pub fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Proxy and CA, in the variables of every runtime, and no way around.
pub fn through(command: &mut Command, server: &Server) {
    let proxy = format!("http://{}", server.proxy());
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, &proxy);
    }
    for name in ["no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    for name in
        ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"]
    {
        command.env(name, server.ca());
    }
    command.env("NODE_USE_ENV_PROXY", "1");
}
