//! The agents' guide: a short text that an agent can read, at the place that `HOLDPOINT_AGENT_GUIDE` names. It says what
//! a hold is, what to do at each code, and what not to try. The codes and their words come from `code`.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::beside;
use crate::code::Code;
use crate::config::Config;

/// The variable that says where the guide is.
pub const VARIABLE: &str = "HOLDPOINT_AGENT_GUIDE";

const NAME: &str = "agent-guide.md";
const TITLE: &str = "# You work behind a hold point\n";
/// A client's timeout is above `hold.wait` by this much: the answer needs time to come back too.
const MARGIN: Duration = Duration::from_secs(10);

/// Writes it beside the CA, and says where it is.
pub fn write(config: &Config) -> Result<PathBuf, String> {
    let text = text(config.hold.wait);
    beside::write(&config.tls.ca_cert, NAME, text.as_bytes(), |old| old.starts_with(TITLE.as_bytes()))
}

/// The text, for a proxy that keeps requests open for so long.
pub fn text(wait: Duration) -> String {
    let (wait, above) = (words(wait), words(wait + MARGIN));
    let mut out = format!(
        "{TITLE}
Your traffic goes through Holdpoint, a proxy. What only reads passes at once. What changes something (writes, deletes,
changes who may see or do what, sends a message, runs code, moves money) waits until a person has looked at exactly
this request and released it. This waiting is called a hold. It is no fault, and nothing is broken.

## What to do

- Let requests take their time. An answer to a held request may take {wait}: set the timeout of your client to {above} or
  more. If your client gives up earlier, nothing is lost: send the same request again.
- At a 503 with `Holdpoint-Code: held` nobody has decided yet. Wait for the seconds that `Retry-After` names, then send the
  very same request again: same method, URL, fields and body, byte for byte. It goes on waiting where it was. A request
  that differs is another request, and a person has to read it anew.
- A 403 is a decision. Do not send the request again, neither unchanged nor in another form, nor by another tool, host or
  account. Read the reason, and tell the person you work for.
- Do not look for a way around: leave the proxy settings and the certificates as they are. Holdpoint and its files are
  not yours to change, and what you cannot reach through it you are not meant to reach.
- Send each change once, whole, and only if you were asked for it. A person reads it, so let it explain itself.

## What you are told

Holdpoint's own answers have the field `Holdpoint-Code`, and `Holdpoint-Hold` where there is a hold. Their content is a JSON
document (`application/problem+json`) with `code`, `detail` (what to do next), `hold_id` and, where a person wrote one,
`reason`. gRPC, GraphQL, JSON-RPC, MCP, AWS, git and OCI get the same words in their own form. An answer without
`Holdpoint-Code` is the service's own.

## Codes

"
    );
    for code in Code::ALL {
        out.push_str(&format!(
            "- `{}`, {}: {}. {}\n",
            code.as_str(),
            code.status(),
            code.title(),
            code.detail()
        ));
    }
    out
}

/// `50 seconds`, `2 minutes`.
fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds % 60 {
        0 if seconds > 60 => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_it_with_its_status_and_what_to_do() {
        let text = text(Duration::from_secs(50));
        for code in Code::ALL {
            let line = format!("- `{}`, {}: ", code.as_str(), code.status());
            let found = text.lines().find(|each| each.starts_with(&line));
            assert!(found.is_some_and(|found| found.ends_with(code.detail())), "{line}\n{text}");
        }
    }

    #[test]
    fn it_names_the_wait_and_a_timeout_above_it() {
        let text = text(Duration::from_secs(50));
        assert!(
            text.contains("may take 50 seconds: set the timeout of your client to 60 seconds or"),
            "{text}"
        );
        assert_eq!(words(Duration::from_secs(300)), "5 minutes");
        assert_eq!(words(Duration::from_secs(310)), "310 seconds");
    }

    /// An agent reads it in one go: a page or two, in lines that any pager shows.
    #[test]
    fn it_is_short() {
        let text = text(Duration::from_secs(50));
        assert!(text.len() < 8 * 1024, "{}", text.len());
        assert!(text.is_ascii() && text.starts_with(TITLE));
    }
}
