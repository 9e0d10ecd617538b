//! What may be typed. Every command has `--help` with an example.

mod agent;
mod holds;
mod judging;
mod people;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub use agent::{Agents, AgentsCommand, Demo, Run};
pub use holds::{Approve, Deny, Ls, Show};
pub use judging::{Catalog, CatalogCommand, Classify, Explain, Policy, PolicyCommand};
pub use people::{Console, Edit, Freeze, Grants, GrantsCommand, Review, ScopeWord, Thaw};

/// A hold point for AI agents: reads pass, every mutation waits until a person has released exactly those bytes.
#[derive(Debug, Parser)]
#[command(
    name = "holdpoint",
    version,
    disable_help_subcommand = true,
    after_help = "\
Example:
  holdpoint demo                      see it work, with nothing to set up
  holdpoint serve                     run the proxy; holds are prompted for on this terminal
  holdpoint run -- CMD                an agent, its traffic going through the proxy
  holdpoint ls                        what waits, and what became of what waited
  holdpoint approve K7QF              look at a hold and release it"
)]
pub struct Args {
    /// The config file [default: HOLDPOINT_CONFIG, else config/holdpoint.toml, else /etc/holdpoint/holdpoint.toml, else the defaults]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The server that admin commands speak to [default: the config's socket]
    #[arg(
        long,
        global = true,
        value_name = "URL|unix:PATH",
        env = "HOLDPOINT_SERVER",
        hide_env_values = true
    )]
    pub server: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Name agents, list them, take them out
    #[command(after_help = "Example:\n  holdpoint agents add triage-bot")]
    Agents(Agents),
    /// Release holds: exactly the bytes with the digest that was looked at
    Approve(Approve),
    /// Read the audit log: what happened, and whether the record is whole
    #[command(after_help = "Example:\n  holdpoint audit verify")]
    Audit(Audit),
    /// Where the interception CA is, and its certificate
    #[command(after_help = "Example:\n  holdpoint ca export > holdpoint-ca.pem")]
    Ca(Ca),
    /// What is known of services, and from where
    #[command(after_help = "Example:\n  holdpoint catalog ls")]
    Catalog(Catalog),
    /// Say what requests do: JSON lines in, one JSON line out each
    Classify(Classify),
    /// A full screen of what waits: look, release, refuse, freeze, all in one place
    Console(Console),
    /// See it work: a forum, two agents and you, on this machine alone
    Demo(Demo),
    /// Refuse holds; the agent is told the reason
    Deny(Deny),
    /// Change a held request in your editor; it then needs approving anew
    Edit(Edit),
    /// Print the variables that send an agent's traffic through the proxy
    Env(Env),
    /// Stop everything that mutates, of one agent or of all
    Freeze(Freeze),
    /// List and revoke grants: approvals that cover like requests for a while
    #[command(after_help = "Example:\n  holdpoint grants ls")]
    Grants(Grants),
    /// Whether the server can do its work: exit 0 if so
    #[command(after_help = "Example:\n  holdpoint healthcheck && echo ready")]
    Healthcheck(Healthcheck),
    /// List holds
    Ls(Ls),
    /// Check the config and its rules, explain what they decide, and test them
    #[command(after_help = "Example:\n  holdpoint policy check config/holdpoint.toml")]
    Policy(Policy),
    /// Walk through what is pending, one by one and group by group
    Review(Review),
    /// Run an agent with its traffic going through the proxy
    Run(Run),
    /// Run the proxy; on a terminal, holds are prompted for right there
    Serve(Serve),
    /// Show one hold, whole
    Show(Show),
    /// Take a freeze back
    Thaw(Thaw),
}

/// `healthcheck`
#[derive(Debug, clap::Args)]
pub struct Healthcheck {
    /// As JSON: {"ready":true}, or false with the reason
    #[arg(long)]
    pub json: bool,
}

/// `serve`
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  holdpoint serve --config config/holdpoint.toml --no-prompt")]
pub struct Serve {
    /// Do not prompt for holds on this terminal
    #[arg(long)]
    pub no_prompt: bool,
}

/// `env`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  eval \"$(holdpoint env)\"
  holdpoint env --shell fish | source
  holdpoint env --shell dotenv > agent.env")]
pub struct Env {
    /// For which shell
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub shell: Shell,
}

/// How variables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// POSIX shells, bash, zsh
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// NAME="value" lines
    Dotenv,
}

/// `audit`
#[derive(Debug, clap::Args)]
pub struct Audit {
    /// What of it.
    #[command(subcommand)]
    pub what: AuditCommand,
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Show records, one on a line
    #[command(after_help = "\
Example:
  holdpoint audit show --hold K7QF
  holdpoint audit show --event decided --json")]
    Show {
        /// Only what concerns this hold: its id or code
        #[arg(long, value_name = "ID")]
        hold: Option<String>,
        /// Only this agent's
        #[arg(long)]
        agent: Option<String>,
        /// Only this event: exchange, held, decided, sending, ended, refused, revealed, …
        #[arg(long)]
        event: Option<String>,
        /// The lines of the log as they are
        #[arg(long)]
        json: bool,
    },
    /// Say whether the log is whole, or name the first bad record
    #[command(after_help = "\
Example:
  holdpoint audit verify
  holdpoint audit verify --checkpoint 1207:5f0c…(64 digits, noted elsewhere before)")]
    Verify {
        /// A record's number and hash, as an earlier `verify` printed them, kept where nobody here can change it
        #[arg(long, value_name = "SEQ:HASH")]
        checkpoint: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the whole log, as JSON lines
    #[command(after_help = "Example:\n  holdpoint audit export > audit.jsonl")]
    Export,
}

/// `ca`
#[derive(Debug, clap::Args)]
pub struct Ca {
    /// What of it.
    #[command(subcommand)]
    pub what: CaCommand,
}

/// `ca …`
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// Print where the certificate is
    #[command(after_help = "Example:\n  curl --cacert \"$(holdpoint ca path)\" https://example.com")]
    Path,
    /// Print whose it is, how long it holds, and its fingerprint
    #[command(after_help = "Example:\n  holdpoint ca show")]
    Show {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the certificate as PEM, without its key
    #[command(after_help = "Example:\n  holdpoint ca export > holdpoint-ca.pem")]
    Export,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("holdpoint").chain(line.split(' ')))
    }

    #[test]
    fn every_command_has_help_with_an_example() {
        fn look(command: &mut clap::Command, seen: &mut usize) {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example:\n  "), "{} has no example:\n{help}", command.get_name());
            assert!(help.contains("holdpoint "), "{help}");
            *seen += 1;
            command.get_subcommands_mut().for_each(|command| look(command, seen));
        }
        let (mut command, mut seen) = (Args::command(), 0);
        command.build();
        look(&mut command, &mut seen);
        assert!(seen > 10, "{seen}");
        Args::command().debug_assert();
    }

    #[test]
    fn the_config_stands_anywhere_on_the_line() {
        for line in ["--config a.toml ls --json", "ls --config a.toml --json", "ls --json --config=a.toml"] {
            assert_eq!(parse(line).unwrap().config, Some(PathBuf::from("a.toml")), "{line}");
        }
        assert_eq!(parse("ca path --config a.toml").unwrap().config, Some(PathBuf::from("a.toml")));
    }

    #[test]
    fn a_denial_needs_its_reason_and_an_approval_needs_a_hold() {
        for line in ["deny K7QF", "deny --reason no", "deny K7QF --reason=", "approve", "show", "ls K7QF"] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(parse("deny K7QF M2XD --reason no").is_ok());
        assert!(parse("show K7QF --raw --body").is_err());
    }

    /// CASES AP-26: there is no blanket yes.
    #[test]
    fn nothing_approves_without_being_named() {
        for line in ["approve --all", "approve --yes K7QF", "approve -y K7QF", "approve --force K7QF"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
