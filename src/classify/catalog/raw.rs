//! A catalog file as it is written.
//!
//! ```toml
//! about = "a forum"                       # one line
//! source = "https://forum.example/api"    # where the facts come from
//! [[service]]
//! host = ["api.forum.example"]            # left out: everybody runs it on a host of their own
//! path = ["/rpc/**"]                      # left out: all
//! dialect = "jsonrpc"
//! read = ["get*", "session.status"]       # names and patterns by effect, also write, delete, permission, execute
//! words = "common"                        # the verbs and nouns of words.toml that its names may be read by
//! verbs = { execute = ["nudge"] }         # and its own, which come first
//! nouns = { permission = ["badge"] }
//! [examples]                              # each is tested
//! read = ["GET https://api.forum.example/posts"]
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) about: String,
    pub(super) source: String,
    pub(super) service: Vec<Service>,
    /// Requests by the effect that they must have: `METHOD URL`, lines of fields, an empty line, a body.
    #[serde(default)]
    #[cfg_attr(not(test), allow(dead_code, reason = "examples are for tests and for readers"))]
    pub(super) examples: BTreeMap<String, Vec<String>>,
}

/// `[[service]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    #[serde(default)]
    pub(super) host: Vec<String>,
    #[serde(default)]
    pub(super) path: Vec<String>,
    pub(super) dialect: String,
    #[serde(default)]
    pub(super) read: Vec<String>,
    #[serde(default)]
    pub(super) write: Vec<String>,
    #[serde(default)]
    pub(super) delete: Vec<String>,
    #[serde(default)]
    pub(super) permission: Vec<String>,
    #[serde(default)]
    pub(super) execute: Vec<String>,
    #[serde(default)]
    pub(super) unknown: Vec<String>,
    pub(super) words: Option<String>,
    #[serde(default)]
    pub(super) verbs: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) nouns: BTreeMap<String, Vec<String>>,
    /// Words that may stand before the verb.
    #[serde(default)]
    pub(super) skip: Vec<String>,
    /// Members of a JSON body that routes may name as parameters.
    #[serde(default)]
    pub(super) members: Vec<String>,
    /// Routes whose JSON body holds requests to the same service, each judged by itself.
    #[serde(default)]
    pub(super) batch: Vec<Batch>,
    /// For products that dispatch by a parameter: where the further parts of the operation's name stand, as
    /// `params.service` or `params.args.4`.
    #[serde(default)]
    pub(super) parts: Vec<String>,
    /// Whether the parameter `query` is SPARQL: routes may then name the parameter `sparql`, which is `asks` where it
    /// only asks.
    #[serde(default)]
    pub(super) sparql: bool,
}

/// `[[service.batch]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    /// `POST /v1/batch`
    pub(super) route: String,
    /// The member with the list of requests, each an object with `method` and `url`.
    pub(super) items: String,
    /// What stands before a URL that does not begin with a slash.
    #[serde(default)]
    pub(super) base: String,
}

/// One table of `words.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    #[serde(default)]
    pub(super) verbs: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) nouns: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) skip: Vec<String>,
    /// Whether nouns raise what deletes, too.
    #[serde(default)]
    pub(super) raise_deletes: bool,
}
