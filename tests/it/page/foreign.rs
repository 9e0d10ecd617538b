//! Pages of others, in the same browser: an agent's server on this machine makes one, and the approver who is logged in
//! opens it (CASES AP-13, 14, 18, 19). And what a logout ends.

use serde_json::json;

use super::browser::Screen;
use super::driven::{ask, logged_in};
use super::{Visitor, token};
use crate::binary::Server;
use crate::house::House;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Answer, Tape};

/// It is of the same site, since ports do not count there: the browser sends the cookie along.
#[test]
fn a_page_of_another_port_decides_nothing_reads_nothing_and_frames_nothing() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let _wire = ask(&server, &tape, "/a", "", "held");
    let hold = server.held();
    let (admin, id, digest) = (server.admin(), &hold.id, &hold.digest);
    let evil = Tape::plain();
    let form = format!(
        "<form method=post action=http://{admin}/holds/{id}><input name=digest value={digest}>\
         <input name=state value=held><input name=decision value=approve></form>"
    );
    let page = format!("<!doctype html><title>x</title>{form}<iframe src=http://{admin}/></iframe>");
    evil.answer(move |_| Answer::status(200, &[("content-type", "text/html")], page.as_bytes()));
    let open = || {
        browser.goto(&evil.url("/"));
        browser.until("the page", "document.querySelector('form')");
    };
    open();
    browser.until("the frame's end", "document.readyState === 'complete'");
    let frames = browser.devtools("Page.getFrameTree", &json!({}));
    let frame = &frames["frameTree"]["childFrames"][0]["frame"];
    assert!(frame["unreachableUrl"].as_str().is_some_and(|url| url.contains(&admin.to_string())), "{frame}");
    for script in [
        format!("fetch('http://{admin}/', {{ credentials: 'include' }})"),
        format!("fetch('http://{admin}/v1/holds', {{ credentials: 'include' }})"),
        format!(
            "fetch('http://{admin}/v1/holds/{id}/decision', {{ method: 'POST', credentials: 'include', \
             headers: {{ 'Content-Type': 'application/json' }}, body: '{{}}' }})"
        ),
    ] {
        browser.script(&format!(
            "window.got = ''; {script}.then(() => window.got = 'read', () => window.got = 'refused')"
        ));
        browser.until("an end", "window.got !== ''");
        assert_eq!(browser.script("return window.got"), json!("refused"), "{script}");
    }
    browser.script(&format!(
        "window.source = new EventSource('http://{admin}/v1/events', {{ withCredentials: true }})"
    ));
    browser.until("the refusal of events", "window.source.readyState === EventSource.CLOSED");
    browser.script("document.querySelector('form').submit()");
    browser.until("the refusal", "location.port !== '' && document.body.innerText.includes('origin')");
    assert_eq!(server.held().state, "held");
    tape.assert_empty("forged");
    browser.goto(&format!("http://{admin}/"));
    browser.until("the page is still there", "document.querySelectorAll('.hold').length === 1");
    browser.close();
}

/// Whoever is logged out hears nothing more.
#[test]
fn a_stream_of_events_ends_with_the_logout() {
    let house = House::new();
    let tape = Tape::plain();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let stays = Visitor::logged_in(address, house.dir());
    let listen = |visitor: &Visitor| {
        let mut wire = Wire::open(address);
        wire.send(format!("GET /v1/events HTTP/1.1\r\nHost: {address}\r\n{}\r\n", visitor.cookie_field()));
        let head = crate::people::api::until(&mut wire, ": listening");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        wire
    };
    let (mut ends, mut goes_on) = (listen(&visitor), listen(&stays));
    let mut token_stays = Wire::open(address);
    let bearer = format!("Authorization: Bearer {}\r\n", token(house.dir()));
    token_stays.send(format!("GET /v1/events HTTP/1.1\r\nHost: {address}\r\n{bearer}\r\n"));
    crate::people::api::until(&mut token_stays, ": listening");
    assert_eq!(visitor.post("/logout", "").status, 303);
    // The last chunk of a body that ends in order (RFC 9112 section 7.1).
    assert!(crate::people::api::until(&mut ends, "0\r\n\r\n").ends_with("0\r\n\r\n"));
    let mut wire = house.post(&tape, "/a", "x");
    let hold = house.held();
    for wire in [&mut goes_on, &mut token_stays] {
        assert!(crate::people::api::until(wire, "event: held").contains("event: held"));
    }
    house.deny(&hold, "done");
    wire.reply().assert_problem("denied", 403, "denied");
    house.close(&[&tape]);
}
