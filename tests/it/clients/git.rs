//! git over smart HTTP: a fetch, which is a POST, passes by an `allow` rule; each POST of a push waits for a person.
//! The tape is what the git server wrote down.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use base64::Engine;
use holdpoint::hold::HoldView;
use serde_json::Value;

use super::{script, through, tools};
use crate::binary::Server;
use crate::names::NAMES;
use crate::pki::Flaw;
use crate::plan::Plan;
use crate::wait;

/// `git http-backend` behind the script of the tests, with one bare repository.
struct Forge {
    child: Child,
    authority: String,
    scheme: &'static str,
    directory: PathBuf,
}

impl Drop for Forge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Forge {
    fn start(server: &Server, secure: bool) -> Self {
        let directory = server.dir().join("forge");
        fs::create_dir_all(&directory).expect("the directory is ours");
        plain_git(&directory, &["init", "-q", "--bare", "root/repo.git"]);
        plain_git(&directory.join("root/repo.git"), &["config", "http.receivepack", "true"]);
        let mut command = Command::new("python3");
        command.arg(script("git_server.py")).arg(directory.join("root")).arg(directory.join("record"));
        if secure {
            let (certificate, key) = server.authority.leaf_pem(&NAMES, Flaw::None);
            fs::write(directory.join("cert.pem"), certificate).expect("the directory is ours");
            fs::write(directory.join("key.pem"), key).expect("the directory is ours");
            command.arg(directory.join("cert.pem")).arg(directory.join("key.pem"));
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("python3 runs");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut port).expect("its port");
        let scheme = if secure { "https" } else { "http" };
        Self { child, authority: format!("127.0.0.1:{}", port.trim()), scheme, directory }
    }

    fn url(&self) -> String {
        format!("{}://{}/repo.git", self.scheme, self.authority)
    }

    /// The requests that the server got: method, path and the raw bytes.
    fn record(&self) -> Vec<(String, Vec<u8>)> {
        let text = fs::read_to_string(self.directory.join("record")).unwrap_or_default();
        let entry = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let what = format!("{} {}", line["method"].as_str()?, line["path"].as_str()?);
            let raw = base64::engine::general_purpose::STANDARD.decode(line["raw"].as_str()?).ok()?;
            Some((what, raw))
        };
        text.lines().filter_map(entry).collect()
    }

    fn pushes(&self) -> Vec<Vec<u8>> {
        let pushes = self.record().into_iter().filter(|(what, _)| what == "POST /repo.git/git-receive-pack");
        pushes.map(|(_, raw)| raw).collect()
    }

    fn tip(&self) -> String {
        let output = Command::new("git")
            .args(["rev-parse", "-q", "--verify", "main"])
            .current_dir(self.directory.join("root/repo.git"))
            .output();
        String::from_utf8_lossy(&output.expect("git runs").stdout).trim().to_owned()
    }
}

fn plain_git(directory: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(directory).output();
    let output = output.expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// git as the agent runs it.
fn agent_git(server: &Server, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).env("GIT_TERMINAL_PROMPT", "0").env("GIT_TRACE_CURL", "2");
    command.env("GIT_TRACE_CURL_NO_DATA", "1").stdin(Stdio::null());
    through(&mut command, server);
    command
}

/// Runs git while a person does `decide` with each new hold.
fn while_deciding(server: &Server, mut git: Command, mut decide: impl FnMut(&HoldView)) -> Output {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || done.send(git.output().expect("git runs")));
    wait::until("git to end", || {
        server.holds("held").iter().filter(|hold| hold.waiting > 0).for_each(&mut decide);
        ended.try_recv().ok()
    })
}

fn commit(work: &Path, name: &str, bytes: usize) -> String {
    fs::write(work.join(name), noise(bytes)).expect("the directory is ours");
    plain_git(work, &["add", "."]);
    plain_git(work, &["commit", "-q", "-m", name]);
    plain_git(work, &["rev-parse", "HEAD"])
}

/// Bytes that do not compress, so that a push is as large as its file.
fn noise(bytes: usize) -> Vec<u8> {
    (0..bytes / 32 + 1).flat_map(|number| holdpoint::secret::sha256(&number.to_be_bytes())).collect()
}

/// git says in its own report that the server would not have the ref, and why.
fn rejected(output: &Output) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{errors}");
    let line = errors.lines().find(|line| line.contains("[remote rejected]"));
    assert!(line.is_some_and(|line| line.contains("not on a Friday")), "{errors}");
}

fn story(secure: bool) {
    if tools().is_none() {
        return;
    }
    let fetch = "name = \"fetch\"\nmethod = [\"POST\"]\npath = [\"/**/git-upload-pack\"]\nhost = [\"127.0.0.1:*\"]\nverdict = \"allow\"";
    let mut server = Server::start(&Plan::new().rule(fetch));
    let forge = Forge::start(&server, secure);
    let work = server.dir().join("work");
    let nobody = |hold: &HoldView| panic!("a fetch was held: {hold:?}");
    let cloned = while_deciding(
        &server,
        agent_git(&server, server.dir(), &["clone", "-q", &forge.url(), "work"]),
        nobody,
    );
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));

    // A push large enough to come in chunks, after a probe: each POST is shown, and arrives as it was shown.
    let first = commit(&work, "large", 3 * 1024 * 1024);
    let mut shown = Vec::new();
    let push = ["push", "-q", "origin", "HEAD:main"];
    let pushed = while_deciding(&server, agent_git(&server, &work, &push), |hold| {
        let raw = server.raw(hold);
        assert!(!forge.pushes().contains(&raw), "it left before anybody had decided");
        shown.push(raw);
        server.approve(hold);
    });
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    assert_eq!(forge.tip(), first);
    assert!(
        shown.len() >= 2 && shown == forge.pushes(),
        "{} shown, {} arrived",
        shown.len(),
        forge.pushes().len()
    );

    // Killed while a push waits: git is told, pushes again, and the repository changes once.
    let second = commit(&work, "small", 100);
    let before = forge.pushes().len();
    let mut killed = agent_git(&server, &work, &push).stderr(Stdio::null()).spawn().expect("git runs");
    server.held();
    server.restart();
    wait::until("git to give up", || killed.try_wait().expect("it is our child"));
    assert_eq!((forge.tip(), forge.pushes().len()), (first, before));
    let again = while_deciding(&server, agent_git(&server, &work, &push), |hold| server.approve(hold));
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!((forge.tip(), forge.pushes().len()), (second.clone(), before + 1));

    // Denied: git shows the reason, and nothing changes.
    commit(&work, "denied", 100);
    let denied = while_deciding(&server, agent_git(&server, &work, &push), |hold| {
        server.deny(hold, "not on a Friday")
    });
    rejected(&denied);
    assert_eq!((forge.tip(), forge.pushes().len()), (second, before + 1));
    server.says(&["audit", "verify"]);
}

#[test]
fn git_over_http() {
    story(false);
}

#[test]
fn git_over_https() {
    story(true);
}

/// Declared: a fetch needs no rule, and a push says which refs it moves.
#[test]
fn git_of_a_declared_service() {
    if tools().is_none() {
        return;
    }
    let server =
        Server::start(&Plan::new().service("name = \"forge\"\nhost = [\"127.0.0.1:*\"]\ndialect = \"git\""));
    let forge = Forge::start(&server, false);
    let work = server.dir().join("work");
    let nobody = |hold: &HoldView| panic!("held: {} {:?}", hold.operation, hold.why);
    let succeeds = |output: Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let reads = |arguments: &[&str], at: &Path| {
        succeeds(while_deciding(&server, agent_git(&server, at, arguments), nobody));
    };
    // One POST for each push: the one that waits is the one that moves the refs.
    let pushes = |refs: &[&str], effect: &str, words: &[&str], approve: bool| {
        let mut shown = Vec::new();
        let push = [&["push", "-q", "origin"], refs].concat();
        let output = while_deciding(&server, agent_git(&server, &work, &push), |hold| {
            assert_eq!((&*hold.dialect, &*hold.effect), ("git", effect), "{hold:?}");
            shown.push(format!("{} {}", hold.operation, hold.why.join(" ")));
            if approve { server.approve(hold) } else { server.deny(hold, "not on a Friday") }
        });
        assert_eq!(shown.len(), 1, "{shown:?}");
        words.iter().for_each(|word| assert!(shown[0].contains(word), "no {word:?} in {shown:?}"));
        if approve { succeeds(output) } else { rejected(&output) }
    };
    reads(&["clone", "-q", &forge.url(), "work"], server.dir());
    commit(&work, "first", 100);
    pushes(&["HEAD:main"], "write", &["git push main (new)"], false);
    assert_eq!(forge.tip(), "");
    pushes(&["HEAD:main"], "write", &["git push main (new)"], true);
    let second = commit(&work, "second", 100);
    pushes(&["HEAD:main"], "write", &["git push main"], true);
    assert_eq!(forge.tip(), second);
    pushes(&["HEAD:refs/heads/draft", "HEAD:refs/tags/v1"], "write", &["draft", "v1"], true);
    reads(&["fetch", "-q", "--tags", "origin"], &work);
    reads(&["ls-remote", "-q", "origin"], &work);
    pushes(&[":refs/heads/draft"], "delete", &["deletes draft"], false);
    pushes(&[":refs/heads/draft"], "delete", &["deletes draft"], true);
    server.says(&["audit", "verify"]);
}
