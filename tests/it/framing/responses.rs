//! Answers of a hostile upstream: what is framed twice or badly reaches no agent as a whole answer, and poisons no
//! other exchange (CASES FR-37, 39).

use crate::door::Door;
use crate::house::House;
use crate::tape::{Answer, Tape};

/// CASES FR-37, 39: each of these is the upstream's fault, and says so.
#[test]
fn a_badly_framed_answer_is_not_passed_on() {
    let house = House::new();
    let answers: [(&str, &[u8]); 9] = [
        ("two lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc"),
        ("a list of lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nab"),
        ("a length with a zero", b"HTTP/1.1 200 OK\r\ncontent-length: 02\r\n\r\nab"),
        (
            "a coding under the chunks",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        ),
        (
            "a length and chunks",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        ),
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

/// The version of an answer is this hop's (RFC 9110 section 2.5). Passed on, an upstream's HTTP/1.0 would end the
/// agent's connection to mark the end of the body, and the agent could not tell a whole answer from a cut one.
#[test]
fn an_answer_in_http_1_0_is_passed_on_in_http_1_1() {
    let house = House::new();
    let tape = Tape::plain();
    tape.answer(|_| Answer::Last(b"HTTP/1.0 200 OK\r\n\r\nab".to_vec()));
    let mut wire = house.open();
    let mut again = house.post(&tape, "/a", "x");
    house.approve(&house.held());
    wire.send(Door::Explicit.fill(b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
    for reply in [wire.reply(), again.reply()] {
        assert_eq!((reply.head.start.as_str(), reply.text().as_str()), ("HTTP/1.1 200 OK", "ab"));
        assert_eq!(reply.head.text("transfer-encoding").as_deref(), Some("chunked"));
    }
    house.close(&[&tape]);
}
