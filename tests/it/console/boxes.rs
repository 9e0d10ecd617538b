//! What an agent can put on a screen, tried on the console: the vectors that the prompt of `serve` and `review` are shown.
//! Nothing of them speaks with Holdpoint's voice, in the list, in any view of the request, or in a question; nothing types
//! for the person, and nothing is sent.

use super::{Console, held};
use crate::binary::Server;
use crate::plan::Plan;
use crate::prompt::vectors::{self, Vector};
use crate::raw::Wire;
use crate::tape::Tape;

/// A window on which each of them stands whole.
const TALL: (u16, u16) = (160, 80);

/// Holdpoint's own last line of a request; an agent may write it too, but not at the left edge.
const END: &str = "end of the request";

fn sent(server: &Server, tape: &Tape, vector: &Vector) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(vector.on_the_wire(&tape.authority(), ""));
    held(server, 1);
    wire
}

/// Looks at it in the list, in each view and in both questions; refuses it, and the agent has the refusal. The text is the
/// pretty view's.
fn looked(server: &Server, case: &str, mut wire: Wire) -> String {
    let mut console = Console::sized(server, TALL);
    console.wait("1 held");
    console.keys("\r");
    crate::wait::until_true("the end of it", || console.rows().lines().any(|line| line == END));
    let pretty = console.rows();
    for view in ["raw", "hex", "diff"] {
        console.keys("v");
        console.wait(&format!("is held, {view}   lines 1 to"));
        crate::wait::until_true(&format!("{case}: the end of {view}, once"), || {
            console.rows().lines().filter(|line| *line == END).count() == usize::from(view != "diff")
        });
    }
    console.keys("v");
    console.wait("is held, pretty   lines 1 to");
    console.keys("a");
    console.wait("Esc leaves it held:");
    let question = console.rows();
    let rule = question.lines().position(|line| line.starts_with("───")).expect("a rule above it");
    let asked: Vec<&str> = question.lines().skip(rule + 1).collect();
    assert!(asked[0].starts_with("Release ") && asked[1].starts_with("digest sha256:"), "{case}: {asked:?}");
    assert!(asked[2].starts_with('│'), "{case}: {asked:?}");
    console.keys("\x1b");
    console.wait("nothing was decided");
    console.keys("d");
    console.answer("Why? The agent is told.", "not this");
    console.wait("was refused; nothing of it was sent");
    assert_eq!(wire.reply().code(), "denied", "{case}");
    console.quit();
    console.assert_tame(case);
    pretty
}

/// CASES AP-01 to AP-08: whatever kind of body, its text acts on no terminal and stays behind the bar.
#[test]
fn no_kind_of_body_lets_a_text_out_of_its_box_in_the_console() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    for vector in vectors::kinds() {
        let case = vector.fields[0].1;
        let wire = sent(&server, &tape, &vector);
        vectors::assert_in_its_box(case, &looked(&server, case, wire));
    }
    tape.assert_empty("refused");
}

/// CASES AP-01, 03, 04, 11, 12, 29, 36: every place of a request that an agent may fill, and what each is shown as.
#[test]
fn no_place_of_a_request_makes_the_terminal_of_the_console_act_or_type() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let call = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": vectors::queries()}).to_string();
    let ((claims, said), (figures, numbers)) = (vectors::claims(), vectors::figures());
    let twice = r#"{"amount":1e400,"amount":-0,"k":"\u0041\/"}"#;
    let json = [("content-type", "application/json")];
    let table: Vec<(&str, Vector, Vec<&str>)> = vec![
        ("a text", Vector::post(&[("content-type", "text/plain")], vectors::queries()), vec!["1b 5b 36 6e"]),
        ("an operation", Vector::post(&json, call), vec!["\\x1b[6n", "jsonrpc"]),
        (
            "fields",
            Vector::post(
                &[("user-agent", "\u{9b}2J\u{9d}0;t\u{9c} bot"), ("x-note", "\u{202e}\u{200b}")],
                "one",
            ),
            vec!["\\u{9b}2J", "\\u{202e}\\u{200b}"],
        ),
        (
            "a target",
            Vector {
                target: "/posts?q=%1b%5B2J%07%C2%9B6n&next=%0Aend+of+the+request",
                ..Vector::post(&[], "one")
            },
            vec!["%0Aend+of+the+request"],
        ),
        ("claims", claims, said.to_vec()),
        ("figures", figures, numbers.to_vec()),
        ("a doubled key", Vector::post(&json, twice), vec!["1e400", "-0", r"\u0041"]),
    ];
    for (case, vector, seen) in table {
        let wire = sent(&server, &tape, &vector);
        let text = looked(&server, case, wire);
        let body = text.split_once("request, as it will be sent").expect("a request").1;
        for part in seen {
            let line = body.lines().find(|line| line.contains(part));
            let is_behind_the_bar =
                line.is_some_and(|line| line.find('│') < line.find(part) && line.contains('│'));
            assert!(is_behind_the_bar, "{case}: {part} in {text}");
        }
        assert_eq!(text.lines().filter(|line| *line == END).count(), 1, "{case}: {text}");
    }
    tape.assert_empty("refused");
}

/// CASES AP-10: five thousand blanks before the danger. It is on the screen, and a yes is not enough for it.
#[test]
fn a_danger_far_down_is_seen_in_the_console_and_a_yes_is_not_enough() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let blanks = Vector::post(&[("content-type", "text/plain")], vectors::blanks());
    let mut wire = sent(&server, &tape, &blanks);
    let hold = server.held();
    let console = Console::at(&server);
    console.keys("\r");
    console.read();
    console.wait("rm -rf /");
    console.keys("a");
    console.answer("Not all of it was displayed", "yes");
    console.wait("nothing done: read it to its end");
    console.keys("\x1b");
    console.wait("nothing was decided");
    // All of it is one key away, and then it was read.
    console.keys("m");
    console.wait("not displayed yet");
    console.read();
    console.keys("a");
    console.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
    assert_eq!(crate::oracle::digest(&tape, &tape.mutations()[0]), hold.digest);
    console.assert_tame("blanks");
}
