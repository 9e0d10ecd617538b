//! More holds than a page of the API lists, before `review`: none of them is forgotten.

use super::seat::Seat;
use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

/// The end of a group's question.
const ALL: &str = "[all | no REASON | one by one | Enter leaves them held | ? helps]:";

/// A thousand and three are pending, and the person leaves the oldest thousand as they are: the rest is asked for all the
/// same, and the three that are released are exactly those that were listed.
#[test]
fn review_goes_on_behind_the_oldest_thousand() {
    const HOLDS: usize = 1003;
    crate::load::raise_file_limit();
    let plan = Plan::new().hold("wait", "\"10m\"").hold("max_pending_per_agent", "2000");
    let server = Server::start(&plan);
    let tape = Tape::plain();
    let mut wires: Vec<Wire> = Vec::new();
    for number in 0..HOLDS {
        let mut wire = Wire::open(server.proxy());
        wire.send(post(&tape, "/posts", "", &format!("post {number}")));
        wires.push(wire);
        if number % 100 == 99 {
            // In the order in which they were sent, roughly: the last three are the last three.
            wait::until_true("they are held", || server.holds("held").len() == number + 1);
        }
    }
    wait::until_true("they are held", || server.holds("held").len() == HOLDS);
    let seat = Seat::at(&server, &["review"], (4000, 100));
    for page in 1..6 {
        seat.wait_for_times(ALL, page);
        seat.type_line("");
    }
    seat.wait_for("Release these 3 requests, each as it is listed");
    seat.wait_for_times(ALL, 6);
    tape.assert_empty("nobody said all");
    seat.type_line("all");
    seat.wait_for("3 requests released");
    wait::until_true("the three", || tape.mutations().len() == 3);
    assert_eq!(server.holds("held").len(), HOLDS - 3);
    let arrived: Vec<String> =
        tape.mutations().iter().map(|sent| String::from_utf8_lossy(&sent.body).into_owned()).collect();
    let text = seat.text();
    let (_, last) = text.rsplit_once("3 requests of one kind").expect("their page");
    for body in arrived {
        // The first of them is shown whole, of the others the word that differs.
        let word = body.replace("post ", "│ ");
        assert!(last.contains(&body) || last.contains(&word), "{body} was not listed:\n{last}");
    }
}
