//! A connection that breaks: what happened meanwhile is seen when it is back, and nothing is decided twice.

use serde_json::json;

use super::browser::Browser;
use super::browser::Screen;
use super::driven::{ask, logged_in, logged_in_at};
use super::relay::{BEHIND, Relay};
use super::token;
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

const LIVE: &str = "document.getElementById('line').textContent === 'live'";
const LOST: &str = "document.getElementById('line').textContent === 'connection lost'";

fn behind_a_relay() -> Option<(Server, Relay, Browser)> {
    let server = Server::start(&Plan::new().set("admin", "listen", BEHIND));
    let relay = Relay::before(server.admin());
    let browser = logged_in_at(relay.address, Screen::Desk, &token(server.dir()))?;
    Some((server, relay, browser))
}

/// The network goes away: it comes back with the number of the last event, and is told what it missed.
#[test]
fn events_that_were_missed_are_told_when_the_network_is_back() {
    let tape = Tape::plain();
    let Some((server, relay, browser)) = behind_a_relay() else { return };
    let mut first = ask(&server, &tape, "/a", "", "one");
    browser.until("the first", "document.querySelectorAll('.hold').length === 1");
    browser.script(
        "window.heard = []; for (const name of ['held', 'decided', 'ended', 'lost']) \
         source.addEventListener(name, (e) => window.heard.push([name, e.lastEventId]));",
    );
    relay.cut();
    browser.until("the loss", LOST);
    assert!(browser.script("return document.body.classList.contains('cut')").as_bool().unwrap_or(false));
    server.deny(&server.held(), "while nobody looked");
    let mut second = ask(&server, &tape, "/b", "", "two");
    wait::until_true("the second", || server.holds("held").len() == 1);
    relay.mend();
    browser.until("the connection", LIVE);
    browser.until("what was missed", "window.heard.length >= 3");
    let heard = browser.script("return window.heard.map(([name]) => name)");
    assert_eq!(heard, json!(["decided", "ended", "held"]), "in order, each once, and nothing lost");
    browser.until("the second in the list", "document.querySelectorAll('.hold:not(.over)').length === 1");
    assert!(browser.title().starts_with("(1) "), "{}", browser.title());
    first.reply().assert_problem("denied meanwhile", 403, "denied");
    server.deny(&server.held(), "done");
    second.reply().assert_problem("denied", 403, "denied");
    browser.close();
    server.check(&[&tape]);
}

fn open(browser: &Browser, relay: &Relay, id: &str) {
    browser.goto(&format!("http://{}/holds/{id}", relay.address));
    browser.until("the hold", "document.getElementById('hold')");
}

/// A yes that was pressed while there was no connection is none; one that is sent twice counts once.
#[test]
fn nothing_is_decided_twice() {
    let tape = Tape::plain();
    let Some((server, relay, browser)) = behind_a_relay() else { return };
    let mut lost = ask(&server, &tape, "/a", "", "one");
    let hold = server.held();
    open(&browser, &relay, &hold.id);
    browser.until("the events", LIVE);
    browser.click("#approve summary");
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    relay.cut();
    browser.until("the loss", LOST);
    // The browser says that there is no connection, on a page of its own.
    browser.script("document.querySelector('#approve button').click()");
    browser.until("the browser's own page", "!document.querySelector('#approve')");
    server.deny(&hold, "somebody else");
    relay.mend();
    open(&browser, &relay, &hold.id);
    assert_eq!(browser.text(".is").to_lowercase(), "denied");
    assert_eq!(browser.count("#approve, #deny"), 0);
    lost.reply().assert_problem("denied", 403, "denied");

    let mut twice = ask(&server, &tape, "/b", "", "two");
    open(&browser, &relay, &server.held().id);
    browser.until("the events", LIVE);
    browser.script(
        "const form = document.querySelector('#approve form'); const button = form.querySelector('button'); \
         button.disabled = false; \
         const body = new URLSearchParams(new FormData(form, button)); \
         for (let i = 0; i < 5; i += 1) fetch(form.action, { method: 'POST', body, redirect: 'manual' }); \
         form.requestSubmit(button)",
    );
    assert_eq!(twice.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    let decided = server.records().iter().filter(|record| record["event"] == "decided").count();
    assert_eq!(decided, 2, "one no, one yes");
    browser.close();
    server.check(&[&tape]);
}

/// Holdpoint goes away and comes back: the page says so, and leads to the login when its session is gone.
#[test]
fn a_lost_connection_is_said_and_found_again() {
    let mut server = Server::start(&Plan::new());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let admin = server.admin();
    server.kill();
    browser.until("the loss", "document.getElementById('line').textContent === 'connection lost'");
    let plan = Plan::new().set("admin", "listen", &format!("\"{admin}\""));
    std::fs::write(server.dir().join("holdpoint.toml"), plan.text(server.dir())).expect("it is ours");
    server.run(None);
    server.ready();
    browser.until("the login", "location.pathname === '/login'");
    assert!(browser.text(".alert").contains("Nothing was decided"), "{}", browser.text(".alert"));
    browser.close();
}

/// A browser has six connections to one server for all its tabs: those that nobody looks at hold none, and catch up.
#[test]
fn a_page_that_nobody_looks_at_holds_no_connection_and_catches_up() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let hide = |is_hidden: bool| {
        browser.script(&format!(
            "Object.defineProperty(document, 'hidden', {{ configurable: true, value: {is_hidden} }}); \
             document.dispatchEvent(new Event('visibilitychange'))"
        ));
    };
    hide(true);
    assert_eq!(browser.script("return source.readyState"), json!(2), "closed");
    let mut wire = ask(&server, &tape, "/a", "", "one");
    let hold = server.held();
    assert_eq!(browser.count(".hold"), 0);
    hide(false);
    browser.until("the connection", LIVE);
    browser.until("the hold", "document.querySelectorAll('.hold').length === 1");
    server.deny(&hold, "done");
    browser.until("its end", "document.querySelectorAll('.hold:not(.over)').length === 0");
    wire.reply().assert_problem("denied", 403, "denied");
    browser.close();
    server.check(&[&tape]);
}
