//! The variables that send an agent's traffic through the proxy and make its runtime trust the CA, for `env` and `run`.
//! Some runtimes add what a variable names to their own roots, others take it in their place: those get a bundle of the
//! system's roots and the CA.
//!
//! A variable cannot keep an agent from going around the proxy; the network outside must.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::cli::direct::Direct;
use crate::cli::{Trouble, certificate, guide, java};
use crate::config::Config;
use crate::secret::Masked;

/// A variable and its value.
pub type Variable = (&'static str, String);

/// Both spellings: some programs read only one of them, and curl takes plain HTTP's from the lower case one alone.
const PROXIES: [&str; 7] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "grpc_proxy"];
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Runtimes that add the CA to their own roots: Node, npm, Bun; Deno.
const ADDED: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];
/// Runtimes that take the bundle in place of their own roots.
const REPLACED: [&str; 16] = [
    // OpenSSL, and what follows it: Python's ssl, httpx, Go, Ruby, .NET, PHP, rustls with native roots, uv.
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "npm_config_cafile",
    "CARGO_HTTP_CAINFO",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "HTTPLIB2_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    // Elixir's and Erlang's hex, PHP's composer, Ruby's bundler, OpenAI's codex.
    "HEX_CACERTS_PATH",
    "COMPOSER_CAFILE",
    "BUNDLE_SSL_CA_CERT",
    "CODEX_CA_CERTIFICATE",
];

/// The name and token that an agent is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Of an `[[agent]]`.
    pub name: String,
    /// Its token.
    pub token: Masked<String>,
}

/// The files that variables name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    ca: String,
    bundle: String,
    java_store: String,
    guide: String,
}

impl Files {
    /// Writes them beside the CA, or takes those that are there.
    pub fn prepare(config: &Config) -> Result<Self, String> {
        let ca = &config.tls.ca_cert;
        let (bundle, java_store) = certificate::bundles(ca)?;
        let absolute = std::path::absolute(ca).map_err(|error| format!("{}: {error}", ca.display()))?;
        Ok(Self {
            ca: text(absolute)?,
            bundle: text(bundle)?,
            java_store: text(java_store)?,
            guide: text(guide::write(config)?)?,
        })
    }
}

fn text(path: PathBuf) -> Result<String, String> {
    let named = path.to_str().filter(|text| !text.chars().any(char::is_control)).map(str::to_owned);
    named.ok_or_else(|| format!("{path:?}: no shell takes this path; use one of plain text"))
}

/// All of them, for an agent that reaches the proxy there. What there is to say of `NO_PROXY` goes to `remark`.
pub fn all(
    config: &Config,
    proxy: SocketAddr,
    who: Option<&Credentials>,
    remark: impl Fn(&str),
) -> Result<Vec<Variable>, Trouble> {
    let files = Files::prepare(config).map_err(Trouble::Failed)?;
    let direct = Direct::here(config);
    direct.remarks.iter().for_each(|text| remark(text));
    let java = std::env::var("JAVA_TOOL_OPTIONS").unwrap_or_default();
    Ok(list(proxy, who, &direct.hosts, &files, &java))
}

fn list(
    proxy: SocketAddr,
    who: Option<&Credentials>,
    direct: &[String],
    files: &Files,
    java: &str,
) -> Vec<Variable> {
    let url = url(proxy, who);
    let mut all: Vec<Variable> = PROXIES.iter().map(|name| (*name, url.clone())).collect();
    all.extend(DIRECT.iter().map(|name| (*name, direct.join(","))));
    all.extend(ADDED.iter().map(|name| (*name, files.ca.clone())));
    all.extend(REPLACED.iter().map(|name| (*name, files.bundle.clone())));
    all.push(("NODE_USE_ENV_PROXY", "1".into()));
    all.push(("UV_SYSTEM_CERTS", "true".into()));
    all.push(("JAVA_TOOL_OPTIONS", java::options(proxy, direct, &files.java_store, java)));
    all.push((guide::VARIABLE, files.guide.clone()));
    all
}

/// The proxy, with the agent's name and token where it has them (RFC 3986 section 3.2.1).
pub fn url(proxy: SocketAddr, who: Option<&Credentials>) -> String {
    match who {
        None => format!("http://{proxy}"),
        Some(Credentials { name, token }) => {
            format!("http://{}:{}@{proxy}", escaped(name), escaped(token.reveal()))
        }
    }
}

/// Everything but unreserved letters as `%XX`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        Files {
            ca: "/ca.pem".into(),
            bundle: "/bundle.pem".into(),
            java_store: "/bundle.jks".into(),
            guide: "/guide.md".into(),
        }
    }

    #[test]
    fn runtimes_that_replace_their_roots_get_the_bundle_and_those_that_add_get_the_ca() {
        let all =
            list("127.0.0.1:8080".parse().unwrap(), None, &["localhost".to_owned()], &files(), "-Xmx1g");
        let value = |name: &str| all.iter().find(|(each, _)| *each == name).map(|(_, value)| value.as_str());
        assert_eq!(value("https_proxy"), Some("http://127.0.0.1:8080"));
        assert_eq!(value("NODE_EXTRA_CA_CERTS"), Some("/ca.pem"));
        assert_eq!(value("SSL_CERT_FILE"), Some("/bundle.pem"));
        assert_eq!(value("GIT_SSL_CAINFO"), Some("/bundle.pem"));
        assert_eq!(value("NODE_USE_ENV_PROXY"), Some("1"));
        assert_eq!(value("HOLDPOINT_AGENT_GUIDE"), Some("/guide.md"));
        let java = value("JAVA_TOOL_OPTIONS").unwrap();
        assert!(java.starts_with("-Xmx1g -Dhttp.proxyHost=127.0.0.1 ") && java.contains("/bundle.jks"));
    }

    #[test]
    fn no_variable_is_set_twice() {
        let all = list("127.0.0.1:8080".parse().unwrap(), None, &[], &files(), "");
        let mut names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn a_name_and_a_token_cannot_lead_to_another_proxy() {
        let who = Credentials { name: "tri age".into(), token: Masked::new("a@evil:1/%".into()) };
        assert_eq!(
            url("127.0.0.1:8080".parse().unwrap(), Some(&who)),
            "http://tri%20age:a%40evil%3A1%2F%25@127.0.0.1:8080"
        );
    }
}
