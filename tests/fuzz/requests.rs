//! What the targets share: a request written as text, as the vectors of `tests/vectors/classify` write it.

use bytes::Bytes;
use holdpoint::origin::{Host, Origin, Scheme};
use holdpoint::snapshot::Head;

/// `METHOD TARGET`, lines of fields, an empty line, the body. The host is the first field `host`'s, else one that
/// nobody declares.
pub fn request(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (lines, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[][..]),
    };
    let mut lines = lines.split(|byte| *byte == b'\n');
    let start = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = start.split_once(' ')?;
    // Nothing else comes through the checks of `parse`.
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain(method) || !plain(target) || !target.starts_with('/') {
        return None;
    }
    let fields: Vec<_> = lines.filter_map(field).collect();
    let host = fields.iter().find(|(name, _)| name == "host").and_then(|(_, value)| std::str::from_utf8(value).ok());
    let host = host.and_then(|text| Host::parse(text).ok()).or_else(|| Host::parse("a.example").ok())?;
    let origin = Origin::new(Scheme::Https, host, None);
    Some((Head { method: method.to_owned(), origin, target: target.to_owned(), fields }, body))
}

fn field(line: &[u8]) -> Option<(String, Bytes)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(&line[..colon]).ok()?.to_ascii_lowercase();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let value = line[colon + 1..].trim_ascii();
    (!name.is_empty() && name.bytes().all(token) && !value.contains(&0)).then(|| (name, Bytes::copy_from_slice(value)))
}
