//! What a judgement costs: it stands in every request's way. `cargo bench --bench classify`.
//!
//! The goals: a lookup in the catalog below 2 us with every file loaded, 1 KiB of JSON-RPC below 20 us, 1 KiB of GraphQL
//! below 80 us. What a GET to a host that nobody declares allocates, the tests of `classify` assert.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use holdpoint::classify::{ByHead, Classifier, Declaration, Dialect, Effect, Finding};
use holdpoint::json;
use holdpoint::origin::{Host, Origin, Scheme};
use holdpoint::pattern::HostPattern;
use holdpoint::snapshot::{Body, Head, Snapshot};

fn head(method: &str, host: &str, target: &str, fields: &[(&str, &'static str)]) -> Head {
    let host = Host::parse(host).expect("a host");
    let usual = [
        ("accept", "*/*"),
        ("user-agent", "agent/1.0"),
        ("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT"),
    ];
    let fields = usual.iter().chain(fields);
    Head {
        method: method.into(),
        origin: Origin::new(Scheme::Https, host, None),
        target: target.into(),
        fields: fields.map(|(name, value)| ((*name).into(), Bytes::from_static(value.as_bytes()))).collect(),
    }
}

/// The whole catalog, and what an operator might add.
fn classifier() -> Classifier {
    let declared = |host: &str, dialect| {
        let host = HostPattern::parse(host).expect("a pattern");
        let mut declaration = Declaration::dialect("own", vec![host], dialect);
        declaration.says("get*", Effect::Read).expect("a name");
        declaration
    };
    Classifier::new(vec![
        declared("rpc.example", Dialect::Jsonrpc),
        declared("graph.example", Dialect::Graphql),
    ])
}

fn settled(classifier: &Classifier, head: &Head) -> Finding {
    match classifier.by_head(head, false) {
        ByHead::Settled(finding) => finding,
        ByHead::NeedsBody => panic!("the head decides"),
    }
}

fn by_head(criterion: &mut Criterion) {
    let classifier = classifier();
    let undeclared = head("GET", "www.forum.example", "/posts/17?page=2", &[]);
    let cases = [
        ("GET of an undeclared host", undeclared),
        ("GET of a declared host", head("GET", "api.github.com", "/repos/a/b/issues/17", &[])),
        (
            "AWS action",
            head(
                "POST",
                "dynamodb.us-east-1.amazonaws.com",
                "/",
                &[
                    ("x-amz-target", "DynamoDB_20120810.GetItem"),
                    ("content-type", "application/x-amz-json-1.0"),
                ],
            ),
        ),
        (
            "route of a big file",
            head("POST", "compute.googleapis.com", "/compute/v1/projects/p/zones/z/instances/i/start", &[]),
        ),
        ("GET with an odd path", head("GET", "api.github.com", "/repos/a/b/contents/c%2Fd", &[])),
    ];
    for (name, head) in cases {
        criterion.bench_function(name, |bencher| bencher.iter(|| settled(&classifier, black_box(&head))));
    }
}

/// A query as people and their tools write it, 1 KiB.
const QUERY: &str = r#"query PullRequestsOfRepository($owner: String!, $name: String!, $first: Int = 50, $after: String) {
  repository(owner: $owner, name: $name) {
    nameWithOwner
    defaultBranchRef {
      name
      target {
        oid
      }
    }
    pullRequests(
      first: $first
      after: $after
      states: [OPEN, MERGED]
      orderBy: { field: UPDATED_AT, direction: DESC }
    ) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        number
        title
        bodyText
        createdAt
        updatedAt
        mergedAt
        isDraft
        author {
          login
          ...PersonFields
        }
        reviews(last: 10, states: [APPROVED, CHANGES_REQUESTED]) {
          nodes {
            state
            submittedAt
            author {
              login
            }
          }
        }
        labels(first: 20) {
          nodes {
            name
          }
        }
      }
    }
  }
}

fragment PersonFields on User {
  name
  company
  avatarUrl(size: 64)
}
"#;

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\n', "\\n"))
}

fn by_body(criterion: &mut Criterion) {
    let classifier = classifier();
    let filler = |bytes: usize| "0123456789abcde ".repeat(bytes / 16);
    let call = |bytes| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"getBlock","params":[{{"a":"{}","b":[1,2,3]}}]}}"#,
            filler(bytes)
        )
    };
    let dense: String = (0..40).map(|n| format!("f{n}: field(first: {n}) {{ id name }} ")).collect();
    let dense = format!("query Q($a: Int) {{ viewer {{ {dense} }} }}");
    let document = |text: &str| format!(r#"{{"query":{},"variables":{{"a":1}}}}"#, quoted(text));
    let json = &[("content-type", "application/json")][..];
    let cases = [
        ("1 KiB of JSON-RPC", head("POST", "rpc.example", "/", json), call(960)),
        ("16 KiB of JSON-RPC", head("POST", "rpc.example", "/", json), call(16 * 1024)),
        ("1 KiB of GraphQL", head("POST", "graph.example", "/graphql", json), document(QUERY)),
        ("1 KiB of GraphQL, dense", head("POST", "graph.example", "/graphql", json), document(&dense)),
        ("1 KiB of JSON to an undeclared host", head("POST", "www.forum.example", "/posts", json), call(960)),
    ];
    for (name, head, body) in cases {
        let snapshot = Snapshot::freeze(head, Body::memory(body.into()));
        criterion.bench_function(name, |bencher| bencher.iter(|| classifier.whole(black_box(&snapshot))));
    }
    // The floor under both: the parser alone.
    for (name, text) in [("its parser alone", QUERY), ("its parser alone, dense", dense.as_str())] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| apollo_parser::Parser::new(black_box(text)).parse().errors().len());
        });
    }
    let list: Vec<_> = (0..400).map(|n| format!(r#"{{"id":{n},"name":"thing {n}","on":true}}"#)).collect();
    let list = format!("[{}]", list.join(","));
    criterion.bench_function("16 KiB of JSON", |bencher| {
        bencher.iter(|| json::read(black_box(list.as_bytes())).is_ok())
    });
}

criterion_group! {
    name = all;
    config = Criterion::default().sample_size(30).warm_up_time(std::time::Duration::from_millis(500)).measurement_time(std::time::Duration::from_secs(2));
    targets = by_head, by_body
}
criterion_main!(all);
