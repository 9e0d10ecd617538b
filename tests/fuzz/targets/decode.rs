//! A content coding is undone within bounds, or not at all.
#![no_main]

use holdpoint::fuzz::content;
use holdpoint::limits;
use holdpoint_fuzz::request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let start = [b"POST /\ncontent-encoding:", &bytes[..end]].concat();
    let Some((head, _)) = request(&start) else { return };
    if let Ok(decoded) = content(&head, &bytes[end + 1..]) {
        assert!(decoded.len() <= limits::INSPECT_BYTES_MAX.max(bytes.len()));
    }
});
