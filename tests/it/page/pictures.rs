//! Pictures of the page as it is. `HOLDPOINT_PICTURES=DIR` keeps them; the ones in `tests/pictures/` were made so.

use serde_json::json;

use super::browser::{Browser, Screen};
use super::driven::logged_in;
use crate::binary::Server;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::wait;

/// Small enough for a page that people read over a slow line.
const BYTES_MAX: usize = 300 * 1024;

fn keep(browser: &Browser, name: &str) {
    let png = browser.picture();
    assert!(png.starts_with(b"\x89PNG") && png.len() < BYTES_MAX, "{name}: {} bytes", png.len());
    let Some(dir) = std::env::var_os("HOLDPOINT_PICTURES") else { return };
    std::fs::write(std::path::Path::new(&dir).join(name), png).expect("the directory is there");
}

/// `name:token` in Base64.
fn agent(line: &str) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(line);
    format!("Proxy-Authorization: Basic {text}\r\nContent-Type: application/json\r\n")
}

/// Nothing of this is sent, and nothing listens there: all of it waits, or is denied.
#[test]
fn pictures_are_made_of_the_page_as_it_is() {
    let plan = Plan::new()
        .set("upstream", "allow_addresses", "[\"127.0.0.0/8\", \"::1/128\"]")
        .agent("triage-bot", "one")
        .agent("deploy-bot", "two");
    let server = Server::start(&plan);
    let Some(desk) = logged_in(&server, Screen::Desk) else { return };
    let ask = |agent: &str, method: &str, host: &str, path: &str, body: &str| {
        let mut wire = Wire::open(server.proxy());
        let length = body.len();
        wire.send(format!(
            "{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n{agent}Content-Length: {length}\r\n\r\n{body}"
        ));
        wire
    };
    let (triage, deploy) = (agent("triage-bot:one"), agent("deploy-bot:two"));
    let mut wires = vec![ask(&deploy, "POST", "localhost:8090", "/api/runs", "{\"job\":\"nightly\"}")];
    server.deny(&server.held(), "not before the freeze is over");
    for thread in 41..45 {
        let text = json!({ "thread": thread, "text": "Fixed in 2.4.1, please update." }).to_string();
        wires.push(ask(&triage, "POST", "localhost:3000", "/api/replies", &text));
    }
    wires.push(ask(&deploy, "DELETE", "localhost:5000", "/v2/shop/manifests/sha256:9f86d081", ""));
    let rights = json!({ "user": "triage-bot", "role": "admin", "note": "\u{202e}dnopsnart" }).to_string();
    wires.push(ask(&triage, "PUT", "localhost:3000", "/api/members/77/role", &rights));
    wait::until_true("the holds", || server.holds("held").len() == 6);
    desk.goto(&format!("http://{}/", server.admin()));
    desk.until("the holds", "document.querySelectorAll('.hold').length === 6");
    keep(&desk, "page-list.png");
    desk.goto(&format!("http://{}/figures", server.admin()));
    desk.until("the figures", "document.querySelector('table.bars')");
    keep(&desk, "page-figures.png");
    let role = server.holds("held").into_iter().find(|hold| hold.url.contains("role")).expect("it waits");
    desk.set_dark(true);
    desk.goto(&format!("http://{}/holds/{}", server.admin(), role.id));
    desk.until("the hold", "document.getElementById('hold')");
    keep(&desk, "page-hold-dark.png");
    desk.close();
    let Some(phone) = logged_in(&server, Screen::Phone) else { return };
    phone.until("the holds", "document.querySelectorAll('.hold').length === 6");
    keep(&phone, "page-phone.png");
    phone.close();
    drop(wires);
}
