//! Size and number: a gigabyte each way in constant memory, and reads that run on while a thousand holds are pending.
//! Memory is the real binary's own, as the kernel counts it.

use crate::binary::Server;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Answer, Tape};
use crate::wait;

const GIGABYTE: u64 = 1 << 30;

/// The peak of resident memory, in MiB.
fn peak_mib(server: &Server) -> u64 {
    server.memory_kib("VmHWM") / 1024
}

#[test]
fn a_gigabyte_comes_down_in_constant_memory() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    tape.answer(|_| Answer::Big(GIGABYTE));
    let mut wire = Wire::open(server.proxy());
    wire.send(format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/large"), tape.authority()));
    assert_eq!(wire.drain_reply(), (200, GIGABYTE));
    let peak = peak_mib(&server);
    println!("1 GiB down: peak of {peak} MiB");
    assert!(peak < 64, "1 GiB down took {peak} MiB");
}

/// Up under a rule that the head decides, by its length and in chunks.
#[test]
fn a_gigabyte_goes_up_in_constant_memory_under_an_allow_rule() {
    let tape = Tape::plain();
    let rule = format!(
        "name = \"backup\"\nhost = [\"{}\"]\nmethod = [\"PUT\"]\npath = [\"/backup/*\"]\nverdict = \"allow\"",
        tape.authority()
    );
    let server = Server::start(&Plan::new().rule(&rule));
    let piece = vec![b'x'; 1 << 20];
    let mut wire = Wire::open(server.proxy());
    let head = format!("PUT {} HTTP/1.1\r\nHost: {}\r\n", tape.url("/backup/1"), tape.authority());
    wire.send(format!("{head}Content-Length: {GIGABYTE}\r\n\r\n"));
    for _ in 0..1024 {
        wire.try_send(&piece).expect("the upload goes on");
    }
    assert_eq!(wire.reply().status, 200);
    wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    for _ in 0..64 {
        wire.try_send(b"100000\r\n").expect("the upload goes on");
        wire.try_send(&piece).expect("the upload goes on");
        wire.try_send(b"\r\n").expect("the upload goes on");
    }
    wire.send(b"0\r\n\r\n");
    assert_eq!(wire.reply().status, 200);
    let lengths: Vec<u64> = tape.requests().iter().map(|request| request.body_len).collect();
    assert_eq!(lengths, [GIGABYTE, 64 << 20]);
    let peak = peak_mib(&server);
    println!("1 GiB up: peak of {peak} MiB");
    assert!(peak < 64, "1 GiB up took {peak} MiB");
}

/// 64 connections of reads over intercepted HTTPS/1.1, while 1,000 holds are pending, at 500 of which an agent waits.
#[test]
fn reads_run_on_while_a_thousand_holds_are_pending() {
    const HOLDS: usize = 1000;
    const CONNECTIONS: usize = 64;
    const READS: usize = 50;
    raise_file_limit();
    let server = Server::start(&Plan::new().hold("wait", "\"10m\""));
    let (held, read) = (Tape::plain(), server.tls_tape());
    let mut agents: Vec<Wire> = (0..HOLDS)
        .map(|number| {
            let mut wire = Wire::open(server.proxy());
            wire.send(crate::person::post(&held, "/a", "", &format!("hold number {number}")));
            wire
        })
        .collect();
    wait::within(std::time::Duration::from_secs(120), "1,000 holds", || {
        pending(&server, "").filter(|count| *count == HOLDS)
    });
    agents.truncate(HOLDS / 2);
    wait::until("500 agents to be gone", || {
        pending(&server, "\"waiting\":1").filter(|count| *count == HOLDS / 2)
    });
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut wire =
                    Wire::tls(server.proxy(), &read.authority(), "127.0.0.1", &server.ca(), &["http/1.1"]);
                for number in 0..READS {
                    wire.send(format!("GET /{number} HTTP/1.1\r\nHost: {}\r\n\r\n", read.authority()));
                    assert_eq!(wire.reply().status, 200);
                }
            });
        }
    });
    assert_eq!(read.requests().len(), CONNECTIONS * READS);
    held.assert_empty("a thousand holds");
    assert_eq!(pending(&server, ""), Some(HOLDS));
    let (now, peak) = (server.memory_kib("VmRSS") / 1024, peak_mib(&server));
    println!("{HOLDS} holds and {} reads: {now} MiB, peak of {peak} MiB", CONNECTIONS * READS);
    assert!(peak < 150, "it took {peak} MiB");
    drop(agents);
}

/// How many undecided holds there are, by the figures; or how many of them have this in their JSON.
fn pending(server: &Server, with: &str) -> Option<usize> {
    if with.is_empty() {
        return metric(server, "holdpoint_holds{state=\"held\"}");
    }
    let listing = String::from_utf8(server.says(&["ls", "--state", "held", "--json"])).ok()?;
    let compact: String = listing.chars().filter(|letter| !letter.is_whitespace()).collect();
    Some(compact.matches(with).count())
}

fn metric(server: &Server, name: &str) -> Option<usize> {
    let mut wire = Wire::open(server.admin());
    wire.send(format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.admin()));
    let reply = wire.reply();
    assert_eq!(reply.status, 200, "{reply:?}");
    let text = reply.text();
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.rsplit(' ').next()?.parse::<f64>().ok().map(|count| count as usize)
}

/// Each agent is a socket here, and another in the proxy.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("the limit can be raised");
}
