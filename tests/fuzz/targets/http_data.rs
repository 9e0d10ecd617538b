//! A request as data is refused, or becomes a frozen request that can be stored and read back as it was.
#![no_main]

use holdpoint::parse::data::Data;
use holdpoint::snapshot::{Digest, Head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(data) = serde_json::from_slice::<Data>(bytes) else { return };
    let Ok(snapshot) = data.freeze() else { return };
    let head = snapshot.head();
    assert_eq!(head.method, data.method);
    assert_eq!(head.target, data.path);
    assert!(head.method.bytes().chain(head.target.bytes()).all(|byte| byte.is_ascii_graphic()));
    assert!(head.fields.iter().all(|(name, value)| !name.bytes().any(|byte| byte.is_ascii_uppercase())
        && !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))));
    assert_eq!(Head::decode(&head.encode()).as_ref(), Some(head));
    let body = snapshot.body();
    assert_eq!(snapshot.digest(), Digest::of(head, body.len(), body.sha256()));
});
