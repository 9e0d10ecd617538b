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
    gate.rules.store(std::sync::Arc::new(rules_of(&new)));
    for (changed, key) in [
        (new.proxy != old.proxy, "[proxy]"),
        (new.tls != old.tls, "[tls]"),
        (new.upstream != old.upstream, "[upstream]"),
        (new.admin != old.admin, "[admin]"),
        (new.approvers != old.approvers, "[[approver]]"),
        (new.state_dir != old.state_dir, "[state]"),
        (new.hold != old.hold, "[hold]"),
    ] {
        if changed {
            tracing::warn!("{key} has changed; that needs a restart");
        }
    }
    Ok(())
}
