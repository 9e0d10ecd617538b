//! The tokens of JSON (RFC 8259 sections 6 and 7) in their source bytes: where a string, a number or a name ends, and
//! what a key means with its escapes undone. `None` where the grammar has no such token.

/// The end of the string that begins at `at`.
pub fn string(body: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match body.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {
                at += match body.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    b'u' if body.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                    _ => return None,
                }
            }
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// The end of the string, number or name that begins at `at`.
pub fn scalar(body: &[u8], at: usize) -> Option<usize> {
    match body[at] {
        b'"' => string(body, at),
        b'-' | b'0'..=b'9' => number(body, at),
        _ => [&b"true"[..], b"false", b"null"]
            .into_iter()
            .find(|name| body[at..].starts_with(name))
            .map(|name| at + name.len()),
    }
}

fn number(body: &[u8], at: usize) -> Option<usize> {
    let digits = |at: usize| at + body[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = at + usize::from(body[at] == b'-');
    let mut end = digits(whole);
    if end == whole || (body[whole] == b'0' && end > whole + 1) {
        return None;
    }
    if body.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(fraction);
        if end == fraction {
            return None;
        }
    }
    if matches!(body.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(body.get(end + 1), Some(b'+' | b'-')));
        let after = digits(exponent.min(body.len()));
        if after == exponent.min(body.len()) {
            return None;
        }
        end = after;
    }
    Some(end)
}

/// A checked string without its escapes; a lone surrogate stays a surrogate's three bytes, different from all else.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        if *byte != b'\\' {
            out.push(*byte);
            at += 1;
            continue;
        }
        match text.get(at + 1) {
            Some(b'u') => {
                let (code, length) = escaped_code(&text[at..]);
                push_code(&mut out, code);
                at += length;
                continue;
            }
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(other) => out.push(*other),
            None => {}
        }
        at += 2;
    }
    out
}

/// The code point of one `\u` escape, or of a pair of them, and how long it is.
fn escaped_code(text: &[u8]) -> (u32, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
            (0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12)
        }
        (Some(code), _) => (code, 6),
        (None, _) => (u32::from(char::REPLACEMENT_CHARACTER), 2),
    }
}

fn push_code(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(character) => out.extend_from_slice(character.to_string().as_bytes()),
        None => out.extend([
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
    }
}
