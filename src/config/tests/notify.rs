//! `[[notify]]`: where it may go, and what is refused.

use super::*;
use crate::config::NotifyKind;

fn one(lines: &str) -> Result<Notify, String> {
    parse(&format!("[[notify]]\n{lines}\n")).map(|config| config.notify[0].clone())
}

#[test]
fn a_notification_has_an_address_a_tongue_and_what_it_is_told_of() {
    let found =
        one("url = \"https://hooks.example/a/b?c=d\"\nkind = \"slack\"\nlink = \"https://a.example/\"")
            .unwrap();
    assert_eq!((found.tls, &*found.host, found.port), (true, "hooks.example", 443));
    assert_eq!((&*found.target, found.kind), ("/a/b?c=d", NotifyKind::Slack));
    assert_eq!(found.events, ["held", "frozen"]);
    assert_eq!(found.link.as_deref(), Some("https://a.example"));
    let local = one("url = \"http://[::1]:8090\"\nevents = [\"expired\"]").unwrap();
    assert_eq!((local.tls, &*local.host, local.port, &*local.target), (false, "::1", 8090, "/"));
    assert_eq!(local.events, ["expired"]);
}

#[test]
fn what_would_go_in_the_clear_nowhere_or_never_is_an_error() {
    for lines in [
        "",
        "url = \"http://hooks.example/a\"",
        "url = \"http://127.0.0.1.evil.example/a\"",
        "url = \"hooks.example\"",
        "url = \"ftp://hooks.example\"",
        "url = \"https://user:secret@hooks.example/\"",
        "url = \"https://hooks.example\"\nkind = \"teams\"",
        "url = \"https://hooks.example\"\nevents = [\"hold\"]",
        "url = \"https://hooks.example\"\nevents = []",
        "url = \"https://hooks.example\"\nlink = \"javascript:alert(1)\"",
        "url = \"https://hooks.example\"\nlink = \"https://a.example/<b>\"",
        "url = \"https://hooks.example\"\nsecret_file = \"\"",
        "url = \"https://hooks.example\"\nretries = 3",
    ] {
        assert!(one(lines).is_err(), "{lines}");
    }
    let error = one("url = \"http://hooks.example/T00/secret-path\"").unwrap_err();
    assert!(!error.contains("secret-path"), "{error}");
}
