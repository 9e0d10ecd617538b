//! What the page is like for whoever has a small screen, no mouse, a screen reader, or likes it dark.

use std::collections::BTreeSet;

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::browser::{Browser, Screen};
use super::driven::{ask, logged_in, open};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

/// All that may be pressed and is on the screen, smaller than a finger (44 by 44 CSS pixels, WCAG 2.5.5). A link in a
/// sentence is none.
const SMALL: &str = "return [...document.querySelectorAll('button, summary, input:not([type=hidden]), textarea, select, nav a, .hold > a')] \
     .filter((e) => e.checkVisibility() && e.closest('.unseen') === null) \
     .map((e) => [e, (e.closest('.pick') || e).getBoundingClientRect()]) \
     .filter(([e, r]) => r.height < 43.5 || r.width < 43.5).map(([e, r]) => `${e.outerHTML.slice(0, 80)} ${r.width}x${r.height}`)";

const WIDTH: &str = "return [document.documentElement.scrollWidth, window.innerWidth]";

/// Texts whose contrast with what is behind them is under 4.5 (WCAG 1.4.3).
const PALE: &str = r"
    const parts = (text) => { const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      c.fillStyle = text; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
    const back = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
    return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.unseen, :disabled, .over'))
      .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(e).fontSize) > 0)
      .map((e) => { const [a, b] = [light(parts(getComputedStyle(e).color)), light(back(e))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), e.className + ' ' + e.textContent.slice(0, 30)]; })
      .filter(([ratio]) => ratio < 4.5)";

/// 390 pixels: nothing is wider than the screen, and everything is large enough for a finger.
#[test]
fn the_page_fits_a_phone() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Phone) else { return };
    let long = "x".repeat(400);
    let body = json!({ "text": long, "items": [1, 2, 3] }).to_string();
    let fields = "Content-Type: application/json\r\n";
    let mut wire = ask(&server, &tape, &format!("/a/very/long/path/{long}"), fields, &body);
    let _second = ask(&server, &tape, "/b", fields, "{}");
    let fits = |place: &str| {
        assert_eq!(browser.script(WIDTH), json!([390, 390]), "{place}");
        assert_eq!(browser.script(SMALL), json!([]), "{place}");
    };
    browser.until("the holds", "document.querySelectorAll('.hold').length === 2");
    fits("the list");
    browser.click(".pick");
    fits("the list with a mark");
    browser.click(".marked button");
    browser.until("the marked", "document.body.dataset.kind === 'batch'");
    fits("what is marked");
    for page in ["agents", "grants", "history", "figures"] {
        browser.goto(&format!("http://{}/{page}", server.admin()));
        browser.until(page, &format!("document.body.dataset.kind === '{page}'"));
        fits(page);
    }
    let hold = server.holds("held").into_iter().find(|hold| hold.url.contains("very")).expect("it waits");
    open(&browser, &server, &hold.id);
    fits("the hold");
    browser.click("#approve summary");
    fits("the question");
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    browser.click("#approve button");
    wait::until_true("the release", || tape.mutations().len() == 1);
    assert_eq!(wire.reply().status, 200);
    browser.close();
}

/// Both colour schemes, each with letters that stand out.
#[test]
fn the_page_is_light_or_dark_as_its_person_likes_and_can_be_read_in_both() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let _wire = ask(&server, &tape, "/a", "Content-Type: application/json\r\n", "{\"a\":[1,\"\u{202e}x\"]}");
    browser.until("the hold", "document.querySelectorAll('.hold').length === 1");
    let hold = server.held();
    let mut backs = BTreeSet::new();
    for is_dark in [false, true] {
        browser.set_dark(is_dark);
        for path in ["", "agents", "grants", "history", "figures", &format!("holds/{}", hold.id)] {
            browser.goto(&format!("http://{}/{path}", server.admin()));
            browser.until("the page", "document.querySelector('main')");
            assert_eq!(browser.script(PALE), json!([]), "{path} dark: {is_dark}");
            let back = browser.script("return getComputedStyle(document.documentElement).backgroundColor");
            backs.insert(back.as_str().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(backs.len(), 2, "{backs:?}");
    browser.close();
}

/// What a screen reader is told: landmarks, and a name for whatever may be pressed or filled.
#[test]
fn every_field_and_button_has_a_name_and_every_page_its_landmarks() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let _wire = ask(&server, &tape, "/a", "", "x");
    browser.until("the hold", "document.querySelectorAll('.hold').length === 1");
    let hold = server.held();
    for path in ["", "agents", "grants", "history", "figures", &format!("holds/{}", hold.id)] {
        browser.goto(&format!("http://{}/{path}", server.admin()));
        browser.until("the page", "document.querySelector('main')");
        browser.script("for (const e of document.querySelectorAll('details')) e.open = true");
        let tree = browser.devtools("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("nodes");
        let role = |node: &Value| node["role"]["value"].as_str().unwrap_or_default().to_owned();
        let roles: BTreeSet<String> = nodes.iter().map(role).collect();
        for landmark in ["banner", "navigation", "main", "heading", "status"] {
            assert!(roles.contains(landmark), "{path}: no {landmark} in {roles:?}");
        }
        for node in nodes.iter().filter(|node| node["ignored"] != true) {
            let is_named = node["name"]["value"].as_str().is_some_and(|name| !name.trim().is_empty());
            let wants = ["button", "link", "textbox", "searchbox", "checkbox", "combobox", "spinbutton"];
            assert!(is_named || !wants.contains(&role(node).as_str()), "{path}: without a name: {node}");
        }
        assert_eq!(browser.script("return document.querySelectorAll('h1').length"), json!(1), "{path}");
        assert_eq!(browser.script("return document.documentElement.lang"), json!("en"));
    }
    // News is told to those who do not see it.
    browser.goto(&format!("http://{}/", server.admin()));
    browser.until("the events", "document.getElementById('line').textContent === 'live'");
    let _other = ask(&server, &tape, "/b", "", "x");
    browser.until("the news", "document.getElementById('news').textContent.startsWith('New')");
    browser.close();
}

/// Everything is reached by the Tab key alone, the content first where somebody wants that.
#[test]
fn whoever_has_no_mouse_reaches_everything() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let _wire = ask(&server, &tape, "/a", "", "x");
    browser.until("the hold", "document.querySelectorAll('.hold').length === 1");
    let hold = server.held();
    assert_eq!(reached(&browser), Vec::<String>::new(), "the list");
    open(&browser, &server, &hold.id);
    assert_eq!(reached(&browser), Vec::<String>::new(), "the hold");
    browser.script("document.activeElement.blur(); window.scrollTo(0, 0)");
    // The keys: a question opens, Escape leaves it, and nothing was decided.
    browser.press("d");
    assert_eq!(browser.script("return document.activeElement.id"), json!("reason"));
    browser.key(Key::Escape);
    assert_eq!(browser.script("return document.querySelector('#deny').open"), json!(false));
    browser.press("?");
    assert!(browser.text("p.keys:focus").contains("approve"), "the keys are told");
    assert_eq!(server.held().id, hold.id);
    browser.close();
}

/// What the Tab key does not reach.
fn reached(browser: &Browser) -> Vec<String> {
    browser.script(
        "window.missed = new Set([...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')] \
           .filter((e) => e.checkVisibility() && !e.disabled)); \
         document.addEventListener('focusin', (e) => window.missed.delete(e.target)); document.activeElement.blur()",
    );
    browser.press(&String::from(char::from(Key::Tab)));
    assert_eq!(browser.text(":focus"), "To the content");
    for _ in 0..30 {
        browser.press(&String::from(char::from(Key::Tab)));
    }
    let missed = browser.script("return [...window.missed].map((e) => e.outerHTML.slice(0, 120))");
    serde_json::from_value(missed).expect("texts")
}
