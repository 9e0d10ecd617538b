//! What hides in what an agent sends, in every place of the screen.

use super::*;

/// CASES AP-01, 02, 03, 04, 06, 08: in every cell of the list, in the question and in messages.
#[test]
fn nothing_that_hides_or_commands_is_dropped_in_silence() {
    let evil = "a\x1b[6n\u{9b}2J\u{202e}b\u{200b}c\u{e0041}";
    let mut one = hold(1, evil, "write", evil);
    one.url = format!("https://{evil}/{evil}");
    one.code = evil.into();
    let mut seat = Seat::new(vec![one.clone()]);
    let shown = screen(&mut seat, (200, 24));
    for part in ["\\x1b[6n", "\\u{9b}2J", "\\u{202e}", "\\u{200b}"] {
        assert!(shown.contains(part), "{part} is not seen:\n{shown}");
    }
    seat.key(Key::Enter);
    seat.serve(3);
    seat.keys("d");
    let shown = screen(&mut seat, (200, 24));
    assert!(shown.contains("\\u{e0041}") && shown.contains("\\x1b[6n"), "{shown}");
    assert!(shown.chars().all(|letter| letter == '\n' || crate::approve::unicode::kind(letter).is_none()));
}

/// A text that was forgotten, in a rendering of all places.
#[test]
fn a_line_that_nobody_made_safe_is_made_safe_on_the_way() {
    let mut seat = Seat::new(posts(1));
    seat.key(Key::Enter);
    let wanted = seat.state.detail.as_ref().unwrap().wanted.clone().unwrap();
    let span = Span { text: "x\u{200b}y\x1b[2J".into(), ..Span::default() };
    let line = Line { gutter: Gutter::Start, spans: vec![span], ..Line::default() };
    let made = Rendering { lines: vec![line], ..rendering(&posts(1)[0], 0) };
    seat.hear(News::Page(wanted, Ok(Box::new(Page { rendering: made, not_yours: None }))));
    assert!(screen(&mut seat, (80, 24)).contains("│ x\\u{200b}y\\x1b[2J"));
}

#[test]
fn on_a_terminal_without_utf_8_every_cell_is_ascii() {
    let mut seat = morning();
    seat.state.look = Look { colour: false, charset: Charset::Ascii };
    seat.keys("d");
    assert!(screen(&mut seat, (80, 24)).is_ascii());
}
