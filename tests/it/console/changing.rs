//! An edit in the person's own editor, a command for a shell, a grant and its end.

use super::{Console, agent, held};
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

/// What the editor saved is shown as a difference, put in place, read anew, and only then released.
#[test]
fn what_an_editor_saved_is_shown_and_approved_before_it_is_sent() {
    let mut server = Server::start(&Plan::new());
    server.environment("VISUAL", "sed -i s/hello/goodbye/");
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "hello");
    held(&server, 1);
    let before = server.held();
    let mut console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    console.keys("e");
    console.wait("what was changed");
    console.wait("- │ hello");
    console.wait("+ │ goodbye");
    console.keys("a");
    console.wait(&format!("in the place of {}", before.code));
    console.wait(&before.digest[..19]);
    console.answer("Type yes to put it in its place", "yes");
    console.wait("edited; it needs approving");
    tape.assert_empty("an edit is no approval");
    let now = server.held();
    assert_ne!(now.digest, before.digest);
    console.wait("! edited");
    console.read();
    console.keys("a");
    console.wait(&now.digest[..19]);
    console.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations()[0].body, b"goodbye");
    console.quit();
    console.assert_tame("an edit");
}

/// CASES AP-30
#[test]
fn a_command_for_a_shell_is_quoted_and_what_acts_on_terminals_makes_none() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let fields = "Content-Type: text/plain\r\nAuthorization: Bearer hunter2\r\n";
    let mut wire = Wire::open(server.proxy());
    wire.send(post(&tape, "/posts", fields, "it's $(id)"));
    held(&server, 1);
    let mut console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    console.keys("x");
    console.wait("Enter goes back.");
    let shown = console.seat.contents().replace('\n', "");
    assert!(shown.contains("curl -X 'POST'") && shown.contains(r"--data-raw 'it'\''s $(id)'"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    console.seat.type_raw(b"\r");
    console.wait("is held, pretty");
    server.deny(&server.held(), "no");
    console.wait("was refused");
    let _wire = agent(&server, &tape, "/posts", "a text \x1b[2J with more around it");
    held(&server, 1);
    console.keys("q");
    console.wait("OPERATION AND HOST");
    console.wait("denied");
    console.keys("G");
    console.gone("denied");
    console.keys("\r");
    console.read();
    console.keys("x");
    console.wait("no command is made of this request");
    console.quit();
    console.assert_tame("a command");
}

/// Ctrl-C is for whoever has the terminal: it ends the editor, and neither the console nor the hold.
#[test]
fn ctrl_c_in_the_editor_leaves_the_console_and_no_draft() {
    let mut server = Server::start(&Plan::new());
    let (drafts, script) = (server.dir().join("drafts"), server.dir().join("editor.sh"));
    std::fs::create_dir(&drafts).expect("ours");
    std::fs::write(&script, "echo the editor has the terminal\nsleep 600\n").expect("ours");
    server.environment("VISUAL", &format!("sh {}", script.display()));
    server.environment("XDG_RUNTIME_DIR", &drafts.display().to_string());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "hello");
    held(&server, 1);
    let before = server.held();
    let console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    let count = || std::fs::read_dir(&drafts).expect("ours").count();
    console.keys("e");
    console.wait("the editor has the terminal");
    assert_eq!(count(), 1, "the draft is where only this user's memory is");
    console.keys("\x03");
    console.wait("the editor ended with");
    console.wait("is held, pretty");
    assert_eq!(count(), 0, "the draft stayed behind");
    assert_eq!(server.held().digest, before.digest);
    console.keys("a");
    console.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations()[0].body, b"hello");
}

/// What is typed beside a printed command is not echoed into it, and is no key afterwards.
#[test]
fn ctrl_c_at_a_printed_command_goes_back_and_nothing_typed_there_is_echoed() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let _wire = agent(&server, &tape, "/posts", "hello");
    held(&server, 1);
    let mut console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    console.keys("x");
    console.wait("Enter goes back.");
    console.keys("ZZZ");
    console.keys("\x03");
    console.wait("is held, pretty");
    console.keys("x");
    console.wait("Enter goes back.");
    console.keys("ZZZ\r");
    console.wait("is held, pretty");
    assert!(!console.seat.text().contains("ZZ"), "it was echoed");
    assert!(!console.seat.contents().contains("does nothing"), "it was a key");
    console.quit();
    console.assert_tame("a printed command");
}

#[test]
fn a_grant_lets_like_requests_pass_until_it_is_ended() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "one");
    held(&server, 1);
    let console = Console::at(&server);
    console.wait("POST /posts");
    console.keys("\r");
    console.read();
    console.keys("a");
    console.answer("Type yes to release it", "grant 15m 20 route");
    assert_eq!(wire.reply().status, 200);
    let mut wire = agent(&server, &tape, "/posts", "two");
    assert_eq!(wire.reply().status, 200, "it is covered");
    console.wait("OPERATION AND HOST");
    console.keys("\t");
    console.wait("live");
    console.wait("/20");
    console.keys("r");
    console.wait("End the grant");
    console.answer("Type end to end the grant", "end");
    console.wait("the grant has ended");
    let _wire = agent(&server, &tape, "/posts", "three");
    held(&server, 1);
    assert_eq!(tape.mutations().len(), 2);
}
