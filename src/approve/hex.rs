//! Opaque bytes in hexadecimal: sixteen to a row, in groups of one, with the printable ones beside them.

use std::ops::Range;

use super::line::{Gutter, Line, Source, Span, Style};
use super::rows::{Form, Row};

/// Bytes in one row; 68 columns with place and text.
const ROW_BYTES: usize = 16;

/// Whether people can do nothing with these bytes as text: a NUL, or more than one byte in twenty that is a
/// control or not UTF-8.
pub fn is_opaque(bytes: &[u8]) -> bool {
    if bytes.contains(&0) {
        return true;
    }
    let controls =
        bytes.iter().filter(|byte| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')).count();
    let foreign: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    (controls + foreign) * 20 > bytes.len()
}

/// The rows of a range.
pub fn rows(range: Range<usize>) -> Vec<Row> {
    let end = range.end;
    range
        .step_by(ROW_BYTES)
        .map(|start| Row { form: Form::Hex, ..Row::text(start..end.min(start + ROW_BYTES)) })
        .collect()
}

/// One row as a line, or as several where the screen is narrow. `at` is the place of its first byte in the body.
pub fn lines(bytes: &[u8], at: u64, width: usize) -> Vec<Line> {
    // A line has a gutter of 3 columns, 11 for the place and blanks, and 4 for each byte.
    let each = match width {
        78.. => ROW_BYTES,
        46.. => ROW_BYTES / 2,
        _ => ROW_BYTES / 4,
    };
    bytes.chunks(each).zip((at..).step_by(each)).map(|(chunk, at)| line(chunk, at, each)).collect()
}

fn line(bytes: &[u8], at: u64, each: usize) -> Line {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let printable: String =
        bytes.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }).collect();
    let fill = (each - bytes.len().min(each)) * 3;
    let quiet = |text: String| Span { text, style: Style::Quiet, source: Source::No };
    let spans = vec![
        quiet(format!("{at:08x}  ")),
        Span { text: digits.join(" "), style: Style::Plain, source: Source::Hex },
        quiet(format!("{}  {printable}", " ".repeat(fill))),
    ];
    Line { gutter: Gutter::Start, spans, ..Line::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::shown::Charset;

    #[test]
    fn a_row_has_its_place_its_digits_and_what_is_printable() {
        assert_eq!(
            lines(b"PK\x03\x04a|\x9b", 16, 80)[0].text(Charset::Utf8),
            format!("│ 00000010  50 4b 03 04 61 7c 9b{}  PK..a|.", " ".repeat(27))
        );
    }

    #[test]
    fn a_narrow_screen_has_fewer_bytes_in_a_line() {
        let shown = lines(b"PK\x03\x04a", 16, 40);
        assert_eq!(shown[0].text(Charset::Utf8), "│ 00000010  50 4b 03 04  PK..");
        assert_eq!(shown[1].text(Charset::Utf8), "│ 00000014  61           a");
    }

    #[test]
    fn text_with_an_odd_byte_is_text_and_a_nul_or_much_noise_is_not() {
        assert!(!is_opaque(b"a longer text with one caf\xe9 in it"));
        assert!(!is_opaque("größer als nötig".as_bytes()));
        assert!(is_opaque(b"a longer text with one \0 in it"));
        assert!(is_opaque(&[0x1f, 0x8b, 0x08, 0x61, 0x62]));
    }
}
