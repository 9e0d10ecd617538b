//! A finger is nowhere before it comes down: on a screen without a pointer no row changes its place by itself.

use serde_json::json;

use super::browser::Screen;
use super::driven::{ask, logged_in};
use crate::binary::Server;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

#[test]
fn no_row_moves_under_a_finger_until_the_new_order_is_asked_for() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Phone) else { return };
    assert_eq!(browser.script("return matchMedia('(hover: none)').matches"), json!(true), "a phone");
    let _first = ask(&server, &tape, "/b", "", "one");
    browser.until("the first", "document.querySelectorAll('.hold').length === 1");
    assert_eq!(browser.count("#new"), 0, "what comes to an empty list is in its place");
    // A delete is worse than a write, and stands above it.
    let mut wire = Wire::open(server.proxy());
    wire.send(format!("DELETE {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/a"), tape.authority()));
    browser.until("the second", "document.querySelectorAll('.hold').length === 2");
    let order = "return [...document.querySelectorAll('.hold .effect')].map((e) => e.textContent)";
    assert_eq!(browser.script(order), json!(["write", "delete"]));
    browser.click("#new button");
    browser.until("the new order", "document.querySelector('.hold .effect').textContent === 'delete'");
    assert_eq!(browser.count("#new"), 0);
    browser.close();
}

/// Marks are counted as they are made, and more than a page takes cannot be sent.
#[test]
fn marks_are_counted_against_how_many_may_be() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let _wires = [ask(&server, &tape, "/a", "", "one"), ask(&server, &tape, "/b", "", "two")];
    browser.until("the holds", "document.querySelectorAll('.hold').length === 2");
    browser.press("j ");
    assert_eq!(browser.text("#most"), "1 of at most 50");
    browser.script("document.getElementById('most').dataset.most = '1'");
    browser.press("j ");
    assert_eq!(browser.text("#most"), "2 of at most 1");
    let is_off = "return document.querySelector('.marked button').disabled";
    assert_eq!(browser.script(is_off), json!(true));
    browser.press(" ");
    assert_eq!((browser.text("#most"), browser.script(is_off)), ("1 of at most 1".into(), json!(false)));
    browser.close();
}
