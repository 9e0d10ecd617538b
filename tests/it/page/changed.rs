//! An approval that covers more than one request, and a request that a person changes, on the page.

use serde_json::json;

use super::browser::{Browser, Screen};
use super::driven::{ask, logged_in, open};
use crate::binary::Server;
use crate::plan::Plan;
use crate::tape::Tape;

const JSON: &str = "Content-Type: application/json\r\n";

fn approve(browser: &Browser) {
    browser.until("the dead time to be over", "!document.querySelector('#approve button').disabled");
    browser.click("#approve button");
    browser.until("the answer", "document.querySelector('.is').textContent !== 'held'");
}

/// With the approval: which ones, how long, how many. The next like request passes, the page lists the grant, and
/// whoever ends it is asked again.
#[test]
fn a_grant_is_given_with_an_approval_and_ended_on_the_page() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let mut first = ask(&server, &tape, "/posts", JSON, "{\"n\":1}");
    open(&browser, &server, &server.held().id);
    browser.click("#approve summary");
    assert_eq!(
        browser.script("return document.getElementById('scope').value"),
        json!(""),
        "nobody chose one"
    );
    browser.script(
        "document.getElementById('scope').value = 'exact'; document.getElementById('uses').value = '3'",
    );
    approve(&browser);
    assert_eq!(first.reply().status, 200);
    assert_eq!(ask(&server, &tape, "/posts", JSON, "{\"n\":1}").reply().status, 200, "by the grant");
    // The near miss.
    let mut other = ask(&server, &tape, "/posts", JSON, "{\"n\":2}");
    server.deny(&server.held(), "no");
    other.reply().assert_problem("another body", 403, "denied");
    browser.goto(&format!("http://{}/grants", server.admin()));
    browser.until("the grant", "document.body.innerText.includes('1 of 3 used')");
    browser.click("form[action*=revoke] button");
    browser.until("its end", "document.body.innerText.includes('revoked by admin')");
    let mut again = ask(&server, &tape, "/posts", JSON, "{\"n\":1}");
    server.deny(&server.held(), "no");
    again.reply().assert_problem("after the end", 403, "denied");
    assert_eq!(tape.mutations().len(), 2);
    browser.close();
    server.check(&[&tape]);
}

/// The text is changed, what changes is shown, then it takes the request's place; what is sent is what was approved then.
#[test]
fn a_request_is_edited_on_the_page_and_approved_as_it_is_then() {
    let (server, tape) = (Server::start(&Plan::new()), Tape::plain());
    let Some(browser) = logged_in(&server, Screen::Desk) else { return };
    let mut wire = ask(&server, &tape, "/posts", JSON, "{\n \"text\": \"hello <b>\"\n}");
    let hold = server.held();
    open(&browser, &server, &hold.id);
    browser.click("a[href$='/edit']");
    browser.until("the text", "document.getElementById('text')");
    let change = |from: &str, to: &str| {
        browser.script(&format!(
            "const t = document.getElementById('text'); t.value = t.value.replace({}, {}); t.form.requestSubmit()",
            json!(from),
            json!(to)
        ));
    };
    change("POST /posts", "POST /posts HTTP/9");
    browser.until("what changes", "document.querySelector('form[action$=put]')");
    browser.click("form[action$=put] button");
    browser.until("what is wrong", "document.querySelector('.alert') && document.getElementById('text')");
    assert_eq!(server.held().digest, hold.digest, "a text that is no request changes nothing");
    change("POST /posts HTTP/9", "POST /posts");
    browser.until("that it is the same", "document.body.innerText.includes('nothing was changed')");
    change("hello", "goodbye");
    browser.until("what changes", "document.querySelector('form[action$=put]')");
    let shown = browser.text(".rendering");
    assert!(shown.contains("goodbye <b>") && shown.contains("hello <b>"), "{shown}");
    assert_eq!(server.held().digest, hold.digest, "looking at it changes nothing");
    browser.click("form[action$=put] button");
    browser.until("the hold", "document.getElementById('hold')");
    let edited = server.held();
    assert!(edited.digest != hold.digest && edited.edited.is_some());
    browser.click("#approve summary");
    assert!(browser.text("#approve form").contains(&edited.digest[7..19]));
    approve(&browser);
    assert_eq!(wire.reply().status, 200);
    let sent = tape.mutations();
    assert_eq!(
        (sent.len(), String::from_utf8_lossy(&sent[0].body).into_owned()),
        (1, "{\n \"text\": \"goodbye <b>\"\n}".into())
    );
    // CASES AP-06, 11: what a text field would change or hide is not edited in one.
    let _odd = ask(&server, &tape, "/odd", JSON, "{\"a\":\r\n1}");
    let odd = server.held();
    browser.goto(&format!("http://{}/holds/{}/edit", server.admin(), odd.id));
    browser.until("why not", "document.body.innerText.includes('holdpoint edit')");
    browser.close();
}
