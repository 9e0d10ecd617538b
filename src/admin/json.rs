//! JSON as it may be shown on any terminal: everything outside printable ASCII is written as `\u` and four digits, which is
//! the same value to every reader (RFC 8259 section 7). What an agent wrote into a path or a field then acts on
//! nobody's screen, also when somebody looks at the API with curl (CASES AP-02, 06, 08, 37).

use std::fmt::Write;

use serde::Serialize;

/// One line of JSON in printable ASCII.
pub fn text(value: &impl Serialize) -> String {
    let plain = serde_json::to_string(value).expect("plain data with text keys is JSON");
    if plain.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return plain;
    }
    let mut out = String::with_capacity(plain.len() + plain.len() / 4);
    for letter in plain.chars() {
        match letter {
            ' '..='~' => out.push(letter),
            // Outside strings JSON is ASCII, so this stands within one.
            _ => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_reads_back_the_same() {
        let value = Value::from("plain \u{1b}[2J \u{9b}2J \u{202e} \u{7f} \u{e0041} café");
        let written = text(&value);
        assert_eq!(written, r#""plain \u001b[2J \u009b2J \u202e \u007f \udb40\udc41 caf\u00e9""#);
        assert_eq!(serde_json::from_str::<Value>(&written).ok(), Some(value));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(any in ".*") {
            let written = text(&any);
            prop_assert!(written.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            prop_assert_eq!(serde_json::from_str::<String>(&written).ok(), Some(any));
        }
    }
}
