//! `edit`: the request in the person's editor, shown as a difference, put in its place, and approved anew.

use super::terminal::{Typing, assert_tame, on_terminal, on_terminal_of};
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

#[test]
fn what_the_editor_saved_is_what_is_sent_and_only_once_it_was_approved() {
    let mut server = Server::start(&Plan::new());
    server.environment("VISUAL", "sed -i s/hello/goodbye/");
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    let fields = "Authorization: Bearer hunter2\r\nContent-Type: application/json\r\n";
    wire.send(post(&tape, "/posts", fields, "{\"text\":\"hello\"}"));
    let hold = server.held();
    let (edited, screen) = on_terminal(&server, &["edit", &hold.code], Typing::Again(b"yes\n"));
    let text = String::from_utf8_lossy(&screen).into_owned();
    assert!(edited, "{text}");
    assert_tame("edit", &screen);
    assert!(
        text.contains("- │ {\"text\":\"hello\"}") && text.contains("+ │ {\"text\":\"goodbye\"}"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
    let now = server.held();
    assert_eq!((&now.id, now.edited.is_some()), (&hold.id, true));
    assert_ne!(now.digest, hold.digest);
    tape.assert_empty("an edit is no approval");
    // What was looked at before is not what would be sent.
    assert_eq!(server.cli(&["approve", &format!("{}@{}", hold.id, hold.digest)]).status.code(), Some(1));
    server.approve(&now);
    assert_eq!(wire.reply().status, 200);
    let sent = String::from_utf8_lossy(&tape.mutations()[0].raw()).into_owned();
    assert!(sent.ends_with("{\"text\":\"goodbye\"}") && sent.contains("Bearer hunter2"), "{sent}");
}

#[test]
fn an_edit_that_changes_nothing_or_is_not_agreed_to_leaves_the_hold_as_it_was() {
    let mut server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/posts", "Content-Type: application/json\r\n", "{\"text\":\"hello\"}"));
    let hold = server.held();
    server.environment("EDITOR", "true");
    let (done, screen) = on_terminal(&server, &["edit", &hold.id], Typing::Nothing);
    assert!(done && String::from_utf8_lossy(&screen).contains("nothing was changed"));
    for (editor, typing) in [
        ("truncate -s 0", Typing::Nothing),
        ("sed -i s/hello/goodbye/", Typing::Again(b"no\n")),
        ("sed -i s/hello/goodbye/", Typing::Again(b"y\n")),
        ("false", Typing::Nothing),
        ("sed -i s/Host:/Holdpoint-Agent:\\ x\\nHost:/", Typing::Again(b"yes\n")),
    ] {
        server.environment("VISUAL", editor);
        let _ = on_terminal(&server, &["edit", &hold.id], typing);
        assert_eq!(server.held().digest, hold.digest, "{editor}");
    }
    // What stands in a note is not taken, and that is said.
    server.environment("VISUAL", "sed -i s/^#.host:.*/#\\ host:\\ elsewhere.example/");
    let (done, screen) = on_terminal(&server, &["edit", &hold.id], Typing::Nothing);
    let text = String::from_utf8_lossy(&screen).into_owned();
    assert!(done && text.contains("nothing was changed"), "{text}");
    assert!(text.contains("# host: elsewhere.example: this line is a note and is not taken"), "{text}");
    let none = String::from_utf8(server.cli(&["edit", &hold.id]).stderr).expect("text");
    assert!(none.contains("`GET /v1/holds/ID/request`"), "without a terminal: {none}");
    server.deny(&hold, "no");
    assert_eq!(wire.reply().status, 403);
    tape.assert_empty("denied");
}

/// A terminal in which nothing could be read is not asked on.
#[test]
fn too_narrow_a_terminal_is_told_so_and_the_hold_stays() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/posts", "", "x"));
    let hold = server.held();
    let of = |cols| {
        let size = portable_pty::PtySize { cols, ..Default::default() };
        let (_, screen) = on_terminal_of(size, &server, &["approve", &hold.id], Typing::Again(b"no\n"));
        String::from_utf8_lossy(&screen).into_owned()
    };
    assert!(of(40).contains("too few to show a hold: widen it to 41 or more"), "{}", of(40));
    let wide = of(41);
    assert!(wide.contains("Release this request?") || wide.contains("To release it"), "{wide}");
    assert_eq!(server.held().digest, hold.digest);
}
