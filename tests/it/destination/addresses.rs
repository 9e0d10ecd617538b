//! Addresses and names: what may be dialled, in every spelling that hides what may not (CASES DE-05 to 18).

use crate::door::{Door, SENTINEL};
use crate::house::House;
use crate::plan::Plan;
use crate::tape::Tape;

/// Asks for this authority in both ways; each must be refused as a blocked destination.
fn assert_blocked(house: &House, authority: &str) {
    let mut wire = house.open();
    wire.send(format!("GET http://{authority}/v1/holds HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
    let reply = wire.reply();
    reply.assert_problem(authority, 403, "destination_blocked");
    let mut wire = house.open();
    wire.send(format!(
        "POST http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 2\r\n\r\nhi"
    ));
    wire.reply().assert_problem(authority, 403, "destination_blocked");
    let mut wire = house.open();
    wire.send(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
    wire.reply().assert_problem(authority, 403, "destination_blocked");
}

/// CASES DE-05, 06: Holdpoint's own listeners, by every name they have, and although loopback is allowed.
#[test]
fn holdpoint_s_own_listeners_cannot_be_reached_through_it() {
    let house = House::with(Plan::new().set("upstream", "allow_addresses", "[\"0.0.0.0/0\", \"::/0\"]"));
    house.names.set("admin.example", &[&["127.0.0.1"]]);
    house.names.set("six.example", &[&["::ffff:127.0.0.1"]]);
    let admin = house.running().admin().expect("the admin listener is on").port();
    for port in [house.proxy().port(), admin] {
        for host in
            ["127.0.0.1", "localhost", "admin.example", "six.example", "[::ffff:127.0.0.1]", "0.0.0.0"]
        {
            assert_blocked(&house, &format!("{host}:{port}"));
        }
    }
    assert!(house.holds().is_empty());
    house.close(&[]);
}

/// CASES DE-05: a request that comes back by another way is known by its `Via`.
#[test]
fn a_loop_is_seen() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(SENTINEL, &tape));
    assert_eq!(wire.reply().status, 200);
    let via = tape.requests()[0].head.text("via").expect("a proxy adds Via");
    wire.send(
        Door::Explicit
            .fill(format!("GET {{T}}/ HTTP/1.1\r\nHost: {{H}}\r\nVia: {via}\r\n\r\n").as_bytes(), &tape),
    );
    wire.reply().assert_problem("a loop", 508, "loop");
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nVia: 1.1 another\r\n\r\n", &tape));
    assert_eq!(wire.reply().status, 200);
    house.close(&[&tape]);
}

/// CASES DE-07, 09, 10, 11: special addresses, in every spelling that hides one; the answer names the key.
#[test]
fn special_addresses_are_blocked_until_the_config_names_them() {
    let house = House::with(Plan::new().set("upstream", "allow_addresses", "[]"));
    for host in [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "0.0.0.0",
        "[::]",
        "255.255.255.255",
        "224.0.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "240.0.0.1",
        "[fe80::1]",
        "[ff02::1]",
        "localhost",
    ] {
        assert_blocked(&house, &format!("{host}:8080"));
        let mut wire = house.open();
        wire.send(format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        let detail = wire.reply().member("detail");
        assert!(detail.as_str().is_some_and(|text| text.contains("allow_addresses")), "{host}: {detail}");
    }
    house.close(&[]);
}

/// CASES DE-08, 13, 14: what only a resolver would read as an address, and what is no name.
#[test]
fn odd_spellings_of_a_host_are_malformed() {
    let house = House::new();
    for host in [
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "0251.0376.0251.0376",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "good.example.",
        "good..example",
        "-good.example",
        "good%2eexample",
        "good_example%00",
    ] {
        let authority = format!("{host}:8080");
        for request in [
            format!("GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
            format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
        ] {
            let mut wire = house.open();
            wire.send(&request);
            wire.reply().assert_problem(&request, 400, "malformed");
            wire.until_close(&request);
        }
        assert_eq!(house.names.lookups(host), 0, "{host} reached the resolver");
    }
    house.close(&[]);
}

/// CASES DE-16: the addresses that were checked are the ones that are dialled; a later answer of the resolver
/// cannot lead elsewhere, and one bad address refuses them all.
#[test]
fn a_name_that_changes_between_check_and_connect_leads_nowhere() {
    let house = House::with(Plan::new().set("upstream", "allow_addresses", "[\"127.0.0.0/8\"]"));
    let tape = Tape::plain();
    let port = tape.port();
    house.names.set("mixed.example", &[&["127.0.0.1", "169.254.169.254"]]);
    assert_blocked(&house, &format!("mixed.example:{port}"));
    // One resolution a read, and the connection goes where that one said.
    house.names.set("once.example", &[&["127.0.0.1"], &["169.254.169.254"]]);
    let mut wire = house.open();
    wire.send(format!("GET http://once.example:{port}/ HTTP/1.1\r\nHost: once.example:{port}\r\n\r\n"));
    assert_eq!(wire.reply().status, 200);
    assert_eq!(house.names.lookups("once.example"), 1);
    // DE-18: a hold is checked again when it is released, at the addresses of that time.
    house.names.set("later.example", &[&["127.0.0.1"], &["169.254.169.254"]]);
    let mut wire = house.open();
    let authority = format!("later.example:{port}");
    wire.send(format!(
        "POST http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 2\r\n\r\nhi"
    ));
    let hold = house.held();
    house.approve(&hold);
    wire.reply().assert_problem("rebound while held", 403, "destination_blocked");
    house.wait_state(&hold, "armed");
    assert!(tape.mutations().is_empty());
    house.close(&[&tape]);
}
