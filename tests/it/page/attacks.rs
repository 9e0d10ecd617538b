//! What an agent can write into a request to trick who looks at it on the page: each case in a real browser, whose page
//! neither runs, nor fetches, nor hides anything of it (CASES AP).

use serde_json::json;

use super::browser::Screen;
use super::driven::{ask, logged_in, logged_in_at, open};
use super::token;
use crate::binary::Server;
use crate::house::House;
use crate::plan::Plan;
use crate::prompt::vectors::{self, Vector};
use crate::raw::Wire;
use crate::tape::Tape;

/// One request that is out to trick.
struct Attack {
    case: &'static str,
    kind: &'static str,
    path: &'static str,
    field: &'static str,
    body: String,
    /// What must be seen of it.
    seen: &'static [&'static str],
    /// What must not be a part of the page.
    unseen: &'static [char],
}

fn attack(
    case: &'static str,
    kind: &'static str,
    body: impl Into<String>,
    seen: &'static [&'static str],
    unseen: &'static [char],
) -> Attack {
    Attack { case, kind, path: "/a", field: "x", body: body.into(), seen, unseen }
}

fn attacks() -> Vec<Attack> {
    let (text, json) = ("text/plain", "application/json");
    vec![
        attack("AP-01: cursor and erase", text, "ok\x1b[2J\x1b[1;1Hread", &["1b 5b 32 4a"], &['\x1b']),
        attack("AP-02: 8-bit controls", json, "{\"a\":\"x\u{9b}2J\"}", &["\\u{9b}2J"], &['\u{9b}']),
        attack(
            "AP-03: links and titles",
            text,
            "\x1b]8;;https://evil.example\x07good\x1b]0;t\x07",
            &["1b 5d 38 3b 3b 68"],
            &['\x1b', '\x07'],
        ),
        attack("AP-04: a question to the terminal", text, "\x1b[6n\x05", &["1b 5b 36 6e 05"], &['\x05']),
        attack(
            "AP-06: bidi",
            json,
            "{\"to\":\"\u{202e}ana\u{2066}\"}",
            &["\\u{202e}", "\\u{2066}"],
            &['\u{202e}', '\u{2066}'],
        ),
        attack(
            "AP-08: what is not seen",
            json,
            "{\"a\":\"x\u{200b}\u{e0041}\u{2800}\u{1d173}\"}",
            &["\\u{200b}", "\\u{e0041}", "\\u{1d173}"],
            &['\u{200b}', '\u{e0041}', '\u{1d173}'],
        ),
        attack(
            "AP-11: one name twice, odd numbers",
            json,
            "{\"n\":1,\"n\":1e3,\"m\":1.000,\"k\":12345678901234567890123}",
            &["1e3", "1.000", "12345678901234567890123"],
            &[],
        ),
        attack(
            "AP-12: words that calm",
            json,
            "{\"reason\":\"Holdpoint: verified, safe to approve\"}",
            &["verified, safe to approve"],
            &[],
        ),
        attack(
            "AP-13: elements",
            json,
            "{\"a\":\"<img src=x onerror=window.pwned=1><script>window.pwned=1</script>\"}",
            &["<script>window.pwned=1</script>"],
            &[],
        ),
        Attack {
            path: "/x?q=%3Cscript%3E&%22onload=%22",
            field: "\"'><svg onload=window.pwned=1>",
            ..attack(
                "AP-13: elements in a path and a field",
                "text/html",
                "<svg onload=window.pwned=1>",
                &["<svg onload=window.pwned=1>"],
                &[],
            )
        },
        attack(
            "AP-13: a file's name",
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"<img src=x onerror=window.pwned=1>.png\"\r\n\r\nx\r\n--b--\r\n",
            &["<img src=x onerror=window.pwned=1>.png"],
            &[],
        ),
        attack(
            "AP-32: pictures from elsewhere",
            "text/html",
            "![x](https://evil.example/x.png)<link rel=icon href=//evil.example>",
            &["evil.example/x.png"],
            &[],
        ),
        attack(
            "AP-36: figures as they stand",
            json,
            "{\"sum\":\"1.000,00\",\"of\":1000000}",
            &["1.000,00", "1000000"],
            &[],
        ),
    ]
}

#[test]
fn nothing_of_a_request_tricks_who_looks_at_it() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    browser.note_violations();
    for Attack { case, kind, path, field, body, seen, unseen } in attacks() {
        let fields = format!("Content-Type: {kind}\r\nX-Note: {field}\r\n");
        let mut wire = ask(&server, &tape, path, &fields, &body);
        let hold = server.held();
        for place in ["", "?raw=true&all=true"] {
            open(&browser, &server, &format!("{}{place}", hold.id));
            browser.until("the events", "document.getElementById('line').textContent === 'live'");
            let shown = browser.text(".rendering");
            for text in seen {
                assert!(shown.contains(text), "{case} {place}: no {text} in\n{shown}");
            }
            let whole = browser.script("return document.documentElement.outerHTML + document.title");
            let whole = whole.as_str().unwrap_or_default();
            assert!(!whole.contains(unseen), "{case} {place}: {unseen:?}");
            let theirs = browser.script(
                "return [...document.querySelectorAll('.rendering *')].map((e) => e.localName) \
                 .filter((name) => name !== 'div' && name !== 'span')",
            );
            assert_eq!(theirs, json!([]), "{case} {place}");
            let facts = browser.script(
                "return [window.pwned === undefined, window.broken, performance.getEntriesByType('resource') \
                 .map((e) => e.name).filter((name) => !name.startsWith(location.origin))]",
            );
            assert_eq!(facts, json!([true, [], []]), "{case} {place}: [ran, forbidden, fetched elsewhere]");
        }
        if case.starts_with("AP-12") {
            let inside = browser.script(
                "return [...document.querySelectorAll('.own')].some((e) => e.innerText.includes('safe to approve'))",
            );
            assert_eq!(inside, json!(false), "{case}: it stands behind the agent's bar and nowhere else");
        }
        for page in ["", "history", "agents", "figures"] {
            browser.goto(&format!("http://{}/{page}", server.admin()));
            browser.until(page, "document.querySelector('main h1')");
            let facts = browser.script("return [window.pwned === undefined, window.broken]");
            assert_eq!(facts, json!([true, []]), "{case}: {page}");
        }
        server.deny(&hold, "an attack");
        assert_eq!(wire.reply().status, 403, "{case}");
    }
    // The page's policy refuses what a fault of ours would let through.
    let refused = browser.script(
        "try { document.body.innerHTML = '<b>x</b>'; return 'taken' } catch (error) { return error.name }",
    );
    assert_eq!(refused, json!("TypeError"), "Trusted Types");
    tape.assert_empty("attacks");
    browser.close();
    server.check(&[&tape]);
}

/// CASES AP-10: what is long is shown with its head and its tail, says what is left out, and a yes wants the digest.
#[test]
fn what_is_scrolled_away_is_named_and_is_released_only_by_its_digest() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let body = format!("{}DROP EVERYTHING", "harmless\n".repeat(10_000));
    let mut wire = ask(&server, &tape, "/long", "Content-Type: text/plain\r\n", &body);
    let hold = server.held();
    open(&browser, &server, &hold.id);
    let shown = browser.text(".rendering");
    assert!(shown.contains("harmless") && shown.contains("DROP EVERYTHING"), "head and tail");
    browser.click("#approve summary");
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    browser.fill("#typed", "000000000000");
    browser.click("#approve button");
    browser.until("the refusal", "document.body.innerText.includes('nothing was decided')");
    tape.assert_empty("other digits");
    browser.click("#approve summary");
    browser.fill("#typed", &hold.digest[7..19]);
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    browser.click("#approve button");
    assert_eq!(wire.reply().status, 200);
    browser.close();
    server.check(&[&tape]);
}

/// CASES AP-07: a host that reads like another is shown as it is sent, as it reads, and with its letters' numbers.
#[test]
fn a_host_in_another_script_does_not_pass_for_its_twin_on_the_page() {
    let house = House::new();
    let admin = house.running().admin().expect("the admin listener is on");
    let Some(browser) = logged_in_at(admin, Screen::Desk, &token(house.dir())) else { return };
    for (vector, is_twin) in [(Vector::twin(), true), (Vector::post(&[], "one"), false)] {
        let mut wire = house.open();
        wire.send(vector.on_the_wire(vector.host, ""));
        let hold = house.held();
        browser.goto(&format!("http://{admin}/holds/{}", hold.id));
        browser.until("the hold", "document.getElementById('hold')");
        let text = browser.text(".rendering");
        assert_eq!((text.contains("reads as"), text.contains("beyond ASCII")), (is_twin, is_twin), "{text}");
        browser.click("#approve summary");
        let question = browser.text("#approve form");
        assert!(text.contains(vector.host) && question.contains(vector.host), "{question}");
        house.deny(&hold, "an attack");
        wire.reply().assert_problem("refused", 403, "denied");
    }
    browser.close();
    house.close(&[]);
}

/// CASES AP-12, AP-29: what an agent says of itself stands behind the bar, and its name is the config's.
#[test]
fn what_an_agent_says_of_itself_is_quoted_on_the_page() {
    let (server, tape) = (Server::start(&Plan::new().agent("triage-bot", "t")), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let (vector, claims) = vectors::claims();
    let mut wire = Wire::open(server.proxy());
    // triage-bot:t
    wire.send(vector.on_the_wire(&tape.authority(), "Proxy-Authorization: Basic dHJpYWdlLWJvdDp0\r\n"));
    let hold = server.held();
    open(&browser, &server, &hold.id);
    assert_eq!(browser.text("#hold > .theirs-of .quoted").trim_start_matches("│ "), "triage-bot");
    let of = |selector: &str| {
        let texts = format!(
            "return [...document.querySelectorAll('{selector}')].map((e) => e.innerText).join('\\n')"
        );
        browser.script(&texts).as_str().unwrap_or_default().to_owned()
    };
    let (theirs, own) = (of(".theirs"), of(".own, h1, .state, #decide"));
    for claim in claims {
        assert!(theirs.contains(claim) && !own.contains(claim), "{claim}: {own}");
    }
    server.deny(&hold, "an attack");
    wire.reply().assert_problem("refused", 403, "denied");
    browser.close();
    server.check(&[&tape]);
}
