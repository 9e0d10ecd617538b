//! `holdpoint agents`: the config file that is in use, the agent that its token lets in, and the rest of the file untouched.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn config(server: &Server) -> String {
    fs::read_to_string(server.dir().join("holdpoint.toml")).expect("the config")
}

/// A field of what `agents add` printed.
fn printed(output: &str, name: &str) -> String {
    let line = output.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in\n{output}")).trim().to_owned()
}

/// Added, an agent is let in by its token at once; taken out, it is a stranger. The file is otherwise the same.
#[test]
fn an_agent_is_added_let_in_and_taken_out_again() {
    let server = Server::start(&Plan::new());
    let file = server.dir().join("holdpoint.toml");
    let before = config(&server) + "\n# a last word\n";
    fs::write(&file, &before).expect("ours");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("ours");
    let output = server.cli(&["agents", "add", "triage-bot"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let token = printed(&said, "token");
    assert_eq!(token.len(), 43);
    assert_eq!(printed(&said, "proxy"), format!("http://triage-bot:{token}@{}", server.proxy()));
    assert!(text(&output.stderr).contains("anonymous"), "who was let in before is not any more");
    let after = config(&server);
    assert!(
        after.starts_with(&before)
            && after.contains("[[agent]]\nname = \"triage-bot\"\ntoken_hash = \"sha256:")
    );
    assert!(!after.contains(&token), "the config has the hash alone");
    assert_eq!(fs::metadata(&file).expect("it is there").mode() & 0o777, 0o640);

    // The server was told, and lets this agent in and nobody else.
    let tape = Tape::plain();
    wait::until_true("strangers to be turned away", || {
        let mut wire = Wire::open(server.proxy());
        wire.send(format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/"), tape.authority()));
        wire.reply().status == 407
    });
    let mut run = server.command(&["run", "--agent", "triage-bot", "--", "curl", "-sS", &tape.url("/read")]);
    assert_eq!(text(&run.env("HOLDPOINT_AGENT_TOKEN", &token).output().expect("it runs").stdout), "ok\n");
    let mut post = server.command(&["run", "--", "curl", "-sS", "-d", "a", &tape.url("/post")]);
    let mut post = post.env("HOLDPOINT_AGENT_TOKEN", &token).stdout(Stdio::null()).spawn().expect("it runs");
    let hold = server.held();
    assert_eq!(hold.agent, "triage-bot");
    let listed: serde_json::Value =
        serde_json::from_slice(&server.says(&["agents", "ls", "--json"])).expect("JSON");
    assert_eq!(
        (&listed["agents"][0]["name"], &listed["agents"][0]["token"]),
        (&"triage-bot".into(), &true.into())
    );
    server.deny(&hold, "enough");
    assert!(post.wait().expect("it ends").success());

    let gone = server.cli(&["agents", "rm", "triage-bot"]);
    assert!(gone.status.success(), "{}", text(&gone.stderr));
    assert_eq!(config(&server).trim_end(), before.trim_end());
    wait::until_true("everyone to be let in again", || {
        let mut wire = Wire::open(server.proxy());
        wire.send(format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/"), tape.authority()));
        wire.reply().status == 200
    });
}

/// The near misses: what would not be a config, or would change what a rule means, leaves the file as it was.
#[test]
fn a_file_is_not_changed_into_what_is_no_config() {
    let rule = "name = \"its own\"\nagent = [\"bot\"]\nverdict = \"hold\"";
    let server = Server::prepare(&Plan::new().agent("bot", "t0ken").agent("rack", "r4ck").rule(rule));
    let before = config(&server);
    let line = before.lines().position(|line| line.starts_with("agent =")).expect("the rule") + 1;
    let refused = server.cli(&["agents", "rm", "bot"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains(&format!("holdpoint.toml:{line}")), "{}", text(&refused.stderr));
    for (wrong, code) in [
        (vec!["agents", "rm", "nobody"], 2),
        (vec!["agents", "add", "bot"], 2),
        (vec!["agents", "add", "a:b"], 2),
        (vec!["agents", "add", ""], 2),
        (vec!["agents", "add", "anonymous"], 2),
        (vec!["agents", "add", "new", "--source", "nowhere"], 2),
    ] {
        assert_eq!(server.cli(&wrong).status.code(), Some(code), "{wrong:?}");
    }
    assert_eq!(config(&server), before);
    server.says(&["agents", "rm", "rack"]);
    assert!(!config(&server).contains("rack"));
}

/// Where there is no file to write to, the table is printed for whoever can.
#[test]
fn without_a_file_the_table_is_printed() {
    let server = Server::prepare(&Plan::new());
    let mut command = server.command(&["agents", "add", "bot", "--source", "10.1.2.0/24", "10.1.3.0/24"]);
    let output = command.env_remove("HOLDPOINT_CONFIG").current_dir("/proc").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("[[agent]]\nname = \"bot\"\ntoken_hash = \"sha256:"), "{said}");
    assert!(said.contains("source = [\"10.1.2.0/24\", \"10.1.3.0/24\"]"), "{said}");
    assert_eq!(printed(&said, "token").len(), 43);
}

/// CASES AP-01: a name in a listing acts on no terminal.
#[test]
fn a_listing_says_who_is_known_by_what() {
    let server = Server::start(&Plan::new().agent("bot", "t0ken"));
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    // bot:t0ken
    wire.send(post(&tape, "/a", "Proxy-Authorization: Basic Ym90OnQwa2Vu\r\n", "x"));
    server.held();
    let listed = text(&server.says(&["agents", "ls"]));
    assert!(listed.starts_with("AGENT") && listed.contains("bot") && listed.contains("token"), "{listed}");
}
