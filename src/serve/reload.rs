//! What the config says of requests, and its reload on SIGHUP: all or nothing, the old one stays on an error.

use crate::config::Config;
use crate::gate::{Gate, Rules};

/// The part of a config that connections look at.
pub fn rules_of(config: &Config) -> Rules {
    Rules {
        classifier: config.classifier.clone(),
        policy: config.policy.clone(),
        agents: config.agents.clone(),
        body_bytes_max: config.hold.max_body,
    }
}

/// Takes a new config over. Listeners, state and the bounds of the queue stay as they were started with.
pub fn reload(gate: &Gate, old: &Config) -> Result<(), String> {
    let Some(file) = &old.file else { return Err("there is no config file to read again".to_owned()) };
    let new = Config::load(file)?;
    may_follow(old, &new)?;
    gate.rules.store(std::sync::Arc::new(rules_of(&new)));
    gate.tools.forget();
    for (changed, key) in [
        (new.proxy != old.proxy, "[proxy]"),
        (new.tls != old.tls, "[tls]"),
        (new.upstream != old.upstream, "[upstream]"),
        (new.admin != old.admin, "[admin]"),
        (new.approvers != old.approvers, "[[approver]]"),
        (new.notify != old.notify, "[[notify]]"),
        (new.state_dir != old.state_dir, "[state]"),
        (new.hold != old.hold, "[hold]"),
        (new.breaker != old.breaker, "[breaker]"),
    ] {
        if changed {
            tracing::warn!("{key} has changed; that needs a restart");
        }
    }
    Ok(())
}

/// Who may decide stays as it was started with too: where nobody was named, one person has the token and a user, and
/// would be two. The listener stays where it is, so what its address asks for must still be there: a new file that moves it to
/// loopback and names no agents would make everyone who reaches the old one `anonymous`.
fn may_follow(old: &Config, new: &Config) -> Result<(), String> {
    if old.approvers.is_empty() && new.policy.asks_for_several() {
        return Err(
            "a rule asks for several approvers, and Holdpoint was started with no [[approver]]; restart"
                .to_owned(),
        );
    }
    if old.proxy.listen.ip().to_canonical().is_loopback() || !new.agents.is_empty() {
        return Ok(());
    }
    Err("[proxy] listen is still beyond loopback, where agents must be named; restart to move it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_does_not_open_a_listener_to_everyone() {
        let agent = format!("[[agent]]\nname = \"bot\"\ntoken_hash = \"sha256:{}\"\n", "0".repeat(64));
        let config = |listen: &str, agents: &str| {
            Config::parse("test.toml", &format!("[proxy]\nlisten = \"{listen}\"\n{agents}")).unwrap()
        };
        let beyond = config("0.0.0.0:8080", &agent);
        let within = config("127.0.0.1:8080", "");
        assert!(may_follow(&beyond, &within).is_err());
        assert!(may_follow(&beyond, &config("127.0.0.1:8080", &agent)).is_ok());
        assert!(may_follow(&within, &within).is_ok());
    }

    /// The token and the user of one person would else be a quorum of two until the next start.
    #[test]
    fn a_reload_does_not_ask_two_of_a_server_that_cannot_tell_two_from_one() {
        let ask = |approvers: &str, quorum: usize| {
            let rule = format!(
                "[[rule]]\nname = \"several\"\neffect = [\"delete\"]\nverdict = \"hold\"\napprovers = {{ quorum = {quorum} }}\n"
            );
            Config::parse("test.toml", &format!("{approvers}{rule}")).unwrap()
        };
        let two =
            "[[approver]]\nname = \"ana\"\nuser = \"ana\"\n[[approver]]\nname = \"ben\"\nuser = \"ben\"\n";
        let nobody = ask("", 1);
        assert!(may_follow(&nobody, &ask(two, 2)).is_err());
        assert!(may_follow(&nobody, &ask(two, 1)).is_ok());
        assert!(may_follow(&ask(two, 1), &ask(two, 2)).is_ok());
    }
}
