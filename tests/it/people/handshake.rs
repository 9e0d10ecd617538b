//! A server that this machine does not come to speak with: what is wrong, where, and what to do, with the real binary
//! against ports that show every kind of wrong certificate, or speak TLS where the other side does not.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use crate::binary::Server;
use crate::pki::{Authority, Flaw};
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

/// What `ls` says of a server, when `authority` is all that this machine trusts, and the exit code.
fn said(home: &Server, authority: &Authority, url: &str) -> (String, Option<i32>) {
    let roots = home.dir().join("roots.pem");
    fs::write(&roots, authority.pem()).expect("ours");
    let mut command = home.command(&["--server", url, "ls"]);
    command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR").env("HOLDPOINT_TOKEN", "t".repeat(43));
    let output = command.output().expect("the binary runs");
    (String::from_utf8(output.stderr).expect("text"), output.status.code())
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_with_what_to_do() {
    let (home, authority, stranger) =
        (Server::prepare(&Plan::new()), Authority::new("admin"), Authority::new("stranger"));
    let cases = [
        (
            authority.server(&["127.0.0.1"], Flaw::Expired),
            "its certificate has expired\nhint: renew the file that [admin] tls_cert names",
        ),
        (
            authority.server(&["other.example", "192.0.2.7"], Flaw::None),
            "its certificate is for other.example, 192.0.2.7, not for 127.0.0.1\nhint: write a name that it has",
        ),
        (
            authority.server(&["127.0.0.1"], Flaw::IsCa),
            "certificate of a CA (CA:TRUE) as its own, which is trusted nowhere, not even where it is named\nhint: give",
        ),
        (
            stranger.server(&["127.0.0.1"], Flaw::None),
            "nobody that this machine trusts has signed its certificate\nhint: SSL_CERT_FILE=FILE",
        ),
    ];
    for (config, words) in cases {
        let tape = Tape::tls(config);
        let url = format!("https://{}", tape.authority());
        let (text, code) = said(&home, &authority, &url);
        assert!(text.starts_with(&format!("error: {url}: ")) && text.contains(words), "{text}");
        assert_eq!(code, Some(1), "{text}");
        tape.assert_empty("what is not trusted is told no token");
    }
}

#[test]
fn a_scheme_too_many_or_too_few_is_named_with_the_url_to_use() {
    let (authority, files) = (Authority::new("admin"), tempfile::tempdir().expect("a directory"));
    let (cert, key) = authority.leaf_pem(&["127.0.0.1"], Flaw::None);
    let path = |name: &str| format!("{:?}", files.path().join(name).display().to_string());
    fs::write(files.path().join("c.pem"), cert).expect("ours");
    fs::write(files.path().join("k.pem"), key).expect("ours");
    fs::set_permissions(files.path().join("k.pem"), Permissions::from_mode(0o600)).expect("ours");
    let plan = Plan::new().set("admin", "tls_cert", &path("c.pem")).set("admin", "tls_key", &path("k.pem"));
    let (plain, secure) = (Server::start(&Plan::new()), Server::start(&plan));

    let (text, code) = said(&plain, &authority, &format!("https://{}", plain.admin()));
    let use_this = format!("the server there speaks no TLS\nhint: --server http://{}\n", plain.admin());
    assert!(text.ends_with(&use_this) && code == Some(1), "{text}");

    let (text, code) = said(&plain, &authority, &format!("http://{}", secure.admin()));
    let use_this = format!("the server there speaks TLS\nhint: --server https://{}, with", secure.admin());
    assert!(text.contains(&use_this) && code == Some(1), "{text}");

    // A server that answers plain HTTP with an alert of TLS, as others do.
    let other = Tape::tls(authority.server(&["127.0.0.1"], Flaw::None));
    let (text, code) = said(&plain, &authority, &format!("http://{}", other.authority()));
    assert!(text.contains("the server there speaks TLS") && code == Some(1), "{text}");
    other.assert_empty("nothing of it was read");

    // Anybody else is told by the port itself, in one fixed answer, and the next who speaks TLS is let in.
    let admin = SocketAddr::from(([127, 0, 0, 1], secure.admin().port()));
    for start in ["GET /holds/<b>x HTTP/1.1\r\nHost: a\r\n\r\n", "POST /v1/decisions HTTP/1.1\r\n", "x"] {
        let mut wire = Wire::open(admin);
        wire.send(start);
        let answer = String::from_utf8(wire.until_close("in the clear")).expect("text");
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(
            answer.ends_with("\r\n\r\nthis port speaks TLS: write https:// in place of http://\n"),
            "{answer}"
        );
    }
    let mut strange = Wire::open(admin);
    strange.send("\x05\x01\x00 neither of both");
    assert!(!strange.until_close("neither").starts_with(b"HTTP"));
    assert_eq!(
        said(&secure, &authority, &format!("https://{admin}")).1,
        Some(1),
        "a wrong token, told in TLS"
    );
}

#[test]
fn a_server_elsewhere_is_asked_with_a_token_or_not_at_all() {
    let elsewhere = Server::start(&Plan::new());
    let home = tempfile::tempdir().expect("a directory");
    let ask = |url: &str| {
        let mut command = elsewhere.command(&["--server", url, "ls"]);
        command.current_dir(home.path()).env_remove("HOLDPOINT_CONFIG").env_remove("HOLDPOINT_TOKEN");
        let output = command.output().expect("the binary runs");
        (String::from_utf8(output.stderr).expect("text"), output.status.code())
    };
    let url = format!("http://{}", elsewhere.admin());
    let (text, code) = ask(&url);
    let words =
        format!("no token for {url}: HOLDPOINT_TOKEN is not set, and there is no state/admin.token\nhint: ");
    assert!(text.contains(&words) && !text.contains("os error"), "{text}");
    assert_eq!(code, Some(1));
    let (text, _) = ask("https://hold.example:8443");
    assert!(text.contains("no token for https://hold.example:8443\nhint: set HOLDPOINT_TOKEN"), "{text}");
}
