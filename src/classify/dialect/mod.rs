//! The dialects: how services write operations on the wire (SPEC section 2). Each is a pure recogniser in a file of
//! its own, with its vectors in `tests/vectors/classify/`; it reads a request into operations and says what the
//! protocol itself knows of them. It never lowers: what a declared service makes of the names is `service`'s word.

mod aws;
mod elasticsearch;
pub(super) mod git;
mod google;
pub(super) mod graphql;
pub(super) mod grpc;
pub(super) mod http;
mod jsonrpc;
mod kubernetes;
pub(super) mod mcp;
mod oci;
mod odata;
pub(super) mod openapi;
mod slack;
mod soap;
pub(super) mod sql;
mod webdav;
mod xmlrpc;

use crate::classify::asked::Asked;
use crate::classify::operation::Reading;

/// How a service writes operations on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Method and path.
    Http,
    /// GraphQL over HTTP.
    Graphql,
    /// JSON-RPC 1.0 and 2.0.
    Jsonrpc,
    /// Model Context Protocol, streamable HTTP.
    Mcp,
    /// gRPC and gRPC-Web.
    Grpc,
    /// AWS: query, EC2, JSON, REST-JSON, REST-XML, rpc-v2-cbor.
    Aws,
    /// Google's discovery-style REST, with custom verbs.
    Google,
    /// The Kubernetes API.
    Kubernetes,
    /// Smart HTTP, LFS.
    Git,
    /// The registry API of the OCI distribution specification.
    Oci,
    /// WebDAV, CalDAV, CardDAV.
    Webdav,
    /// Elasticsearch and OpenSearch.
    Elasticsearch,
    /// OData.
    Odata,
    /// RPC over POST as Slack does it: the method's name is the last segment.
    Slack,
    /// Operations named by an operator's OpenAPI document.
    Openapi,
    /// SQL text over HTTP.
    Sql,
    /// SOAP 1.1 and 1.2.
    Soap,
    /// XML-RPC.
    Xmlrpc,
}

type Read = fn(&Asked<'_>) -> Reading;

/// Name in config, API and audit; recogniser.
const TABLE: [(Dialect, &str, Read); 18] = [
    (Dialect::Http, "http", http::read),
    (Dialect::Graphql, "graphql", graphql::read),
    (Dialect::Jsonrpc, "jsonrpc", jsonrpc::read),
    (Dialect::Mcp, "mcp", mcp::read),
    (Dialect::Grpc, "grpc", grpc::read),
    (Dialect::Aws, "aws", aws::read),
    (Dialect::Google, "google", google::read),
    (Dialect::Kubernetes, "kubernetes", kubernetes::read),
    (Dialect::Git, "git", git::read),
    (Dialect::Oci, "oci", oci::read),
    (Dialect::Webdav, "webdav", webdav::read),
    (Dialect::Elasticsearch, "elasticsearch", elasticsearch::read),
    (Dialect::Odata, "odata", odata::read),
    (Dialect::Slack, "slack", slack::read),
    (Dialect::Openapi, "openapi", openapi::read),
    (Dialect::Sql, "sql", sql::read),
    (Dialect::Soap, "soap", soap::read),
    (Dialect::Xmlrpc, "xmlrpc", xmlrpc::read),
];

/// Those whose shape is unmistakable without a declaration, in the order in which they are asked. They name the
/// operation, choose the tongue of refusals, and raise; nothing else.
pub(super) const UNMISTAKABLE: [Dialect; 8] = [
    Dialect::Grpc,
    Dialect::Git,
    Dialect::Aws,
    Dialect::Mcp,
    Dialect::Jsonrpc,
    Dialect::Graphql,
    Dialect::Soap,
    Dialect::Xmlrpc,
];

/// Whether the content alone says what is asked, whatever the path: on a host that is declared without one, another
/// service's route could be asked with content that reads.
pub(super) fn in_content(dialect: Dialect) -> bool {
    use Dialect::{Graphql, Jsonrpc, Mcp, Soap, Sql, Xmlrpc};
    matches!(dialect, Graphql | Jsonrpc | Mcp | Soap | Sql | Xmlrpc)
}

impl Dialect {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// By its name.
    pub fn parse(text: &str) -> Option<Self> {
        TABLE.iter().find(|(_, name, _)| *name == text).map(|(dialect, _, _)| *dialect)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|(_, name, _)| *name)
    }

    /// What it reads in a request.
    pub(super) fn read(self, asked: &Asked<'_>) -> Reading {
        (self.row().2)(asked)
    }

    fn row(self) -> &'static (Dialect, &'static str, Read) {
        // The table is in the order of the type, which a test keeps so.
        &TABLE[self as usize]
    }
}

/// The agent's own words in a label, cut to a length that a screen can show.
fn bounded(text: &str) -> String {
    crate::classify::judgement::bounded(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_stands_at_its_place_and_is_found_by_its_name() {
        for (index, (dialect, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*dialect as usize, index);
            assert_eq!(Dialect::parse(name), Some(*dialect));
        }
        assert_eq!(Dialect::parse("HTTP"), None);
    }
}
