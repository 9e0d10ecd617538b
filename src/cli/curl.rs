//! A held request as a command for a shell. Every word is quoted so that a POSIX shell takes it for text, whatever stands
//! in it (POSIX.1-2024, Shell Command Language, 2.2.2); what cannot be quoted in one line, a control character, refuses
//! the whole command (CASES AP-30). Secrets are masked, as they are on every screen.

use crate::approve::Charset;
use crate::approve::unicode::kind;
use crate::hold::HoldView;
use crate::limits::CONSOLE_CURL_MAX;

/// The command for a terminal of this charset, or why there is none.
pub fn curl(hold: &HoldView, body: &[u8], charset: Charset) -> Result<String, String> {
    let body = std::str::from_utf8(body).map_err(|_| no("its body is not text"))?;
    // A byte that is no UTF-8 stands there as U+FFFD, and a command with that in it would be another request.
    if hold.headers.iter().any(|(name, value)| name.contains(LOST) || value.contains(LOST)) {
        return Err(no("a field of it is not UTF-8"));
    }
    let mut words = vec!["curl".to_owned(), "-X".to_owned(), quoted(&hold.method)?];
    for (name, value) in hold.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        // Without a value curl would leave the field out; with a semicolon it sends it empty.
        let field = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        words.extend(["-H".to_owned(), quoted(&field)?]);
    }
    if !body.is_empty() {
        // `--data-raw` takes no file for a body that begins with an @.
        words.extend(["--data-raw".to_owned(), quoted(body)?]);
    }
    words.extend(["--globoff".to_owned(), "--path-as-is".to_owned(), "--url".to_owned(), quoted(&hold.url)?]);
    let command = words.join(" ");
    if command.len() > CONSOLE_CURL_MAX {
        return Err(no("it would be too long for anybody to read"));
    }
    // To a terminal of 8 bits the bytes of a letter of UTF-8 may be a control character (CASES AP-02, AP-04).
    if charset == Charset::Ascii && !command.is_ascii() {
        return Err(no("a character in it is not ASCII, and this terminal shows nothing else"));
    }
    Ok(command)
}

const LOST: char = char::REPLACEMENT_CHARACTER;

/// Curl makes its own.
const OWN: [&str; 4] = ["content-length", "host", "via", "transfer-encoding"];

fn no(why: &str) -> String {
    format!("no command is made of this request: {why}; `holdpoint show ID --body` has its bytes")
}

/// In single quotes nothing has a meaning but the single quote.
fn quoted(text: &str) -> Result<String, String> {
    if text.chars().any(|letter| kind(letter).is_some()) {
        return Err(no("a character in it acts on terminals, or hides"));
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::hold::sample::held;

    /// What a shell makes of the command's words.
    fn heard(command: &str) -> Vec<String> {
        let script = command.replacen("curl", "printf '%s\\0'", 1);
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn a_request_is_a_command_that_a_shell_takes_word_for_word() {
        let hold = HoldView {
            headers: vec![
                ("content-type".into(), "text/plain".into()),
                ("host".into(), "x".into()),
                ("x-e".into(), String::new()),
            ],
            ..held()
        };
        assert_eq!(
            curl(&hold, b"it's $(id) `id` \\ \"; rm -rf /", Charset::Utf8).unwrap(),
            "curl -X 'POST' -H 'content-type: text/plain' -H 'x-e;' --data-raw 'it'\\''s $(id) `id` \\ \"; rm -rf /' \
             --globoff --path-as-is --url 'http://forum.example/posts'"
        );
    }

    /// CASES AP-30
    #[test]
    fn what_acts_on_a_terminal_or_is_no_text_makes_no_command() {
        for body in [&b"a\nb"[..], b"\x1b[2J", b"a\rb", b"\x00", b"\xff", "\u{202e}".as_bytes(), b"a\tb"] {
            assert!(curl(&held(), body, Charset::Utf8).is_err(), "{body:?}");
        }
        let hold = HoldView { headers: vec![("x".into(), "a\nb".into())], ..held() };
        assert!(curl(&hold, b"", Charset::Utf8).is_err());
        let hold = HoldView { headers: vec![("x".into(), "caf\u{fffd}".into())], ..held() };
        assert!(curl(&hold, b"", Charset::Utf8).unwrap_err().contains("a field of it is not UTF-8"));
        assert!(curl(&held(), &[b'a'; CONSOLE_CURL_MAX], Charset::Utf8).is_err());
    }

    /// CASES AP-02, AP-04: C4 9B 36 6E is U+011B and `6n`, and to a terminal of 8 bits CSI 6n.
    #[test]
    fn a_terminal_of_eight_bits_is_given_ascii_alone() {
        for body in ["ě6n", "ĝ0;title", "é"] {
            assert!(curl(&held(), body.as_bytes(), Charset::Ascii).is_err(), "{body:?}");
            assert!(curl(&held(), body.as_bytes(), Charset::Utf8).is_ok(), "{body:?}");
        }
        assert!(curl(&held(), b"e6n", Charset::Ascii).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// CASES AP-30: a real shell hears exactly the words, and runs nothing in them.
        #[test]
        fn a_shell_hears_what_was_meant(body in "[ -~é漢]{1,60}", value in "[!-~][ -~]{0,40}") {
            let hold = HoldView { headers: vec![("x-a".into(), value.clone())], ..held() };
            let words = heard(&curl(&hold, body.as_bytes(), Charset::Utf8).unwrap());
            prop_assert_eq!(&words[3], &format!("x-a: {value}"));
            prop_assert_eq!(&words[5], &body);
            prop_assert_eq!(words.len(), 10);
        }
    }
}
