//! Shows one hold on the terminal and asks whether to release it. The terminal is /dev/tty, whatever standard input
//! and output are, so that a pipe can neither answer (`yes | holdpoint approve …`) nor hide the question (CASES
//! AP-25, AP-26).
//!
//! Anything but the whole word leaves the hold as it is; so do the end of input, a hang-up, and a line with control
//! characters in it, as a terminal's own reports and pasted text have (CASES AP-04). Where a part of the request was
//! left out, the word is the first digits of its digest, which stand on that screen and in `holdpoint show`.

use std::io;
use std::time::Duration;

use crate::approve::tty::{Gone, Input};
use crate::approve::unicode::kind;
use crate::approve::{Look, Rendering, Screen, Style, Tty};
use crate::cli::Trouble;
use crate::cli::client::Client;
use crate::cli::hold::rendering;
use crate::limits;

/// Digits to type: as many as name a digest on the line.
const DIGITS: usize = 12;

/// The digest of what was shown, if the person wants it released. `also`: what else a yes would mean.
pub async fn about(client: &Client, id: &str, also: Option<&str>) -> Result<Option<String>, Trouble> {
    let tty = Tty::open().map_err(|error| {
        Trouble::Wrong(format!(
            "{error}\nhint: look with `holdpoint show {id}`, and name the digest: `holdpoint approve {id}@DIGEST`"
        ))
    })?;
    let (look, width) = (Look::here(), wide_enough(&tty)?.min(limits::SHOWN_COLUMNS_MAX));
    let rendering = rendering(client, id, width, look.charset).await?;
    let mut screen = Screen::new(tty.writer().map_err(broken)?, look);
    rendering.lines.iter().try_for_each(|line| screen.line(line)).map_err(broken)?;
    let Some((word, question)) = question(&rendering) else {
        return Err(Trouble::Failed("what is stored is not what was held: it cannot be released".into()));
    };
    screen.say(also.unwrap_or_default(), Style::Warning).map_err(broken)?;
    // A terminal that has gone has not agreed.
    let agreed = self::word(&tty, &mut screen, &question, &word)?;
    Ok(rendering.digest.filter(|_| agreed).map(|digest| digest.to_string()))
}

/// Its columns, where a hold can be read in them.
fn wide_enough(tty: &Tty) -> Result<usize, Trouble> {
    tty.room().ok_or_else(|| {
        Trouble::Failed(format!(
            "this terminal has {} columns, too few to show a hold: widen it to {} or more; nothing was asked",
            tty.size().0,
            limits::SHOWN_COLUMNS_MIN + 1
        ))
    })
}

/// What must be typed to release it, and how that is asked.
fn question(rendering: &Rendering) -> Option<(String, String)> {
    let digits = &rendering.digest?.hex()[..DIGITS];
    if rendering.elided {
        let text = format!(
            "Not all of this request is shown. To release it, type the first {DIGITS} digits of its digest; \
             anything else leaves it held:"
        );
        return Some((digits.to_owned(), text));
    }
    Some(("yes".into(), "Release this request? Type yes; anything else leaves it held:".into()))
}

/// Asks on a terminal; whether the answer was this word.
pub fn word<W: io::Write>(
    tty: &Tty,
    screen: &mut Screen<W>,
    question: &str,
    word: &str,
) -> Result<bool, Trouble> {
    screen.ask(question).map_err(broken)?;
    Ok(answer(tty).is_ok_and(|line| says(&line, word)))
}

/// The line that is typed once the question can have been read: what came before is thrown away (CASES AP-24).
fn answer(tty: &Tty) -> Result<Vec<u8>, Gone> {
    tty.forget_input()?;
    tty.pause(limits::PROMPT_DEAD)?;
    tty.forget_input()?;
    loop {
        match tty.line(Duration::from_secs(1))? {
            Input::Line(line) => return Ok(line),
            Input::End => return Err(Gone),
            Input::Nothing => {}
        }
    }
}

/// Whether a line is the word, plainly typed and ended with Enter.
fn says(line: &[u8], word: &str) -> bool {
    let text = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
    text.is_some_and(|text| {
        !text.chars().any(|letter| kind(letter).is_some()) && text.trim_matches(' ') == word
    })
}

fn broken(error: io::Error) -> Trouble {
    Trouble::Failed(format!("the terminal: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Digest;

    fn rendering(elided: bool, digest: bool) -> Rendering {
        let digest = digest.then(|| Digest::parse(&format!("sha256:{}", "0f".repeat(32)))).flatten();
        Rendering { elided, digest, ..Rendering::default() }
    }

    /// CASES AP-10: what was not on the screen is not released by a yes.
    #[test]
    fn a_yes_is_enough_only_for_what_was_shown_whole() {
        assert_eq!(question(&rendering(false, true)).unwrap().0, "yes");
        assert_eq!(question(&rendering(true, true)).unwrap().0, "0f0f0f0f0f0f");
    }

    /// CASES HI-01
    #[test]
    fn what_is_not_the_hold_s_is_not_asked_about() {
        assert_eq!(question(&rendering(false, false)), None);
    }

    /// CASES AP-04, AP-24, AP-25
    #[test]
    fn only_the_word_itself_and_enter_release() {
        assert!(says(b"yes\n", "yes"));
        assert!(says(b" yes \n", "yes"));
        for line in [
            &b"yes"[..],
            b"\n",
            b"y\n",
            b"YES\n",
            b"no\n",
            b"yes yes\n",
            b"\x1b[0nyes\n",
            b"\x1b[200~yes\x1b[201~\n",
            b"yes\r\n",
            b"",
        ] {
            assert!(!says(line, "yes"), "{line:?}");
        }
        assert!(!says("ye\u{200b}s\n".as_bytes(), "yes"));
        assert!(says(b"0f0f0f0f0f0f\n", "0f0f0f0f0f0f"));
        assert!(!says(b"yes\n", "0f0f0f0f0f0f"));
    }
}
