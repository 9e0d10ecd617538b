//! In which tongue a refusal is written (SPEC section 8): that of the dialect where it has errors of its own. Chosen
//! when the request is judged, from a bounded part of it; an agent's bytes come back only where a client finds its
//! answer by them (the id of a call, the name of a ref), bounded and escaped (CASES AP-34).

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{End, aws, git, grpc, jsonrpc};
use crate::classify::Dialect;
use crate::snapshot::Head;

/// A tongue, with what an answer in it needs of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tongue {
    /// Problem details.
    #[default]
    Problem,
    /// JSON-RPC and MCP.
    Jsonrpc(jsonrpc::Ids),
    /// gRPC.
    Grpc,
    /// GraphQL.
    Graphql,
    /// One of AWS's protocols.
    Aws(aws::Shape),
    /// A registry.
    Oci,
    /// The answer to a git push.
    GitPush(git::Push),
    /// What git shows of any other answer.
    GitText,
}

/// What a tongue makes of an end.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) status: StatusCode,
    pub(super) content_type: HeaderValue,
    pub(super) body: Vec<u8>,
}

impl Tongue {
    /// By the dialect that was found, the head, and as much of the content as was seen.
    pub fn of(dialect: Dialect, head: &Head, content: &[u8]) -> Self {
        match dialect {
            Dialect::Jsonrpc | Dialect::Mcp => Self::Jsonrpc(jsonrpc::Ids::of(content)),
            Dialect::Grpc => Self::Grpc,
            Dialect::Graphql => Self::Graphql,
            Dialect::Oci => Self::Oci,
            Dialect::Aws => Self::Aws(aws::Shape::of(head, content)),
            Dialect::Git if head.path().ends_with("/git-receive-pack") => {
                git::Push::of(content).map_or(Self::GitText, Self::GitPush)
            }
            Dialect::Git => Self::GitText,
            _ => Self::Problem,
        }
    }

    /// Before anything was judged: what the head alone makes unmistakable.
    pub fn by_head(head: &Head) -> Self {
        let kind = head.text("content-type").unwrap_or_default();
        if kind.starts_with("application/grpc") && !kind.starts_with("application/grpc-web") {
            return Self::Grpc;
        }
        let signed = head.text("authorization").is_some_and(|value| value.starts_with("AWS4-"));
        if signed || head.text("x-amz-target").is_some() {
            return Self::Aws(aws::Shape::of(head, &[]));
        }
        if head.path().ends_with("/git-receive-pack") || head.path().ends_with("/git-upload-pack") {
            return Self::GitText;
        }
        Self::Problem
    }

    /// An end in this tongue; `None` where problem details say it.
    pub(super) fn words(&self, end: &End) -> Option<Words> {
        let status = StatusCode::from_u16(end.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (status, kind, body) = match self {
            Self::Problem => return None,
            Self::Jsonrpc(ids) => (status, "application/json", ids.answer(end)),
            Self::Grpc => (StatusCode::OK, "application/grpc", Vec::new()),
            Self::Graphql => (status, "application/json", super::graphql::answer(end)),
            Self::Aws(shape) => (status, shape.content_type(), shape.answer(end)),
            Self::Oci => (status, "application/json", super::oci::answer(end)),
            Self::GitPush(push) => {
                (StatusCode::OK, "application/x-git-receive-pack-result", push.answer(end))
            }
            Self::GitText => (status, "text/plain; charset=utf-8", format!("{}\n", end.text()).into_bytes()),
        };
        Some(Words { status, content_type: HeaderValue::from_static(kind), body })
    }

    /// Fields of its own, beside those that every refusal has.
    pub(super) fn put_fields(&self, end: &End, fields: &mut HeaderMap) {
        match self {
            Self::Grpc => {
                // A message with a head and nothing else: its length is not announced (trailers-only).
                fields.remove(CONTENT_LENGTH);
                grpc::put_status(end, fields);
            }
            Self::Aws(shape) => shape.put_fields(end, fields),
            _ => {}
        }
        debug_assert!(fields.contains_key(CONTENT_TYPE));
    }
}
