//! sessions: to whom a server gave an MCP session. `Mcp-Session-Id` is all by which a server knows whose session it is,
//! so an agent that uses one given to another acts as the other (CASES PR-34). Such a request is never a read.
//!
//! Given is what stands in an answer to a request that named no session. A server that gives one and the same to
//! several agents has given it to each. Bounded, in memory only: the session that was given or used longest ago is
//! forgotten first, and what is not known is not held back.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::agent::Agent;
use crate::classify::{Effect, Finding};
use crate::limits;
use crate::origin::Origin;
use crate::secret::sha256;
use crate::snapshot::Head;

/// The field.
pub const SESSION: &str = "mcp-session-id";

/// All of them.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<Given>);

/// By the hash of a session's id: the agents that it was given to.
type KnownSessions = HashMap<[u8; 32], Aged<Vec<String>>>;

#[derive(Debug, Default)]
struct Given {
    servers: HashMap<Origin, Aged<KnownSessions>>,
    turn: u64,
}

/// Something, and when it was last of use.
#[derive(Debug, Default)]
struct Aged<T> {
    what: T,
    turn: u64,
}

impl Sessions {
    /// A server has given a session to an agent.
    pub fn given(&self, origin: &Origin, id: &[u8], agent: &str) {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.turn += 1;
        let turn = given.turn;
        let sessions = place(&mut given.servers, origin.clone(), limits::MCP_SESSION_SERVERS_MAX, turn);
        let agents = place(sessions, sha256(id), limits::MCP_SESSIONS_MAX, turn);
        if agents.len() < limits::MCP_SESSION_AGENTS_MAX && !agents.iter().any(|known| known == agent) {
            agents.push(agent.to_owned());
        }
    }

    /// Raises what is asked in a session that was given to others.
    pub fn consider(&self, agent: &Agent, head: &Head, finding: &mut Finding) {
        for id in head.values(SESSION) {
            if let Some(owner) = self.stranger(&head.origin, id, &agent.name) {
                let why = format!(
                    "session: unknown: the server gave the session that this request names to the agent `{owner}`, \
                     and would take this agent for that one"
                );
                finding.raise(Effect::Unknown, why);
            }
        }
    }

    /// To whom it was given, where that is not this agent.
    fn stranger(&self, origin: &Origin, id: &[u8], agent: &str) -> Option<String> {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.turn += 1;
        let turn = given.turn;
        let server = given.servers.get_mut(origin)?;
        let session = server.what.get_mut(&sha256(id))?;
        if session.what.iter().any(|known| known == agent) {
            (server.turn, session.turn) = (turn, turn);
            return None;
        }
        session.what.first().cloned()
    }
}

/// The entry of this key, as of now; where there are too many already, in place of the oldest.
fn place<K: Hash + Eq + Clone, T: Default>(
    all: &mut HashMap<K, Aged<T>>,
    key: K,
    most: usize,
    turn: u64,
) -> &mut T {
    if all.len() >= most && !all.contains_key(&key) {
        let oldest = all.iter().min_by_key(|(_, aged)| aged.turn).map(|(key, _)| key.clone());
        oldest.map(|oldest| all.remove(&oldest));
    }
    let entry = all.entry(key).or_default();
    entry.turn = turn;
    &mut entry.what
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Scheme};

    fn origin(host: &str) -> Origin {
        Origin { scheme: Scheme::Https, host: Host::Name(host.into()), port: 443 }
    }

    fn effect(sessions: &Sessions, host: &str, ids: &[&str], agent: &str) -> Effect {
        let fields = ids.iter().map(|id| (SESSION.to_owned(), id.as_bytes().to_vec().into())).collect();
        let head = Head { method: "GET".into(), origin: origin(host), target: "/mcp".into(), fields };
        let agent = Agent { name: agent.into(), source: [127, 0, 0, 1].into(), advisory: false };
        let mut finding = Finding {
            effect: Effect::Read,
            dialect: "mcp",
            operation: String::new(),
            why: Vec::new(),
            declared: None,
        };
        sessions.consider(&agent, &head, &mut finding);
        assert_eq!(finding.why.is_empty(), finding.effect == Effect::Read);
        finding.effect
    }

    /// CASES PR-34
    #[test]
    fn a_session_is_its_agent_s_own() {
        let sessions = Sessions::default();
        sessions.given(&origin("a"), b"one", "bot");
        assert_eq!(effect(&sessions, "a", &["one"], "bot"), Effect::Read);
        assert_eq!(effect(&sessions, "a", &["one"], "other"), Effect::Unknown);
        assert_eq!(effect(&sessions, "a", &["another", "one"], "other"), Effect::Unknown);
        for (host, ids) in [("a", &["two"][..]), ("b", &["one"]), ("a", &[])] {
            assert_eq!(effect(&sessions, host, ids, "other"), Effect::Read, "{host} {ids:?}");
        }
    }

    #[test]
    fn a_server_that_gives_everyone_the_same_session_has_given_it_to_each() {
        let sessions = Sessions::default();
        for agent in ["bot", "other"] {
            sessions.given(&origin("a"), b"one", agent);
        }
        assert_eq!(effect(&sessions, "a", &["one"], "bot"), Effect::Read);
        assert_eq!(effect(&sessions, "a", &["one"], "other"), Effect::Read);
        assert_eq!(effect(&sessions, "a", &["one"], "third"), Effect::Unknown);
    }

    #[test]
    fn the_session_that_is_used_outlives_those_that_are_not() {
        let sessions = Sessions::default();
        for id in ["used", "idle"] {
            sessions.given(&origin("a"), id.as_bytes(), "bot");
        }
        assert_eq!(effect(&sessions, "a", &["used"], "bot"), Effect::Read);
        for n in 0..limits::MCP_SESSIONS_MAX - 1 {
            sessions.given(&origin("a"), n.to_string().as_bytes(), "bot");
        }
        assert_eq!(effect(&sessions, "a", &["used"], "other"), Effect::Unknown);
        assert_eq!(effect(&sessions, "a", &["idle"], "other"), Effect::Read);
    }
}
