//! The commands by which people stop agents, take grants back, change requests and walk through what waits.

use clap::builder::NonEmptyStringValueParser;
use clap::{Subcommand, ValueEnum};

use crate::hold::Scope;

/// `grants`
#[derive(Debug, clap::Args)]
pub struct Grants {
    /// What of them.
    #[command(subcommand)]
    pub what: GrantsCommand,
}

/// `grants …`
#[derive(Debug, Subcommand)]
pub enum GrantsCommand {
    /// List grants: those that are live, and those that ended lately
    #[command(after_help = "Example:\n  holdpoint grants ls")]
    Ls {
        /// As JSON: {"grants":[…]}
        #[arg(long)]
        json: bool,
    },
    /// End a grant at once; what it has not released yet is held again
    #[command(after_help = "Example:\n  holdpoint grants revoke 0195d6a0-7b1c-7d3e-9f00-3a51c2d4e5f6")]
    Revoke {
        /// Its id, as `grants ls` has it
        #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
        id: String,
        /// The grant as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Which requests a grant covers beside the one that it is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeWord {
    /// The very same request, body and all
    Exact,
    /// The same method and path, whatever the query and the body
    Route,
    /// The same operation of the same service
    Operation,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::Exact => Self::Exact,
            ScopeWord::Route => Self::Route,
            ScopeWord::Operation => Self::Operation,
        }
    }
}

/// `freeze`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
When it returns, no release that had not begun will begin. Reads pass. It stays until `holdpoint thaw`, through restarts.

Example:
  holdpoint freeze --reason \"the inbox is emptying itself\"
  holdpoint freeze --agent triage-bot
  holdpoint freeze --list")]
pub struct Freeze {
    /// Freeze nothing: say what is frozen, since when, by whom and why
    #[arg(long, conflicts_with_all = ["agent", "reason"])]
    pub list: bool,
    /// Only this agent
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub agent: Option<String>,
    /// Why; everyone is told
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The freeze as JSON; with --list {"freezes":[…]}
    #[arg(long)]
    pub json: bool,
}

/// `thaw`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What was approved meanwhile is sent where its agent waits.

Example:
  holdpoint thaw
  holdpoint thaw --agent triage-bot")]
pub struct Thaw {
    /// Only this agent's freeze
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub agent: Option<String>,
    /// The freeze that was on, as JSON
    #[arg(long)]
    pub json: bool,
}

/// `console`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What waits, as a full screen over the socket or --server: look at a hold, release or refuse it in a word, freeze, and see \
grants, agents and the audit log. ? says what the keys mean.

Example:
  holdpoint console")]
pub struct Console {}

/// `edit`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Opens the request in $VISUAL or $EDITOR. What is saved there is shown as a difference and asked about; then it takes \
the place of the held request, with a new digest, and needs approving. Unchanged or empty text changes nothing.

Example:
  EDITOR=nano holdpoint edit K7QF")]
pub struct Edit {
    /// A hold's id or code
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub hold: String,
}

/// `review`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The same screens and questions as the prompt of `serve`, over the socket or --server. It ends when nothing waits.

Example:
  holdpoint review
  holdpoint review --agent triage-bot --stay")]
pub struct Review {
    /// Only this agent's holds
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Go on when nothing waits, and ask for what comes
    #[arg(long)]
    pub stay: bool,
}
