//! The figures: what the page draws and what `/metrics` says are the same, and both name what they count.

use super::browser::Screen;
use super::driven::{ask, logged_in};
use super::{Visitor, token};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

/// Three are held: one is approved, one denied, one waits. The page and the metrics agree.
#[test]
fn the_charts_and_the_metrics_say_the_same() {
    let plan = Plan::new().agent("bot", "bot-token");
    let (server, tape) = (Server::start(&plan), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    // bot:bot-token
    let fields = "Proxy-Authorization: Basic Ym90OmJvdC10b2tlbg==\r\n";
    let mut wires: Vec<_> =
        ["/a", "/b", "/c"].iter().map(|path| ask(&server, &tape, path, fields, "x")).collect();
    wait::until_true("the holds", || server.holds("held").len() == 3);
    let of = |path: &str| {
        server.holds("held").into_iter().find(|hold| hold.url.ends_with(path)).expect("it waits")
    };
    server.approve(&of("/a"));
    assert_eq!(wires[0].reply().status, 200);
    server.deny(&of("/b"), "no");
    assert_eq!(wires[1].reply().status, 403);

    browser.goto(&format!("http://{}/figures", server.admin()));
    browser.until("the figures", "document.body.innerText.includes('3 requests held')");
    let page = browser.text("main");
    assert!(page.contains("1 approved, 0 by a grant, 1 denied") && page.contains("ago"), "{page}");
    assert_eq!(browser.count("svg.over-time rect.held"), 1);
    assert_eq!(
        (browser.count("svg.over-time rect.approved"), browser.count("svg.over-time rect.denied")),
        (1, 1)
    );
    let rows = |section: &str| browser.text(&format!("section[aria-labelledby={section}] tbody"));
    assert!(rows("by-agent").contains("bot") && rows("by-agent").contains('1'), "{}", rows("by-agent"));
    assert!(
        rows("false-starts").contains("/a") && !rows("false-starts").contains("/b"),
        "{}",
        rows("false-starts")
    );
    let widths = browser.script(
        "return [...document.querySelectorAll('svg')].every((e) => e.getBoundingClientRect().width > 50)",
    );
    assert_eq!(widths, serde_json::json!(true));

    let visitor = Visitor::of(server.admin());
    let metrics = || visitor.get("/metrics").text();
    for line in [
        "holdpoint_holds_begun_total 3",
        "holdpoint_decisions_total{decision=\"approve\"} 1",
        "holdpoint_decisions_total{decision=\"deny\"} 1",
        "holdpoint_time_to_decision_seconds_count 2",
        "holdpoint_pending_agents 1",
        "holdpoint_pending_of_one_agent 1",
        "holdpoint_false_starts 1",
    ] {
        wait::until_true(line, || metrics().lines().any(|found| found == line));
    }
    let text = metrics();
    assert!(!text.contains("bot") && !text.contains("127.0.0.1") && !text.contains("/a"), "{text}");
    assert!(!text.contains(&token(server.dir())));
    // What comes while somebody looks is drawn without a reload.
    server.deny(&of("/c"), "no");
    browser.until("the next", "document.body.innerText.includes('2 denied')");
    browser.close();
}
