//! Whoever follows every link of the page changes nothing (CASES AP-15); and a page that has grown old decides nothing.

use std::collections::BTreeSet;

use super::Visitor;
use crate::house::House;
use crate::tape::Tape;

/// The paths that a page links to.
fn links(html: &str) -> Vec<String> {
    let after = html.split("href=\"").chain(html.split("action=\"")).skip(1);
    let paths = after.filter_map(|text| text.split('"').next()).filter(|path| path.starts_with('/'));
    paths.map(|path| path.replace("&amp;", "&")).collect()
}

#[test]
fn no_link_of_the_page_changes_anything() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wires: Vec<_> = (0..3).map(|at| house.post(&tape, &format!("/a/{at}"), "crawled")).collect();
    let holds = house.held_count(3);
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let (mut seen, mut next) = (BTreeSet::new(), vec!["/".to_owned()]);
    for hold in &holds {
        let decision = format!("digest={}&state=held&decision=approve", hold.digest);
        next.push(format!("/holds/{}?{decision}", hold.id));
        next.push(format!("/holds/{}", hold.code));
    }
    while let Some(path) = next.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        for method in ["GET", "HEAD", "OPTIONS"] {
            let fields = format!(
                "{}X-HTTP-Method-Override: POST\r\nSec-Purpose: prefetch\r\n",
                visitor.cookie_field()
            );
            let reply = visitor.ask(method, &path, &fields, "");
            assert!(reply.status < 500, "{method} {path}: {reply:?}");
            if method == "GET" {
                next.extend(links(&reply.text()));
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert_eq!(house.holds_in("held").len(), 3);
    assert_eq!(visitor.get("/").status, 200, "a GET logs nobody out");
    assert!(house.events("decided").is_empty());
    tape.assert_empty("a crawl");
    // Which of them was held first is not said: all are denied before any agent is listened to.
    for hold in &holds {
        house.deny(hold, "done");
    }
    for wire in &mut wires {
        wire.reply().assert_problem("crawled", 403, "denied");
    }
    house.close(&[&tape]);
}

#[test]
fn an_old_page_decides_nothing_and_is_told_so() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "{\"text\":\"old\"}");
    let hold = house.held();
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let path = format!("/holds/{}", hold.id);
    let page = visitor.get(&path).text();
    assert!(page.contains(&format!("name=\"digest\" value=\"{}\"", hold.digest)), "{page}");
    let other = format!("sha256:{}", "0".repeat(64));
    for (case, form, status, says) in [
        ("another digest", format!("digest={other}&state=held&decision=approve"), 412, "was changed"),
        ("no digest", "state=held&decision=deny".to_owned(), 412, "was changed"),
        ("another state", format!("digest={}&state=armed&decision=deny", hold.digest), 409, "old"),
        ("no decision", format!("digest={}&state=held", hold.digest), 400, "nothing was decided"),
        (
            "two decisions",
            format!("digest={}&state=held&decision=deny&decision=approve", hold.digest),
            400,
            "no form",
        ),
        ("more", format!("digest={}&state=held&decision=approve&everything=1", hold.digest), 400, "no form"),
        (
            "a part, and no digits",
            format!("digest={}&state=held&decision=approve&shown=part&typed=", hold.digest),
            412,
            "12 digits",
        ),
    ] {
        let reply = visitor.post(&path, &form);
        assert_eq!(reply.status, status, "{case}: {}", reply.text());
        assert!(reply.text().contains(says), "{case}: {}", reply.text());
        assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"), "{case}");
    }
    assert!(house.events("decided").is_empty());
    // Another approver was quicker.
    house.deny(&hold, "no");
    let late = visitor.post(&path, &format!("digest={}&state=held&decision=approve", hold.digest));
    assert_eq!(late.status, 409);
    assert!(late.text().contains("it is denied by now; nothing was decided"), "{}", late.text());
    wire.reply().assert_problem("denied", 403, "denied");
    assert_eq!(house.events("decided").len(), 1);
    tape.assert_empty("denied");
    house.close(&[&tape]);
}
