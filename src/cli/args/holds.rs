//! What may be typed about holds: listing them, looking at one, deciding on it.

use clap::builder::NonEmptyStringValueParser;

use super::people::ScopeWord;

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
    /// A note; it goes into the audit log as it is
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// A denial's; it is taken to be told so
    #[arg(long, hide = true, value_name = "TEXT")]
    pub reason: Option<String>,
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
    #[arg(long, required_unless_present = "note", value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: Option<String>,
    /// An approval's; it is taken to be told so
    #[arg(long, hide = true, value_name = "TEXT")]
    pub note: Option<String>,
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
