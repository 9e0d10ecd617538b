//! `env`: prints the variables that send an agent's traffic through the proxy, for its shell.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::cli::args::{Env, Shell};
use crate::cli::{Done, Trouble, out, variables};
use crate::config::Config;

/// Prints.
pub fn run(config: &Config, asked: Env) -> Done {
    let say = |text: &str| out::aside(&format!("note: {text}"));
    let variables = variables::all(config, proxy(config)?, None, say)?;
    if config.agents.iter().any(|agent| agent.token_hash.is_some()) {
        out::aside("hint: agents have tokens here: write http://NAME:TOKEN@ADDRESS in the proxy variables");
    }
    out::say(&variables.iter().map(|(name, value)| line(asked.shell, name, value)).collect::<String>())
}

/// The proxy's address as one connects to it. Port 0 was filled in by the server that runs.
fn proxy(config: &Config) -> Result<SocketAddr, Trouble> {
    let mut address = config.proxy.listen;
    if address.port() == 0 {
        address = announced(config).ok_or_else(|| {
            Trouble::Failed(
                "proxy.listen has port 0 and no server runs: is `holdpoint serve` running here?".into(),
            )
        })?;
    }
    Ok(reachable(address))
}

/// What the server that runs says of its address.
pub fn announced(config: &Config) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(config.state_dir.join("proxy.addr")).ok()?;
    text.trim().parse().ok()
}

/// Who listens everywhere is reached here.
pub fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
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
}
