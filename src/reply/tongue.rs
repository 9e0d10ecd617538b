//! In which tongue a request is refused: in that of its dialect where the dialect has errors of its own, because its
//! clients read nothing else (SPEC section 8). Chosen from what is known of the request when it is refused: its head
//! alone, or its dialect and its content. When unsure: problem details.

use super::aws::Protocol;
use super::graphql::Errors;
use super::grpc::Wire;
use super::jsonrpc::Calls;
use super::{End, Said, git, oci};
use crate::classify::Dialect;
use crate::code::Code;
use crate::snapshot::Head;

/// How to refuse a request, and the little of it that its client needs to find the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tongue {
    /// AWS's error shape.
    Aws(Protocol),
    /// A report on the refs of a push.
    GitPush(git::Push),
    /// The text that git shows.
    GitText,
    /// The message that git LFS shows.
    GitLfs,
    /// GraphQL's errors.
    Graphql(Errors),
    /// gRPC's status.
    Grpc(Wire),
    /// Problem details (RFC 9457).
    #[default]
    Problem,
    /// A registry's errors.
    Oci,
    /// JSON-RPC's error object.
    Jsonrpc(Calls),
}

impl Tongue {
    /// By the head alone, where it is unmistakable.
    pub fn by_head(head: &Head) -> Self {
        if let Some(wire) = Wire::of(head) {
            return Tongue::Grpc(wire);
        }
        if let Some(protocol) = Protocol::unmistakable(head) {
            return Tongue::Aws(protocol);
        }
        if let Some(tongue) = git::by_head(head) {
            return tongue;
        }
        if Calls::unmistakable(head) {
            return Tongue::Jsonrpc(Calls::default());
        }
        Errors::unmistakable(head).map_or(Tongue::Problem, Tongue::Graphql)
    }

    /// By what the request was found to be. `seen` is its content, or the beginning of it, or nothing.
    pub fn of(dialect: Dialect, head: &Head, seen: &[u8]) -> Self {
        // Whatever is declared, a client of gRPC reads a status and nothing else.
        if let Some(wire) = Wire::of(head) {
            return Tongue::Grpc(wire);
        }
        match dialect {
            Dialect::Aws => Tongue::Aws(Protocol::of(head)),
            Dialect::Git => git::of(head, seen),
            Dialect::Graphql => Tongue::Graphql(Errors::of(head, seen)),
            Dialect::Grpc => Tongue::Grpc(Wire::default()),
            Dialect::Jsonrpc | Dialect::Mcp => Tongue::Jsonrpc(Calls::of(head, seen)),
            Dialect::Oci => Tongue::Oci,
            Dialect::Http => Self::by_head(head),
            _ => Tongue::Problem,
        }
    }

    /// The end in this tongue. That the proxy does not know the agent is between the two of them, in HTTP.
    pub(super) fn say(&self, end: &End) -> Said {
        match self {
            _ if end.code == Code::ProxyAuth => problem(end, "application/problem+json"),
            Tongue::Aws(protocol) => protocol.say(end),
            Tongue::GitPush(push) => push.say(end),
            Tongue::GitText => git::text(end),
            Tongue::GitLfs => problem(end, git::LFS),
            Tongue::Graphql(errors) => errors.say(end),
            Tongue::Grpc(wire) => wire.say(end),
            Tongue::Oci => oci::say(end),
            Tongue::Problem => problem(end, "application/problem+json"),
            Tongue::Jsonrpc(calls) => calls.say(end),
        }
    }
}

fn problem(end: &End, content_type: &'static str) -> Said {
    Said::plainly(end, content_type, serde_json::Value::from(end.problem()).to_string().into_bytes())
}

/// The media type of a field's value in lower case, without its parameters.
pub(super) fn essence(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the request's content has this media type.
pub(super) fn is_type(head: &Head, wanted: &str) -> bool {
    head.text("content-type").is_some_and(|value| essence(value) == wanted)
}

#[cfg(test)]
pub(super) mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    /// `POST https://api.example/TARGET`.
    pub(in crate::reply) fn head(target: &str, fields: &[(&str, &str)]) -> Head {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes())))
            .collect();
        let origin = Origin::new(Scheme::Https, Host::parse("api.example").unwrap(), None);
        Head { method: "POST".into(), origin, target: target.into(), fields }
    }

    /// For each tongue that a head alone gives away, the near miss that does not.
    #[test]
    fn a_head_gives_a_tongue_away_only_where_it_is_unmistakable() {
        let push = "application/x-git-receive-pack-request";
        for (target, name, value, near) in [
            ("/a.B/C", "content-type", "application/grpc+proto", "application/json"),
            ("/", "x-amz-target", "DynamoDB_20120810.PutItem", ""),
            (
                "/",
                "authorization",
                "AWS4-HMAC-SHA256 Credential=A/20250101/eu/sqs/aws4_request",
                "Bearer AWS4-",
            ),
            ("/r/git-receive-pack", "content-type", push, "text/plain"),
            ("/mcp", "mcp-session-id", "1", ""),
            ("/graphql", "content-type", "application/graphql", "application/json"),
        ] {
            assert_ne!(Tongue::by_head(&head(target, &[(name, value)])), Tongue::Problem, "{value}");
            let near = if near.is_empty() { head(target, &[]) } else { head(target, &[(name, near)]) };
            assert_eq!(Tongue::by_head(&near), Tongue::Problem, "{name} {target}");
        }
    }

    #[test]
    fn a_dialect_without_errors_of_its_own_gets_problem_details() {
        let signed = [("authorization", "AWS4-HMAC-SHA256 Credential=A/20250101/eu/es/aws4_request")];
        assert_eq!(Tongue::of(Dialect::Elasticsearch, &head("/i/_doc", &signed), b""), Tongue::Problem);
        assert!(matches!(Tongue::of(Dialect::Http, &head("/i/_doc", &signed), b""), Tongue::Aws(_)));
        let grpc = [("content-type", "application/grpc")];
        assert!(matches!(Tongue::of(Dialect::Google, &head("/a.B/C", &grpc), b""), Tongue::Grpc(_)));
    }

    /// What is between the agent and the proxy is said in HTTP, which is what its client asks its proxy in.
    #[test]
    fn an_unknown_agent_is_asked_in_http_in_every_tongue() {
        for tongue in [
            Tongue::Aws(Protocol::Query),
            Tongue::GitText,
            Tongue::Graphql(Errors::default()),
            Tongue::Grpc(Wire::default()),
            Tongue::Jsonrpc(Calls::default()),
        ] {
            let response = End::new(Code::ProxyAuth).response_in(&tongue);
            assert_eq!(response.status(), 407);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
    }
}
