//! The floors of the house: a module uses only what lies below it, and some constructors have one home. Reads every
//! path that begins with `crate::` in the sources; comments, strings and test modules do not count.

use std::fs;
use std::path::Path;

/// Every module and what it may use. A module may always use itself. What is not in the table fails.
const FLOORS: &[(&str, &[&str])] = &[
    // 0 words. They may use each other.
    ("agent", WORDS),
    ("clock", WORDS),
    ("code", WORDS),
    ("failpoint", WORDS),
    ("json", WORDS),
    ("kind", WORDS),
    ("limits", WORDS),
    ("net", WORDS),
    ("origin", WORDS),
    ("pattern", WORDS),
    ("secret", WORDS),
    ("snapshot", WORDS),
    // 1 judgement.
    ("classify", &["0"]),
    ("decide", &["0", "classify"]),
    // aside.
    ("config", &["0", "classify", "decide"]),
    ("metrics", &["0"]),
    // 2 memory. The store keeps the log's last checkpoint, and knows nothing else of it.
    ("store", &["0", "1", "audit::Checkpoint"]),
    ("audit", &["0", "1", "store"]),
    ("hold", &["0", "1", "store", "audit"]),
    ("release", &["0", "1", "store", "audit", "hold"]),
    // 3 hands: none knows another.
    ("accept", HANDS),
    ("decrypt", HANDS),
    ("identify", HANDS),
    ("parse", RELEASING_HANDS),
    ("forward", RELEASING_HANDS),
    // 4 the way.
    ("reply", &["0", "1", "2", "3"]),
    ("gate", &["0", "1", "2", "3", "reply"]),
    ("serve", &["0", "1", "2", "3", "reply", "gate"]),
    // 5 people: the desk and `serve`, never the hands.
    ("approve", &["0", "1", "2", "serve"]),
    ("admin", &["0", "1", "2", "serve", "approve"]),
    ("notify", &["0", "1", "2", "serve", "approve", "admin"]),
    ("page", &["0", "1", "2", "serve", "approve", "admin"]),
    // What it asks of a server goes through whoever runs it.
    ("console", &["0", "1", "2", "approve"]),
    // A request that was written down is parsed where all others are; nothing of a connection comes with it.
    (
        "cli",
        &[
            "0",
            "1",
            "2",
            "parse::data",
            "parse::edit::is_note",
            "serve",
            "approve",
            "admin",
            "notify",
            "page",
            "console",
        ],
    ),
    // 6.
    ("main", &["0", "1", "2", "3", "reply", "gate", "serve", "approve", "admin", "notify", "page", "cli"]),
    // Only text for rustdoc.
    ("manual", &[]),
    // Only where the fuzz targets are built.
    ("fuzz", &["0", "classify"]),
    ("lib", &[]),
];

const WORDS: &[&str] = &["0"];
const HANDS: &[&str] = &["0", "1", "store", "audit", "hold"];
const RELEASING_HANDS: &[&str] = &["0", "1", "store", "audit", "hold", "release"];

/// What a number in the table stands for. From floor 2 up everyone may use `config` and count in `metrics`.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "0",
        &[
            "agent",
            "clock",
            "code",
            "failpoint",
            "json",
            "kind",
            "limits",
            "net",
            "origin",
            "pattern",
            "secret",
            "snapshot",
        ],
    ),
    ("1", &["classify", "decide", "config", "metrics"]),
    ("2", &["store", "audit", "hold", "release"]),
    ("3", &["accept", "identify", "decrypt", "parse", "forward"]),
];

/// Constructors whose maker privacy cannot name, and the only folder or file that may call them.
const HOMES: &[(&str, &str)] = &[
    ("Snapshot::freeze", "src/parse"),
    ("Snapshot::readdress", "src/hold"),
    ("Snapshot::resign", "src/hold"),
    ("Snapshot::thaw", "src/store"),
];

#[test]
fn every_module_uses_only_what_lies_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    let mut files = 0;
    each_file(&src, &mut |path| {
        let text = fs::read_to_string(path).expect("a source file");
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it lies there");
        files += 1;
        faults.extend(check(name.to_str().expect("a plain name"), &text));
    });
    assert!(files > 20, "only {files} files were read");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn each_file(dir: &Path, use_file: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            each_file(&path, use_file);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            use_file(&path);
        }
    }
}

/// What is wrong with one file; `name` is like `src/hold/desk.rs`.
fn check(name: &str, text: &str) -> Vec<String> {
    let inside = name.strip_prefix("src/").expect("sources lie in src/");
    let module = inside.split('/').next().expect("a first part").trim_end_matches(".rs");
    let Some((_, allowed)) = FLOORS.iter().find(|(known, _)| *known == module) else {
        return vec![format!(
            "{name}: the module `{module}` is on no floor; put it into the table of this test"
        )];
    };
    if inside.ends_with("/tests.rs") || inside.contains("/tests/") {
        return Vec::new();
    }
    let tokens = without_tests(tokens(text));
    let mut faults: Vec<_> = paths(&tokens)
        .into_iter()
        .filter(|path| path.first().is_some_and(|used| used != module) && !may_use(allowed, path))
        .map(|path| format!("{name}: `{module}` may not use `crate::{}`", path.join("::")))
        .collect();
    faults.extend(leaving_supers(name, &tokens));
    for (constructor, home) in HOMES {
        let words: Vec<_> = constructor.split("::").collect();
        let called = tokens.windows(4).any(|found| {
            let [one, two, three, four] = found else { return false };
            [one.as_str(), two, three, four] == [words[0], ":", ":", words[1]]
        });
        // Under another name the constructor could not be found.
        let renamed = tokens.windows(2).any(|found| found[0] == words[0] && found[1] == "as");
        if (called || renamed) && !inside_of(name, home) {
            faults.push(format!("{name}: only {home} may name `{constructor}`"));
        }
    }
    faults
}

fn inside_of(name: &str, home: &str) -> bool {
    name.strip_prefix(home).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn may_use(allowed: &[&str], path: &[String]) -> bool {
    allowed.iter().any(|entry| match GROUPS.iter().find(|(group, _)| group == entry) {
        // `config` and `metrics` are asides of "1": the words and the judgement do not name that number.
        Some((_, modules)) => modules.contains(&path[0].as_str()),
        None => entry.split("::").eq(path.iter().map(String::as_str).take(entry.split("::").count())),
    })
}

/// A `super` that stays inside its own top-level module is none of this test's business; one that leads out of it
/// would be a path that the test cannot see.
fn leaving_supers(name: &str, tokens: &[String]) -> Vec<String> {
    let levels = name.trim_start_matches("src/").trim_end_matches("/mod.rs").split('/').count();
    let mut modules: Vec<usize> = Vec::new();
    let (mut depth, mut faults, mut row) = (0, Vec::new(), 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => {
                if index >= 2 && tokens[index - 2] == "mod" {
                    modules.push(depth);
                }
                depth += 1;
            }
            "}" => {
                depth -= 1;
                modules.pop_if(|start| *start == depth);
            }
            _ => {}
        }
        row = match token.as_str() {
            "super" => row + 1,
            ":" if row > 0 => row,
            _ => 0,
        };
        // `pub(super)` gives a thing to the parent and takes nothing from it.
        let gives = index >= 2 && tokens[index - 1] == "(" && tokens[index - 2] == "pub";
        if token == "super" && row >= levels + modules.len() && !gives {
            faults.push(format!("{name}: `super::` leads out of its module; write the path from `crate::`"));
        }
    }
    faults
}

/// Names and single signs; comments, strings and lifetimes are gone.
fn tokens(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let rest = &signs[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().position(|sign| *sign == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['\'', ..] => quote(rest),
            [first, ..] if first.is_alphanumeric() || *first == '_' => {
                let length = rest.iter().take_while(|sign| sign.is_alphanumeric() || **sign == '_').count();
                match raw_string(rest, length) {
                    Some(whole) => whole,
                    None => {
                        tokens.push(rest[..length].iter().collect());
                        length
                    }
                }
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                1
            }
            [] => unreachable!("the loop ends first"),
        };
    }
    tokens
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A character, or the tick of a lifetime.
fn quote(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', _, tail @ ..] => 4 + tail.iter().position(|sign| *sign == '\'').unwrap_or(tail.len()),
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}

/// `r"…"`, `br#"…"#` and the like: their whole length, where `prefix` signs of a name are followed by one.
fn raw_string(rest: &[char], prefix: usize) -> Option<usize> {
    let name: String = rest[..prefix].iter().collect();
    if !matches!(name.as_str(), "r" | "br" | "cr") {
        return None;
    }
    let hashes = rest[prefix..].iter().take_while(|sign| **sign == '#').count();
    let start = prefix + hashes;
    if rest.get(start) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = &rest[start + 1..];
    let length = body.windows(end.len()).position(|window| window == end).unwrap_or(body.len());
    Some(start + 1 + length + end.len())
}

/// Without what follows `#[cfg(test)]`: a module, a function, an import.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens.len() >= at + MARK.len()
            && tokens[at..at + MARK.len()].iter().zip(MARK).all(|(a, b)| a == b)
        {
            at += MARK.len() + item(&tokens[at + MARK.len()..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The length of an item: up to its semicolon, or to the end of its braces, whichever comes first.
fn item(tokens: &[String]) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 && tokens.first().is_none_or(|first| first != "use") => return index + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// All paths after `crate::`, groups spread out.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for index in 0..tokens.len() {
        if tokens[index] == "crate" && follows(tokens, index + 1) {
            tree(tokens, index + 3, &[], &mut found);
        }
    }
    found
}

fn follows(tokens: &[String], at: usize) -> bool {
    tokens.get(at).is_some_and(|sign| sign == ":") && tokens.get(at + 1).is_some_and(|sign| sign == ":")
}

/// Reads one tree of a path and returns where it ends.
fn tree(tokens: &[String], mut at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    at = tree(tokens, at, &path, found);
                    while at < tokens.len() && !matches!(tokens[at].as_str(), "," | "}") {
                        at += 1;
                    }
                    at += usize::from(at < tokens.len() && tokens[at] == ",");
                }
                return at + 1;
            }
            Some(name) if name.starts_with(|first: char| first.is_alphanumeric() || first == '_') => {
                path.push(name.to_owned());
                at += 1;
            }
            Some("*") => {
                path.push("*".to_owned());
                at += 1;
            }
            _ => {
                found.push(path);
                return at;
            }
        }
        if !follows(tokens, at) {
            found.push(path);
            return at;
        }
        at += 2;
    }
}

mod the_checker {
    use super::check;

    #[test]
    fn sees_an_upward_path_in_an_import_a_group_and_an_expression() {
        for text in [
            "use crate::hold::Desk;",
            "use crate::{clock::Clock, hold::{Desk, HoldId}};",
            "fn f() { let x = crate::hold::Desk::open(); }",
            "pub use crate::hold::*;",
            "fn f(x: &crate::hold::Desk) {}",
            "#[cfg(not(test))] use crate::hold::Desk;",
            "macro_rules! m { () => { $crate::hold::f() } }",
        ] {
            assert!(!check("src/audit/mod.rs", text).is_empty(), "{text}");
            assert_eq!(check("src/release.rs", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn does_not_see_comments_strings_and_tests() {
        for text in [
            "//! See `crate::hold::Desk`.\n/* crate::hold /* deeper */ crate::hold */",
            r##"const X: &str = "crate::hold"; const Y: &str = r#"" crate::hold"#; const Z: char = '"';"##,
            r#"const A: char = '\''; const B: &str = "\" crate::hold";"#,
            "#[cfg(test)]\nmod tests { use crate::hold::Desk; fn f() { if x { y } } }",
            "#[cfg(test)]\nuse crate::{hold::Desk, hold::HoldId};",
            "#[cfg(test)]\nmod tests;",
            "pub(crate) fn f() {}",
        ] {
            assert_eq!(check("src/audit/mod.rs", text), Vec::<String>::new(), "{text}");
        }
        let after = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::hold::Desk;";
        assert_eq!(check("src/audit/mod.rs", after).len(), 1, "what follows the tests counts again");
        let lifetime = "fn f<'a>(x: &'a str) { crate::hold::g('x', '\\u{1f}', '\\\\') }";
        assert_eq!(check("src/audit/mod.rs", lifetime).len(), 1);
    }

    #[test]
    fn allows_the_store_the_checkpoint_and_nothing_else_of_the_log() {
        assert!(check("src/store/mod.rs", "use crate::audit::Checkpoint;").is_empty());
        assert_eq!(check("src/store/mod.rs", "use crate::audit::{Audit, Checkpoint};").len(), 1);
        assert_eq!(check("src/store/mod.rs", "use crate::audit;").len(), 1);
    }

    #[test]
    fn keeps_the_hands_apart_and_the_people_away_from_them() {
        assert!(check("src/parse/body.rs", "use crate::release::Flow;").is_empty());
        assert_eq!(check("src/accept/mod.rs", "use crate::release::Flow;").len(), 1);
        assert_eq!(check("src/parse/mod.rs", "use crate::forward::send;").len(), 1);
        assert!(check("src/gate.rs", "use crate::{parse, forward, reply};").is_empty());
        assert_eq!(check("src/cli/mod.rs", "use crate::forward::send;").len(), 1);
        assert!(check("src/cli/mod.rs", "use crate::{serve, hold::Desk};").is_empty());
        assert_eq!(check("src/snapshot.rs", "use crate::metrics::Metrics;").len(), 1);
        assert_eq!(check("src/classify/mod.rs", "use crate::config::Config;").len(), 1);
        assert!(check("src/hold/mod.rs", "use crate::{metrics::Metrics, config::Hold};").is_empty());
        assert_eq!(check("src/audit/mod.rs", "use crate::nowhere::X;").len(), 1);
        assert_eq!(check("src/nowhere/mod.rs", "").len(), 1);
    }

    #[test]
    fn wants_a_path_that_leaves_its_module_to_begin_at_the_root() {
        assert!(check("src/hold/desk.rs", "use super::HoldId;").is_empty());
        assert_eq!(check("src/hold/desk.rs", "use super::super::gate::Gate;").len(), 1);
        assert_eq!(check("src/hold/mod.rs", "use super::gate::Gate;").len(), 1);
        assert_eq!(check("src/hold/queue/mod.rs", "use super::super::gate::Gate;").len(), 1);
        assert_eq!(check("src/gate.rs", "use super::cli;").len(), 1);
        assert_eq!(check("src/gate.rs", "use crate::{self as house};").len(), 1, "another name hides it too");
        assert_eq!(
            check("src/kind.rs", "mod sealed { impl Sealed for super::Read {} }"),
            Vec::<String>::new()
        );
        assert_eq!(check("src/kind.rs", "mod sealed { use super::super::hold::Desk; }").len(), 1);
        assert_eq!(check("src/kind.rs", "mod a { } use super::hold::Desk;").len(), 1);
        assert!(check("src/audit/line.rs", "pub(super) fn f() {}").is_empty());
    }

    #[test]
    fn lets_a_request_be_frozen_and_thawed_only_at_home() {
        assert!(check("src/parse/capture.rs", "let x = Snapshot::freeze(head, body);").is_empty());
        assert_eq!(check("src/forward/mod.rs", "let x = Snapshot::freeze(head, body);").len(), 1);
        assert!(check("src/store/queue.rs", "Snapshot::thaw(a, b, c)").is_empty());
        assert_eq!(check("src/hold/queue.rs", "let f = crate::snapshot::Snapshot :: thaw;").len(), 1);
        assert!(!check("src/forward/mod.rs", "use crate::snapshot::Snapshot as S;").is_empty());
        assert_eq!(check("src/parsed.rs", "").len(), 1, "a name that only begins like a module's is another");
    }
}
