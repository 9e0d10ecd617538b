//! Tunnels: the three places that name a destination, and what may come through (CASES DE-01, 25, 28).

use std::sync::Arc;

use super::get;
use crate::house::House;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::tickets::OneSlot;
use crate::{pki, wait};

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
