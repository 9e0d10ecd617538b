//! What is held, asked of the real binary by its admin socket: a test looks often, and a process for each look would
//! take most of its time. That `ls` says the same is tested where the command line is.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use holdpoint::hold::HoldView;
use holdpoint::limits::PAGE_MAX;

use crate::wait;

/// All holds in this state; `None` where the server is gone, or goes while it is asked.
pub fn holds(socket: &Path, state: &str) -> Option<Vec<HoldView>> {
    let mut holds: Vec<HoldView> = Vec::new();
    loop {
        let after = holds.last().map(|last| last.id.clone()).unwrap_or_default();
        let page = page(socket, &format!("state={state}&limit={PAGE_MAX}&after={after}"))?;
        let is_last = page.len() < PAGE_MAX;
        holds.extend(page);
        if is_last {
            return Some(holds);
        }
    }
}

/// Those that are undecided, as soon as there is one, or after a second.
pub fn held(socket: &Path) -> Option<Vec<HoldView>> {
    page(socket, "state=held&wait=1s")
}

fn page(socket: &Path, query: &str) -> Option<Vec<HoldView>> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(wait::DEADLINE)).expect("a timeout");
    let request = format!("GET /v1/holds?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
    assert!(head.starts_with("HTTP/1.1 200 "), "{query}: {head}\n{}", String::from_utf8_lossy(body));
    // A body that was cut off by a crash is no list.
    let mut listing: serde_json::Value = serde_json::from_slice(body).ok()?;
    serde_json::from_value(listing["holds"].take()).expect("a list of holds")
}
