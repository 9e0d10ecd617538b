//! The Python MCP SDK on both sides, over streamable HTTP: the handshake, the listing and the tools that the operator
//! declares as reads pass; any other tool waits, and a refusal is an error of the SDK's own.

use serde_json::{Value, json};

use super::agent::{Agent, reads_as};
use super::backend::Backend;
use super::{python, tools};
use crate::binary::Server;
use crate::plan::Plan;

/// How the SDK finds out what the server speaks: `initialize`, or `server/discover`.
const MODES: [&str; 2] = ["legacy", "auto"];

struct Wiki {
    tools: std::path::PathBuf,
    backend: Backend,
    server: Server,
}

impl Wiki {
    fn start(plan: Plan) -> Option<Self> {
        let tools = tools()?;
        let backend = Backend::script(|dir| {
            let mut command = python(&tools, "mcp_server.py");
            command.arg(dir.join("record"));
            command
        });
        let service = format!(
            "name = \"wiki\"\nhost = [\"{}\"]\ndialect = \"mcp\"\nreads = [\"get_*\"]\neffects = {{ \"save_*\" = \"write\" }}",
            backend.authority()
        );
        Some(Self { tools, server: Server::start(&plan.service(&service)), backend })
    }

    fn agent(&self, mode: &str, tool: &str, arguments: &Value, times: u32) -> Agent<'_> {
        let mut command = python(&self.tools, "mcp_client.py");
        command.args([
            mode,
            &format!("http://{}/mcp", self.backend.authority()),
            tool,
            &arguments.to_string(),
        ]);
        command.arg(times.to_string());
        Agent::start(&self.server, command)
    }

    fn saves(&self, mode: &str, times: u32) -> Agent<'_> {
        let mut agent = self.agent(mode, "save_page", &page(), times);
        assert_eq!(agent.says()["tools"], json!(["get_page", "save_page"]));
        agent
    }
}

fn page() -> Value {
    json!({"title": "access", "text": "anyone may"})
}

#[test]
fn mcp_reads_pass_from_the_handshake_to_the_end_of_the_session() {
    let Some(wiki) = Wiki::start(Plan::new()) else { return };
    for mode in MODES {
        let ended = wiki.agent(mode, "get_page", &json!({"title": "access"}), 1).passes();
        let last: Value =
            serde_json::from_str(ended.output.lines().last().unwrap_or_default()).expect("JSON");
        assert_eq!(last, json!({"answer": "the page access", "failed": false}), "{mode}: {ended:?}");
    }
    assert!(wiki.server.holds("held").is_empty());
}

#[test]
fn mcp_writes_wait_and_arrive_once() {
    let Some(wiki) = Wiki::start(Plan::new()) else { return };
    for (saved, mode) in MODES.into_iter().enumerate() {
        let mut agent = wiki.saves(mode, 1);
        let hold = agent.held();
        reads_as(&hold, "mcp", "write", "save_page");
        assert_eq!(wiki.backend.record().len(), saved);
        wiki.server.approve(&hold);
        assert_eq!(agent.says(), json!({"answer": "saved access", "failed": false}), "{mode}");
        agent.passes();
        assert_eq!(wiki.backend.record(), vec![page(); saved + 1]);
    }
}

#[test]
fn mcp_denials_are_an_error_with_the_reason() {
    let Some(wiki) = Wiki::start(Plan::new()) else { return };
    for mode in MODES {
        let mut agent = wiki.saves(mode, 3);
        wiki.server.deny(&agent.held(), "not on a Friday");
        let got = agent.says();
        assert!(got["error"].as_str().is_some_and(|text| text.contains("not on a Friday")), "{mode}: {got}");
        assert_eq!(got["data"]["code"], "denied", "{mode}: {got}");
        agent.passes();
    }
    assert!(wiki.backend.record().is_empty());
    assert_eq!(wiki.server.holds("denied").iter().map(|hold| hold.attempts).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn mcp_calls_that_come_back_with_another_id_join_their_hold() {
    let Some(wiki) = Wiki::start(Plan::new().hold("wait", "\"2s\"")) else { return };
    for (saved, mode) in MODES.into_iter().enumerate() {
        let mut agent = wiki.saves(mode, 10);
        let first = agent.held();
        let got = agent.says();
        assert_eq!(
            (&got["data"]["code"], &got["data"]["hold_id"]),
            (&json!("held"), &json!(first.id)),
            "{mode}: {got}"
        );
        let again = agent.held();
        assert_eq!((&again.id, again.attempts), (&first.id, 2), "{mode}: the same call is the same hold");
        wiki.server.approve(&again);
        assert_eq!(agent.says(), json!({"answer": "saved access", "failed": false}), "{mode}");
        agent.passes();
        assert_eq!(wiki.backend.record().len(), saved + 1);
    }
}
