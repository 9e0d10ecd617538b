//! What a person typed at the prompt. Only a whole line of printable characters is an answer at all: what a
//! terminal sends by itself (reports, pastes, keys without a letter) has control characters, and is never taken
//! for a word (CASES AP-04, 24). Only the few words below mean something; all else means nothing.

use std::time::Duration;

use super::unicode::kind;
use crate::hold::{GrantAsk, Scope};
use crate::limits::PROMPT_ANSWER_MAX;

/// Fewest digits that name a digest (SPEC section 4).
const DIGEST_DIGITS_MIN: usize = 12;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Release all that is listed.
    All,
    /// Release it.
    Approve,
    /// Refuse it, for this reason.
    Deny(Option<String>),
    /// Release it, by the first digits of its digest.
    Digest(String),
    /// Stop what mutates, of this agent or of all.
    Freeze {
        /// Whose; of all where it is not said.
        agent: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// Release it, and like requests for a while.
    Grant(GrantAsk),
    /// Say what the words mean.
    Help,
    /// Leave it held.
    Leave,
    /// Show all of it.
    More,
    /// Put this on record with the release.
    Note(String),
    /// Ask about each on its own.
    One,
    /// Turn no further page.
    Quit,
    /// Show its bytes, nothing laid out.
    Raw,
    /// Take the freeze of this agent back, or that of all.
    Thaw(Option<String>),
    /// No word of these.
    Unclear,
}

/// Why a line is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// It has control or hidden characters, or is not UTF-8.
    Control,
    /// More than a reason may have.
    TooLong,
    /// It does not end with Enter.
    Unfinished,
}

impl Noise {
    /// For the person.
    pub fn words(self) -> &'static str {
        match self {
            Noise::Control => {
                "ignored: that had control characters in it, as a paste or a terminal's own report has"
            }
            Noise::TooLong => "ignored: that was longer than a reason may be",
            Noise::Unfinished => "ignored: that did not end with Enter",
        }
    }
}

/// Reads one line as the terminal gave it.
pub fn parse(line: &[u8]) -> Result<Answer, Noise> {
    let line = line.strip_suffix(b"\n").ok_or(Noise::Unfinished)?;
    if line.len() > PROMPT_ANSWER_MAX {
        return Err(Noise::TooLong);
    }
    let text = std::str::from_utf8(line).map_err(|_| Noise::Control)?;
    if text.chars().any(|character| kind(character).is_some()) {
        return Err(Noise::Control);
    }
    let text = text.trim_matches(' ');
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim_matches(' ');
    // What decides is spelt as the question has it, and in no other way.
    Ok(match (word, rest) {
        ("", _) | ("skip" | "s", "") => Answer::Leave,
        ("yes", "") => Answer::Approve,
        ("no", "") => Answer::Deny(None),
        ("no", reason) => Answer::Deny(Some(reason.to_owned())),
        ("all" | "a", "") => Answer::All,
        ("one", "" | "by one") => Answer::One,
        ("note", text) if !text.is_empty() => Answer::Note(text.to_owned()),
        ("freeze", rest) => freeze(rest),
        ("thaw", "") => Answer::Thaw(None),
        ("thaw", rest) => match rest.strip_prefix("agent ") {
            Some(agent) => Answer::Thaw(Some(agent.trim_matches(' ').to_owned())),
            None => Answer::Unclear,
        },
        ("grant", rest) => grant(rest).map_or(Answer::Unclear, Answer::Grant),
        ("more" | "m", "") => Answer::More,
        ("raw", "") => Answer::Raw,
        ("q" | "quit", "") => Answer::Quit,
        ("help" | "h" | "?", "") => Answer::Help,
        (word, "") => digest(&word.to_ascii_lowercase()).map_or(Answer::Unclear, Answer::Digest),
        _ => Answer::Unclear,
    })
}

/// `freeze`, `freeze REASON`, `freeze agent NAME REASON`. Without that word it means everybody: to freeze too much can
/// be taken back.
fn freeze(rest: &str) -> Answer {
    let text = |text: &str| Some(text.trim_matches(' ').to_owned()).filter(|text| !text.is_empty());
    match rest.strip_prefix("agent ") {
        Some(rest) => {
            let (agent, reason) =
                rest.trim_matches(' ').split_once(' ').unwrap_or((rest.trim_matches(' '), ""));
            Answer::Freeze { agent: text(agent), reason: text(reason) }
        }
        None => Answer::Freeze { agent: None, reason: text(rest) },
    }
}

/// `grant 15m`, `grant 15m 20`, `grant 15m 20 route`.
fn grant(rest: &str) -> Option<GrantAsk> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let ttl = words.next().and_then(time)?;
    let uses = words.next().map_or(Some(1), |word| word.parse().ok().filter(|uses| *uses > 0))?;
    let scope = words
        .next()
        .map_or(Some(Scope::Exact), |word| Scope::ALL.into_iter().find(|scope| scope.as_str() == word))?;
    words.next().is_none().then_some(GrantAsk { ttl, uses, scope })
}

/// `90s`, `15m`, `8h`.
fn time(word: &str) -> Option<Duration> {
    let (digits, seconds) = match word.as_bytes().last()? {
        b's' => (&word[..word.len() - 1], 1),
        b'm' => (&word[..word.len() - 1], 60),
        b'h' => (&word[..word.len() - 1], 3600),
        _ => return None,
    };
    let count: u32 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    (count > 0).then(|| Duration::from_secs(u64::from(count) * seconds))
}

fn digest(word: &str) -> Option<String> {
    let digits = word.strip_prefix("sha256:").unwrap_or(word);
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (all_hex && (DIGEST_DIGITS_MIN..=64).contains(&digits.len())).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_releases() {
        for yes in ["yes\n", "  yes \n"] {
            assert_eq!(parse(yes.as_bytes()), Ok(Answer::Approve), "{yes:?}");
        }
        for other in [
            "y\n",
            "YES\n",
            "Yes\n",
            "n\n",
            "No\n",
            "deny\n",
            "yes please\n",
            "yess\n",
            "ye\n",
            "yy\n",
            "ok\n",
            "1\n",
            "true\n",
            "approve\n",
            "y es\n",
        ] {
            assert_eq!(parse(other.as_bytes()), Ok(Answer::Unclear), "{other:?}");
        }
        assert_eq!(parse(b"\n"), Ok(Answer::Leave));
        assert_eq!(parse(b"no  not on a Friday \n"), Ok(Answer::Deny(Some("not on a Friday".into()))));
        assert_eq!(parse(b"no\n"), Ok(Answer::Deny(None)));
    }

    #[test]
    fn a_freeze_that_names_no_agent_means_all_of_them() {
        let freeze = |agent: Option<&str>, reason: Option<&str>| {
            Ok(Answer::Freeze { agent: agent.map(str::to_owned), reason: reason.map(str::to_owned) })
        };
        assert_eq!(parse(b"freeze\n"), freeze(None, None));
        assert_eq!(parse(b"freeze triage-bot is mad\n"), freeze(None, Some("triage-bot is mad")));
        assert_eq!(parse(b"freeze agent bot is mad\n"), freeze(Some("bot"), Some("is mad")));
        assert_eq!(parse(b"thaw agent bot\n"), Ok(Answer::Thaw(Some("bot".into()))));
        assert_eq!(parse(b"thaw bot\n"), Ok(Answer::Unclear));
    }

    /// CASES HI-21
    #[test]
    fn a_grant_has_a_time_at_least_and_is_as_narrow_as_nothing_says_otherwise() {
        let grant = |line: &str| match parse(line.as_bytes()) {
            Ok(Answer::Grant(ask)) => Some((ask.ttl.as_secs(), ask.uses, ask.scope)),
            _ => None,
        };
        assert_eq!(grant("grant 15m\n"), Some((900, 1, Scope::Exact)));
        assert_eq!(grant("grant 2h 20 route\n"), Some((7200, 20, Scope::Route)));
        for line in [
            "grant\n",
            "grant 20\n",
            "grant 0m\n",
            "grant 15m 0\n",
            "grant 15m 2 all\n",
            "grant 1m 1 exact x\n",
        ] {
            assert_eq!(grant(line), None, "{line}");
        }
    }

    #[test]
    fn a_yes_is_no_all_and_an_all_is_no_yes() {
        assert_eq!(parse(b"all\n"), Ok(Answer::All));
        assert_eq!(parse(b"a\n"), Ok(Answer::All));
        for other in ["All\n", "all of them\n", "yes all\n", "al\n", "aa\n"] {
            assert_eq!(parse(other.as_bytes()), Ok(Answer::Unclear), "{other}");
        }
    }

    /// CASES AP-04, AP-24
    #[test]
    fn a_report_a_paste_and_half_a_line_are_no_answers() {
        for line in [
            &b"\x1b[24;80R\n"[..],
            b"\x1b[200~yes\x1b[201~\n",
            b"\x1b]l;yes\x1b\\\n",
            b"yes\r\n",
            b"\x9byes\n",
            "yes\u{200b}\n".as_bytes(),
            b"y\x7f\n",
            b"y\tes\n",
        ] {
            assert_eq!(parse(line), Err(Noise::Control), "{line:?}");
        }
        assert_eq!(parse(b"yes"), Err(Noise::Unfinished));
        assert_eq!(parse(b""), Err(Noise::Unfinished));
        let long = format!("no {}\n", "x".repeat(PROMPT_ANSWER_MAX - 3));
        assert!(parse(long.as_bytes()).is_ok());
        assert_eq!(parse(format!("x{long}").as_bytes()), Err(Noise::TooLong));
    }

    #[test]
    fn a_digest_has_twelve_digits_or_more() {
        assert_eq!(parse(b"0123456789ab\n"), Ok(Answer::Digest("0123456789ab".into())));
        assert_eq!(parse(b"sha256:0123456789ab\n"), Ok(Answer::Digest("0123456789ab".into())));
        assert_eq!(parse(b"0123456789a\n"), Ok(Answer::Unclear));
        assert_eq!(parse(format!("{}\n", "a".repeat(65)).as_bytes()), Ok(Answer::Unclear));
    }
}
