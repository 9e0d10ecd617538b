//! Screens as they look, at two usual sizes.

mod hidden;
mod narrow;
mod tables;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::approve::{Gutter, Line, Look, Rendering, Span};
use crate::console::errand::{News, Page};
use crate::console::input::Key;
use crate::console::sample::{hold, rendering};
use crate::console::seat::{Seat, posts};
use crate::hold::{FreezeView, HoldView};

/// The screen as text.
fn screen(seat: &mut Seat, (columns, rows): (u16, u16)) -> String {
    if seat.state.size != (columns, rows) {
        seat.state.size = (columns, rows);
        seat.hear(News::Resized);
    }
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| {
            draw(&seat.state, frame.area(), frame.buffer_mut());
        })
        .unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..rows).map(row).collect::<Vec<_>>().join("\n") + "\n"
}

fn assert_snapshot(name: &str, found: &str) {
    let path = format!("{}/tests/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("HOLDPOINT_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, found).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == found, "the screen is not {path}\n--- kept\n{kept}\n--- found\n{found}");
}

fn morning() -> Seat {
    let mut holds = posts(4);
    holds.push(HoldView { advisory: true, ..hold(5, "deployer", "permission", "PUT /acl/everyone") });
    holds.push(hold(6, "billing-assistant-of-the-north", "delete", "DELETE /invoices/2026-11"));
    let mut seat = Seat::new(holds);
    let freeze = FreezeView {
        agent: Some("deployer".into()),
        reason: Some("too fast".into()),
        by: "ops".into(),
        at: "1970-01-01T00:01:00.000Z".into(),
    };
    seat.hear(News::Freezes(vec![freeze]));
    seat
}

#[test]
fn the_list_at_both_sizes() {
    let mut seat = morning();
    seat.keys("jj ");
    assert_snapshot("console_list_80x24", &screen(&mut seat, (80, 24)));
    assert_snapshot("console_list_120x40", &screen(&mut seat, (120, 40)));
}

#[test]
fn a_hold_that_ended_under_the_cursor() {
    let mut seat = morning();
    seat.keys("jj");
    seat.hear(News::Changed(Box::new(HoldView { state: "denied".into(), ..posts(1).pop().unwrap() })));
    assert_snapshot("console_ended_80x24", &screen(&mut seat, (80, 24)));
}

#[test]
fn a_request_and_its_question() {
    let mut seat = Seat::new(posts(1));
    seat.key(Key::Enter);
    seat.serve(40);
    assert_snapshot("console_detail_80x24", &screen(&mut seat, (80, 24)));
    seat.serve(40);
    (0..3).for_each(|_| seat.key(Key::PageDown));
    seat.keys("a");
    seat.wait();
    seat.keys("ye");
    assert_snapshot("console_question_80x24", &screen(&mut seat, (80, 24)));
}

/// What the marked ones differ in stands on the screen before the question does, and the question names them.
#[test]
fn a_list_of_like_ones_shows_what_they_differ_in() {
    let mut seat = Seat::new(posts(3));
    seat.keys("   b");
    seat.serve_with(|hold| {
        let own = |text: &str| Line::own(text, Style::Title);
        let theirs = |text: String| Line {
            gutter: Gutter::Start,
            spans: vec![Span { text, ..Span::default() }],
            ..Line::default()
        };
        let lines = vec![
            own(crate::approve::render::REQUEST),
            theirs("POST /posts HTTP/1.1".into()),
            theirs("host: forum.example".into()),
            own("body, 16 bytes, text, 1 line:"),
            theirs(format!("title: answer {}", hold.code)),
            own("end of the request"),
        ];
        Rendering { lines, ..rendering(hold, 0) }
    });
    assert_snapshot("console_batch_80x24", &screen(&mut seat, (80, 24)));
    seat.keys("a");
    seat.wait();
    seat.keys("al");
    assert_snapshot("console_batch_question_80x24", &screen(&mut seat, (80, 24)));
}

#[test]
fn what_is_approved_and_not_sent_is_listed_as_that() {
    let mut holds = posts(2);
    holds[1].state = "armed".into();
    let approvals = crate::hold::ApprovalsView { needed: 2, given: vec!["ana".into()], groups: vec![] };
    holds.push(HoldView { approvals, ..hold(3, "deployer", "permission", "PUT /acl/everyone") });
    let mut seat = Seat::new(holds);
    let shown = screen(&mut seat, (80, 24));
    for part in ["2 held   1 armed", "1 approved and not sent yet", "armed POST /posts", "1/2 PUT /acl"] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
}

#[test]
fn help_and_a_lost_connection() {
    let mut seat = morning();
    seat.keys("?");
    assert_snapshot("console_help_80x24", &screen(&mut seat, (80, 24)));
    seat.key(Key::Esc);
    seat.hear(News::Lost("no server at unix:state/admin.sock".into()));
    assert!(
        screen(&mut seat, (80, 24)).starts_with("NO CONNECTION, what stands here is old: no server at unix")
    );
}
