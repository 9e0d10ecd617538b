//! Where a request goes: one destination, decided once, checked address by address (CASES 1.C).

use std::sync::Arc;

use crate::door::{Door, SENTINEL};
use crate::house::House;
use crate::plan::Plan;
use crate::raw::{Reply, Wire};
use crate::tape::{Answer, Tape};
use crate::tickets::OneSlot;
use crate::{pki, wait};

fn get(wire: &mut Wire, host: &str) -> Reply {
    wire.send(format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    wire.reply()
}

/// CASES DE-01: three names in three places, all 27 ways.
#[test]
fn connect_sni_and_host_agree_or_nothing_is_sent() {
    let names = ["good.example", "other.example", "third.example"];
    let rule = "name = \"blocked\"\nhost = [\"other.example:*\", \"third.example:*\"]\nverdict = \"deny\"";
    let house = House::with(Plan::new().rule(rule));
    let tape = house.tls_tape();
    let port = tape.port();
    let mut passed = 0;
    for connect in names {
        for sni in names {
            for host in names {
                let case = format!("CONNECT {connect}, SNI {sni}, Host {host}");
                let authority = format!("{connect}:{port}");
                let wire = Wire::try_tls(house.proxy(), &authority, sni, &house.ca(), &["http/1.1"]);
                if connect != sni {
                    let error = wire.err().unwrap_or_else(|| panic!("{case}: the handshake succeeded"));
                    assert!(error.to_string().contains("nrecogni"), "{case}: {error}");
                    continue;
                }
                let reply = get(&mut wire.expect("the handshake succeeds"), &format!("{host}:{port}"));
                if host != connect {
                    reply.assert_problem(&case, 400, "target_mismatch");
                } else if host == "good.example" {
                    assert_eq!(reply.status, 200, "{case}");
                    passed += 1;
                } else {
                    reply.assert_problem(&case, 403, "forbidden");
                }
            }
        }
    }
    assert_eq!((passed, tape.requests().len()), (1, 1));
    wait::until("every mismatch on record", || {
        let of_code = |record: &&serde_json::Value| record["code"] == "target_mismatch";
        (house.events("refused").iter().filter(of_code).count() == 18 + 6).then_some(())
    });
    house.close(&[&tape]);
}

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

/// CASES DE-25: a tunnel holds TLS or HTTP, or it is closed and on record.
#[test]
fn opaque_bytes_in_a_tunnel_are_not_passed_on() {
    let house = House::new();
    let tape = Tape::plain();
    let messages: [&[u8]; 5] = [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x01\x02\x03\x04\x05\x06\x07",
        b"\x80\x2e\x01\x03\x01\x00\x15\x00",
        b"\xff\xfb\x01\xff\xfb\x03",
        b"*1\r\n$8\r\nFLUSHALL\r\n",
    ];
    for message in messages {
        let mut wire = Wire::tunnel(house.proxy(), &tape.authority());
        wire.send(message);
        wire.send(b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n");
        let answer = wire.until_close("opaque");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{:?}", String::from_utf8_lossy(&answer));
    }
    // Text that is no HTTP request may be answered as a malformed one; either way it ends here.
    let mut wire = Wire::tunnel(house.proxy(), &tape.authority());
    wire.send(b"EHLO agent.example\r\nMAIL FROM:<a@b>\r\n\r\n");
    assert!(!wire.until_close("SMTP").starts_with(b"HTTP/1.1 2"));
    assert!(tape.connections().is_empty());
    wait::until("the tunnels on record", || {
        let ended = |record: &serde_json::Value| record["event"] == "refused" || record["why"].is_string();
        (house.records().iter().filter(|record| ended(record)).count() >= 6).then_some(())
    });
    house.close(&[&tape]);
}

/// CASES DE-28: a ticket goes on only under the name that it was given for.
#[test]
fn a_session_ticket_does_not_open_another_name() {
    let house = House::new();
    let tape = house.tls_tape();
    let mut config = (*pki::client(&house.ca(), &["http/1.1"])).clone();
    config.resumption = rustls::client::Resumption::store(Arc::new(OneSlot::default()));
    let config = Arc::new(config);
    let shake = |name: &str| {
        let authority = format!("{name}:{}", tape.port());
        let tunnel = Wire::tunnel(house.proxy(), &authority);
        let mut wire = tunnel.secured(name, Arc::clone(&config)).expect("the handshake succeeds");
        // The ticket comes with the answer.
        assert_eq!(get(&mut wire, &authority).status, 200);
        wire.resumed()
    };
    assert!(!shake("good.example"));
    assert!(shake("good.example"), "this test proves nothing where tickets are never taken");
    assert!(!shake("other.example"), "a ticket of good.example opened other.example");
    house.close(&[&tape]);
}

/// CASES DE-32: an upstream whose certificate is not right gets nothing, and an approval is not used up.
#[test]
fn a_bad_certificate_stops_everything_and_uses_up_nothing() {
    let house = House::new();
    let stranger = pki::Authority::new("stranger");
    let bad = [
        ("expired", house.authority.server(&["127.0.0.1"], pki::Flaw::Expired)),
        ("another name", house.authority.server(&["other.example"], pki::Flaw::None)),
        ("a stranger's", stranger.server(&["127.0.0.1"], pki::Flaw::None)),
    ];
    for (case, config) in bad {
        let tape = Tape::tls(config);
        let mut wire = house.secure(&tape);
        get(&mut wire, &tape.authority()).assert_problem(case, 502, "upstream_tls");
        let mut wire = house.secure(&tape);
        wire.send(
            Door::Secure.fill(b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 2\r\n\r\nhi", &tape),
        );
        let hold = house.held();
        house.approve(&hold);
        wire.reply().assert_problem(case, 502, "upstream_tls");
        house.wait_state(&hold, "armed");
        tape.assert_empty(case);
    }
    house.close(&[]);
}

/// CASES DE-34, HI-17: whatever the upstream asks for, nothing is sent a second time.
#[test]
fn redirects_and_challenges_go_back_to_the_agent() {
    let house = House::new();
    let elsewhere = Tape::plain();
    for status in [301, 302, 303, 307, 308, 401, 407, 417, 421, 425, 429, 503] {
        let tape = Tape::plain();
        let to = elsewhere.url("/moved");
        tape.answer(move |_| Answer::status(status, &[("location", &to), ("retry-after", "0")], b"go away"));
        let mut wire = house.open();
        let message = format!("POST {{T}}/{status} HTTP/1.1\r\nHost: {{H}}\r\nContent-Length: 2\r\n\r\nhi");
        wire.send(Door::Explicit.fill(message.as_bytes(), &tape));
        let hold = house.held();
        house.approve(&hold);
        let reply = wire.reply();
        assert_eq!((reply.status, reply.text().as_str()), (status, "go away"));
        assert_eq!(reply.head.text("location"), Some(elsewhere.url("/moved")));
        house.wait_state(&hold, "done");
        assert_eq!((tape.requests().len(), tape.connections().len()), (1, 1), "{status}");
        wire.send(Door::Explicit.fill(SENTINEL, &tape));
        assert_eq!(wire.reply().status, status);
    }
    assert!(elsewhere.connections().is_empty());
    drop(house);
}
