//! A text that asks is no update for a parser of the whole language.
#![no_main]

use holdpoint::fuzz::sparql;
use libfuzzer_sys::fuzz_target;
use spargebra::SparqlParser;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // The second reader goes back over brackets again and again.
    if !sparql(text) || text.bytes().filter(|byte| b"({[".contains(byte)).count() > 12 {
        return;
    }
    if let Ok(update) = SparqlParser::new().parse_update(text) {
        panic!("{update}");
    }
});
