//! Grants from the command line, with the real binary: what one lets pass, what is held all the same, and every way in
//! which it ends (CASES HI-21, HI-22).

use serde_json::Value;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

fn send(server: &Server, tape: &Tape, path: &str, body: &str) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, path, "", body));
    wire
}

/// Passes without a person.
fn passes(server: &Server, tape: &Tape, path: &str, body: &str) {
    assert_eq!(send(server, tape, path, body).reply().status, 200, "{path} {body}");
}

/// Waits for a person, and is refused.
fn is_held(server: &Server, tape: &Tape, path: &str, body: &str) {
    let before = tape.mutations().len();
    let mut wire = send(server, tape, path, body);
    let hold = server.held();
    assert_eq!((hold.grant.as_ref(), tape.mutations().len()), (None, before), "{path} {body}");
    server.deny(&hold, "no");
    wire.reply().assert_problem(path, 403, "denied");
}

fn grants(server: &Server) -> Vec<Value> {
    let listed: Value = serde_json::from_slice(&server.says(&["grants", "ls", "--json"])).expect("JSON");
    listed["grants"].as_array().expect("a list").clone()
}

/// Approves what waits, by code and twelve digits, with these words.
fn grant(server: &Server, words: &[&str]) -> std::process::Output {
    let hold = server.held();
    let named = format!("{}@{}", hold.code, &hold.digest[7..19]);
    server.cli(&[&["approve", named.as_str()], words].concat())
}

#[test]
fn a_grant_by_command_lets_its_uses_pass_and_nothing_else() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut first = send(&server, &tape, "/posts?draft=1", "one");
    let given = grant(&server, &["--grant", "15m", "--uses", "2", "--scope", "route", "--note", "seen"]);
    assert!(given.status.success(), "{}", String::from_utf8_lossy(&given.stderr));
    assert_eq!(first.reply().status, 200);
    is_held(&server, &tape, "/posts/7", "another path");
    let other = Tape::plain();
    is_held(&server, &other, "/posts", "another port");
    passes(&server, &tape, "/posts?draft=2", "two");
    let listed = String::from_utf8(server.says(&["grants", "ls"])).expect("text");
    let row = listed.lines().nth(1).expect("a row");
    assert!(row.contains("route") && row.contains("1/2") && row.contains("anonymous"), "{listed}");
    assert!(row.contains(&format!("POST {}", tape.url("/posts"))), "{listed}");
    passes(&server, &tape, "/posts", "three");
    is_held(&server, &tape, "/posts", "four");
    assert_eq!((&grants(&server)[0]["state"], &grants(&server)[0]["used"]), (&"used_up".into(), &2.into()));
    assert_eq!(tape.mutations().len(), 3);
    let records = server.records();
    let of = |event: &str| records.iter().filter(|record| record["event"] == event).count();
    assert_eq!((of("granted"), of("sending")), (1, 3));
    server.check(&[&tape, &other]);
}

#[test]
fn a_revoked_grant_and_one_whose_time_is_over_let_nothing_pass() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut first = send(&server, &tape, "/a", "one");
    assert!(grant(&server, &["--grant", "15m", "--uses", "9", "--scope", "exact"]).status.success());
    assert_eq!(first.reply().status, 200);
    passes(&server, &tape, "/a", "one");
    is_held(&server, &tape, "/a", "two");
    let id = grants(&server)[0]["id"].as_str().expect("an id").to_owned();
    let said = String::from_utf8(server.says(&["grants", "revoke", &id])).expect("text");
    assert_eq!(said, format!("{id}: revoked, used 1 of 9\n"));
    is_held(&server, &tape, "/a", "one");
    assert_eq!(server.cli(&["grants", "revoke", "0b2c"]).status.code(), Some(1));

    let mut first = send(&server, &tape, "/b", "one");
    assert!(grant(&server, &["--grant", "1s", "--uses", "9", "--scope", "operation"]).status.success());
    assert_eq!(first.reply().status, 200);
    wait::until_true("its time to be over", || {
        grants(&server).iter().any(|grant| grant["state"] == "expired" && grant["scope"] == "operation")
    });
    is_held(&server, &tape, "/b", "two");
    // A restart ends all of them.
    let mut first = send(&server, &tape, "/c", "one");
    assert!(grant(&server, &["--grant", "15m", "--uses", "9", "--scope", "route"]).status.success());
    assert_eq!(first.reply().status, 200);
    let mut server = server;
    server.restart();
    assert!(grants(&server).iter().all(|grant| grant["state"] != "live"));
    is_held(&server, &tape, "/c", "two");
    assert_eq!(tape.mutations().len(), 4);
    server.check(&[&tape]);
}

/// A grant that the rule does not let be given is not given, and the approval that asked for it is none.
#[test]
fn a_grant_by_command_is_never_wider_than_its_rule_says() {
    let plan = Plan::new()
        .rule("name = \"each\"\npath = [\"/each\"]\nverdict = \"hold\"\ngrantable = false")
        .rule("name = \"same\"\npath = [\"/same\"]\nverdict = \"hold\"\ngrantable = \"exact\"")
        .rule("name = \"route\"\npath = [\"/route\"]\nverdict = \"hold\"\ngrantable = \"route\"");
    let server = Server::start(&plan);
    let tape = Tape::plain();
    let cases: [(&str, &[&str], &[&str]); 3] = [
        ("/each", &["exact", "route", "operation"], &[]),
        ("/same", &["route", "operation"], &["exact"]),
        ("/route", &["operation"], &["route"]),
    ];
    for (path, wider, widest) in cases {
        let mut wire = send(&server, &tape, path, "one");
        for scope in wider {
            let refused = grant(&server, &["--grant", "15m", "--uses", "5", "--scope", scope]);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!(refused.status.code(), Some(1), "{path} {scope}: {said}");
            assert!(said.contains(&format!("`{}`", &path[1..])), "the rule is named: {said}");
            assert_eq!(server.held().state, "held");
        }
        match widest {
            [] => {
                server.deny(&server.held(), "no");
                wire.reply().assert_problem(path, 403, "denied");
            }
            [scope, ..] => {
                assert!(grant(&server, &["--grant", "15m", "--scope", scope]).status.success());
                assert_eq!(wire.reply().status, 200);
                passes(&server, &tape, path, "one");
                is_held(&server, &tape, path, "one");
            }
        }
    }
    assert_eq!((grants(&server).len(), tape.mutations().len()), (2, 4));
    server.check(&[&tape]);
}
