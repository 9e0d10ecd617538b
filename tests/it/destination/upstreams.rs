//! Upstreams that cannot be trusted, or send one elsewhere (CASES DE-32, 34).

use super::get;
use crate::door::{Door, SENTINEL};
use crate::house::House;
use crate::pki;
use crate::tape::{Answer, Tape};

/// CASES DE-32: an upstream whose certificate is not right gets nothing, and an approval is not used up.
#[test]
fn a_bad_certificate_stops_everything_and_uses_up_nothing() {
    let house = House::new();
    let stranger = pki::Authority::new("stranger");
    let bad = [
        ("expired", house.authority.server(&["127.0.0.1"], pki::Flaw::Expired)),
        ("another name", house.authority.server(&["other.example"], pki::Flaw::None)),
        ("a CA's", house.authority.server(&["127.0.0.1"], pki::Flaw::IsCa)),
        ("a stranger's", stranger.server(&["127.0.0.1"], pki::Flaw::None)),
    ];
    for (case, config) in bad {
        let tape = Tape::tls(config);
        let mut wire = house.secure(&tape);
        let reply = get(&mut wire, &tape.authority());
        reply.assert_problem(case, 502, "upstream_tls");
        let of_a_ca = reply.text().contains("certificate of a CA (CA:TRUE) as its own");
        assert_eq!(of_a_ca, case == "a CA's", "{case}: {}", reply.text());
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
