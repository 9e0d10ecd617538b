//! Paths that two readers could take for two (CASES DE-41).

/// Whether two readers could take a path for two: an empty (but for the last), `.` or `..` segment, a semicolon, a
/// backslash, a control character, or an escape that is broken, hides one of those or a slash, escapes what needs
/// none, or is itself escaped (`%25` before two digits). Such a path matches no `allow` rule and no service.
pub fn path_is_odd(path: &str) -> bool {
    if path == "*" {
        return false;
    }
    let Some(rest) = path.strip_prefix('/') else { return true };
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if matches!(segment, "." | "..") || (segment.is_empty() && !last) {
            return true;
        }
    }
    rest.bytes().any(|byte| matches!(byte, b';' | b'\\') || !byte.is_ascii_graphic())
        || escapes_are_odd(rest.as_bytes())
}

fn escapes_are_odd(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(index) = rest.iter().position(|byte| *byte == b'%') {
        let Some(byte) = escaped(&rest[index..]) else { return true };
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let again = byte == b'%'
            && rest[index + 3..].iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2;
        if unreserved || again || byte.is_ascii_control() || matches!(byte, b'/' | b'\\') {
            return true;
        }
        rest = &rest[index + 3..];
    }
    // Overlong and otherwise broken UTF-8 is read in as many ways as there are decoders.
    path.contains(&b'%') && std::str::from_utf8(&decoded(path)).is_err()
}

/// The byte that an escape at the start of `text` stands for.
fn escaped(text: &[u8]) -> Option<u8> {
    let digits = text.get(1..3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The path with every whole escape decoded once.
pub(crate) fn decoded(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(byte) = rest.first() {
        let found = (*byte == b'%').then(|| escaped(rest)).flatten();
        out.push(found.unwrap_or(*byte));
        rest = &rest[if found.is_some() { 3 } else { 1 }..];
    }
    out
}
