//! Answers of a hostile upstream: what is framed twice or badly reaches no agent as a whole answer, and poisons no
//! other exchange (CASES FR-37, 39).

use crate::door::Door;
use crate::house::House;
use crate::tape::{Answer, Tape};

/// CASES FR-37, 39: each of these is the upstream's fault, and says so.
#[test]
fn a_badly_framed_answer_is_not_passed_on() {
    let house = House::new();
    let answers: [(&str, &[u8]); 5] = [
        ("two lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc"),
        ("a bad length", b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nab"),
        ("a bare CR", b"HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 2\r\n\r\nab"),
        ("a blank before the colon", b"HTTP/1.1 200 OK\r\nx : a\r\ncontent-length: 2\r\n\r\nab"),
        ("no HTTP", b"220 mail.example ESMTP\r\n"),
    ];
    for (case, answer) in answers {
        let tape = Tape::plain();
        tape.answer(move |_| Answer::Last(answer.to_vec()));
        let mut wire = house.open();
        wire.send(Door::Explicit.fill(b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
        let reply = wire.reply();
        assert!(matches!(reply.status, 502 | 504), "{case}: {reply:?}");
        assert!(reply.code().starts_with("upstream_"), "{case}: {reply:?}");
    }
    house.close(&[]);
}

/// CASES FR-37: bytes behind a whole answer belong to nobody.
#[test]
fn bytes_behind_an_answer_reach_nobody() {
    let house = House::new();
    let tape = Tape::plain();
    tape.answer(|request| {
        if request.target == "/poison" {
            let poison = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
            return Answer::Bytes(poison.to_vec());
        }
        crate::tape::ok(request)
    });
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"GET {T}/poison HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
    assert_eq!(wire.reply().text(), "ok");
    for number in 0..10 {
        wire.send(
            Door::Explicit
                .fill(format!("GET {{T}}/{number} HTTP/1.1\r\nHost: {{H}}\r\n\r\n").as_bytes(), &tape),
        );
        assert_eq!(wire.reply().text(), "ok\n", "request {number}");
    }
    house.close(&[&tape]);
}
