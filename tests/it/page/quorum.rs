//! Two of a group must approve: each on a page of their own, and each sees what the other does as it happens.

use serde_json::json;

use super::Visitor;
use super::browser::{Browser, Screen};
use super::driven::{ask, logged_in_as, open};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;

const TWO: &str = "name = \"two of oncall\"\nmethod = [\"POST\"]\nverdict = \"hold\"\n\
                   approvers = { groups = [\"oncall\"], quorum = 2 }";

const LIVE: &str = "document.getElementById('line').textContent === 'live'";

/// The dead time begins a moment after the question opens: what is pressed is looked at until it has led on.
fn approve(browser: &Browser) {
    browser.click("#approve summary");
    browser.until(
        "the answer",
        "(() => { const button = document.querySelector('#approve[open] button'); \
          if (button && !button.disabled && !window.pressed) { window.pressed = true; button.click(); } \
          return !window.pressed && !button; })()",
    );
}

#[test]
fn the_first_of_two_approvals_is_seen_by_the_second_and_sends_nothing() {
    let plan = Plan::new()
        .approver("ana", "ana-token", "oncall")
        .approver("ben", "ben-token", "oncall")
        .approver("eve", "eve-token", "guests")
        .rule(TWO);
    let (server, tape) = (Server::start(&plan), Tape::plain());
    let Some(ana) = logged_in_as(&server, Screen::Desk, "ana-token") else { return };
    let Some(ben) = logged_in_as(&server, Screen::Phone, "ben-token") else { return };
    let Some(eve) = logged_in_as(&server, Screen::Desk, "eve-token") else { return };
    let mut wire = ask(&server, &tape, "/a", "", "one");
    let hold = server.held();
    eve.until("the mark", "document.querySelector('.hold .marks')?.innerText.includes('0 of 2')");
    for browser in [&ana, &ben] {
        open(browser, &server, &hold.code);
        browser.until("the events", LIVE);
    }
    approve(&ben);
    for (browser, whose) in [(&ana, "ana"), (&ben, "ben")] {
        browser.until(whose, "document.querySelector('.state').innerText.includes('1 of 2')");
        assert_eq!(browser.text(".is").to_lowercase(), "held", "{whose}");
    }
    eve.until("the mark", "document.querySelector('.hold .marks').innerText.includes('1 of 2')");
    tape.assert_empty("one of two");
    // A word that would be the last one now is given to a page that says so.
    ana.until("the news", "!document.getElementById('stale').hidden");
    assert!(ana.text("#stale").contains("Who approved it"), "{}", ana.text("#stale"));
    assert_eq!(ana.script("return document.querySelector('#approve button').disabled"), json!(true));
    ana.press("r");
    ana.until("the page of now", "document.getElementById('hold').dataset.given === '1'");
    ana.until("the events", LIVE);
    approve(&ana);
    assert_eq!(wire.reply().status, 200);
    for (browser, whose) in [(&ana, "ana"), (&ben, "ben")] {
        browser.until(whose, "document.querySelector('.is').textContent === 'done'");
    }
    // The near miss: whoever is in no such group is not asked.
    let mut second = ask(&server, &tape, "/b", "", "two");
    open(&eve, &server, &server.held().id);
    assert_eq!((eve.count("#approve"), eve.count("#deny")), (0, 1));
    let id = server.held().id;
    let denied = server
        .command(&["deny", &id, "--reason", "no"])
        .env("HOLDPOINT_TOKEN", "ana-token")
        .output()
        .unwrap();
    assert!(denied.status.success(), "{}", String::from_utf8_lossy(&denied.stderr));
    second.reply().assert_problem("denied", 403, "denied");
    let said: Vec<_> = server.records().into_iter().filter(|record| record["event"] == "decided").collect();
    let whose: Vec<_> = said.iter().filter_map(|record| record["approver"].as_str()).collect();
    assert_eq!(whose, ["ben", "ana", "ana"]);
    assert_eq!(tape.mutations().len(), 1);
    for browser in [ana, ben, eve] {
        browser.close();
    }
    server.check(&[&tape]);
}

/// A page that shows several is as old as one that shows one.
#[test]
fn a_batch_that_was_shown_before_somebody_approved_decides_nothing() {
    let plan = Plan::new()
        .approver("ana", "ana-token", "oncall")
        .approver("ben", "ben-token", "oncall")
        .approver("eve", "eve-token", "oncall")
        .rule(TWO);
    let (server, tape) = (Server::start(&plan), Tape::plain());
    let [ana, ben, eve] =
        ["ana", "ben", "eve"].map(|name| Visitor::of(server.admin()).with_token(&format!("{name}-token")));
    let mut wire = ask(&server, &tape, "/a", "", "one");
    let hold = server.held();
    let mark = format!("hold={}@{}", hold.id, hold.digest);
    let shown = |given: usize| format!("{}@{}@{given}", hold.id, hold.digest);
    assert!(ana.post("/batch", &mark).text().contains(&shown(0)));
    let decide = |who: &Visitor, given: usize| {
        who.post("/batch/decide", &format!("hold={}&decision=approve", shown(given))).status
    };
    assert_eq!(decide(&ben, 0), 303);
    for old in [&ana, &eve] {
        assert_eq!(decide(old, 0), 409);
        assert_eq!(old.post("/batch/decide", &format!("{mark}&decision=approve")).status, 409);
    }
    tape.assert_empty("pages that had grown old");
    assert!(ana.post("/batch", &mark).text().contains(&shown(1)));
    assert_eq!(decide(&ana, 1), 303);
    assert_eq!(wire.reply().status, 200);
    server.check(&[&tape]);
}
