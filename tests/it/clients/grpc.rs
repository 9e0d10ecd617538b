//! grpcio against a gRPC server, in the clear inside a tunnel, as `grpc.insecure_channel` does it behind a proxy.

use serde_json::{Value, json};

use super::agent::{Agent, reads_as};
use super::backend::Backend;
use super::{python, tools};
use crate::binary::Server;
use crate::plan::Plan;

struct Library {
    tools: std::path::PathBuf,
    backend: Backend,
    server: Server,
}

impl Library {
    fn start(plan: Plan) -> Option<Self> {
        let tools = tools()?;
        let backend = Backend::script(|dir| {
            let mut command = python(&tools, "grpc_server.py");
            command.arg(dir.join("record"));
            command
        });
        let service = format!(
            "name = \"library\"\nhost = [\"{}\"]\ndialect = \"grpc\"\nreads = [\"*/Get*\", \"*/List*\"]\n\
             effects = {{ \"*/Delete*\" = \"delete\", \"*/ShareShelf\" = \"permission\" }}",
            backend.authority()
        );
        Some(Self { tools, server: Server::start(&plan.service(&service)), backend })
    }

    fn call(&self, method: &str, messages: &[&str]) -> Agent<'_> {
        let mut command = python(&self.tools, "grpc_client.py");
        command.args([&self.backend.authority(), &format!("/library.v1.Library/{method}")]);
        command.args(messages.iter().map(|message| holdpoint::secret::hex(message.as_bytes())));
        Agent::start(&self.server, command)
    }
}

fn answers(words: &[&str]) -> Value {
    words.iter().map(|word| Value::from(holdpoint::secret::hex(word.as_bytes()))).collect()
}

#[test]
fn grpc_reads_pass_and_their_trailers_with_them() {
    let Some(library) = Library::start(Plan::new()) else { return };
    let got = library.call("ListBooks", &["all"]).passes().json();
    assert_eq!(got["answers"], answers(&["ListBooks all"]));
    assert_eq!((&got["code"], &got["trailers"]["library-shelf"]), (&json!("OK"), &json!("7")));
}

#[test]
fn grpc_mutations_wait_and_arrive_once() {
    let Some(library) = Library::start(Plan::new()) else { return };
    for (method, effect) in
        [("CreateBook", "unknown|write"), ("DeleteBook", "delete"), ("ShareShelf", "permission")]
    {
        let mut agent = library.call(method, &["dune"]);
        let hold = agent.held();
        reads_as(&hold, "grpc", effect, method);
        let before = library.backend.record().len();
        library.server.approve(&hold);
        let got = agent.ends().succeeded().json();
        assert_eq!(
            (&got["answers"], &got["trailers"]["library-shelf"]),
            (&answers(&[&format!("{method} dune")]), &json!("7"))
        );
        assert_eq!(library.backend.record()[before..], [json!({"method": method, "messages": ["dune"]})]);
    }
}

/// A server's own no has no message: its head is its trailers too.
#[test]
fn grpc_errors_of_the_service_come_through() {
    let Some(library) = Library::start(Plan::new()) else { return };
    let not_found =
        |got: &Value| (&got["code"], &got["details"]) == (&json!("NOT_FOUND"), &json!("no such book"));
    let read = library.call("GetBook", &["missing"]).ends();
    assert!(not_found(&read.json()), "{read:?}");
    let mut agent = library.call("DeleteBook", &["missing"]);
    library.server.approve(&agent.held());
    let released = agent.ends();
    assert!(not_found(&released.json()), "{released:?}");
    assert_eq!(library.backend.record().len(), 2);
}

#[test]
fn grpc_denials_are_a_status_with_the_reason() {
    let Some(library) = Library::start(Plan::new()) else { return };
    let mut agent = library.call("DeleteBook", &["dune"]);
    library.server.deny(&agent.held(), "not on a Friday");
    let got = agent.ends().json();
    assert_eq!(got["code"], "PERMISSION_DENIED", "{got}");
    assert!(got["details"].as_str().is_some_and(|text| text.contains("not on a Friday")), "{got}");
    assert!(library.backend.record().is_empty());
    assert_eq!(library.server.holds("denied").iter().map(|hold| hold.attempts).collect::<Vec<_>>(), [1]);
}

#[test]
fn grpc_calls_that_nobody_has_decided_yet_are_unavailable() {
    let Some(library) = Library::start(Plan::new().hold("wait", "\"1s\"")) else { return };
    let got = library.call("CreateBook", &["dune"]).ends().json();
    assert_eq!(got["code"], "UNAVAILABLE", "{got}");
    let hold = library.server.held();
    assert_eq!(got["hold"], hold.id.as_str(), "{got}");
    assert!(got["details"].as_str().is_some_and(|text| text.contains("again")), "{got}");
    // The same call again goes on waiting at the same hold.
    let mut agent = library.call("CreateBook", &["dune"]);
    assert_eq!(agent.held().id, hold.id);
    library.server.approve(&hold);
    assert_eq!(agent.ends().succeeded().json()["answers"], answers(&["CreateBook dune"]));
    assert_eq!(library.backend.record().len(), 1);
}

#[test]
fn grpc_streams_flow_both_ways_where_a_rule_allows_them() {
    let rule = "name = \"watch\"\nmethod = [\"POST\"]\npath = [\"/library.v1.Library/WatchBooks\"]\n\
                host = [\"127.0.0.1:*\"]\nverdict = \"allow\"";
    let Some(library) = Library::start(Plan::new().rule(rule)) else { return };
    let got = library.call("WatchBooks", &["one", "two", "three"]).passes().json();
    assert_eq!(got["answers"], answers(&["seen one", "seen two", "seen three"]));
}
