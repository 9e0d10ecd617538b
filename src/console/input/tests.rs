//! What a terminal hands over, key by key and all at once.

use super::*;

fn heard(bytes: &[u8]) -> Burst {
    Input::default().burst(bytes, Moment(0))
}

#[test]
fn a_key_is_a_key_also_when_it_is_held_down() {
    assert_eq!(heard(b"j"), Burst::Keys(vec![Key::Char('j')]));
    assert_eq!(heard(b"\r"), Burst::Keys(vec![Key::Enter]));
    assert_eq!(heard(b"\x1b"), Burst::Keys(vec![Key::Esc]));
    assert_eq!(heard(b"\x1b[B\x1b[B\x1bOA"), Burst::Keys(vec![Key::Down, Key::Down, Key::Up]));
    assert_eq!(heard("é".as_bytes()), Burst::Keys(vec![Key::Char('é')]));
}

/// CASES AP-04: every byte of a report is dropped, those too that look like words.
#[test]
fn what_a_terminal_says_by_itself_is_no_key() {
    for report in [
        &b"\x1b[24;80R"[..],
        b"\x1b[?62c",
        b"\x1b[>0;1;0c",
        b"\x1bP1$rm\x1b\\",
        b"\x1b]lyes\x1b\\",
        b"\x1b]10;rgb:0/0/0\x07",
        b"\x1ba",
        b"\x1b\r",
        b"\x1b[Ayes\r",
        b"yes\x1b",
        b"\x1b\x1b",
        b"\x9b6n",
        b"\x05",
        "ye\u{200b}s".as_bytes(),
    ] {
        assert_eq!(heard(report), Burst::Noise, "{report:?}");
    }
}

/// CASES AP-24: also where it comes in pieces.
#[test]
fn a_paste_is_nothing_until_its_end() {
    let mut input = Input::default();
    assert_eq!(input.burst(b"\x1b[200~yes\r", Moment(0)), Burst::Noise);
    assert_eq!(input.burst(b"yes\r", Moment(0)), Burst::Noise);
    assert_eq!(input.burst(b"\x1b[201~", Moment(0)), Burst::Noise);
    assert_eq!(input.burst(b"y", Moment(0)), Burst::Keys(vec![Key::Char('y')]));
    assert_eq!(input.burst(b"\x1b[200~yes\x1b[201~", Moment(0)), Burst::Noise);
    assert_eq!(input.burst(b"n", Moment(0)), Burst::Keys(vec![Key::Char('n')]));
}

/// Whatever the sizes of the reads are, no mark is missed.
#[test]
fn a_mark_between_two_reads_is_a_mark() {
    for at in 1..PASTE_END.len() {
        let mut input = Input::default();
        assert_eq!(input.burst(b"\x1b[200~yes", Moment(0)), Burst::Noise);
        let (first, second) = PASTE_END.split_at(at);
        assert_eq!(input.burst(&[b"\r", first].concat(), Moment(1)), Burst::Noise);
        assert_eq!(input.burst(second, Moment(2)), Burst::Noise);
        assert_eq!(input.burst(b"\x03", Moment(3)), Burst::Keys(vec![Key::Interrupt]), "{at}");
    }
    let mut input = Input::default();
    input.burst(b"j\x1b[20", Moment(0));
    assert_eq!(input.burst(b"0~yes", Moment(1)), Burst::Noise);
    assert_eq!(input.burst(b"\r", Moment(2)), Burst::Noise);
}

/// CASES AP-24: the mark at the end of a paste may be lost; whoever then types is heard again, but for the first key.
#[test]
fn a_paste_without_an_end_ends_with_a_rest() {
    let mut input = Input::default();
    assert_eq!(input.burst(b"\x1b[200~yes", Moment(0)), Burst::Noise);
    let rest = CONSOLE_PASTE_QUIET.as_millis() as u64;
    assert_eq!(input.burst(b"\r", Moment(rest - 1)), Burst::Noise);
    assert_eq!(input.burst(b"\r", Moment(2 * rest - 2)), Burst::Noise, "the near miss: no rest yet");
    assert_eq!(input.burst(b"\x03", Moment(3 * rest)), Burst::Noise);
    assert_eq!(input.burst(b"\x03", Moment(3 * rest + 100)), Burst::Keys(vec![Key::Interrupt]));
}
