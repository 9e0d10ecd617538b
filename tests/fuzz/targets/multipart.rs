//! The parts of a body lie in it one after another, and no boundary lies in a part.
#![no_main]

use holdpoint::fuzz::multipart;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(kind) = std::str::from_utf8(&bytes[..end]) else { return };
    let body = &bytes[end + 1..];
    let Some(parts) = multipart(kind, body) else { return };
    assert!(parts.iter().map(|part| part.len()).sum::<usize>() <= body.len());
    let boundary = body.split(|byte| *byte == b'\r').next().unwrap_or_default();
    if !parts.is_empty() {
        assert!(boundary.starts_with(b"--") && boundary.len() > 2);
        for part in parts {
            assert!(!part.windows(boundary.len()).any(|window| window == boundary));
        }
    }
});
