//! Agents, approvers and the listeners that they come by.

use super::*;

#[test]
fn a_listener_beyond_loopback_needs_an_agent() {
    let open = "[proxy]\nlisten = \"0.0.0.0:8080\"\n";
    assert!(error(open).starts_with("f.toml:2:10: the proxy would listen on 0.0.0.0:8080, beyond loopback"));
    assert!(parse(&format!("{open}[[agent]]\nname=\"a\"\ntoken_hash=\"{HASH}\"")).is_ok());
    for loopback in ["127.0.0.2:1", "[::1]:8080", "[::ffff:127.0.0.1]:8080", "127.0.0.1:0"] {
        assert!(parse(&format!("[proxy]\nlisten = \"{loopback}\"")).is_ok(), "{loopback}");
    }
    for not_one in ["localhost:8080", "127.0.0.1", "8080", ":8080", "127.0.0.1:65536", ""] {
        assert!(parse(&format!("[proxy]\nlisten = \"{not_one}\"")).is_err(), "{not_one}");
    }
}

#[test]
fn agents_and_approvers_share_no_listener_and_no_token() {
    assert!(
        error("[admin]\nlisten = \"127.0.0.1:8080\"").starts_with("f.toml:2:10: the proxy listens there")
    );
    assert!(parse("[admin]\nlisten = \"\"").unwrap().admin.listen.is_none());
    let shared = format!(
        "[[agent]]\nname=\"a\"\ntoken_hash=\"{HASH}\"\n[[approver]]\nname=\"b\"\ntoken_hash=\"{HASH}\""
    );
    assert!(error(&shared).starts_with("f.toml:6:12: the token is taken above"));
}

#[test]
fn an_agent_has_a_name_of_its_own_and_a_way_to_be_known() {
    let agent = |lines: &str| format!("[[agent]]\n{lines}");
    assert!(parse(&agent(&format!("name=\"a\"\ntoken_hash=\"{HASH}\""))).is_ok());
    let by_source = parse(&agent("name=\"a\"\nsource=\"10.1.2.0/24\"")).unwrap();
    assert!(by_source.agents[0].source[0].contains("10.1.2.3".parse().unwrap()));
    for (lines, expected) in [
        ("name=\"a\"", "1:1: an agent is known by"),
        ("token_hash=\"@\"", "1:1: this agent has no name"),
        ("name=\"\"\ntoken_hash=\"@\"", "2:6: the name of this agent is not"),
        ("name=\"a\\nb\"\ntoken_hash=\"@\"", "2:6: the name of this agent is not"),
        ("name=\"anonymous\"\ntoken_hash=\"@\"", "1:1: `anonymous` is"),
        ("name=\"a\"\nsource=[]", "3:8: the list is empty"),
        ("name=\"a\"\nsource=[\"10.1.2.0/33\"]", "3:9: `/33` is"),
        (
            "name=\"a\"\nsource=[\"10.0.0.1\"]\n[[agent]]\nname=\"b\"\nsource=[\"10.0.0.1/32\"]",
            "6:9: the source",
        ),
        (
            "name=\"a\"\ntoken_hash=\"@\"\n[[agent]]\nname=\"a\"\nsource=\"10.0.0.1\"",
            "5:6: the agent `a` is taken",
        ),
        ("name=\"a\"\ntoken_hash=\"@\"\n[[agent]]\nname=\"b\"\ntoken_hash=\"@\"", "6:12: the token is taken"),
    ] {
        let error = error(&agent(lines).replace('@', HASH));
        assert!(error.starts_with(&format!("f.toml:{expected}")), "{error}");
    }
}

#[test]
fn a_token_in_the_place_of_its_hash_is_refused_and_not_repeated() {
    for wrong in ["hunter2-hunter2", "sha256:hunter2", &HASH.to_uppercase(), &HASH[..70]] {
        let error = parse(&format!("[[agent]]\nname=\"a\"\ntoken_hash=\"{wrong}\"")).unwrap_err();
        assert!(error.contains("f.toml:3:12") && !error.contains(wrong), "{error}");
    }
}

#[test]
fn an_approver_has_a_name_and_a_way_to_be_known() {
    assert!(error("[[approver]]\nname=\"a\"").starts_with("f.toml:1:1: an approver is known by"));
    let twice = "[[approver]]\nname=\"a\"\nuser=\"ops\"\n[[approver]]\nname=\"b\"\nuser=\"ops\"";
    assert!(error(twice).starts_with("f.toml:6:6: the user `ops` is taken above"));
}
