//! Texts and times for the page. Whoever wrote a text, it goes through `Untrusted` before it goes into a text node: a
//! browser obeys bidi marks as a terminal obeys escapes (CASES AP-06, 08).

use std::time::Duration;

use maud::{Markup, Render, html};

use crate::approve::words::duration;
use crate::approve::{Charset, Untrusted};
use crate::clock::Wall;

/// A text with everything in it made visible.
pub fn shown(text: &str) -> String {
    Untrusted::from(text).show(Charset::Utf8).text
}

/// The same, with `…` for what goes beyond `max` characters or so; never cut within an escape.
pub fn brief(text: &str, max: usize) -> String {
    let shown = Untrusted::from(text).show(Charset::Utf8);
    let (mut end, mut columns) = (0, 0);
    for atom in &shown.atoms {
        columns += usize::from(atom.columns);
        if columns > max {
            return format!("{}…", &shown.text[..end]);
        }
        end += atom.text as usize;
    }
    shown.text
}

/// A text that an agent wrote, or chose: behind the bar, and named as the agent's. It has an element of its own and is
/// no part of a sentence, a heading, a link or a button of Holdpoint's (CASES AP-12).
pub fn theirs(text: &str, max: usize) -> Markup {
    html! { span.quoted role="group" aria-label="The agent's" { (THE_BAR) span { (brief(text, max)) } } }
}

/// The same, in an element that a link beside it is described by.
pub fn theirs_as(id: &str, text: &str, max: usize) -> Markup {
    html! { span.quoted role="group" aria-label="The agent's" { (THE_BAR) span id=(id) { (brief(text, max)) } } }
}

struct TheBar;

/// Also there as a sign, for whoever copies the text or has no style.
const THE_BAR: TheBar = TheBar;

impl Render for TheBar {
    fn render(&self) -> Markup {
        html! { span.bar aria-hidden="true" { "│ " } }
    }
}

/// How long ago a time was; the script keeps it going.
pub fn age(at: &str, now: Wall) -> Markup {
    let since = Wall::parse(at).map_or(0, |at| now.0.saturating_sub(at.0));
    html! { time datetime=(shown(at)) data-age="since" { (span(since)) } }
}

/// How long until a time.
pub fn left(at: &str, now: Wall) -> Markup {
    let until = Wall::parse(at).map_or(0, |at| at.0.saturating_sub(now.0));
    html! { time datetime=(shown(at)) data-age="until" { (span(until)) } }
}

fn span(ms: i64) -> String {
    duration(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}

/// The host of a URL, with its port where it has one.
pub fn host(url: &str) -> &str {
    let origin = crate::approve::groups::origin(url);
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// The digits of a digest by which people tell it apart.
pub fn digits(digest: &str) -> String {
    digest.strip_prefix("sha256:").unwrap_or(digest).chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_text_is_never_cut_within_an_escape() {
        assert_eq!(brief("plain", 5), "plain");
        assert_eq!(brief("plainer", 5), "plain…");
        assert_eq!(brief("ab\u{202e}cd", 100), "ab\\u{202e}cd");
        assert_eq!(brief("ab\u{202e}cd", 5), "ab…");
    }

    #[test]
    fn a_host_and_a_digest_are_found_in_what_has_them() {
        assert_eq!(host("https://a.example:8443/x?y"), "a.example:8443");
        assert_eq!(digits(&format!("sha256:{}", "0f".repeat(32))), "0f0f0f0f0f0f");
    }
}
