//! As much of HPACK as the cases need: blocks of literals out, the status in (RFC 7541).

/// A header block of literals without indexing, with new names (RFC 7541 section 6.2.2).
pub(super) fn block(fields: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        out.push(0);
        string(&mut out, name);
        string(&mut out, value);
    }
    out
}

fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.len() < 127 {
        out.push(bytes.len() as u8);
    } else {
        out.push(127);
        let mut rest = bytes.len() - 127;
        while rest >= 128 {
            out.push((rest % 128 + 128) as u8);
            rest /= 128;
        }
        out.push(rest as u8);
    }
    out.extend_from_slice(bytes);
}

/// `:status`, which stands first: an index of the static table, or a literal of three digits.
pub(super) fn status(block: &[u8]) -> Option<u16> {
    // A change of the table's size may stand before it (section 6.3).
    let block = &block[block.iter().position(|byte| byte & 0xe0 != 0x20)?..];
    match *block {
        [first @ 0x88..=0x8e, ..] => Some([200, 204, 206, 304, 400, 404, 500][usize::from(first - 0x88)]),
        // A literal whose name is `:status` (index 8), with or without indexing.
        [0x08 | 0x18 | 0x48, length, ref rest @ ..] if length & 0x80 == 0 => {
            std::str::from_utf8(rest.get(..usize::from(length))?).ok()?.parse().ok()
        }
        [0x08 | 0x18 | 0x48, length, ref rest @ ..] => {
            huffman_digits(rest.get(..usize::from(length & 0x7f))?)
        }
        _ => None,
    }
}

/// Digits in the code of RFC 7541 appendix B: 0, 1 and 2 have five bits, the others six.
fn huffman_digits(bytes: &[u8]) -> Option<u16> {
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1)).collect();
    let (mut place, mut value) = (0, 0);
    let read = |place: usize, count: usize| {
        bits.get(place..place + count)
            .map(|bits| bits.iter().fold(0, |code, bit| code << 1 | u16::from(*bit)))
    };
    for _ in 0..3 {
        let five = read(place, 5)?;
        let (digit, length) = if five <= 2 { (five, 5) } else { (read(place, 6)?.checked_sub(0x16)?, 6) };
        value = value * 10 + digit;
        place += length;
    }
    (value < 1000).then_some(value)
}

#[test]
fn statuses_are_read_in_each_of_their_spellings() {
    assert_eq!(status(&[0x88]), Some(200));
    assert_eq!(status(&[0x20, 0x8c]), Some(400));
    assert_eq!(status(&[0x08, 3, b'4', b'0', b'3']), Some(403));
    // 403 and 302 in Huffman's code: 011010 00000 011001, 011001 00000 00010.
    assert_eq!(status(&[0x48, 0x83, 0b0110_1000, 0b0000_1100, 0b1111_1111]), Some(403));
    assert_eq!(status(&[0x48, 0x82, 0b0110_0100, 0b0000_0010]), Some(302));
}
