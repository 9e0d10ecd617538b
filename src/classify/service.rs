//! A declared service: what the operator or the catalog vouches for. Only through one can a request become a read
//! that its method does not make one ("raise freely, lower only by declaration").

use std::borrow::Cow;
use std::sync::Arc;

use crate::classify::Effect;
use crate::classify::dialect::{Dialect, grpc, openapi};
use crate::classify::names::{Name, Pattern, Table};
use crate::classify::operation::Operation;
use crate::classify::vocabulary::Vocabulary;
use crate::origin::Origin;
use crate::pattern::{HostPattern, PathPattern};

/// What a declaration brings along besides names.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// gRPC: descriptor sets.
    pub(super) descriptors: Option<Arc<grpc::Descriptors>>,
    /// An OpenAPI document.
    pub(super) openapi: Option<Arc<openapi::Document>>,
}

impl Documents {
    /// Adds a descriptor set (`protoc --descriptor_set_out --include_imports`). The error is for people.
    pub fn add_descriptors(&mut self, bytes: &[u8]) -> Result<(), String> {
        let known = self.descriptors.take();
        self.descriptors = Some(Arc::new(grpc::Descriptors::read(known.as_deref(), bytes)?));
        Ok(())
    }

    /// Sets the OpenAPI document. The error is for people.
    pub fn set_openapi(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.openapi = Some(Arc::new(openapi::Document::read(bytes)?));
        Ok(())
    }
}

/// What one entry of a catalog file says, whatever hosts it is for.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) dialect: Dialect,
    pub(super) paths: Vec<PathPattern>,
    pub(super) table: Table,
    /// The verbs that the service's names may be read by, where no name or pattern says otherwise.
    pub(super) vocabulary: Option<Vocabulary>,
    /// Top-level members of a JSON body that `http` routes may name as parameters.
    pub(super) members: Vec<String>,
    /// `http` routes whose body holds requests of its own.
    pub(super) batches: Vec<Batch>,
    /// Where the parts of an operation's name stand besides the method, for products that dispatch by a parameter.
    pub(super) parts: Vec<String>,
    /// Whether the parameter `query` is SPARQL, of which routes may ask what it does.
    pub(super) sparql: bool,
}

/// A route whose JSON body holds requests to the same service.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) route: Pattern,
    pub(super) items: String,
    pub(super) base: String,
}

/// One service as it is looked up.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// The operator's name for it, or the catalog's.
    pub(super) name: Arc<str>,
    /// `config` or the catalog file.
    pub(super) source: Arc<str>,
    pub(super) hosts: Vec<HostPattern>,
    /// The operator's paths; the entry's own are in the entry. Empty: all.
    pub(super) paths: Vec<PathPattern>,
    /// The operator's `reads` and `effects`.
    pub(super) own: Table,
    pub(super) entry: Arc<Entry>,
    pub(super) documents: Documents,
}

/// What a service makes of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judged<'a> {
    pub(super) effect: Effect,
    pub(super) why: Cow<'a, str>,
    /// A declaration named the operation, so that no heuristic has a say.
    pub(super) named: bool,
}

impl Service {
    pub(super) fn dialect(&self) -> Dialect {
        self.entry.dialect
    }

    /// Whether the declaration says where on its hosts the service is.
    pub(super) fn names_a_path(&self) -> bool {
        !self.paths.is_empty() || !self.entry.paths.is_empty()
    }

    /// Whether it is declared for this origin and path. The caller sees to it that the path is not odd.
    pub(super) fn covers(&self, origin: &Origin, path: &str) -> bool {
        let any = |paths: &[PathPattern]| paths.is_empty() || paths.iter().any(|known| known.matches(path));
        self.hosts.iter().any(|host| host.matches(origin)) && any(&self.paths) && any(&self.entry.paths)
    }

    /// Whether the operator's word alone makes this a read: of what runs there nothing else is known.
    pub(super) fn operator_reads(&self, operation: &Operation) -> bool {
        self.own.find(operation.lookup()).is_some_and(|entry| entry.effect == Effect::Read)
    }

    /// What an operation does: by the operator's word, else the catalog's names and patterns, else the catalog's
    /// verbs, else the protocol; never less than the protocol's bound.
    pub(super) fn judge<'a>(&'a self, operation: &'a Operation) -> Judged<'a> {
        let tables = [("the operator declares", &self.own), ("the catalog has", &self.entry.table)];
        let found = tables.into_iter().find_map(|(who, table)| Some((who, table.find(operation.lookup())?)));
        if let Some((who, entry)) = found {
            let effect = entry.effect.max(operation.at_least);
            let why = format!("{who} `{}` as {}", entry.written, entry.effect);
            return Judged { effect, why: why.into(), named: true };
        }
        // A route's last segment may be anybody's word: `POST /documents/search` creates a document.
        let plain = matches!(operation.lookup(), Name::Plain(_));
        let vocabulary = self.entry.vocabulary.as_ref().filter(|_| plain);
        let verb = vocabulary.and_then(|known| known.effect(&operation.name));
        let (effect, why) = match (verb, operation.says) {
            (Some(effect), _) => {
                (effect, Cow::Borrowed("its verb says so, and the catalog vouches for the verbs"))
            }
            (None, Some(effect)) => (effect, Cow::Borrowed(operation.why.as_str())),
            (None, None) => (Effect::Unknown, Cow::Borrowed("no declaration names it, so nobody can tell")),
        };
        Judged { effect: effect.max(operation.at_least), why, named: false }
    }
}
