//! The paths for which different readers may take one path.

use super::odd::{decoded, path_is_odd};
use super::path::with_upper_escapes;

/// The path as it is, decoded once and twice, and each of them as a lenient reader would clean it up.
pub(crate) fn path_readings(path: &str) -> Vec<Vec<u8>> {
    let raw = with_upper_escapes(path.as_bytes());
    if !path.contains('%') && !path_is_odd(path) {
        return vec![raw];
    }
    let once = decoded(&raw);
    let twice = decoded(&once);
    let mut all: Vec<Vec<u8>> = Vec::new();
    for path in [raw, once, twice] {
        let cleaned = [resolved(&path, false), resolved(&path, true), resolved(&lenient(&path), true)];
        for path in std::iter::once(path).chain(cleaned) {
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

/// Up to a NUL, with slashes for backslashes, without what follows a semicolon in a segment.
fn lenient(path: &[u8]) -> Vec<u8> {
    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
    let slashes: Vec<u8> = path[..end].iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect();
    let segments: Vec<&[u8]> = slashes
        .split(|byte| *byte == b'/')
        .map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default())
        .collect();
    segments.join(&b'/')
}

/// Without dot segments (RFC 3986 section 5.2.4), and, if asked, without empty ones.
fn resolved(path: &[u8], merge: bool) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split(|byte| *byte == b'/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let last = index + 1 == segments.len();
        match *segment {
            b"." | b".." => {
                if *segment == b".." {
                    kept.pop();
                }
                if last {
                    kept.push(b"");
                }
            }
            b"" if merge && !last => {}
            segment => kept.push(segment),
        }
    }
    let mut out = vec![b'/'];
    out.extend(kept.join(&b'/'));
    out
}
