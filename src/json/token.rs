//! The tokens of JSON (RFC 8259 sections 2, 6 and 7): where a string, a number or a name ends, and what a string means
//! once its escapes are undone.

use std::borrow::Cow;

use super::Trouble;

/// The bytes at which a run of ordinary characters in a string ends.
const ENDS_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = true;
        control += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// Whether a byte is white space between tokens.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The end of the string whose opening quote stands at `at`, and whether it holds an escape.
pub(super) fn string(bytes: &[u8], at: usize) -> Result<(usize, bool), Trouble> {
    let (mut end, mut escaped) = (at + 1, false);
    loop {
        end += bytes[end..].iter().take_while(|byte| !ENDS_RUN[usize::from(**byte)]).count();
        match bytes.get(end) {
            Some(b'"') => return Ok((end + 1, escaped)),
            Some(b'\\') => {
                escaped = true;
                end = escape(bytes, end)?;
            }
            Some(_) => return Err(Trouble { reason: "a string holds a bare control character", at: end }),
            None => return Err(Trouble { reason: "a string does not end", at }),
        }
    }
}

/// The end of the escape at `at`; a surrogate must have its other half.
fn escape(bytes: &[u8], at: usize) -> Result<usize, Trouble> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => return Ok(at + 2),
        Some(b'u') => {}
        _ => return Err(Trouble { reason: "a string holds an escape that JSON does not have", at }),
    }
    match code_unit(bytes, at) {
        None => Err(Trouble { reason: "`\\u` is not followed by four hexadecimal digits", at }),
        Some(0xd800..0xdc00) if matches!(code_unit(bytes, at + 6), Some(0xdc00..0xe000)) => Ok(at + 12),
        Some(0xd800..0xe000) => Err(Trouble { reason: "half a surrogate pair is no character", at }),
        Some(_) => Ok(at + 6),
    }
}

/// The UTF-16 code unit that the `\u` escape at `at` stands for.
fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

/// The end of the number at `at`.
pub(super) fn number(bytes: &[u8], at: usize) -> Result<usize, Trouble> {
    let fault = Trouble { reason: "a number is not written as JSON writes it", at };
    let whole = at + usize::from(bytes[at] == b'-');
    let mut end = digits(bytes, whole).ok_or(fault)?;
    if bytes[whole] == b'0' && end > whole + 1 {
        return Err(fault);
    }
    if bytes.get(end) == Some(&b'.') {
        end = digits(bytes, end + 1).ok_or(fault)?;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        end = digits(bytes, end + 1 + usize::from(signed)).ok_or(fault)?;
    }
    Ok(end)
}

/// The end of one or more digits.
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let count = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(at + count)
}

/// The end of `true`, `false` or `null`.
pub(super) fn name(bytes: &[u8], at: usize) -> Result<usize, Trouble> {
    [&b"true"[..], b"false", b"null"]
        .into_iter()
        .find(|name| bytes[at..].starts_with(name))
        .map(|name| at + name.len())
        .ok_or(Trouble { reason: "no JSON value begins here", at })
}

/// What stands between the quotes of a checked string, without its escapes.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('\\') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(run) = rest.find('\\') {
        out.push_str(&rest[..run]);
        let (character, length) = escaped(&rest.as_bytes()[run..]);
        out.push(character);
        rest = &rest[run + length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that the escape at the start of checked `bytes` stands for, and the escape's length.
fn escaped(bytes: &[u8]) -> (char, usize) {
    let plain = match bytes[1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return escaped_code(bytes),
        other => char::from(other),
    };
    (plain, 2)
}

/// The character of one `\u` escape, or of two that are a surrogate pair; and its length in bytes.
fn escaped_code(bytes: &[u8]) -> (char, usize) {
    let (code, length) = match (code_unit(bytes, 0), code_unit(bytes, 6)) {
        (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
            (0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12)
        }
        (code, _) => (code.unwrap_or_default(), 6),
    };
    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), length)
}
