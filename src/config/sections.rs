//! The single tables: where it listens, what it trusts, where it keeps things, how long a hold may take.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::check::{Check, not_in_this_version, one_of};
use crate::config::raw::{self, Amount, Key};
use crate::config::source::Complaint;
use crate::config::{Admin, AdminTls, Breaker, Hold, Keepalive, OnDisconnect, Proxy, Tls, Upstream, units};
use crate::limits;
use crate::net::Net;

const PROXY_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const ADMIN_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);

/// A Unix socket's path must fit into `sockaddr_un`, with its closing zero byte (unix(7)).
const SOCKET_PATH_MAX: usize = 107;

/// Fields that two requests must agree on: whoever ignored one would give an agent another request's answer.
const NEVER_IGNORED: [&str; 8] = [
    "authorization",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "idempotency-key",
    "transfer-encoding",
];

/// `[proxy]`. `agents`: at least one `[[agent]]` is configured.
pub(super) fn proxy(check: &mut Check<'_>, raw: raw::Proxy, agents: bool) -> Proxy {
    check.later("proxy.transparent", raw.transparent, String::is_empty);
    check.later("proxy.socks5", raw.socks5, String::is_empty);
    let listen = check.value(raw.listen, PROXY_LISTEN, |text| {
        let listen = address(&text)?;
        if is_loopback(listen) || agents {
            return Ok(listen);
        }
        Err(Complaint::new(format!(
            "the proxy would listen on {listen}, beyond loopback, with no agent configured"
        ))
        .help("add at least one [[agent]]: without one anybody who can reach it is let in"))
    });
    Proxy { listen }
}

/// `[tls]`
pub(super) fn tls(check: &mut Check<'_>, raw: raw::Tls) -> Tls {
    check.later("tls.passthrough", raw.passthrough, |list| list.0.is_empty());
    let key_span = raw.ca_key.as_ref().map(toml::Spanned::span);
    let tls = Tls {
        ca_cert: check.value(raw.ca_cert, "certs/ca.pem".into(), |text| path(&text)),
        ca_key: check.value(raw.ca_key, "certs/ca-key.pem".into(), |text| path(&text)),
    };
    if let Some(span) = key_span.filter(|_| tls.ca_cert == tls.ca_key) {
        check.error(
            &span,
            Complaint::new("the certificate and its key are in one file").help("give each a file"),
        );
    }
    tls
}

/// `[upstream]`
pub(super) fn upstream(check: &mut Check<'_>, raw: raw::Upstream) -> Upstream {
    let roots = match raw.roots {
        None => vec!["system".to_owned()],
        some => {
            let items = check.items(some);
            for (root, span) in items.iter().filter(|(root, _)| root != "system") {
                check.file(span, Path::new(root));
            }
            items.into_iter().map(|(text, _)| text).collect()
        }
    };
    let addresses = check.items_or_none(raw.allow_addresses).unwrap_or_default();
    Upstream {
        system_roots: roots.iter().any(|root| root == "system"),
        root_files: roots.iter().filter(|root| *root != "system").map(PathBuf::from).collect(),
        allow_addresses: check.each(addresses, |text| text.parse::<Net>().map_err(Complaint::from)),
    }
}

/// `[admin]`. The socket lies in the state directory where it is not named.
pub(super) fn admin(check: &mut Check<'_>, raw: raw::Admin, state_dir: &Path, proxy: SocketAddr) -> Admin {
    let is_named = |key: &Key<String>| key.as_ref().is_some_and(|key| !key.get_ref().is_empty());
    let named = is_named(&raw.tls_cert) && is_named(&raw.tls_key);
    let tls = admin_tls(check, raw.tls_cert, raw.tls_key);
    let listen = check.value(raw.listen, Some(ADMIN_LISTEN), |text| {
        if text.is_empty() {
            return Ok(None);
        }
        let listen = address(&text)?;
        if !is_loopback(listen) && !named {
            return Err(Complaint::new(format!(
                "the admin API would listen on {listen}, beyond loopback, without TLS"
            ))
            .help("name a certificate and its key in [admin] tls_cert and tls_key"));
        }
        if listen == proxy && listen.port() != 0 {
            return Err(Complaint::new("the proxy listens there: agents and approvers share no listener"));
        }
        Ok(Some(listen))
    });
    let socket = check.value(raw.socket, state_dir.join("admin.sock"), |text| path(&text));
    if socket.as_os_str().len() > SOCKET_PATH_MAX {
        let what =
            format!("the admin socket's path has more than {SOCKET_PATH_MAX} bytes: {}", socket.display());
        check.error_without_place(Complaint::new(what).help("name a shorter one in [admin] socket"));
    }
    Admin { listen, tls, socket }
}

/// One without the other is a mistake; an empty text is none.
fn admin_tls(check: &mut Check<'_>, cert: Key<String>, key: Key<String>) -> Option<AdminTls> {
    let mut file = |one: Key<String>| {
        let one = one.filter(|one| !one.get_ref().is_empty())?;
        check.file(&one.span(), Path::new(one.get_ref()));
        Some(one)
    };
    match (file(cert), file(key)) {
        (None, None) => None,
        (Some(cert), Some(key)) => {
            Some(AdminTls { cert: cert.into_inner().into(), key: key.into_inner().into() })
        }
        (Some(cert), None) => {
            let what = Complaint::new("admin.tls_cert has no admin.tls_key");
            check.error(&cert.span(), what.help("name the certificate's key too"));
            None
        }
        (None, Some(key)) => {
            let what = Complaint::new("admin.tls_key has no admin.tls_cert");
            check.error(&key.span(), what.help("name the key's certificate too"));
            None
        }
    }
}

/// `[state]` and `[store]`: the state directory and the SQLite file.
pub(super) fn state(check: &mut Check<'_>, state: raw::State, store: raw::Store) -> (PathBuf, PathBuf) {
    let dir = check.value(state.dir, PathBuf::from("state"), |text| path(&text));
    let database = check.value(store.url, dir.join("holdpoint.db"), |url| {
        let Some(file) = url.strip_prefix("sqlite:") else {
            return Err(match url.split_once(':') {
                Some(("postgres" | "postgresql", _)) => not_in_this_version("store.url with PostgreSQL"),
                _ => Complaint::new("store.url is no SQLite URL")
                    .help("write it like sqlite:state/holdpoint.db")
                    .secret(),
            });
        };
        if file.starts_with("//") || file.starts_with(':') || file.contains('?') {
            return Err(Complaint::new(format!("`{file}` is no plain path"))
                .help("write it like sqlite:state/holdpoint.db"));
        }
        path(file)
    });
    (dir, database)
}

/// `[hold]`
pub(super) fn hold(check: &mut Check<'_>, raw: raw::Hold) -> Hold {
    let minute = Duration::from_secs(60);
    let spool_span = raw.max_spool.as_ref().map(toml::Spanned::span);
    let body_span = raw.max_body.as_ref().map(toml::Spanned::span);
    let share_span = raw.max_pending_per_agent.as_ref().map(toml::Spanned::span);
    let ignores = check.items_or_none(raw.retry_ignores).unwrap_or_default();
    let hold = Hold {
        wait: time(check, raw.wait, Duration::from_secs(50)),
        timeout: time(check, raw.timeout, 30 * minute),
        armed: time(check, raw.armed, 15 * minute),
        remember: time(check, raw.remember, 10 * minute),
        max_pending: number(check, raw.max_pending, 10_000),
        max_pending_per_agent: number(check, raw.max_pending_per_agent, 1000),
        max_body: bytes(check, raw.max_body, 64 * 1024 * 1024),
        max_spool: bytes(check, raw.max_spool, 4 * 1024 * 1024 * 1024),
        on_disconnect: check.value(raw.on_disconnect, OnDisconnect::Arm, |text| {
            let words = [
                ("arm", OnDisconnect::Arm),
                ("cancel", OnDisconnect::Cancel),
                ("forward", OnDisconnect::Forward),
            ];
            one_of(&text, &words)
        }),
        keepalive: check.value(raw.keepalive, Keepalive::Auto, |text| {
            one_of(&text, &[("auto", Keepalive::Auto), ("off", Keepalive::Off)])
        }),
        retry_ignores: check.each(ignores, field_name),
    };
    if let Some(span) = body_span.or(spool_span).filter(|_| hold.max_body > hold.max_spool) {
        check.error(&span, Complaint::new("max_body is above max_spool: no such body could ever be held"));
    }
    if let Some(span) = share_span.filter(|_| hold.max_pending_per_agent > hold.max_pending) {
        check
            .warn(&span, "max_pending_per_agent is above max_pending, so that one agent can take all places");
    }
    hold
}

/// `[breaker]`. A limit of 0 lets nothing pass without a decision.
pub(super) fn breaker(check: &mut Check<'_>, raw: raw::Breaker) -> Breaker {
    Breaker {
        mutations: passes(check, raw.mutations, 20),
        deletes: passes(check, raw.deletes, 10),
        permissions: passes(check, raw.permissions, 3),
        per: check.value(raw.per, Duration::from_secs(60), |text| breaker_time(&text)),
    }
}

fn passes(check: &mut Check<'_>, key: Key<Amount>, default: usize) -> usize {
    check.value(key, default, |amount| {
        let count = units::count(amount)?;
        let max = limits::BREAKER_MAX;
        let fits = usize::try_from(count).ok().filter(|count| *count <= max);
        fits.ok_or_else(|| Complaint::new(format!("{count} is above {max}")))
    })
}

fn breaker_time(text: &str) -> Result<Duration, Complaint> {
    let time = units::duration(text)?;
    if (Duration::from_secs(1)..=limits::BREAKER_TIME_MAX).contains(&time) {
        return Ok(time);
    }
    Err(Complaint::new(format!("`{text}` is not between 1s and 1d")))
}

/// Reads a duration that decides over holds: a second at least, and no longer than anybody remembers.
pub(super) fn hold_time(text: &str) -> Result<Duration, Complaint> {
    let time = units::duration(text)?;
    if (Duration::from_secs(1)..=limits::HOLD_TIME_MAX).contains(&time) {
        return Ok(time);
    }
    Err(Complaint::new(format!("`{text}` is not between 1s and 30d")))
}

fn time(check: &mut Check<'_>, key: Key<String>, default: Duration) -> Duration {
    check.value(key, default, |text| hold_time(&text))
}

fn number(check: &mut Check<'_>, key: Key<Amount>, default: usize) -> usize {
    check.value(key, default, |amount| {
        let count = units::count(amount)?;
        let max = limits::PENDING_MAX;
        usize::try_from(count)
            .ok()
            .filter(|count| (1..=max).contains(count))
            .ok_or_else(|| Complaint::new(format!("{count} is not between 1 and {max}")))
    })
}

fn bytes(check: &mut Check<'_>, key: Key<Amount>, default: u64) -> u64 {
    check.value(key, default, |amount| match units::size(amount)? {
        0 => Err(Complaint::new("nothing at all would fit")),
        size => Ok(size),
    })
}

fn field_name(text: &str) -> Result<String, Complaint> {
    let name = text.to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Complaint::new(format!("`{text}` is no field name"))
            .help("name each field whole, without wildcards"));
    }
    if NEVER_IGNORED.contains(&name.as_str()) {
        return Err(Complaint::new(format!("`{text}` always tells two requests apart")));
    }
    Ok(name)
}

fn address(text: &str) -> Result<SocketAddr, Complaint> {
    text.parse().map_err(|_| {
        Complaint::new(format!("`{text}` is no address with a port"))
            .help("write it like 127.0.0.1:8080 or [::1]:8080; names are not looked up")
    })
}

fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn path(text: &str) -> Result<PathBuf, Complaint> {
    if text.is_empty() || text.contains('\0') {
        return Err(Complaint::new("the path is empty or has a zero byte"));
    }
    Ok(PathBuf::from(text))
}
