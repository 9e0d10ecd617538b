//! Two people with tokens of their own, each at a console, and a rule that asks for both.

use super::{Console, agent, held};
use crate::binary::Server;
use crate::people::seat::Seat;
use crate::plan::Plan;
use crate::tape::Tape;

/// By the port, as somebody who may not open the socket.
fn sit_down(server: &Server, token: &str) -> Console {
    let mut command = server.command(&["console", "--server", &format!("http://{}", server.admin())]);
    command
        .env("HOLDPOINT_TOKEN", token)
        .env("TERM", "xterm")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("NO_COLOR");
    let console = Console { seat: Seat::before(&command, (24, 80)) };
    console.wait("held");
    console
}

/// The first yes is seen by the other where they look, and moves nothing there; the second one sends, once.
#[test]
fn two_approvals_are_counted_where_the_other_looks_and_the_second_sends_once() {
    let plan = Plan::new()
        .approver("ana", "token-of-ana", "oncall")
        .approver("ben", "token-of-ben", "oncall")
        .rule("name = \"two\"\nmethod = [\"POST\"]\nverdict = \"hold\"\napprovers = { groups = [\"oncall\"], quorum = 2 }");
    let server = Server::start(&plan);
    let tape = Tape::plain();
    let mut wire = agent(&server, &tape, "/posts", "both of us");
    held(&server, 1);
    let hold = server.held();
    let [ana, ben] = ["token-of-ana", "token-of-ben"].map(|token| sit_down(&server, token));
    for console in [&ana, &ben] {
        console.wait("0/2 POST /posts");
        console.keys("\r");
        console.read();
        console.wait("0 of 2");
    }
    let below =
        |console: &Console| console.rows().lines().skip(2).take(20).map(str::to_owned).collect::<Vec<_>>();
    let before = below(&ben);
    ana.keys("a");
    ana.answer("Type yes to release it", "yes");
    ana.wait("1 of 2 approvals (by ana)");
    ben.wait("1 of 2");
    assert_eq!(below(&ben), before, "what the other reads has moved");
    tape.assert_empty("one of two");
    // The first one's second yes is not another person's.
    ana.keys("\r");
    ana.read();
    ana.keys("a");
    ana.wait("not yours to release");
    tape.assert_empty("one of two");
    ben.keys("a");
    ben.answer("Type yes to release it", "yes");
    assert_eq!(wire.reply().status, 200);
    ben.wait(&format!("{} was released; the service answered 200", hold.code));
    ana.wait("was released by ben meanwhile");
    assert_eq!(tape.mutations().len(), 1);
    let records = server.records();
    let by: Vec<_> = records.iter().filter_map(|record| record["approver"].as_str()).collect();
    assert_eq!(by, ["ana", "ben"]);
    server.check(&[&tape]);
}
