//! `[[notify]]`: who is told of what happens, outside. Only an address that the operator wrote down is ever called,
//! over TLS; in the clear only on this machine.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::config::check::{Check, not_in_this_version, one_of, unknown};
use crate::config::raw;
use crate::config::source::Complaint;
use crate::limits;

/// How a notification is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyKind {
    /// Holdpoint's own JSON.
    Json,
    /// A text for ntfy, with its header fields.
    Ntfy,
    /// `{"text": …}`, as Slack's incoming webhooks and those that are like them take it.
    Slack,
}

/// One `[[notify]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// `https` or, on this machine, `http`.
    pub tls: bool,
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query. They may be a secret, as Slack's are: they are in no log.
    pub target: String,
    /// See the type.
    pub kind: NotifyKind,
    /// A file with the key of the signature.
    pub secret_file: Option<PathBuf>,
    /// Of what is told.
    pub events: Vec<String>,
    /// Where the approver looks at holds; `/holds/ID` is added.
    pub link: Option<String>,
}

/// What one may be told of: what happens, and the states in which a hold ends or waits.
pub const EVENTS: [&str; 17] = [
    "approved",
    "armed",
    "cancelled",
    "decided",
    "denied",
    "done",
    "edited",
    "ended",
    "expired",
    "failed",
    "frozen",
    "granted",
    "held",
    "outcome_unknown",
    "revoked",
    "sending",
    "thawed",
];

/// What one is told of who does not say.
const USUAL: [&str; 2] = ["held", "frozen"];

/// All of them, in the order of the file.
pub(super) fn notify(check: &mut Check<'_>, raw: Vec<Spanned<raw::Notify>>) -> Vec<Notify> {
    if let Some(more) = raw.get(limits::NOTIFY_MAX) {
        let what = format!("there are more than {} [[notify]]", limits::NOTIFY_MAX);
        check.error(&more.span(), Complaint::new(what));
    }
    raw.into_iter().filter_map(|one| read(check, one)).collect()
}

fn read(check: &mut Check<'_>, raw: Spanned<raw::Notify>) -> Option<Notify> {
    let span = raw.span();
    let raw = raw.into_inner();
    if raw.url.is_none() {
        let help = "`url = \"https://…\"`";
        check.error(&span, Complaint::new("this [[notify]] has no url").help(help));
    }
    let words = [("json", NotifyKind::Json), ("ntfy", NotifyKind::Ntfy), ("slack", NotifyKind::Slack)];
    let kind = check.value(raw.kind, NotifyKind::Json, |text| one_of(&text, &words));
    if let Some(file) = raw.secret_file.as_ref().filter(|file| !file.get_ref().is_empty()) {
        check.file(&file.span(), Path::new(file.get_ref()));
    }
    let secret_file = check.option(raw.secret_file, |text| match text.as_str() {
        "" => Err(Complaint::new("the path is empty")),
        _ => Ok(PathBuf::from(text)),
    });
    let usual = || USUAL.map(str::to_owned).to_vec();
    let events = match raw.events {
        None => usual(),
        some => {
            let items = check.items(some);
            check.each(items, event)
        }
    };
    let link = check.option(raw.link, |text| link(&text));
    let url = check.option(raw.url, |text| Url::read(&text))?;
    let Url { tls, host, port, target } = url;
    Some(Notify { tls, host, port, target, kind, secret_file, events, link })
}

fn event(text: &str) -> Result<String, Complaint> {
    if EVENTS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(unknown(&format!("`{text}` is nothing that is told of"), text, &EVENTS))
}

/// Where people look: it is shown to them as it is.
fn link(text: &str) -> Result<String, Complaint> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'|' | b'"'));
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    if plain && !rest.is_empty() && !text.contains(['?', '#']) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(Complaint::new("the link is no http or https URL without a query")
        .help("write it like https://approve.example"))
}

struct Url {
    tls: bool,
    host: String,
    port: u16,
    target: String,
}

impl Url {
    /// The text may be a secret, so no complaint repeats it.
    fn read(text: &str) -> Result<Self, Complaint> {
        let wrong =
            |what: &str| Complaint::new(what).help("write it like https://hooks.example/path").secret();
        let uri: http::Uri = text.parse().map_err(|_| wrong("this is no URL"))?;
        let authority = uri.authority().ok_or_else(|| wrong("the url has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("the url has a user in it, which is not sent"));
        }
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("the url is neither https nor http")),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let local = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) || host == "localhost";
        if !tls && !local {
            return Err(not_in_this_version("a notification in the clear beyond this machine").secret());
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self { tls, host, port, target })
    }
}
