//! What may be typed to see how requests are judged, without a server.

use std::path::PathBuf;

use clap::Subcommand;

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
