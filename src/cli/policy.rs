//! `holdpoint policy check [F]`: reads a config and says what it holds, or what is wrong with it, where, and what
//! to do: also what `serve` would refuse of the files that it names. It changes nothing.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::admin::{self, json};
use crate::cli::{Done, Trouble, out};
use crate::config::Config;
use crate::notify::Notifier;
use crate::serve;

/// Checks, and prints what came of it.
pub fn run(file: Option<&Path>, as_json: bool) -> Done {
    match (read(file), as_json) {
        (Ok(config), false) => out::say(&report(&config)),
        (Ok(config), true) => out::say(&(json::text(&counts(&config)) + "\n")),
        (Err(error), false) => Err(Trouble::Wrong(error)),
        (Err(error), true) => {
            out::say(&(json::text(&json!({ "ok": false, "errors": error })) + "\n"))?;
            Err(Trouble::Said(2))
        }
    }
}

fn read(file: Option<&Path>) -> Result<Config, String> {
    let found = file.map(Path::to_owned).or_else(|| Config::file(None));
    let config = found.map_or_else(|| Ok(Config::default()), |file| Config::check(&file))?;
    would_start(&config)?;
    Ok(config)
}

/// What `serve` would refuse of the files that the config names, in its words; nothing is made or opened for it.
fn would_start(config: &Config) -> Result<(), String> {
    let trust = || serve::trust(config.upstream.system_roots, &config.upstream.root_files);
    let tls = trust()?;
    Notifier::new(&config.notify, || Ok(tls))?;
    config.admin.tls.as_ref().map(admin::tls::read).transpose()?;
    serve::check_authority(config)
}

fn counts(config: &Config) -> Value {
    json!({
        "ok": true,
        "file": config.file.as_ref().map(|file| file.display().to_string()),
        "rules": config.policy.rule_count(),
        "agents": config.agents.len(),
        "approvers": config.approvers.len(),
        "warnings": config.warnings,
    })
}

/// Checks a file, or the one that would be used where none is named. `Ok` is what to print on standard output,
/// `Err` on standard error; the exit code is then 2.
pub fn check(file: Option<&Path>) -> Result<String, String> {
    Ok(report(&read(file)?))
}

fn report(config: &Config) -> String {
    let mut out = String::new();
    for warning in &config.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    let name = config.file.as_ref().map_or_else(|| "the defaults".into(), |file| file.display().to_string());
    let counts = [
        count(config.policy.rule_count(), "rule"),
        count(config.agents.len(), "agent"),
        count(config.approvers.len(), "approver"),
        count(config.warnings.len(), "warning"),
    ];
    let _ = writeln!(out, "{name}: ok ({})", counts.join(", "));
    out
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_is_counted_and_its_warnings_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f.toml");
        let rule = |name: &str| format!("[[rule]]\nname = \"{name}\"\npath = \"/x\"\nverdict = \"hold\"\n");
        std::fs::write(&file, format!("{}{}", rule("one"), rule("two"))).unwrap();
        let said = check(Some(&file)).unwrap();
        let name = file.display();
        let expected = format!(
            "warning: {name}:5: rule `two` can never match: `one` above it matches all that it does\n\
             {name}: ok (2 rules, 0 agents, 0 approvers, 1 warning)\n"
        );
        assert_eq!(said, expected);
    }

    /// Each with the near miss that is fine.
    #[test]
    fn what_serve_would_refuse_of_the_files_that_it_names_is_refused_here() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let write = |name: &str, text: &str| std::fs::write(at(name), text).unwrap();
        let tls = format!(
            "[tls]\nca_cert = \"{}\"\nca_key = \"{}\"\n",
            at("ca.pem").display(),
            at("ca-key.pem").display()
        );
        let said = |more: &str| {
            write("f.toml", &format!("{tls}{more}"));
            check(Some(&at("f.toml")))
        };
        let notify = format!(
            "[[notify]]\nurl = \"https://a.example\"\nsecret_file = \"{}\"\n",
            at("secret").display()
        );
        write("secret", "123456789012345\n");
        let short = said(&notify).unwrap_err();
        assert!(short.contains("a secret has 16 to"), "{short}");
        write("secret", "1234567890123456\n");
        assert!(said(&notify).is_ok());
        let roots = format!("[upstream]\nroots = [\"system\", \"{}\"]\n", at("roots.pem").display());
        write("roots.pem", "nothing\n");
        assert!(said(&roots).unwrap_err().contains("holds no certificate"));
        write("ca.pem", "");
        let lonely = said("").unwrap_err();
        assert!(lonely.contains("ca-key.pem is not; put it back"), "{lonely}");
        std::fs::remove_file(at("ca.pem")).unwrap();
        crate::decrypt::Authority::open(&at("ca.pem"), &at("ca-key.pem")).unwrap();
        assert!(said("").is_ok());
        let roots = roots.replace("roots.pem", "ca.pem");
        assert!(said(&roots).is_ok());
    }

    #[test]
    fn a_bad_file_is_an_error_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f.toml");
        std::fs::write(&file, "[rules]\n").unwrap();
        let error = check(Some(&file)).unwrap_err();
        assert!(error.contains("f.toml:1:2") && error.contains("did you mean `rule`?"), "{error}");
        assert!(check(Some(&dir.path().join("missing.toml"))).is_err());
    }
}
