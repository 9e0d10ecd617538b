//! Checks of a page's HTML: whose its elements are, and where an agent's words stand (CASES AP-12, 13).

use std::collections::BTreeSet;

/// The elements that the templates have.
const KNOWN: &str = "a article button caption code dd details div dl dt fieldset figcaption figure form h1 h2 input \
    kbd label li legend line nav ol option p q rect section select span strong summary svg table \
    tbody td textarea th thead time tr ul";
/// And their attributes.
const ATTRIBUTES: &str = "action aria-describedby aria-hidden aria-label aria-labelledby autocapitalize autocomplete \
    checked class data-age data-digest data-given data-hold data-most data-page data-state datetime \
    cols for height max min preserveAspectRatio rows scope selected viewBox width wrap x x1 x2 y y1 \
    y2 hidden href id maxlength method name placeholder rel required role spellcheck tabindex title \
    type value";

/// The names of a page's elements, and of their attributes with what stands in them.
pub fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let (mut quoted, mut end) = (false, rest.len());
        for (at, letter) in rest.char_indices() {
            match letter {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        let inside = &rest[..end];
        rest = &rest[end..];
        let (name, mut fields) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        while let Some((name, after)) = fields.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap();
            // Before a name may stand some that have no value.
            let mut names: Vec<&str> = name.split_whitespace().collect();
            let last = names.pop().unwrap_or_default();
            attributes.extend(names.into_iter().map(|name| (name.to_owned(), String::new())));
            attributes.push((last.to_owned(), value.to_owned()));
            fields = after;
        }
        attributes.extend(fields.split_whitespace().map(|name| (name.to_owned(), String::new())));
        tags.push((name.to_owned(), attributes));
    }
    tags
}

/// Every element, attribute and link is one of the templates'.
pub fn assert_only_ours(case: &str, html: &str) {
    let known: BTreeSet<&str> = KNOWN.split(' ').collect();
    let attributes: BTreeSet<&str> = ATTRIBUTES.split(' ').collect();
    for (element, fields) in tags(html) {
        let element = element.trim_start_matches('/');
        assert!(known.contains(element), "{case}: <{element}> in\n{html}");
        for (name, value) in fields {
            assert!(attributes.contains(name.as_str()), "{case}: {name}={value} of <{element}> in\n{html}");
            let is_link = matches!(name.as_str(), "href" | "action");
            assert!(
                !is_link || (value.starts_with('/') && !value.starts_with("//")),
                "{case}: {name}={value}"
            );
            let is_class = name == "class" || name == "id";
            let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"- _".contains(&byte));
            assert!(!is_class || is_plain, "{case}: {name}={value}");
        }
    }
    let seen = without_hidden(html);
    assert!(
        !seen.chars().any(|letter| matches!(letter, '\u{202e}' | '\u{feff}' | '\u{0}')),
        "{case}: {html}"
    );
}

/// What a hidden field brings back is a name as it is; nobody is shown it.
fn without_hidden(html: &str) -> String {
    const HIDDEN: &str = "<input type=\"hidden\"";
    let mut pieces = html.split(HIDDEN);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |seen, piece| seen + piece.split_once('>').map_or("", |(_, rest)| rest))
}

/// What an agent wrote stands behind its bar, each in an element of its own (CASES AP-12).
pub fn assert_quoted(case: &str, html: &str, text: &str) {
    let mut seen = 0;
    for (at, _) in html.match_indices(text) {
        let before = &html[..at];
        let is_inside_a_tag = before.rfind('<') > before.rfind('>');
        if is_inside_a_tag {
            continue;
        }
        seen += 1;
        let (element, since) = before.rsplit_once("<span").unwrap_or_default();
        let is_own = !since.contains("</");
        assert!(is_own && element.ends_with("│ </span>"), "{case}: {text} in\n{html}");
    }
    assert!(seen > 0, "{case}: {text} is nowhere in\n{html}");
}

#[test]
fn the_checker_of_quotes_finds_what_it_is_for() {
    let quoted = crate::page::words::theirs("x1", 9).into_string();
    assert_quoted("ours", &format!("<p title=\"x1\">a</p>{quoted}"), "x1");
    for wrong in [
        "<p>x1</p>",
        "<span class=\"bar\">│ </span></span> x1",
        "<a href=\"x1\">y</a>",
        &format!("{quoted}x1"),
    ] {
        assert!(std::panic::catch_unwind(|| assert_quoted("wrong", wrong, "x1")).is_err(), "{wrong}");
    }
}

#[test]
fn the_checker_finds_what_it_is_for() {
    assert_only_ours("ours", "<p class=\"x\">a &lt;script&gt;</p><input required>");
    assert_only_ours(
        "a hidden field",
        "<input type=\"hidden\" name=\"agent\" value=\"\u{202e}&gt;\"><p>x</p>",
    );
    for wrong in [
        "<script>x</script>",
        "<p onclick=\"x\">",
        "<a href=\"https://evil.example\">",
        "<a href=\"//evil.example\">",
        "<p style=\"x\">",
        "<p class=\"a&quot;b\">",
        "<img>",
        "\u{202e}",
        "<input value=\"\u{202e}\">",
        "<input type=\"hidden\" value=\"x\">\u{202e}",
    ] {
        assert!(std::panic::catch_unwind(|| assert_only_ours("wrong", wrong)).is_err(), "{wrong}");
    }
}
