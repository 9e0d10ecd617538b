//! Shows one hold on the terminal and asks whether to release it. Anything but the whole word leaves it held; where
//! a part of the request was left out, or hides on a screen, the word is the first digits of its digest, which
//! stand on that screen and in `holdpoint show`.

use crate::approve::{Look, Rendering, Screen, Style};
use crate::cli::Trouble;
use crate::cli::client::Client;
use crate::cli::hold::rendering;
use crate::cli::tty::Tty;

/// Digits to type: as many as name a digest on the line.
const DIGITS: usize = 12;

/// The digest of what was shown, if the person wants it released.
pub async fn about(client: &Client, id: &str) -> Result<Option<String>, Trouble> {
    let mut tty = Tty::open().map_err(|_| {
        Trouble::Wrong(format!(
            "there is no terminal to ask on: look with `holdpoint show {id}`, and name the digest: \
             `holdpoint approve {id}@DIGEST`"
        ))
    })?;
    let look = Look::here();
    let rendering = rendering(client, id, tty.width(), look.charset).await?;
    let broken = |error: std::io::Error| Trouble::Failed(format!("the terminal: {error}"));
    let mut screen = Screen::new(tty.screen().map_err(broken)?, look);
    rendering.lines.iter().try_for_each(|line| screen.line(line)).map_err(broken)?;
    let Some((word, question)) = question(&rendering) else {
        return Err(Trouble::Failed("what is stored is not what was held: it cannot be released".into()));
    };
    screen.say("", Style::Plain).and_then(|()| screen.ask(&question)).map_err(broken)?;
    tty.forget_type_ahead().map_err(broken)?;
    let answer = tty.line();
    let agreed = answer.is_some_and(|answer| answer.trim_matches(' ').eq_ignore_ascii_case(&word));
    Ok(rendering.digest.filter(|_| agreed).map(|digest| digest.to_string()))
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
}
