//! Who is logged in on the web page. The cookie is a random number that means something here alone: never the token,
//! and nothing of it is left when the process ends.
//!
//! Browsers send a cookie to every port of a host (RFC 6265 section 8.5), so whatever server an agent runs on this
//! machine is sent it when an approver opens that server's page. Such a cookie must be worth nothing there: a session
//! belongs to the Unix user whose connection it was opened on, and counts on no other user's connection. Where the
//! agent is that same user nothing on the machine keeps it from approving anyway, and every hold says so (CASES AP-22).
//! From beyond the machine it belongs to the address that it was opened from.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use http::header::COOKIE;
use http::request::Parts;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::admin::people::Person;
use crate::admin::routes::Office;
use crate::clock::{Clock, Moment};
use crate::limits;
use crate::secret::{hex, random, sha256};
use crate::serve::{ask_owner, find_owner};

/// `__Host-`: browsers keep it only from the host itself, for all of it, and over a connection that they trust: TLS,
/// or plain loopback (Chromium and Firefox; Safari wants TLS there too).
pub const COOKIE_NAME: &str = "__Host-holdpoint";

/// Both ends of a connection to the port.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    far: SocketAddr,
    near: SocketAddr,
}

/// Whose a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Somebody's at this address, who is not known to this machine.
    Elsewhere(IpAddr),
    /// Of this machine, and more cannot be told.
    Unknown,
    /// This Unix user's.
    User(String),
}

impl Peer {
    /// Of a connection that has both.
    pub fn of(stream: &TcpStream) -> Option<Self> {
        Some(Self { far: stream.peer_addr().ok()?, near: stream.local_addr().ok()? })
    }

    async fn owner(self) -> Owner {
        let found = match ask_owner(self.far, self.near) {
            Some(owner) => Some(owner),
            None => tokio::task::spawn_blocking(move || find_owner(self.far, self.near)).await.ok(),
        };
        match found.map(|owner| (owner.user, owner.advisory)) {
            Some((Some(user), _)) => Owner::User(user),
            Some((None, false)) => Owner::Elsewhere(self.far.ip()),
            Some((None, true)) | None => Owner::Unknown,
        }
    }
}

/// The address that a request came from, where it came to the port.
pub fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<Peer>().map(|peer| peer.far.ip())
}

/// Whose connection a request came on.
pub async fn owner(parts: &Parts) -> Owner {
    match parts.extensions.get::<Peer>() {
        Some(peer) => peer.owner().await,
        None => Owner::Unknown,
    }
}

/// What somebody is given who listens for longer than a request: the session that must last meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Ticket([u8; 32]);

/// The session that a request's cookie names.
pub fn ticket(headers: &HeaderMap) -> Option<Ticket> {
    id(headers).map(|id| Ticket(sha256(id.as_bytes())))
}

/// The person whose session a request's cookie names.
pub async fn person(office: &Office, parts: &Parts) -> Option<Person> {
    let id = id(&parts.headers)?;
    // Who has no session costs no look at the machine's sockets.
    if !office.sessions.knows(id) {
        return None;
    }
    let owner = owner(parts).await;
    office.sessions.person(id, &owner, Clock::system().now().mono)
}

/// The cookie's value, where it is there once: of two nobody knows which is meant.
pub fn id(headers: &HeaderMap) -> Option<&str> {
    let mut found = None;
    for value in headers.get_all(COOKIE) {
        for pair in value.to_str().ok()?.split(';') {
            let Some((name, value)) = pair.trim().split_once('=') else { continue };
            if name == COOKIE_NAME && found.replace(value).is_some() {
                return None;
            }
        }
    }
    found
}

/// Those that are open, by the hash of what the cookie has.
#[derive(Debug, Default)]
pub struct Sessions {
    open: Mutex<HashMap<[u8; 32], Session>>,
    /// Changes when one ends before its time.
    ended: watch::Sender<u64>,
}

#[derive(Debug)]
struct Session {
    person: Person,
    owner: Owner,
    since: Moment,
}

impl Sessions {
    /// Opens one; what the cookie is to have.
    pub fn open(&self, person: Person, owner: Owner, now: Moment) -> String {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.lasts(now));
        if open.len() >= limits::SESSIONS_MAX
            && let Some(oldest) = open.iter().min_by_key(|(_, session)| session.since).map(|(key, _)| *key)
        {
            open.remove(&oldest);
            self.ended.send_modify(|count| *count += 1);
        }
        let id = hex(&random::<32>());
        open.insert(sha256(id.as_bytes()), Session { person, owner, since: now });
        id
    }

    /// Whether there is such a session, be it whose it may.
    fn knows(&self, id: &str) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.contains_key(&sha256(id.as_bytes()))
    }

    /// Whose it is; nobody's where it has ended or is another user's.
    pub fn person(&self, id: &str, owner: &Owner, now: Moment) -> Option<Person> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get(&sha256(id.as_bytes()))?;
        (session.lasts(now) && session.owner == *owner).then(|| session.person.clone())
    }

    /// Ends it.
    pub fn close(&self, id: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&sha256(id.as_bytes()));
        self.ended.send_modify(|count| *count += 1);
    }

    /// Whether a session lasts still.
    pub fn lasts(&self, ticket: Ticket, now: Moment) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&ticket.0).is_some_and(|session| session.lasts(now))
    }

    /// Changes when a session ends before its time.
    pub fn endings(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }
}

impl Session {
    fn lasts(&self, now: Moment) -> bool {
        now.since(self.since) < limits::SESSION_AGE
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use http::HeaderValue;

    use super::*;
    use crate::hold::Who;

    fn person(name: &str) -> Person {
        Person { who: Who::named(name), decides: true }
    }

    fn named(found: Option<Person>) -> Option<String> {
        found.map(|person| person.who.name)
    }

    #[test]
    fn a_session_is_its_owner_s_until_it_is_closed_or_old() {
        let (sessions, owner, now) = (Sessions::default(), Owner::User("ana".into()), Moment(1000));
        let id = sessions.open(person("ana"), owner.clone(), now);
        assert_eq!(named(sessions.person(&id, &owner, now)).as_deref(), Some("ana"));
        assert_eq!(named(sessions.person(&id[1..], &owner, now)), None);
        assert_eq!(named(sessions.person("", &owner, now)), None);
        assert_eq!(named(sessions.person(&id, &owner, now.after(limits::SESSION_AGE))), None);
        let ticket = Ticket(sha256(id.as_bytes()));
        assert!(sessions.lasts(ticket, now) && !sessions.lasts(ticket, now.after(limits::SESSION_AGE)));
        let endings = sessions.endings();
        sessions.close(&id);
        assert_eq!(named(sessions.person(&id, &owner, now)), None);
        assert!(!sessions.lasts(ticket, now) && endings.has_changed().unwrap());
    }

    const ANA: Owner = Owner::Elsewhere(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    const BEN: Owner = Owner::Elsewhere(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));

    /// A server of an agent's on another port of this machine is sent the cookie too.
    #[test]
    fn a_cookie_that_went_astray_is_worth_nothing_on_another_user_s_connection() {
        let (sessions, now) = (Sessions::default(), Moment(0));
        let id = sessions.open(person("ana"), Owner::User("ana".into()), now);
        for other in [Owner::User("agent".into()), Owner::Unknown, ANA] {
            assert_eq!(named(sessions.person(&id, &other, now)), None, "{other:?}");
        }
        let id = sessions.open(person("ana"), ANA, now);
        assert_eq!(named(sessions.person(&id, &ANA, now)).as_deref(), Some("ana"));
        for other in [Owner::User("ana".into()), Owner::Unknown, BEN] {
            assert_eq!(named(sessions.person(&id, &other, now)), None, "{other:?}");
        }
    }

    #[test]
    fn the_oldest_session_goes_when_there_are_too_many() {
        let sessions = Sessions::default();
        let ids: Vec<_> = (0..=limits::SESSIONS_MAX as u64)
            .map(|at| sessions.open(person("ana"), ANA, Moment(at)))
            .collect();
        let now = Moment(limits::SESSIONS_MAX as u64);
        assert_eq!(named(sessions.person(&ids[0], &ANA, now)), None);
        assert!(ids[1..].iter().all(|id| sessions.person(id, &ANA, now).is_some()));
    }

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        let found = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(COOKIE, HeaderValue::from_static(value));
            }
            id(&headers).map(str::to_owned)
        };
        assert_eq!(found(&["__Host-holdpoint=a1"]).as_deref(), Some("a1"));
        assert_eq!(found(&["theme=dark; __Host-holdpoint=a1; x"]).as_deref(), Some("a1"));
        assert_eq!(found(&["__Host-holdpoint=a1; __Host-holdpoint=b2"]), None);
        assert_eq!(found(&["__Host-holdpoint=a1", "__Host-holdpoint=a1"]), None);
        assert_eq!(found(&["holdpoint=a1", "x__Host-holdpoint=a1"]), None);
        assert_eq!(found(&[]), None);
    }
}
