//! Several holds at once, several people at once, and the brake: with real agents waiting, in real browsers.

use serde_json::json;

use super::browser::{Browser, Screen};
use super::driven::{ask, logged_in, logged_in_as, open};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

fn mark(browser: &Browser, ids: &[&str]) {
    for id in ids {
        browser.click(&format!("#hold-{id} .pick"));
    }
    browser.click(".marked button");
    browser.until(
        "what is marked",
        "document.body.dataset.kind === 'batch' || document.querySelector('.alert, h1')",
    );
}

/// Two of three are marked: a page lists exactly these, with their digests and what they differ in, and one yes
/// releases them and no other.
#[test]
fn marked_holds_are_shown_with_what_they_differ_in_and_decided_together() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let fields = "Content-Type: application/json\r\n";
    let body = |to: &str| json!({ "to": to, "amount": 5 }).to_string();
    let mut wires = Vec::new();
    for to in ["ana", "ben", "cleo"] {
        wires.push(ask(&server, &tape, "/pay", fields, &body(to)));
        wait::until_true("one more hold, so that they stand in this order", || {
            server.holds("held").len() == wires.len()
        });
    }
    browser.until("the holds", "document.querySelectorAll('.hold').length === 3");
    let holds = server.holds("held");
    mark(&browser, &[&holds[0].id, &holds[1].id]);
    browser.until("the page", "document.body.dataset.kind === 'batch'");
    let page = browser.text("main");
    for hold in &holds[..2] {
        assert!(page.contains(&hold.code) && page.contains(&hold.digest[7..19]), "{page}");
    }
    assert!(!page.contains(&holds[2].code), "{page}");
    let differ = browser.text("#differ");
    assert!(differ.contains("ana") && differ.contains("ben") && !differ.contains("amount"), "{differ}");
    browser.click("#approve summary");
    assert_eq!(browser.script("return document.querySelector('#approve button').disabled"), json!(true));
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    browser.click("#approve button");
    assert_eq!(server.holds("held").len(), 3, "no word was typed");
    browser.fill("#typed", "all");
    browser.click("#approve button");
    browser.until("the list", "document.body.dataset.kind === 'list'");
    wait::until_true("the two", || tape.mutations().len() == 2);
    assert_eq!(server.held().id, holds[2].id);
    assert!(wires.drain(..2).all(|mut wire| wire.reply().status == 200));

    // One of those that are marked is decided by somebody else: then none is.
    let _fourth = ask(&server, &tape, "/pay", fields, &body("dora"));
    browser.until("the fourth", "document.querySelectorAll('.hold:not(.over)').length === 2");
    let holds = server.holds("held");
    mark(&browser, &[&holds[0].id, &holds[1].id]);
    browser.until("the page", "document.body.dataset.kind === 'batch'");
    server.deny(&holds[0], "somebody else");
    browser.click("#deny summary");
    browser.fill("#deny input[name=reason]", "all of them");
    browser.until("the dead time to be over", "!document.querySelector('#deny button').disabled");
    browser.click("#deny button");
    browser.until("the answer", "document.body.innerText.includes('nothing was decided')");
    assert_eq!(server.held().id, holds[1].id);
    assert_eq!(tape.mutations().len(), 2);
    browser.close();
    server.deny(&holds[1], "done");
    server.check(&[&tape]);
}

/// Two people have one hold open: the quicker one decides, the other is told and decides nothing.
#[test]
fn of_two_approvers_one_wins_and_the_other_is_told() {
    let plan = Plan::new().approver("ana", "ana-token", "oncall").approver("ben", "ben-token", "oncall");
    let (server, tape) = (Server::start(&plan), Tape::plain());
    let Some(ana) = logged_in_as(&server, Screen::Desk, "ana-token") else { return };
    let Some(ben) = logged_in_as(&server, Screen::Phone, "ben-token") else { return };
    assert_eq!((ana.text(".who"), ben.text(".who")), ("ana".into(), "ben".into()));
    let mut wire = ask(&server, &tape, "/a", "", "one");
    let hold = server.held();
    for browser in [&ana, &ben] {
        open(browser, &server, &hold.code);
        browser.until("the events", "document.getElementById('line').textContent === 'live'");
        browser.click("#approve summary");
    }
    ana.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    ana.click("#approve button");
    assert_eq!(wire.reply().status, 200);
    ben.until("the news", "!document.getElementById('stale').hidden");
    ben.until("who it was", "document.querySelector('.state').innerText.includes('ana said approve')");
    ben.script(
        "for (const f of document.querySelectorAll('#deny button, #deny input')) f.disabled = false; \
         document.querySelector('#deny button').click()",
    );
    ben.until("the answer", "document.body.innerText.includes('nothing was decided')");
    ana.until("the end", "document.querySelector('.is').textContent === 'done'");
    let records = server.records();
    let decided: Vec<_> = records.iter().filter(|record| record["event"] == "decided").collect();
    assert_eq!((decided.len(), decided[0]["approver"].as_str()), (1, Some("ana")));
    assert_eq!(tape.mutations().len(), 1);
    ana.close();
    ben.close();
    server.check(&[&tape]);
}

/// The brake: everybody is frozen with a reason, an approval sends nothing, and a thaw lets it go.
#[test]
fn a_freeze_on_the_page_stops_what_is_approved_until_the_thaw() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let mut wire = ask(&server, &tape, "/a", "", "one");
    browser.until("the hold", "document.querySelectorAll('.hold').length === 1");
    let page = |name: &str| {
        browser.goto(&format!("http://{}/{name}", server.admin()));
        browser.until(
            name,
            "document.querySelector('main') && document.getElementById('line').textContent === 'live'",
        );
    };
    page("agents");
    browser.click("#fresh > details > summary");
    browser.fill("#fresh > details input[name=reason]", "<b>something is odd</b>");
    browser.until("the dead time to be over", "!document.querySelector('#fresh > details button').disabled");
    browser.click("#fresh > details button");
    browser.until("the freeze", "document.body.innerText.includes('Frozen: everybody')");
    assert!(browser.text("main").contains("<b>something is odd</b>"), "{}", browser.text("main"));
    page("");
    assert!(browser.text(".hold .marks").contains("frozen"), "{}", browser.text(".hold"));
    open(&browser, &server, &server.held().id);
    browser.click("#approve summary");
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    browser.click("#approve button");
    browser.until("what is said of it", "document.querySelector('.state').innerText.includes('FROZEN')");
    tape.assert_empty("frozen");
    page("agents");
    browser.click(".alert summary");
    assert!(browser.text(".alert form").contains("sent at once"), "{}", browser.text(".alert"));
    browser.until("the dead time to be over", "!document.querySelector('.alert form button').disabled");
    browser.click(".alert form button");
    browser.until("the thaw", "!document.body.innerText.includes('Frozen: everybody')");
    // The agent was told to come back, or still waits; what it asks again is sent once.
    let first = wire.reply();
    if first.status != 200 {
        assert_eq!(ask(&server, &tape, "/a", "", "one").reply().status, 200);
    }
    assert_eq!(tape.mutations().len(), 1);
    browser.close();
    server.check(&[&tape]);
}
