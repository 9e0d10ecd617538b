//! The OpenAI SDK against a server of OpenAI's shape: a completion asks the model and changes nothing, so that it
//! passes, and its words arrive as they are said; a file is kept by the service, so that it waits.

use serde_json::json;

use super::agent::{Agent, reads_as};
use super::backend::Backend;
use super::{python, tools};
use crate::binary::Server;
use crate::plan::Plan;

struct Model {
    tools: std::path::PathBuf,
    backend: Backend,
    server: Server,
}

impl Model {
    fn start() -> Option<Self> {
        let tools = tools()?;
        let backend = Backend::script(|dir| {
            let mut command = python(&tools, "openai_server.py");
            command.args([dir.join("record"), dir.join("go")]);
            command
        });
        let service = format!("name = \"model\"\nhost = [\"{}\"]\ncatalog = \"openai\"", backend.authority());
        Some(Self { tools, server: Server::start(&Plan::new().service(&service)), backend })
    }

    fn agent(&self, what: &str) -> Agent<'_> {
        let mut command = python(&self.tools, "openai_client.py");
        command.arg(what).env("OPENAI_API_KEY", "key");
        command.env("OPENAI_BASE_URL", format!("http://{}/v1", self.backend.authority()));
        Agent::start(&self.server, command)
    }
}

#[test]
fn openai_completions_stream_through() {
    let Some(model) = Model::start() else { return };
    model.agent("models").passes();
    let mut agent = model.agent("chat");
    assert_eq!(agent.says(), json!({"word": "one"}));
    assert_eq!(model.backend.record().len(), 1, "the first word is there before the last was sent");
    std::fs::write(model.backend.file("go"), "").expect("the directory is ours");
    assert_eq!(agent.says(), json!({"word": "two"}));
    agent.passes();
    assert!(model.server.holds("held").is_empty());
}

#[test]
fn openai_files_wait() {
    let Some(model) = Model::start() else { return };
    let mut agent = model.agent("upload");
    let hold = agent.held();
    assert_eq!((&*hold.effect, &*hold.method), ("write", "POST"), "{hold:?}");
    model.server.deny(&hold, "not on a Friday");
    let got = agent.says();
    assert!(got["message"].as_str().is_some_and(|text| text.contains("not on a Friday")), "{got}");
    assert_eq!((&got["error"], &got["status"]), (&json!("PermissionDeniedError"), &json!(403)));
    assert!(!agent.ends().ok && model.backend.record().is_empty());
    assert_eq!(model.server.holds("denied").iter().map(|hold| hold.attempts).collect::<Vec<_>>(), [1]);

    let mut agent = model.agent("upload");
    let hold = agent.held();
    reads_as(&hold, "http", "write", "POST /v1/files");
    model.server.approve(&hold);
    assert_eq!(agent.says(), json!({"file": "file-1"}));
    agent.ends().succeeded();
    assert_eq!(model.backend.record(), [json!({"method": "POST", "path": "/v1/files"})]);
}
