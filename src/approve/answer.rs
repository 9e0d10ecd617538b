//! What a person typed at the prompt. Only a whole line of printable characters is an answer at all: what a
//! terminal sends by itself (reports, pastes, keys without a letter) has control characters, and is never taken
//! for a word (CASES AP-04, 24). Only the few words below mean something; all else means nothing.

use super::unicode::kind;
use crate::limits::PROMPT_ANSWER_MAX;

/// Fewest digits that name a digest (SPEC section 4).
const DIGEST_DIGITS_MIN: usize = 12;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Release it.
    Approve,
    /// Refuse it, for this reason.
    Deny(Option<String>),
    /// Release it, by the first digits of its digest.
    Digest(String),
    /// Say what the words mean.
    Help,
    /// Leave it held.
    Leave,
    /// Show all of it.
    More,
    /// Show its bytes, nothing laid out.
    Raw,
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
    Ok(match (word.to_ascii_lowercase().as_str(), rest) {
        ("", _) | ("skip" | "s", "") => Answer::Leave,
        ("yes" | "y", "") => Answer::Approve,
        ("no" | "n" | "deny", "") => Answer::Deny(None),
        ("no" | "n" | "deny", reason) => Answer::Deny(Some(reason.to_owned())),
        ("more" | "m", "") => Answer::More,
        ("raw", "") => Answer::Raw,
        ("help" | "h" | "?", "") => Answer::Help,
        (word, "") => digest(word).map_or(Answer::Unclear, Answer::Digest),
        _ => Answer::Unclear,
    })
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
        for yes in ["yes\n", "y\n", "YES\n", "  yes \n"] {
            assert_eq!(parse(yes.as_bytes()), Ok(Answer::Approve), "{yes:?}");
        }
        for other in
            ["yes please\n", "yess\n", "ye\n", "yy\n", "ok\n", "1\n", "true\n", "approve\n", "y es\n"]
        {
            assert_eq!(parse(other.as_bytes()), Ok(Answer::Unclear), "{other:?}");
        }
        assert_eq!(parse(b"\n"), Ok(Answer::Leave));
        assert_eq!(parse(b"no  not on a Friday \n"), Ok(Answer::Deny(Some("not on a Friday".into()))));
        assert_eq!(parse(b"n\n"), Ok(Answer::Deny(None)));
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
