//! `env`: the variables that send an agent's traffic through the proxy and make its runtime trust the CA. Some
//! runtimes add what a variable names to their own roots, others take it in their place: those get a bundle of the
//! system's roots and the CA, written to `ca-bundle.pem` beside the CA.
//!
//! A variable cannot keep an agent from going around the proxy; the network outside must.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::cli::args::{Env, Shell};
use crate::cli::{Done, Trouble, certificate, out};
use crate::config::Config;

/// What agents reach without the proxy: every entry is a way around it. Loopback has nothing to wait for as long as
/// the proxy refuses it anyway; what `[upstream] allow_addresses` names is to be looked at, so it is left out.
fn no_proxy(config: &Config) -> Vec<&'static str> {
    let refused = |ip: IpAddr| !config.upstream.allow_addresses.iter().any(|net| net.contains(ip));
    let (v4, v6) = (refused(Ipv4Addr::LOCALHOST.into()), refused(Ipv6Addr::LOCALHOST.into()));
    [(v4 && v6, "localhost"), (v4, "127.0.0.1"), (v6, "::1")]
        .into_iter()
        .filter_map(|(direct, host)| direct.then_some(host))
        .collect()
}

/// Prints.
pub fn run(config: &Config, asked: Env) -> Done {
    let proxy = proxy(config)?;
    let ca = text(std::path::absolute(&config.tls.ca_cert))?;
    let bundle = text(certificate::bundle(&config.tls.ca_cert))?;
    let java = std::env::var("JAVA_TOOL_OPTIONS").unwrap_or_default();
    let variables = variables(proxy, &no_proxy(config), &ca, &bundle, &java);
    if config.agents.iter().any(|agent| agent.token_hash.is_some()) {
        out::aside("hint: agents have tokens here: write http://NAME:TOKEN@ADDRESS in the proxy variables");
    }
    out::say(&variables.iter().map(|(name, value)| line(asked.shell, name, value)).collect::<String>())
}

/// The proxy's address as one connects to it. Port 0 was filled in by the server that runs.
fn proxy(config: &Config) -> Result<SocketAddr, Trouble> {
    let mut address = config.proxy.listen;
    if address.port() == 0 {
        let file = config.state_dir.join("proxy.addr");
        let found = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
        address = found.ok_or_else(|| {
            Trouble::Failed(
                "proxy.listen has port 0 and no server runs: is `holdpoint serve` running here?".into(),
            )
        })?;
    }
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(address)
}

fn text<E: std::fmt::Display>(path: Result<PathBuf, E>) -> Result<String, Trouble> {
    let path = path.map_err(|error| Trouble::Failed(error.to_string()))?;
    let named = Path::to_str(&path).filter(|text| !text.chars().any(char::is_control)).map(str::to_owned);
    named.ok_or_else(|| Trouble::Failed(format!("{path:?}: no shell takes this path; use one of plain text")))
}

/// What is known to work, runtime by runtime.
fn variables(
    proxy: SocketAddr,
    direct: &[&str],
    ca: &str,
    bundle: &str,
    java: &str,
) -> Vec<(&'static str, String)> {
    let url = format!("http://{proxy}");
    let mut all: Vec<(&str, String)> = Vec::new();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        all.push((name, url.clone()));
    }
    for name in ["NO_PROXY", "no_proxy"] {
        all.push((name, direct.join(",")));
    }
    for name in ["NODE_EXTRA_CA_CERTS", "DENO_CERT"] {
        all.push((name, ca.into()));
    }
    for name in [
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
    ] {
        all.push((name, bundle.into()));
    }
    all.push(("NODE_USE_ENV_PROXY", "1".into()));
    all.push(("UV_SYSTEM_CERTS", "true".into()));
    all.push(("JAVA_TOOL_OPTIONS", java_options(proxy, direct, java)));
    all
}

/// Java reads no proxy variable. Its options are added to, never replaced; its trust store is its own affair.
fn java_options(proxy: SocketAddr, direct: &[&str], old: &str) -> String {
    let (ip, port) = (proxy.ip(), proxy.port());
    let ours = format!(
        "-Dhttp.proxyHost={ip} -Dhttp.proxyPort={port} -Dhttps.proxyHost={ip} -Dhttps.proxyPort={port} \
         -Dhttp.nonProxyHosts={}",
        direct.join("|").replace("::1", "[::1]")
    );
    match old {
        "" => ours,
        old if old.ends_with(&ours) => old.to_owned(),
        old => format!("{old} {ours}"),
    }
}

fn line(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Sh => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
        Shell::Fish => format!("set -gx {name} '{}';\n", value.replace('\\', r"\\").replace('\'', r"\'")),
        Shell::Powershell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        Shell::Dotenv => {
            let quoted =
                value.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$").replace('`', r"\`");
            format!("{name}=\"{quoted}\"\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// CASES AP-30: what is printed is evaluated, so a path must not be able to run anything.
    #[test]
    fn a_shell_reads_back_exactly_the_value() {
        for value in ["plain", "it's", "a b", "$(touch x)", "`x`", "\\", "a\"b", "'; exit 3; '", "*"] {
            let script = format!("{}printf %s \"$HOLD\"", line(Shell::Sh, "HOLD", value));
            let shown = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(shown.stdout).unwrap(), value);
        }
    }

    #[test]
    fn every_shell_has_its_own_quotes() {
        assert_eq!(line(Shell::Fish, "A", r"it's \"), "set -gx A 'it\\'s \\\\';\n");
        assert_eq!(line(Shell::Powershell, "A", "it's"), "$env:A = 'it''s'\n");
        assert_eq!(line(Shell::Dotenv, "A", "a\"$b"), "A=\"a\\\"\\$b\"\n");
    }

    #[test]
    fn runtimes_that_replace_their_roots_get_the_bundle_and_those_that_add_get_the_ca() {
        let all =
            variables("127.0.0.1:8080".parse().unwrap(), &["localhost"], "/ca.pem", "/bundle.pem", "-Xmx1g");
        let value = |name: &str| all.iter().find(|(each, _)| *each == name).map(|(_, value)| value.as_str());
        assert_eq!(value("https_proxy"), Some("http://127.0.0.1:8080"));
        assert_eq!(value("NODE_EXTRA_CA_CERTS"), Some("/ca.pem"));
        assert_eq!(value("SSL_CERT_FILE"), Some("/bundle.pem"));
        assert_eq!(value("GIT_SSL_CAINFO"), Some("/bundle.pem"));
        assert_eq!(value("NODE_USE_ENV_PROXY"), Some("1"));
        let java = value("JAVA_TOOL_OPTIONS").unwrap();
        assert!(java.starts_with("-Xmx1g -Dhttp.proxyHost=127.0.0.1 "));
        assert_eq!(
            java_options("127.0.0.1:8080".parse().unwrap(), &["localhost"], java),
            java,
            "a second time adds nothing"
        );
    }

    /// An agent must not go around the proxy to what the operator lets it reach through the proxy.
    #[test]
    fn what_may_be_reached_through_the_proxy_is_not_reached_around_it() {
        let direct = |allowed: &str| {
            let text = format!("[upstream]\nallow_addresses = {allowed}\n");
            no_proxy(&Config::parse("test.toml", &text).unwrap())
        };
        assert_eq!(direct("[]"), ["localhost", "127.0.0.1", "::1"]);
        assert_eq!(direct("[\"127.0.0.0/8\"]"), ["::1"]);
        assert!(direct("[\"127.0.0.0/8\", \"::1\"]").is_empty());
    }
}
