//! Commands are read up to the first flush packet, and what stands behind it changes nothing.
#![no_main]

use holdpoint::classify::pushed;
use holdpoint::fuzz::git_commands;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = pushed(bytes);
    let Some(names) = git_commands(bytes) else { return };
    if names.is_empty() {
        assert_eq!(bytes, b"0000", "only a lone flush packet asks for nothing");
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    assert!(names.iter().all(|name| text.contains(name)));
    let mut longer = bytes.to_vec();
    longer.extend_from_slice(b"PACK");
    assert_eq!(git_commands(&longer).as_ref(), Some(&names));
});
