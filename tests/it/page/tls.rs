//! The admin port with TLS: a browser, another client, the command line; and what is refused without.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::browser::{Browser, Screen};
use super::driven::ask;
use super::token;
use crate::binary::Server;
use crate::pki::{self, Authority, Flaw};
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

fn with_certificate(authority: &Authority, dir: &Path) -> Plan {
    let (cert, key) = authority.leaf_pem(&["127.0.0.1", "hold.example"], Flaw::None);
    let path = |name: &str| dir.join(name).display().to_string();
    fs::write(dir.join("ca.pem"), authority.pem()).expect("ours");
    fs::write(path("c.pem"), cert).expect("ours");
    fs::write(path("k.pem"), key).expect("ours");
    fs::set_permissions(path("k.pem"), Permissions::from_mode(0o600)).expect("ours");
    let named = |name: &str| format!("{:?}", path(name));
    Plan::new().set("admin", "listen", "\"0.0.0.0:0\"").set("admin", "tls_cert", &named("c.pem")).set(
        "admin",
        "tls_key",
        &named("k.pem"),
    )
}

/// Beyond loopback, by a name of the certificate: a client that checks it, the command line with its roots, a browser.
#[test]
fn a_port_with_tls_is_spoken_to_by_whoever_checks_its_certificate() {
    let (authority, files) = (Authority::new("admin"), tempfile::tempdir().expect("a directory"));
    let server = Server::start(&with_certificate(&authority, files.path()));
    let address = SocketAddr::from(([127, 0, 0, 1], server.admin().port()));
    let get = |host: &str, path: &str| {
        let config = pki::client(&files.path().join("ca.pem"), &["http/1.1"]);
        let mut wire = Wire::open(address).secured("127.0.0.1", config).expect("the certificate is good");
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        wire.reply().status
    };
    assert_eq!(get(&address.to_string(), "/login"), 200);
    assert_eq!(get(&format!("hold.example:{}", address.port()), "/healthz"), 200);
    assert_eq!(get(&format!("evil.example:{}", address.port()), "/healthz"), 403);
    let mut plain = Wire::open(address);
    plain.send(format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n"));
    let answer = plain.until_close("in the clear");
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{answer:?}");

    let url = format!("https://{address}");
    let cli = |roots: &Path, token: &str| {
        let mut command = server.command(&["--server", &url, "ls"]);
        command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR").env("HOLDPOINT_TOKEN", token);
        command.output().expect("the binary runs")
    };
    let good = cli(&files.path().join("ca.pem"), &token(server.dir()));
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let stranger = cli(&server.dir().join("upstream.pem"), &token(server.dir()));
    let error = String::from_utf8_lossy(&stranger.stderr).into_owned();
    assert!(stranger.status.code() == Some(1) && error.contains("certificate"), "{error}");
    assert_eq!(cli(&files.path().join("ca.pem"), "wrong").status.code(), Some(1));

    let Some(browser) = Browser::open(Screen::Desk) else { return };
    browser.goto(&format!("{url}/"));
    browser.until("the login", "document.getElementById('token')");
    browser.fill("#token", &token(server.dir()));
    browser.enter();
    browser.until(
        "the events",
        "document.getElementById('line') && document.getElementById('line').textContent === 'live'",
    );
    let tape = Tape::plain();
    let mut wire = ask(&server, &tape, "/a", "", "x");
    browser.until("the hold", "document.querySelectorAll('.hold').length === 1");
    browser.click(".hold a");
    browser.until("the hold's page", "document.getElementById('hold')");
    browser.click("#deny summary");
    browser.until("the dead time to be over", "!document.querySelector('#deny button').disabled");
    browser.click("#deny button");
    wire.reply().assert_problem("denied over TLS", 403, "denied");
    browser.close();
    server.check(&[&tape]);
}

/// `policy check` and `serve` say the same of what is missing or does not go together.
#[test]
fn a_port_beyond_loopback_without_a_good_certificate_starts_nothing() {
    let (authority, files) = (Authority::new("admin"), tempfile::tempdir().expect("a directory"));
    let good = with_certificate(&authority, files.path());
    let (_, other) = authority.leaf_pem(&["127.0.0.1"], Flaw::None);
    fs::write(files.path().join("other.pem"), other).expect("ours");
    fs::set_permissions(files.path().join("other.pem"), Permissions::from_mode(0o600)).expect("ours");
    let path = |name: &str| format!("{:?}", files.path().join(name).display().to_string());
    for (plan, says) in [
        (Plan::new().set("admin", "listen", "\"0.0.0.0:0\""), "beyond loopback, without TLS"),
        (good.clone().set("admin", "tls_key", &path("other.pem")), "does not go with"),
        (good.clone().set("admin", "tls_key", &path("ca.pem")), "admin.tls_key"),
        (good.clone().set("admin", "tls_key", "\"\""), "no admin.tls_key"),
    ] {
        let server = Server::prepare(&plan);
        for command in [&["policy", "check"][..], &["serve", "--no-prompt"]] {
            let output = server.cli(command);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && error.contains(says), "{command:?}: {error}");
        }
    }
    Server::prepare(&good).says(&["policy", "check"]);
}
