//! The tools that servers have listed, by server (origin) and endpoint (path): one name on two servers is two tools
//! (CASES CL-31). Bounded, in memory only. A server cannot make its own tools be forgotten: what does not fit beside
//! them is not taken, and a tool that is missing there is one of which nobody can tell. Of all servers the one whose
//! list is the oldest goes first.

use std::collections::HashMap;

use super::definition::{Definition, Hints};
use crate::clock::Wall;
use crate::limits;
use crate::origin::Origin;
use crate::secret::sha256;
use crate::snapshot::Head;

/// Where a server is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub origin: Origin,
    /// The raw path, without the query.
    pub path: String,
}

impl Place {
    /// Where a request goes. The version of the protocol is no part of it: the agent could name another one.
    pub fn of(head: &Head) -> Self {
        Self { origin: head.origin.clone(), path: head.path().to_owned() }
    }

    fn key(&self) -> [u8; 32] {
        sha256(self.path.as_bytes())
    }
}

/// What is known of one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// No list of this endpoint has gone by.
    Unheard,
    /// Lists have gone by, and none that could be looked into.
    Unread(Unread),
    /// It is in no list that was looked into.
    Unlisted,
    /// The server lists more tools than are remembered, so that this may be one of them.
    Crowded,
    /// It is the one that was first listed.
    Same(Hints),
    /// It was; since then there was a list that could not be looked into.
    Doubtful(Hints, Unread),
    /// It was first listed at one time, and at another with another definition.
    Changed(Hints, Wall, Wall),
}

/// A list that could not be looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    pub at: Wall,
    pub why: &'static str,
    turn: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Known {
    servers: HashMap<Origin, Server>,
    /// Counts what was learned, so that it has an order.
    turn: u64,
}

#[derive(Debug, Default)]
struct Server {
    /// By the hash of the path.
    endpoints: HashMap<[u8; 32], Endpoint>,
    crowded: bool,
    turn: u64,
}

#[derive(Debug, Default)]
struct Endpoint {
    /// By the hash of the name.
    tools: HashMap<[u8; 32], Tool>,
    listed: bool,
    unread: Option<Unread>,
}

#[derive(Debug)]
struct Tool {
    hints: Hints,
    first: [u8; 32],
    first_at: Wall,
    changed_at: Option<Wall>,
    /// When it was last listed.
    turn: u64,
}

impl Known {
    /// Takes a list in, or one page of it.
    pub fn learn(&mut self, place: &Place, list: &[Definition], now: Wall) {
        let (server, turn) = self.server(place);
        let mut room = limits::MCP_TOOLS_MAX.saturating_sub(server.tools());
        let Some(endpoint) = server.endpoint(place) else {
            server.crowded = true;
            return;
        };
        endpoint.listed = true;
        let mut crowded = false;
        for definition in list {
            match endpoint.tools.get_mut(&definition.name) {
                Some(tool) => tool.again(definition, now, turn),
                None if room == 0 => crowded = true,
                None => {
                    room -= 1;
                    endpoint.tools.insert(definition.name, Tool::new(definition, now, turn));
                }
            }
        }
        server.crowded |= crowded;
    }

    /// A list went by that could not be looked into.
    pub fn unread(&mut self, place: &Place, why: &'static str, at: Wall) {
        let (server, turn) = self.server(place);
        if let Some(endpoint) = server.endpoint(place) {
            endpoint.unread = Some(Unread { at, why, turn });
        }
    }

    /// What is known of the tool of this name.
    pub fn account(&self, place: &Place, name: &str) -> Account {
        let Some(server) = self.servers.get(&place.origin) else { return Account::Unheard };
        let endpoint = server.endpoints.get(&place.key());
        let tool = endpoint.and_then(|endpoint| endpoint.tools.get(&sha256(name.as_bytes())));
        match (endpoint, tool) {
            (Some(endpoint), Some(tool)) => tool.account(endpoint.unread),
            _ if server.crowded => Account::Crowded,
            (Some(Endpoint { listed: false, unread: Some(unread), .. }), None) => Account::Unread(*unread),
            (Some(_), None) => Account::Unlisted,
            (None, _) => Account::Unheard,
        }
    }

    fn server(&mut self, place: &Place) -> (&mut Server, u64) {
        self.turn += 1;
        let is_new = !self.servers.contains_key(&place.origin);
        if is_new && self.servers.len() >= limits::MCP_SERVERS_MAX {
            let oldest = self.servers.iter().min_by_key(|(_, server)| server.turn);
            if let Some(oldest) = oldest.map(|(origin, _)| origin.clone()) {
                self.servers.remove(&oldest);
            }
        }
        let server = self.servers.entry(place.origin.clone()).or_default();
        server.turn = self.turn;
        (server, self.turn)
    }
}

impl Server {
    fn tools(&self) -> usize {
        self.endpoints.values().map(|endpoint| endpoint.tools.len()).sum()
    }

    /// `None`: there are too many. Those that never listed a tool give way: whatever answers an agent can be one.
    fn endpoint(&mut self, place: &Place) -> Option<&mut Endpoint> {
        let path = place.key();
        if self.endpoints.len() >= limits::MCP_ENDPOINTS_MAX && !self.endpoints.contains_key(&path) {
            let idle = self.endpoints.iter().find(|(_, endpoint)| !endpoint.listed).map(|(path, _)| *path)?;
            self.endpoints.remove(&idle);
        }
        Some(self.endpoints.entry(path).or_default())
    }
}

impl Tool {
    fn new(definition: &Definition, now: Wall, turn: u64) -> Self {
        Self { hints: definition.hints, first: definition.hash, first_at: now, changed_at: None, turn }
    }

    /// A change stays one, also when the server goes back: who has read the other definition acts on it.
    fn again(&mut self, definition: &Definition, now: Wall, turn: u64) {
        (self.hints, self.turn) = (definition.hints, turn);
        if definition.hash != self.first {
            self.changed_at = self.changed_at.or(Some(now));
        }
    }

    fn account(&self, unread: Option<Unread>) -> Account {
        match (self.changed_at, unread.filter(|unread| unread.turn > self.turn)) {
            (Some(changed_at), _) => Account::Changed(self.hints, self.first_at, changed_at),
            (None, Some(unread)) => Account::Doubtful(self.hints, unread),
            (None, None) => Account::Same(self.hints),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Scheme};

    fn place(host: &str, path: &str) -> Place {
        let origin = Origin { scheme: Scheme::Https, host: Host::Name(host.into()), port: 443 };
        Place { origin, path: path.into() }
    }

    fn tool(name: &str, text: &str) -> Definition {
        let hash = sha256(text.as_bytes());
        Definition { name: sha256(name.as_bytes()), hash, hints: Hints::default() }
    }

    const SAME: Account = Account::Same(Hints::NONE);

    #[test]
    fn a_tool_is_the_same_until_its_definition_changes_and_never_again_after() {
        let (mut known, here) = (Known::default(), place("a", "/mcp"));
        assert_eq!(known.account(&here, "get"), Account::Unheard);
        known.learn(&here, &[tool("get", "one")], Wall(1));
        known.learn(&here, &[tool("get", "one")], Wall(2));
        assert_eq!(known.account(&here, "get"), SAME);
        assert_eq!(known.account(&here, "other"), Account::Unlisted);
        let changed = Account::Changed(Hints::default(), Wall(1), Wall(3));
        known.learn(&here, &[tool("get", "two")], Wall(3));
        assert_eq!(known.account(&here, "get"), changed);
        known.learn(&here, &[tool("get", "one")], Wall(4));
        assert_eq!(known.account(&here, "get"), changed);
    }

    #[test]
    fn a_tool_that_one_list_defines_twice_is_a_changed_one() {
        let (mut known, here) = (Known::default(), place("a", "/mcp"));
        known.learn(&here, &[tool("get", "one"), tool("get", "two")], Wall(1));
        assert!(matches!(known.account(&here, "get"), Account::Changed(..)));
    }

    #[test]
    fn one_name_on_two_servers_or_two_endpoints_is_two_tools() {
        let mut known = Known::default();
        for (host, path, text) in [("a", "/mcp", "one"), ("b", "/mcp", "two"), ("a", "/other", "three")] {
            known.learn(&place(host, path), &[tool("get", text)], Wall(1));
        }
        known.learn(&place("b", "/mcp"), &[tool("get", "four")], Wall(2));
        assert_eq!(known.account(&place("a", "/mcp"), "get"), SAME);
        assert_eq!(known.account(&place("a", "/other"), "get"), SAME);
        assert!(matches!(known.account(&place("b", "/mcp"), "get"), Account::Changed(..)));
    }

    #[test]
    fn after_a_list_that_could_not_be_read_a_tool_is_doubtful_until_it_is_listed_again() {
        let (mut known, here) = (Known::default(), place("a", "/mcp"));
        known.unread(&here, "broken", Wall(1));
        assert!(matches!(known.account(&here, "get"), Account::Unread(_)));
        known.learn(&here, &[tool("get", "one")], Wall(2));
        assert_eq!(known.account(&here, "get"), SAME);
        known.unread(&here, "broken", Wall(3));
        assert!(matches!(known.account(&here, "get"), Account::Doubtful(..)));
        known.learn(&here, &[tool("other", "one")], Wall(4));
        assert!(matches!(known.account(&here, "get"), Account::Doubtful(..)));
        known.learn(&here, &[tool("get", "one")], Wall(5));
        assert_eq!(known.account(&here, "get"), SAME);
    }

    #[test]
    fn a_server_that_lists_too_much_does_not_make_its_first_tools_forgotten() {
        let (mut known, here) = (Known::default(), place("a", "/mcp"));
        known.learn(&here, &[tool("get", "one")], Wall(1));
        assert_eq!(known.account(&here, "last"), Account::Unlisted);
        let many: Vec<_> = (0..limits::MCP_TOOLS_MAX).map(|n| tool(&n.to_string(), "x")).collect();
        known.learn(&here, &many, Wall(2));
        assert_eq!(known.account(&here, "last"), Account::Crowded);
        known.learn(&here, &[tool("get", "two")], Wall(3));
        assert!(matches!(known.account(&here, "get"), Account::Changed(..)));
    }

    #[test]
    fn so_does_one_with_too_many_endpoints() {
        let mut known = Known::default();
        for n in 0..=limits::MCP_ENDPOINTS_MAX {
            known.learn(&place("a", &format!("/{n}")), &[tool("get", "one")], Wall(1));
        }
        assert_eq!(known.account(&place("a", "/0"), "get"), SAME);
        let last = place("a", &format!("/{}", limits::MCP_ENDPOINTS_MAX));
        assert_eq!(known.account(&last, "get"), Account::Crowded);
    }

    #[test]
    fn endpoints_that_list_nothing_take_no_place_from_those_that_do() {
        let mut known = Known::default();
        for n in 0..=limits::MCP_ENDPOINTS_MAX {
            known.unread(&place("a", &format!("/{n}")), "broken", Wall(1));
        }
        known.learn(&place("a", "/mcp"), &[tool("get", "one")], Wall(2));
        assert_eq!(known.account(&place("a", "/mcp"), "get"), SAME);
        assert_eq!(known.account(&place("a", "/mcp"), "other"), Account::Unlisted);
    }

    #[test]
    fn of_too_many_servers_the_one_with_the_oldest_list_is_forgotten() {
        let mut known = Known::default();
        let name = |n: usize| format!("h{n}.example");
        for n in 0..limits::MCP_SERVERS_MAX {
            known.learn(&place(&name(n), "/"), &[tool("get", "one")], Wall(1));
        }
        known.learn(&place(&name(0), "/"), &[tool("get", "one")], Wall(2));
        known.learn(&place("new.example", "/"), &[tool("get", "one")], Wall(3));
        assert_eq!(known.account(&place(&name(0), "/"), "get"), SAME);
        assert_eq!(known.account(&place(&name(1), "/"), "get"), Account::Unheard);
        assert_eq!(known.servers.len(), limits::MCP_SERVERS_MAX);
    }
}
