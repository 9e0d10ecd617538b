//! The config, checked: every value here is one that may be used as it is. Unknown keys, and keys whose part is
//! not built yet, are errors with file, line and column; nothing is ignored (SPEC section 6).
//!
//! `raw` is the file as it is written; `sections`, `people` and `rules` make of it what is here.

mod check;
mod find;
mod notify;
mod people;
mod quorum;
mod raw;
mod rules;
mod sections;
mod services;
mod source;
mod strangers;
#[cfg(test)]
mod tests;
mod units;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use check::{Check, Look, unknown};
use people::Taken;
use raw::Raw;
use source::{Complaint, Problem, Source};

pub use notify::{EVENTS, Notify, NotifyKind};

use crate::classify::Classifier;
use crate::decide::Policy;
use crate::net::Net;

/// Everything that `serve` needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from; `None` for the defaults.
    pub file: Option<PathBuf>,
    /// `[proxy]`
    pub proxy: Proxy,
    /// `[tls]`
    pub tls: Tls,
    /// `[upstream]`
    pub upstream: Upstream,
    /// `[admin]`
    pub admin: Admin,
    /// `[state] dir`
    pub state_dir: PathBuf,
    /// `[store] url`, the SQLite file behind it.
    pub database: PathBuf,
    /// `[hold]`
    pub hold: Hold,
    /// `[breaker]`
    pub breaker: Breaker,
    /// `[[agent]]`
    pub agents: Vec<AgentEntry>,
    /// `[[approver]]`
    pub approvers: Vec<Approver>,
    /// `[[notify]]`
    pub notify: Vec<Notify>,
    /// `[[rule]]` and `[defaults]`, compiled.
    pub policy: Policy,
    /// `[[service]]`, before the catalog.
    pub classifier: Classifier,
    /// What is legal and likely wrong: rules that can never match and the like.
    pub warnings: Vec<String>,
}

/// `[proxy]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The explicit proxy's address.
    pub listen: SocketAddr,
}

/// `[tls]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The interception CA's certificate, PEM.
    pub ca_cert: PathBuf,
    /// Its key, PEM, 0600.
    pub ca_key: PathBuf,
}

/// `[upstream]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// `"system"` stands in `roots`.
    pub system_roots: bool,
    /// PEM files in `roots`.
    pub root_files: Vec<PathBuf>,
    /// Addresses that may be dialled although they are loopback, link-local or the like.
    pub allow_addresses: Vec<Net>,
}

/// `[admin] tls_cert` and `tls_key`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminTls {
    /// A PEM file: the certificate and those that vouch for it.
    pub cert: PathBuf,
    /// A PEM file.
    pub key: PathBuf,
}

/// `[admin]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The TCP listener, beyond loopback only with TLS; `None` where it is the empty string.
    pub listen: Option<SocketAddr>,
    /// Its certificate, where it has one.
    pub tls: Option<AdminTls>,
    /// The Unix socket.
    pub socket: PathBuf,
}

/// What happens to a hold whose agent has gone before it is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisconnect {
    /// Released when the agent asks again.
    Arm,
    /// The hold ends with its last attempt.
    Cancel,
    /// Released all the same.
    Forward,
}

/// Whether an agent gets signs of life while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keepalive {
    /// Interim responses, where its client is known to take them.
    Auto,
    /// None.
    Off,
}

/// `[hold]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// How long an attempt is kept open before it gets its ticket.
    pub wait: Duration,
    /// How long a hold may stay undecided.
    pub timeout: Duration,
    /// How long an approval waits for an agent that has gone.
    pub armed: Duration,
    /// How long an ended hold's answer waits for an agent that has gone.
    pub remember: Duration,
    /// Undecided or armed holds at a time.
    pub max_pending: usize,
    /// And of one agent.
    pub max_pending_per_agent: usize,
    /// The largest body that is captured, in bytes.
    pub max_body: u64,
    /// All spool files together, in bytes.
    pub max_spool: u64,
    /// See the type.
    pub on_disconnect: OnDisconnect,
    /// See the type.
    pub keepalive: Keepalive,
    /// Further fields, in lower case, that may differ between attempts.
    pub retry_ignores: Vec<String>,
}

/// `[breaker]`: what an agent may change without a decision of its own, by a rule or a grant, before it is frozen.
/// What a grant was given with counts as the first that it lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Mutations of any effect.
    pub mutations: usize,
    /// Those that delete.
    pub deletes: usize,
    /// Those that change who may do or see what.
    pub permissions: usize,
    /// Within this time.
    pub per: Duration,
}

/// `[[agent]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentEntry {
    /// Its name.
    pub name: String,
    /// `sha256:HEX` of its token.
    pub token_hash: Option<String>,
    /// The addresses it may come from.
    pub source: Vec<Net>,
}

/// `[[approver]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// The name on record.
    pub name: String,
    /// The Unix user on the admin socket.
    pub user: Option<String>,
    /// `sha256:HEX` of the token for the admin listener.
    pub token_hash: Option<String>,
    /// Names by which rules ask for them.
    pub groups: Vec<String>,
}

impl Config {
    /// Reads and checks a file. The error is a text for people: file, line, column, a caret, what to do.
    pub fn load(file: &Path) -> Result<Self, String> {
        let text = find::read(file)?;
        let config = Self::parse(&file.display().to_string(), &text)?;
        Ok(Self { file: Some(file.to_owned()), ..config })
    }

    /// Reads and checks a text; `name` stands for the file in errors.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        Self::read(name, text, Look::Away)
    }

    /// The same for `policy check`: the files that it names must be there too.
    pub fn check(file: &Path) -> Result<Self, String> {
        let text = find::read(file)?;
        let config = Self::read(&file.display().to_string(), &text, Look::At)?;
        Ok(Self { file: Some(file.to_owned()), ..config })
    }

    fn read(name: &str, text: &str, files: Look) -> Result<Self, String> {
        let source = Source { name, text };
        let raw = strangers::read(text).map_err(|problems| source.render(problems))?;
        let mut check = Check::new(&source, files);
        let config = Self::checked(&mut check, raw);
        Ok(Self { warnings: check.finish()?, ..config })
    }

    /// The file that SPEC section 4 names: `--config`, `HOLDPOINT_CONFIG`, `config/holdpoint.toml`,
    /// `/etc/holdpoint/holdpoint.toml`, else the defaults.
    pub fn find(flag: Option<&Path>) -> Result<Self, String> {
        Self::file(flag).map_or_else(|| Ok(Self::default()), |file| Self::load(&file))
    }

    /// Which file that is; none for the defaults.
    pub fn file(flag: Option<&Path>) -> Option<PathBuf> {
        let variable = std::env::var_os(find::VARIABLE);
        find::find(flag, variable.as_deref(), &find::PLACES)
    }

    fn checked(check: &mut Check<'_>, raw: Raw) -> Self {
        let mut taken = Taken::default();
        let agents = people::agents(check, raw.agent, &mut taken);
        let approvers = people::approvers(check, raw.approver, &agents, &mut taken);
        let (state_dir, database) = sections::state(check, raw.state, raw.store);
        let proxy = sections::proxy(check, raw.proxy, !agents.is_empty());
        let services = services::services(check, raw.service, &mut taken);
        let declared = services.iter().flat_map(|service| service.hosts().to_vec()).collect();
        Self {
            file: None,
            tls: sections::tls(check, raw.tls),
            upstream: sections::upstream(check, raw.upstream),
            admin: sections::admin(check, raw.admin, &state_dir, proxy.listen),
            hold: sections::hold(check, raw.hold),
            breaker: sections::breaker(check, raw.breaker),
            policy: rules::policy(check, raw.rule, raw.defaults, (&agents, &approvers), &mut taken)
                .with_declared(declared),
            classifier: Classifier::new(services),
            notify: notify::notify(check, raw.notify),
            proxy,
            state_dir,
            database,
            agents,
            approvers,
            warnings: Vec::new(),
        }
    }
}

impl Default for Config {
    /// What an empty file gives.
    fn default() -> Self {
        Self::parse("the defaults", "").expect("an empty text is a whole config, which a test keeps so")
    }
}

/// Whether serde says that it knows no such key.
fn is_unknown_key(error: &toml::de::Error) -> bool {
    error.message().starts_with("unknown field `")
}

/// What is wrong with the TOML itself, or with a key that does not exist.
fn syntax(error: &toml::de::Error) -> Problem {
    let message = error.message();
    let words = message.strip_prefix("unknown field `").and_then(|rest| rest.rsplit_once("`, expected "));
    let complaint = match words {
        Some((key, expected)) => {
            let known: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
            unknown(&format!("unknown key `{key}`"), key, &known)
        }
        None => Complaint::new(message.replace('\n', "; ")),
    };
    Problem { span: error.span(), complaint }
}
