//! git over smart HTTP (https://git-scm.com/docs/gitprotocol-http) with LFS. A fetch reads; a push is its commands, one
//! operation for each ref; what only prepares a push (the advertisement, a lone flush packet) reads (CASES CL-10).
//!
//! Whether a push rewinds a branch is not on the wire: the commands name the old and the new commit, not how they are
//! related. So no label claims that a push is harmless.

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};

mod commands;

use commands::Commands;
pub use commands::{Command, Pushed, commands, pushed};

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let path = asked.head.path();
    match (asked.head.method.as_str(), path.rsplit('/').next().unwrap_or_default()) {
        ("GET", "refs") if path.ends_with("/info/refs") => advertisement(asked),
        ("POST", "git-upload-pack") => fetch(asked, "git-upload-pack"),
        ("POST", "git-upload-archive") => fetch(asked, "git-upload-archive"),
        ("POST", "git-receive-pack") => push(asked),
        ("POST", _) if path.contains("/info/lfs/") => lfs(asked, path),
        _ => Err(Otherwise::NotMine),
    }
}

/// `GET …/info/refs?service=…`: the first step of a fetch and of a push.
fn advertisement(asked: &Asked<'_>) -> Reading {
    let query = asked.query()?;
    let mut services = query.iter().filter(|(key, _)| key.eq_ignore_ascii_case("service"));
    let Some((_, service)) = services.next() else { return Err(Otherwise::NotMine) };
    if services.next().is_some() {
        return Err(Otherwise::unclear("it asks for several services"));
    }
    if asked.has_content() {
        return Err(Otherwise::unclear("an advertisement is asked for without content"));
    }
    let label = match service.as_str() {
        "git-upload-pack" => "git fetch (which refs there are)",
        "git-receive-pack" => "git push (which refs there are)",
        _ => return Err(Otherwise::unclear("it asks for a service that is none of git's")),
    };
    Ok(vec![
        Operation::named(format!("info/refs {service}"), label)
            .says(Effect::Read, "an advertisement of refs changes nothing"),
    ])
}

/// What is fetched stands in the body, and none of it changes anything; so the head decides.
fn fetch(asked: &Asked<'_>, service: &str) -> Reading {
    // A forge's API has paths that end with the name of a file, and takes what is to be written from the query.
    if asked.head.query().is_some() || !asked.has_content() {
        return Err(Otherwise::NotMine);
    }
    expect_type(asked, service)?;
    Ok(vec![Operation::named(service, "git fetch").says(Effect::Read, "a fetch changes nothing")])
}

fn expect_type(asked: &Asked<'_>, service: &str) -> Result<(), Otherwise> {
    if asked.media_type() == format!("application/x-{service}-request") {
        return Ok(());
    }
    // Without a declaration the path alone is no proof of git.
    if asked.service.is_none() {
        return Err(Otherwise::NotMine);
    }
    Err(Otherwise::unclear("its content type is not the one of git's request"))
}

fn push(asked: &Asked<'_>) -> Reading {
    expect_type(asked, "git-receive-pack")?;
    let (bytes, _) = asked.beginning()?;
    match commands::read(bytes).map_err(Otherwise::unclear)? {
        // git sends it before a large push, to see whether it may.
        Commands::None => Ok(vec![
            Operation::named("git-receive-pack", "git push (asks whether it may)")
                .says(Effect::Read, "a lone flush packet changes nothing"),
        ]),
        Commands::Some(commands) => Ok(commands.iter().map(operation).collect()),
    }
}

fn operation(command: &Command) -> Operation {
    let short = command.name.strip_prefix("refs/heads/").unwrap_or(&command.name);
    let (name, label, effect, why) = match (command.creates, command.deletes) {
        (_, true) => ("delete", format!("git push, deletes {short}"), Effect::Delete, "it deletes a ref"),
        (true, _) => ("create", format!("git push {short} (new)"), Effect::Write, "it makes a ref"),
        _ => ("push", format!("git push {short}"), Effect::Write, "it moves a ref"),
    };
    Operation::named(format!("{name} {}", command.name), super::bounded(&label))
        .says(effect, why)
        .at_least(effect)
}

/// https://github.com/git-lfs/git-lfs/tree/main/docs/api
fn lfs(asked: &Asked<'_>, path: &str) -> Reading {
    let (_, rest) = path.rsplit_once("/info/lfs/").ok_or(Otherwise::NotMine)?;
    let known = |label: &str, effect, why: &str| {
        Ok(vec![Operation::named(format!("lfs {rest}"), label).says(effect, why)])
    };
    match rest {
        "objects/batch" => batch(asked),
        "locks/verify" => known("git lfs (lists locks)", Effect::Read, "it lists locks"),
        "locks" => known("git lfs lock", Effect::Write, "it makes a lock"),
        "verify" => known("git lfs (verifies an upload)", Effect::Write, "it ends an upload"),
        _ if rest.starts_with("locks/") && rest.ends_with("/unlock") => {
            known("git lfs unlock", Effect::Delete, "it takes a lock away")
        }
        _ => Err(Otherwise::NotMine),
    }
}

fn batch(asked: &Asked<'_>) -> Reading {
    let operation = asked.json()?.root().get("operation").and_then(|value| value.as_str());
    let (label, effect) = match operation.as_deref() {
        Some("download") => ("git lfs download", Effect::Read),
        Some("upload") => ("git lfs upload", Effect::Write),
        _ => return Err(Otherwise::unclear("an LFS batch neither downloads nor uploads")),
    };
    Ok(vec![
        Operation::named(label.replace("git ", ""), label).says(effect, "the batch's `operation` says so"),
    ])
}

/// For the fuzz target: the refs of a push's commands; `None` where they cannot be read.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) -> Option<Vec<String>> {
    match commands::read(bytes).ok()? {
        Commands::None => Some(Vec::new()),
        Commands::Some(all) => Some(all.into_iter().map(|command| command.name).collect()),
    }
}
