//! What may be typed. Every command has `--help` with an example.

mod agent;
mod people;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand, ValueEnum};

pub use agent::{Agents, AgentsCommand, Demo, Run};
pub use people::{Edit, Freeze, Grants, GrantsCommand, Review, ScopeWord, Thaw};

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

/// `approve`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without a digest the hold is shown, and asked for on the terminal. Several holds need a digest each.

Example:
  holdpoint approve K7QF
  holdpoint approve K7QF@3f9a1c0d27be --note \"agreed with Ana\"
  holdpoint approve K7QF@3f9a1c0d27be M2XD@77c0aa31f05e
  holdpoint approve K7QF --grant 15m --uses 20 --scope route")]
pub struct Approve {
    /// A hold's id or code, with its digest: whole, or 12 hexadecimal digits of it or more
    #[arg(required = true, value_name = "ID[@DIGEST]", value_parser = NonEmptyStringValueParser::new())]
    pub holds: Vec<String>,
    /// The digest of the one hold named
    #[arg(long)]
    pub digest: Option<String>,
    /// A note for the record
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Let like requests of this agent through too, for so long: 90s, 15m, at most 8h
    #[arg(long, value_name = "TIME")]
    pub grant: Option<String>,
    /// How many of them
    #[arg(long, value_name = "N", default_value_t = 1, requires = "grant",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub uses: u32,
    /// Which ones
    #[arg(long, value_enum, default_value_t = ScopeWord::Exact, requires = "grant")]
    pub scope: ScopeWord,
    /// The holds afterwards, as JSON: {"holds":[…]}
    #[arg(long)]
    pub json: bool,
}

/// `healthcheck`
#[derive(Debug, clap::Args)]
pub struct Healthcheck {
    /// As JSON: {"ready":true}, or false with the reason
    #[arg(long)]
    pub json: bool,
}

/// `catalog`
#[derive(Debug, clap::Args)]
pub struct Catalog {
    /// What of it.
    #[command(subcommand)]
    pub what: CatalogCommand,
}

/// `catalog …`
#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    /// List the services and products that are known
    #[command(after_help = "\
`declared` stands where a product has no host of its own: a [[service]] with `catalog = \"NAME\"` says where it is.

Example:
  holdpoint catalog ls")]
    Ls {
        /// As JSON: {"catalog":[…]}
        #[arg(long)]
        json: bool,
    },
    /// Show one: its hosts, its dialect, what its operations do, and where that is written
    #[command(after_help = "Example:\n  holdpoint catalog show git")]
    Show {
        /// Its name, as `catalog ls` has it
        name: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// `classify`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A line in is a JSON object:
  id        a text or a number, given back
  method    as on the wire
  scheme    http or https [default: https]
  host      host or host:port
  path      with its query
  headers   names with a text or a list of texts each
  body      the content as text, or null; or
  body_b64  the content as base64
A line out has id, label (read, mutating or unknown), effect, dialect, operation, and why: what each recogniser \
said. What is unknown is held, as what mutates is. A line that is no such object is named on standard error, and \
the exit code is 1.

Example:
  echo '{\"id\":1,\"method\":\"GET\",\"host\":\"forum.example\",\"path\":\"/posts\"}' | holdpoint classify
  holdpoint classify --config services.toml requests.jsonl > answers.jsonl")]
pub struct Classify {
    /// The requests; - is standard input [default: -]
    pub file: Option<PathBuf>,
}

/// `deny`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Takes back an approval too, as long as nothing has been sent. Several holds are denied all or none.

Example:
  holdpoint deny K7QF --reason \"the forum is not to be posted to\"")]
pub struct Deny {
    /// A hold's id or code
    #[arg(required = true, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub holds: Vec<String>,
    /// What the agent is told
    #[arg(long, required = true, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: String,
    /// The holds afterwards, as JSON: {"holds":[…]}
    #[arg(long)]
    pub json: bool,
}

/// `ls`
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  holdpoint ls --state held\n  holdpoint ls --agent triage-bot --json\n  holdpoint ls --watch"
)]
pub struct Ls {
    /// Only holds in this state: held, approved, armed, forwarding, done, failed, outcome_unknown, denied, expired,
    /// cancelled
    #[arg(long)]
    pub state: Option<String>,
    /// Only this agent's
    #[arg(long)]
    pub agent: Option<String>,
    /// As JSON: {"holds":[…]}; with --watch one hold on a line
    #[arg(long)]
    pub json: bool,
    /// Go on, and show what changes: one screen on a terminal, elsewhere a line for each change
    #[arg(long)]
    pub watch: bool,
}

/// `show`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
On a terminal, bytes that it would obey are shown as escapes; into a file or a pipe go the bytes themselves.

Example:
  holdpoint show K7QF
  holdpoint show K7QF --raw > request.http")]
pub struct Show {
    /// A hold's id or code
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub hold: String,
    /// The request as HTTP/1.1, unmasked: exactly what would be sent; it is put on record that this was looked at
    #[arg(long, conflicts_with_all = ["body", "json"])]
    pub raw: bool,
    /// The body alone
    #[arg(long, conflicts_with = "json")]
    pub body: bool,
    /// The hold as JSON
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

/// `policy`
#[derive(Debug, clap::Args)]
pub struct Policy {
    /// What of it.
    #[command(subcommand)]
    pub what: PolicyCommand,
}

/// `policy …`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Name every error with its file, line and column
    #[command(after_help = "Example:\n  holdpoint policy check config/holdpoint.toml")]
    Check {
        /// The config [default: as for `serve`]
        file: Option<PathBuf>,
        /// As JSON: {"ok":…,"file","rules","agents","approvers","warnings":[…]}, or {"ok":false,"errors":"…"}
        #[arg(long)]
        json: bool,
    },
    /// Say which rule decides a request, and why
    Explain(Explain),
    /// Run expectations: requests, each with the verdict that it must get
    #[command(after_help = "\
The file is TOML, one [[request]] each, or JSON lines. A request has the keys that `classify` takes, and
  expect   what the rules must say: allow, hold, deny; or refused, for what the proxy takes for malformed
  effect   what it must do: read, write, execute, delete, permission, unknown
  rule     the rule that must decide, or defaults.read and the like
  agent    who asks; without it, an agent that no rule names
  why      a sentence for people
Only `expect` must be there. Each that comes out otherwise is printed with the reasons; then the exit code is 1.

Example:
  holdpoint policy test rules.toml
with, in rules.toml,
  [[request]]
  why = \"nobody posts without being asked\"
  method = \"POST\"
  host = \"forum.example\"
  path = \"/posts\"
  expect = \"hold\"")]
    Test {
        /// The expectations; - is standard input
        file: PathBuf,
        /// As JSON: {"tested","as_expected","failures":[{"line","what"}]}
        #[arg(long)]
        json: bool,
    },
}

/// `policy explain`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The request is one JSON object with the keys that `classify` takes, or is made from --method, --url, --header and --body.

Example:
  holdpoint policy explain --method DELETE --url https://forum.example/posts/7
  holdpoint policy explain request.json --agent triage-bot --json")]
pub struct Explain {
    /// A request as data; - is standard input
    #[arg(required_unless_present = "url", conflicts_with = "url")]
    pub file: Option<PathBuf>,
    /// The method
    #[arg(long, default_value = "GET", requires = "url")]
    pub method: String,
    /// The URL
    #[arg(long)]
    pub url: Option<String>,
    /// A field; may stand several times
    #[arg(long, value_name = "NAME: VALUE", requires = "url")]
    pub header: Vec<String>,
    /// The content
    #[arg(long, value_name = "TEXT", requires = "url")]
    pub body: Option<String>,
    /// Who asks: the name of an [[agent]]
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
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
