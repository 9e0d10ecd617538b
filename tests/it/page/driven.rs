//! The real page of the real binary, with real agents waiting, in a real browser.

use std::net::SocketAddr;

use serde_json::json;

use super::browser::{Browser, Screen};
use super::token;
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

/// A browser that is logged in.
pub fn logged_in(server: &Server, screen: Screen) -> Option<Browser> {
    logged_in_as(server, screen, &token(server.dir()))
}

/// The same, as somebody who has a token of their own.
pub fn logged_in_as(server: &Server, screen: Screen, token: &str) -> Option<Browser> {
    logged_in_at(server.admin(), screen, token)
}

/// The same, at an address.
pub fn logged_in_at(address: SocketAddr, screen: Screen, token: &str) -> Option<Browser> {
    let browser = Browser::open(screen)?;
    browser.goto(&format!("http://{address}/"));
    browser.until("the login", "document.getElementById('token')");
    browser.fill("#token", token);
    browser.enter();
    browser.until("the list", "document.body.dataset.kind === 'list'");
    browser.until("the events", "document.getElementById('line').textContent === 'live'");
    Some(browser)
}

pub fn ask(server: &Server, tape: &Tape, path: &str, fields: &str, body: &str) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, path, fields, body));
    wire
}

pub fn open(browser: &Browser, server: &Server, id: &str) {
    browser.goto(&format!("http://{}/holds/{id}", server.admin()));
    browser.until("the hold", "document.getElementById('hold')");
}

/// Login, a hold that appears by itself, its page, a yes, a no with a reason: all by keys.
#[test]
fn a_person_with_a_keyboard_approves_and_denies() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    assert!(browser.title().starts_with("Waiting"), "{}", browser.title());
    assert!(browser.text("main").contains("Nothing waits"));

    let mut first =
        ask(&server, &tape, "/posts", "Content-Type: application/json\r\n", "{\"text\":\"hello\"}");
    browser.until("the hold in the list", "document.querySelectorAll('.hold').length === 1");
    browser.until("the title", "document.title.startsWith('(1) ')");
    browser.until("the icon", "document.getElementById('icon').getAttribute('href').endsWith('n=1')");
    assert!(browser.text(".hold").contains("write"), "{}", browser.text(".hold"));

    browser.press("j");
    browser.enter();
    browser.until("the hold's page", "document.getElementById('hold')");
    let shown = browser.text(".rendering");
    assert!(shown.contains("POST /posts HTTP/1.1") && shown.contains("\"text\""), "{shown}");
    let hold = server.held();
    // A second key within half a second is none.
    browser.press("a\u{e007}");
    let question = browser.text("#approve form");
    assert!(question.contains(&hold.code) && question.contains(&hold.digest[7..19]), "{question}");
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    assert_eq!(server.held().id, hold.id);
    browser.enter();
    browser.until(
        "the outcome",
        "['approved', 'done', 'forwarding'].includes(document.querySelector('.is').textContent)",
    );
    assert_eq!(first.reply().status, 200);
    browser.until("the end of it", "document.querySelector('.is').textContent === 'done'");

    browser.press("u");
    browser.until("the list", "document.body.dataset.kind === 'list'");
    let mut second = ask(&server, &tape, "/posts", "", "second");
    browser.until("the second hold", "document.querySelectorAll('.hold').length === 1");
    browser.press("j");
    browser.enter();
    browser.until("its page", "document.getElementById('deny')");
    browser.press("d");
    browser.press("not on a Sunday");
    browser.until("the dead time to be over", "!document.querySelector('#deny button').disabled");
    browser.enter();
    browser.until("the denial", "document.querySelector('.is').textContent === 'denied'");
    let reply = second.reply();
    reply.assert_problem("denied on the page", 403, "denied");
    assert!(reply.text().contains("not on a Sunday"), "{}", reply.text());
    assert_eq!(tape.mutations().len(), 1);
    browser.close();
    server.check(&[&tape]);
}

/// Another approver was quicker: the page says so by itself, and what it still sends decides nothing.
#[test]
fn a_page_whose_hold_was_decided_elsewhere_decides_no_more() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let mut wire = ask(&server, &tape, "/posts", "", "twice");
    let hold = server.held();
    open(&browser, &server, &hold.id);
    browser.until("the events", "document.getElementById('line').textContent === 'live'");
    browser.click("#approve summary");
    server.deny(&hold, "no");
    browser.until("the news", "!document.getElementById('stale').hidden");
    assert!(browser.text("#stale").contains("denied"), "{}", browser.text("#stale"));
    assert!(browser.text(".rendering").contains("POST /posts"), "what was read stays");
    assert_eq!(browser.script("return document.querySelector('#approve button').disabled"), json!(true));
    // Somebody's finger was quicker than the news.
    browser.script(
        "for (const f of document.querySelectorAll('#approve button, #approve input')) f.disabled = false; \
         document.querySelector('#approve button').click()",
    );
    browser.until("the answer", "document.querySelector('.alert[role=alert]:not([hidden])')");
    browser.until("the answer", "document.body.innerText.includes('nothing was decided')");
    wire.reply().assert_problem("denied", 403, "denied");
    tape.assert_empty("denied");
    browser.close();
    server.check(&[&tape]);
}

/// What moves under a person's finger would be pressed instead of what they meant.
#[test]
fn a_row_that_somebody_is_at_stays_where_it_is() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let mut wires = vec![ask(&server, &tape, "/b", "", "one")];
    browser.until("the first", "document.querySelectorAll('.hold').length === 1");
    browser.press("j");
    let focused = browser.script("return document.activeElement.getAttribute('href')");
    // A delete is worse than a write, and would stand above it.
    let mut wire = Wire::open(server.proxy());
    wire.send(format!("DELETE {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/a"), tape.authority()));
    wires.push(wire);
    browser.until("the second", "document.querySelectorAll('.hold').length === 2");
    let order = "return [...document.querySelectorAll('.hold .effect')].map((e) => e.textContent)";
    assert_eq!(browser.script(order), json!(["write", "delete"]));
    assert_eq!(browser.script("return document.activeElement.getAttribute('href')"), focused);
    let first = server.holds("held").into_iter().find(|hold| hold.effect == "write").expect("it waits");
    server.deny(&first, "no");
    browser.until("the end of the first", "document.querySelector('.hold').classList.contains('over')");
    assert_eq!(browser.script("return document.activeElement.getAttribute('href')"), focused);
    browser.press("r");
    browser.until("the order", "document.querySelectorAll('.hold').length === 1");
    browser.close();
}
