//! GraphQL's errors (https://spec.graphql.org/draft/#sec-Errors): the problem document is their `extensions`, where
//! clients look for a `code`. There is no `data`, because nothing was run. The media type is the newer one where the client takes it
//! (https://graphql.github.io/graphql-over-http/draft/), because only with it a status other than 200 may be believed.

use serde_json::{Value, json};

use super::tongue::{essence, is_type};
use super::{End, Said};
use crate::classify::decode;
use crate::json;
use crate::limits::GRAPHQL_ANSWERS_MAX;
use crate::snapshot::Head;

const NEWER: &str = "application/graphql-response+json";

/// How the answer is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// The client takes the newer media type.
    newer: bool,
    /// Answers to a batch; `None`: the request was no batch.
    batch: Option<usize>,
}

impl Errors {
    /// Where the head alone says that this is GraphQL.
    pub(super) fn unmistakable(head: &Head) -> Option<Self> {
        let newer = takes_newer(head);
        (newer || is_type(head, "application/graphql")).then_some(Self { newer, batch: None })
    }

    pub(super) fn of(head: &Head, seen: &[u8]) -> Self {
        Self { newer: takes_newer(head), batch: batch(head, seen) }
    }

    pub(super) fn say(&self, end: &End) -> Said {
        let answer = json!({"errors": [{"message": end.text(), "extensions": end.problem()}]});
        let body = match self.batch {
            Some(count) => Value::from(vec![answer; count]),
            None => answer,
        };
        let kind = if self.newer { NEWER } else { "application/json" };
        Said::plainly(end, kind, body.to_string().into_bytes())
    }
}

/// Whether `Accept` names the newer type, and not to refuse it.
fn takes_newer(head: &Head) -> bool {
    let named = |range: &str| {
        let refused = range.split(';').skip(1).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("q") && value.trim().parse() == Ok(0.0)
        });
        essence(range) == NEWER && !refused
    };
    let texts = head.values("accept").filter_map(|value| std::str::from_utf8(value).ok());
    texts.flat_map(|text| text.split(',')).any(named)
}

/// Clients that bundle operations expect as many answers.
fn batch(head: &Head, seen: &[u8]) -> Option<usize> {
    let content = decode::content(head, seen).ok()?;
    let document = json::read(&content).ok()?;
    let root = document.root();
    (root.is_array() && (1..=GRAPHQL_ANSWERS_MAX).contains(&root.len())).then(|| root.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Dialect;
    use crate::code::Code;
    use crate::reply::Tongue;
    use crate::reply::tongue::tests::head;

    fn response(accept: &str, body: &str) -> http::Response<bytes::Bytes> {
        let head = head("/graphql", &[("accept", accept), ("content-type", "application/json")]);
        End::new(Code::Denied).response_in(&Tongue::of(Dialect::Graphql, &head, body.as_bytes()))
    }

    #[test]
    fn a_denial_is_an_error_with_the_problem_in_its_extensions() {
        let response = response("*/*", r#"{"query":"mutation { a }"}"#);
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["content-type"], "application/json");
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(answer.get("data"), None);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "denied");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("refused"));
    }

    #[test]
    fn the_media_type_is_one_that_the_client_takes() {
        let newer = "application/graphql-response+json";
        for (accept, wanted) in [
            ("application/graphql-response+json, application/json;q=0.9", newer),
            ("application/json, Application/GraphQL-Response+JSON; q=0.5", newer),
            ("application/graphql-response+json;q=0, */*", "application/json"),
            ("application/graphql-response", "application/json"),
        ] {
            assert_eq!(response(accept, "{}").headers()["content-type"], wanted, "{accept}");
        }
    }

    #[test]
    fn a_batch_gets_an_answer_for_each_operation() {
        let count = |body: &str| {
            let answer: Value = serde_json::from_slice(response("*/*", body).body()).unwrap();
            answer.as_array().map(Vec::len)
        };
        assert_eq!(count(r#"[{"query":"{a}"},{"query":"{b}"}]"#), Some(2));
        assert_eq!(count("[]"), None);
        assert_eq!(count(&format!("[{}]", vec!["1"; GRAPHQL_ANSWERS_MAX + 1].join(","))), None);
    }
}
