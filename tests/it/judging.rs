//! `classify`, `policy` and `catalog`: what a request is and what the rules say of it, without a server and without
//! any state (SPEC sections 4 and 9).

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::BINARY;

/// A directory with a config, in which commands are run.
struct Desk {
    dir: TempDir,
}

/// What a command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new(config: &str) -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        desk.file("f.toml", config);
        desk
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn run(&self, line: &[&str], input: &str) -> Said {
        let mut child = Command::new(BINARY)
            .args(line)
            .args(["--config", "f.toml"])
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        // A command that does not read its input has closed it.
        let _ = writer.join().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    /// Only the files that the test made are there.
    fn untouched(&self, files: usize) {
        assert_eq!(fs::read_dir(self.dir.path()).unwrap().count(), files);
        assert!(!Path::new(self.dir.path()).join("state").exists());
    }
}

impl Said {
    fn answers(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn request(id: impl Into<Value>, method: &str, host: &str, path: &str) -> Value {
    json!({"id": id.into(), "method": method, "scheme": "https", "host": host, "path": path, "headers": {}, "body": null})
}

#[test]
fn each_request_is_answered_in_one_line_and_in_order() {
    let desk = Desk::new("");
    let lines = [
        request("a", "GET", "forum.example", "/posts"),
        request(2, "POST", "forum.example", "/posts"),
        request("c", "DELETE", "forum.example", "/posts/7"),
        request("d", "FROBNICATE", "forum.example", "/"),
        request("e", "GET", "forum.example", "//posts"),
        json!({"method": "GET", "host": "forum.example", "path": "/"}),
    ]
    .map(|line| line.to_string())
    .join("\n");
    let said = desk.run(&["classify"], &lines);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let answers = said.answers();
    let of = |key: &str| answers.iter().map(|answer| answer[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("id"), [json!("a"), json!(2), json!("c"), json!("d"), json!("e"), Value::Null]);
    assert_eq!(of("label"), ["read", "mutating", "mutating", "unknown", "unknown", "read"]);
    assert_eq!(of("effect"), ["read", "write", "delete", "unknown", "unknown", "read"]);
    assert_eq!(answers[0]["operation"], "GET /posts");
    assert_eq!(answers[0]["dialect"], "http");
    assert!(answers.iter().all(|answer| !answer["why"].as_array().unwrap().is_empty()));
    assert!(answers[4]["why"][0].as_str().unwrap().contains("`malformed`"), "{}", answers[4]);
    let keys: Vec<_> = said
        .out
        .lines()
        .next()
        .unwrap()
        .split('"')
        .filter(|part| ["id", "label", "effect", "dialect", "operation", "why"].contains(part))
        .collect();
    assert_eq!(keys, ["id", "label", "effect", "dialect", "operation", "why"]);
    desk.untouched(1);
}

#[test]
fn a_broken_line_is_named_and_the_others_are_answered() {
    let desk = Desk::new("");
    let good = request(1, "GET", "forum.example", "/");
    let list = r#"["1","GET","https","a.example","/",{},null,null]"#;
    desk.file("r.jsonl", &format!("{good}\n\n{{\"id\":2}}\nno\u{1b}[2J\n{good}\n{list}"));
    for file in ["r.jsonl", "missing.jsonl"] {
        let said = desk.run(&["classify", file], "");
        assert_eq!(said.code, if file == "r.jsonl" { 1 } else { 2 }, "{}", said.err);
        if file == "r.jsonl" {
            assert_eq!(said.answers().len(), 2);
            let err: Vec<_> = said.err.lines().collect();
            assert!(err[0].starts_with("r.jsonl:3: ") && err[1].starts_with("r.jsonl:4: "), "{err:?}");
            assert!(err[2].starts_with("r.jsonl:6: it is no JSON object"), "{err:?}");
            assert_eq!(err.len(), 3);
            assert!(!said.err.contains('\u{1b}'));
        }
    }
}

/// What is fed line by line is answered line by line, not at the end.
#[test]
fn an_answer_does_not_wait_for_the_next_line() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::new("");
    let mut child = Command::new(BINARY)
        .args(["classify", "-", "--config", "f.toml"])
        .current_dir(desk.dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut out) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for id in 0..3 {
        writeln!(stdin, "{}", request(id, "GET", "a.example", "/")).unwrap();
        stdin.flush().unwrap();
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("{{\"id\":{id},")), "{line}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// SPEC section 6: `safe_methods = "hold"`: only what a declared service says is a read is one.
#[test]
fn with_safe_methods_held_an_undeclared_get_is_not_called_a_read() {
    let lines = [request(1, "GET", "forum.example", "/"), request(2, "GET", "docs.example", "/")]
        .map(|line| line.to_string())
        .join("\n");
    let service = "[[service]]\nname = \"docs\"\nhost = [\"docs.example\"]\ndialect = \"http\"\nreads = [\"GET /**\"]\n";
    let labels = |config: &str| {
        let said = Desk::new(config).run(&["classify"], &lines);
        said.answers().iter().map(|answer| answer["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(labels(service), ["read", "read"]);
    let held = format!("[defaults]\nsafe_methods = \"hold\"\n{service}");
    assert_eq!(labels(&held), ["unknown", "read"]);
}

const RULES: &str = "
[[agent]]
name = \"bot\"
source = \"10.0.0.1\"
[[service]]
name = \"search\"
host = [\"search.example\"]
dialect = \"http\"
reads = [\"POST /find\"]
[[rule]]
name = \"model\"
host = [\"model.example\"]
verdict = \"allow\"
[[rule]]
name = \"no admins\"
path = [\"/users/**\"]
when = 'request.method == \"PUT\" && body.role == \"admin\"'
verdict = \"deny\"
[[rule]]
name = \"bot writes\"
agent = [\"bot\"]
effect = [\"write\"]
host = [\"*.forum.example\"]
verdict = \"allow\"
";

#[test]
fn explain_names_the_rule_that_decides_and_why_those_above_it_do_not() {
    let desk = Desk::new(RULES);
    let explain = |more: &[&str]| {
        let line: Vec<_> = ["policy", "explain"].into_iter().chain(more.iter().copied()).collect();
        let said = desk.run(&line, "");
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{more:?}");
        said.out
    };
    let out = explain(&["--method", "POST", "--url", "https://a.forum.example/posts", "--agent", "bot"]);
    for line in [
        "request    POST https://a.forum.example/posts\n",
        "agent      bot\n",
        "effect     write, dialect http\n",
        "declared   no service is declared for it\n",
        "model does not match: host: https://a.forum.example is not among model.example\n",
        "no admins does not match: path: /posts is not among /users/**\n",
        "bot writes decides: all its keys match\n",
        "verdict    allow by bot writes\n",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let out = explain(&["--method", "POST", "--url", "https://a.forum.example/posts"]);
    assert!(out.contains("bot writes does not match: agent: anonymous is not among bot\n"), "{out}");
    assert!(out.ends_with("verdict    hold by defaults.mutating\n"), "{out}");
    let out = explain(&["--method", "POST", "--url", "https://search.example/find", "--json"]);
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&out["verdict"], &out["effect"]), (&json!("allow"), &json!("read")));
    assert_eq!(out["rule"], "defaults.read");
    assert!(out["declared"].as_str().unwrap().contains("search"), "{out}");
    let out = explain(&["--url", "https://forum.example//x"]);
    assert!(out.contains("`malformed`") && out.ends_with("verdict    refused\n"), "{out}");
    desk.untouched(1);
}

#[test]
fn explain_says_when_a_condition_decides_because_it_cannot_be_evaluated() {
    let desk = Desk::new(RULES);
    let put = |body: &str, kind: &str| {
        let mut put = request(1, "PUT", "a.example", "/users/7");
        put["body"] = json!(body);
        put["headers"]["content-type"] = json!(kind);
        let said = desk.run(&["policy", "explain", "-", "--json"], &put.to_string());
        let out: Value = serde_json::from_str(&said.out).unwrap();
        (out["verdict"].as_str().unwrap().to_owned(), out["rules"][1]["why"].as_str().unwrap().to_owned())
    };
    let json = "application/json";
    assert_eq!(put(r#"{"role":"admin"}"#, json), ("deny".into(), "all its keys match".into()));
    assert_eq!(put(r#"{"role":"user"}"#, json), ("hold".into(), "when: it is false".into()));
    let (verdict, why) = put(r#"{"role":"user","role":"admin"}"#, json);
    assert_eq!(verdict, "deny");
    assert!(why.contains("cannot be evaluated") && why.contains("every reader"), "{why}");
    let (verdict, why) = put(r#"{"role":"user"}"#, "text/plain");
    assert!(verdict == "deny" && why.contains("content type"), "{why}");
}

/// CASES DE-41: the reading that decides is told.
#[test]
fn explain_tells_the_reading_by_which_an_odd_request_is_decided() {
    let desk = Desk::new("[[rule]]\nname = \"admin\"\npath = \"/admin\"\nverdict = \"deny\"\n");
    let said = desk.run(&["policy", "explain", "--url", "https://a.example/public/..%2fadmin"], "");
    assert!(said.out.contains("read as    GET /admin, because the service may read it so\n"), "{}", said.out);
    assert!(said.out.ends_with("verdict    deny by admin\n"), "{}", said.out);
}

#[test]
fn usage_that_means_nothing_is_wrong_usage() {
    let desk = Desk::new(RULES);
    for line in [
        &["policy", "explain"][..],
        &["policy", "explain", "x.json", "--url", "https://a.example/"],
        &["policy", "explain", "--method", "GET"],
        &["policy", "explain", "--url", "a.example"],
        &["policy", "explain", "--url", "https://a.example/", "--agent", "nobody"],
        &["policy", "explain", "--url", "https://a.example/", "--header", "nocolon"],
        &["policy", "test"],
    ] {
        assert_eq!(desk.run(line, "").code, 2, "{line:?}");
    }
    assert_eq!(desk.run(&["policy", "explain", "missing.json"], "").code, 2);
    assert_eq!(desk.run(&["policy", "explain", "-"], "{}").code, 1);
}

const EXPECTED: &str = "
[[request]]
id = \"model\"
method = \"POST\"
host = \"model.example\"
path = \"/v1/complete\"
expect = \"allow\"
rule = \"model\"

[[request]]
method = \"PUT\"
host = \"a.example\"
path = \"/users/7\"
headers = { content-type = \"application/json\" }
body = '{\"role\":\"admin\"}'
expect = \"deny\"
effect = \"write\"

[[request]]
why = \"nobody posts unasked\"
agent = \"bot\"
method = \"POST\"
host = \"a.forum.example\"
path = \"/posts\"
expect = \"allow\"
";

#[test]
fn expectations_that_are_met_are_counted() {
    let desk = Desk::new(RULES);
    desk.file("e.toml", EXPECTED);
    let said = desk.run(&["policy", "test", "e.toml"], "");
    assert_eq!((said.code, said.out.as_str()), (0, "3 of 3 as expected\n"), "{}", said.err);
    let line = |expect: &str| {
        let mut line = request("x", "GET", "a.example", "/");
        line["expect"] = json!(expect);
        line.to_string()
    };
    let lines = format!("{}\n\n{}\n", line("allow"), line("hold"));
    let said = desk.run(&["policy", "test", "-"], &lines);
    assert_eq!(said.code, 1);
    assert!(said.out.ends_with("1 of 2 as expected\n"), "{}", said.out);
    desk.untouched(2);
}

#[test]
fn each_expectation_that_is_not_met_is_told_with_its_place_and_reasons() {
    let desk = Desk::new(RULES);
    let changed = EXPECTED
        .replace("rule = \"model\"", "rule = \"other\"")
        .replace("effect = \"write\"", "effect = \"delete\"")
        .replace("/posts\"\nexpect = \"allow\"", "/posts\"\nexpect = \"hold\"");
    desk.file("e.toml", &changed);
    let said = desk.run(&["policy", "test", "e.toml"], "");
    assert_eq!(said.code, 1);
    for line in [
        "e.toml:2: model: POST https://model.example/v1/complete\n",
        "  rule: expected other, is model\n",
        "e.toml:10: PUT https://a.example/users/7\n",
        "  effect: expected delete, is write\n",
        "  nobody posts unasked\n",
        "  verdict: expected hold, is allow\n",
        "  bot writes decides: all its keys match\n",
        "0 of 3 as expected\n",
    ] {
        assert!(said.out.contains(line), "{line}\n{}", said.out);
    }
}

/// A misspelt expectation must not pass as none.
#[test]
fn a_file_of_expectations_with_a_mistake_in_it_runs_nothing() {
    let desk = Desk::new(RULES);
    for (text, place) in [
        (EXPECTED.replace("effect =", "efect ="), "e.toml:10: unknown key `efect`"),
        (EXPECTED.replace("\"deny\"", "\"denied\""), "e.toml:10: `expect` is one of"),
        (EXPECTED.replace("effect = \"write\"", "effect = \"send\""), "e.toml:10: `effect` is one of"),
        (EXPECTED.replace("expect = \"deny\"\n", ""), "missing field `expect`"),
        (EXPECTED.replace("agent = \"bot\"", "agent = \"bat\""), "e.toml:19: no [[agent]]"),
        (EXPECTED.replace("[[request]]", "[[requests]]"), "unknown field `requests`"),
        (String::new(), "there is no request in it"),
        ("{\"expect\":\"allow\"}".to_owned(), "e.toml:1: missing field"),
    ] {
        desk.file("e.toml", &text);
        let said = desk.run(&["policy", "test", "e.toml"], "");
        assert_eq!(said.code, 2, "{place}: {}{}", said.out, said.err);
        assert!(said.err.contains(place), "{place}: {}", said.err);
    }
}

#[test]
fn a_condition_that_is_no_cel_is_an_error_with_file_line_and_column() {
    let rule = |when: &str| format!("[[rule]]\nname = \"a\"\nverdict = \"hold\"\nwhen = {when}\n");
    for (when, place) in [
        (r#"'request.verb == "GET"'"#, "f.toml:4:16"),
        (r#"'request.method =='"#, "f.toml:4:26"),
        (r#""request.method == \"GET\" && foo""#, "f.toml:4:8"),
        ("'''\nrequest.method == \"GET\" &&\n  foo == 1'''", "f.toml:6:3"),
    ] {
        let desk = Desk::new(&rule(when));
        let said = desk.run(&["policy", "check", "f.toml"], "");
        assert_eq!(said.code, 2);
        assert!(said.err.contains(place) && said.err.contains("when: "), "{when}: {}", said.err);
    }
    let desk = Desk::new(&rule("'request.method == \"GET\"'"));
    let said = desk.run(&["policy", "check", "f.toml"], "");
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "f.toml: ok (1 rule, 0 agents, 0 approvers, 0 warnings)\n")
    );
}

#[test]
fn the_catalog_is_listed_and_what_is_listed_can_be_shown() {
    let desk = Desk::new("");
    let said = desk.run(&["catalog", "ls", "--json"], "");
    let all: Value = serde_json::from_str(&said.out).unwrap();
    let all = all["catalog"].as_array().unwrap();
    assert!(!all.is_empty());
    let table = desk.run(&["catalog", "ls"], "").out;
    assert_eq!(table.lines().count(), all.len() + 1);
    for known in all {
        let name = known["name"].as_str().unwrap();
        assert!(table.contains(&format!("\n{name} ")), "{name}");
        for key in ["about", "source"] {
            assert!(!known[key].as_str().unwrap().is_empty(), "{name} {key}");
        }
        assert!(!known["dialects"].as_array().unwrap().is_empty() && known.get("operations").is_none());
    }
    // Each process reads the whole catalog; that each page can be made is tested beside the command.
    for known in [all.first(), all.last()].into_iter().flatten() {
        let name = known["name"].as_str().unwrap();
        let page = desk.run(&["catalog", "show", name], "");
        assert_eq!(page.code, 0, "{}", page.err);
        assert!(page.out.contains(known["source"].as_str().unwrap()), "{}", page.out);
        let whole = desk.run(&["catalog", "show", name, "--json"], "").out;
        assert!(serde_json::from_str::<Value>(&whole).unwrap()["operations"].is_array());
        let again = desk.run(&["catalog", "show", name], "").out;
        assert_eq!(again, page.out, "the order is the same each time");
    }
    let said = desk.run(&["catalog", "show", "nothing\u{1b}"], "");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("catalog ls") && !said.err.contains('\u{1b}'), "{}", said.err);
    desk.untouched(1);
}
