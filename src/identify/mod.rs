//! identify: who asks. By the token in `Proxy-Authorization: Basic NAME:TOKEN` (RFC 7617), else by the source
//! address. A token that is given and wrong is never forgiven because of the address. Where no `[[agent]]` is
//! configured everyone is `anonymous`.

pub mod advisory;
mod diagnosed;
pub mod users;

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::agent::{ANONYMOUS, Agent};
use crate::config::AgentEntry;
use crate::secret::token_matches;

/// Nobody that the config names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stranger;

/// Names the agent behind a connection or a request.
pub fn identify(
    entries: &[AgentEntry],
    source: IpAddr,
    authorization: Option<&[u8]>,
) -> Result<Agent, Stranger> {
    let source = source.to_canonical();
    let agent = |name: &str| Agent { name: name.to_owned(), source, advisory: false };
    if entries.is_empty() {
        return Ok(agent(ANONYMOUS));
    }
    let entry = match authorization {
        Some(value) => by_token(entries, value),
        None => entries.iter().find(|entry| entry.source.iter().any(|net| net.contains(source))),
    };
    entry.map(|entry| agent(&entry.name)).ok_or(Stranger)
}

fn by_token<'a>(entries: &'a [AgentEntry], value: &[u8]) -> Option<&'a AgentEntry> {
    let (name, token) = basic(value)?;
    let entry = entries.iter().find(|entry| entry.name == name)?;
    let stored = entry.token_hash.as_deref()?;
    token_matches(&token, stored).then_some(entry)
}

/// Takes `Basic` credentials apart; the scheme's name has no case (RFC 9110 section 11.1).
fn basic(value: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, credentials) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = STANDARD.decode(credentials.trim_matches(' ')).ok()?;
    let (name, token) = std::str::from_utf8(&plain).ok()?.split_once(':')?;
    Some((name.to_owned(), token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{hex, sha256};

    fn entries() -> Vec<AgentEntry> {
        let hash = format!("sha256:{}", hex(&sha256(b"s3cret")));
        vec![
            AgentEntry { name: "bot".into(), token_hash: Some(hash), source: vec![] },
            AgentEntry {
                name: "rack".into(),
                token_hash: None,
                source: vec!["10.1.2.0/24".parse().unwrap()],
            },
        ]
    }

    fn who(source: &str, authorization: Option<&str>) -> Result<String, Stranger> {
        let value = authorization.map(|plain| format!("Basic {}", STANDARD.encode(plain)));
        identify(&entries(), source.parse().unwrap(), value.as_deref().map(str::as_bytes))
            .map(|agent| agent.name)
    }

    #[test]
    fn a_token_names_its_agent_and_no_other_token_does() {
        assert_eq!(who("192.0.2.1", Some("bot:s3cret")), Ok("bot".into()));
        assert_eq!(who("192.0.2.1", Some("bot:s3cres")), Err(Stranger));
        assert_eq!(who("192.0.2.1", Some("rack:s3cret")), Err(Stranger));
        assert_eq!(who("192.0.2.1", None), Err(Stranger));
    }

    #[test]
    fn an_address_names_its_agent_but_does_not_excuse_a_wrong_token() {
        assert_eq!(who("10.1.2.9", None), Ok("rack".into()));
        assert_eq!(who("::ffff:10.1.2.9", None), Ok("rack".into()));
        assert_eq!(who("10.1.3.9", None), Err(Stranger));
        assert_eq!(who("10.1.2.9", Some("bot:wrong")), Err(Stranger));
    }

    #[test]
    fn without_configured_agents_everyone_is_anonymous() {
        let agent = identify(&[], "192.0.2.1".parse().unwrap(), Some(b"Basic !!!")).unwrap();
        assert!(agent.is_anonymous());
    }
}
