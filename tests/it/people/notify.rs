//! `[[notify]]`: told at least once, signed, and nobody is kept waiting by whoever listens.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::binary::Server;
use crate::house::House;
use crate::person::post;
use crate::pki::{Authority, Flaw};
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// Somebody who listens, and answers with these statuses and then 200.
pub struct Hook {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Hook {
    pub fn answering(statuses: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let request = whole(&mut stream);
                let number = ears.lock().unwrap().len();
                ears.lock().unwrap().push(request);
                let status = statuses.get(number).unwrap_or(&"200 OK");
                let _ =
                    write!(stream, "HTTP/1.1 {status}\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { port, heard }
    }

    pub fn plan(&self, keys: &str) -> Plan {
        Plan::new().notify(&format!("url = \"http://127.0.0.1:{}/secret-path?key=1\"\n{keys}", self.port))
    }

    pub fn heard(&self, count: usize) -> Vec<String> {
        wait::until(&format!("{count} notifications"), || {
            let heard = self.heard.lock().unwrap().clone();
            (heard.len() >= count).then_some(heard)
        })
    }
}

/// Head and body of a request.
fn whole(stream: &mut impl Read) -> String {
    let (mut text, mut piece) = (String::new(), [0; 4096]);
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut piece) {
            Ok(count @ 1..) => text.push_str(&String::from_utf8_lossy(&piece[..count])),
            _ => return text,
        }
    }
}

pub fn json(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
}

/// It fails, it redirects, and is told again until it takes it; meanwhile the hold is decided like any other.
#[test]
fn a_hold_is_told_until_it_was_taken_and_waits_for_nobody() {
    let hook = Hook::answering(&["500 Oh", "302 Found"]);
    let mut house = House::timeless(hook.plan("link = \"https://approve.example\""));
    let (tape, canary) = (Tape::plain(), house.canary());
    let mut wire =
        house.post_with(&tape, &format!("/posts?q={canary}"), &format!("X-Note: {canary}\r\n"), &canary);
    let hold = house.held();
    let first = hook.heard(1).remove(0);
    assert!(first.starts_with("POST /secret-path?key=1 HTTP/1.1\r\n"), "{first}");
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(hook.heard.lock().unwrap().len(), 1, "the clock stands still: nothing is tried again");
    house.clock.advance(Duration::from_secs(1));
    hook.heard(2);
    house.clock.advance(Duration::from_secs(2));
    let heard = hook.heard(3);
    for request in &heard {
        assert_eq!(json(request)["id"], format!("held:{}:{}", hold.id, hold.digest));
        assert_eq!(json(request)["link"], "https://approve.example");
        assert_eq!(
            (&json(request)["hold"]["path"], &json(request)["event"]),
            (&"/posts".into(), &"held".into())
        );
        assert!(!request.contains(&canary), "{request}");
        assert!(!request.starts_with("POST /elsewhere"), "a redirect was followed");
    }
    // It was taken: whatever comes later comes with something else.
    house.clock.advance(Duration::from_secs(3600));
    let _wire = house.post(&tape, "/posts", "a second one");
    assert_ne!(json(&hook.heard(4)[3])["id"], json(&heard[0])["id"]);
    house.close(&[&tape]);
}

/// What still waits is told after a restart, under the same id; what was decided is not.
#[test]
fn a_restart_tells_what_still_waits_under_the_same_id() {
    let hook = Hook::answering(&[]);
    let plan = hook.plan("events = [\"held\", \"denied\"]");
    let mut house = House::with(plan.clone());
    let tape = Tape::plain();
    let _wires = [house.post(&tape, "/a", "one"), house.post(&tape, "/b", "two")];
    let holds = house.held_count(2);
    hook.heard(2);
    house.deny(&holds[0], "no");
    let heard = hook.heard(3);
    assert_eq!(
        (&json(&heard[2])["event"], &json(&heard[2])["hold"]["state"]),
        (&"ended".into(), &"denied".into())
    );
    house.restart(&plan);
    // At least once: what was taken while Holdpoint stopped may come again, by the id that it had.
    let again = json(&heard[2])["id"].clone();
    let heard = wait::until("what still waits", || {
        let later: Vec<_> =
            hook.heard.lock().unwrap()[3..].iter().map(|request| json(request)["id"].clone()).collect();
        later.into_iter().find(|id| *id != again)
    });
    assert_eq!(heard, format!("held:{}:{}", holds[1].id, holds[1].digest));
    house.deny(&house.held(), "no");
    hook.heard(5);
    house.close(&[&tape]);
}

#[test]
fn who_has_the_secret_can_tell_that_holdpoint_said_it() {
    use aws_lc_rs::hmac;
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("key");
    std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").expect("it is ours");
    let hook = Hook::answering(&[]);
    let house =
        House::with(hook.plan(&format!("kind = \"slack\"\nsecret_file = {:?}", file.display().to_string())));
    let tape = Tape::plain();
    let _wire = house.post(&tape, "/posts", "signed");
    let request = hook.heard(1).remove(0);
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    let signature =
        head.lines().find_map(|line| line.strip_prefix("holdpoint-signature: t=")).expect("a signature");
    let (seconds, digits) = signature.split_once(",v1=").expect("two parts");
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"0123456789abcdef0123456789abcdef");
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    assert_eq!(holdpoint::secret::hex(tag.as_ref()), digits);
    assert!(json(&request)["text"].as_str().is_some_and(|text| text.contains("waits for you")));
    house.close(&[&tape]);
}

/// Over TLS, with a root of one's own: the listener whose certificate it signed is told, and to one whose certificate a
/// stranger signed nothing is said, not even once.
#[test]
fn a_listener_is_told_over_tls_only_if_its_certificate_is_trusted() {
    let (tape, stranger) = (Tape::plain(), Authority::new("strangers"));
    let names = ["127.0.0.1", "localhost"];
    let trusting = Server::prepare(&Plan::new());
    let (told, untold) = (trusting.tls_tape(), Tape::tls(stranger.server(&names, Flaw::None)));
    let late = Tape::tls(trusting.authority.server(&names, Flaw::Expired));
    let mut plan = Plan::new();
    for tape in [&untold, &late, &told] {
        plan = plan.notify(&format!("url = \"https://127.0.0.1:{}/hook\"", tape.port()));
    }
    let mut server = trusting;
    std::fs::write(server.dir().join("holdpoint.toml"), plan.text(server.dir())).expect("it is ours");
    server.run(None);
    server.ready();
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/posts", "", "one"));
    let hold = server.held();
    told.wait_for(1);
    let note = &told.requests()[0];
    assert_eq!((note.method.as_str(), note.target.as_str()), ("POST", "/hook"));
    let body: Value = serde_json::from_slice(&note.body).expect("JSON");
    assert_eq!(body["hold"]["id"], hold.id);
    wait::until_true("both to have been tried", || {
        server.log_text().matches("a notification was not taken").count() >= 2
    });
    assert!(untold.requests().is_empty() && late.requests().is_empty());
    server.approve(&hold);
    assert_eq!(wire.reply().status, 200);
}
